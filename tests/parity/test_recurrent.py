"""The same weights in Flax and Equinox give the same states and the same gradients."""

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.layers import gru, lstm, rnn

BATCH, TIME, INPUTS, HIDDEN = 2, 7, 3, 5


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6), got, want)


def drawn(init):
    """Weights whose biases are not all zero."""
    params = init(jax.random.key(0), inputs=INPUTS, hidden=HIDDEN)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(1), len(leaves))
    return tree.unflatten(
        [leaf + 0.3 * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    )


@pytest.fixture
def xs():
    return jax.random.normal(jax.random.key(2), (BATCH, TIME, INPUTS))


def states_and_gradients(apply):
    """Compile the hidden states, and the gradients of a loss that weighs each of them differently."""
    weights = jax.random.normal(jax.random.key(3), (BATCH, TIME, HIDDEN))

    def loss(params, xs):
        hidden = apply(params, xs)
        return (weights * hidden**2).sum(), hidden

    return jax.jit(jax.grad(loss, (0, 1), has_aux=True))


def ours(apply):
    return states_and_gradients(jax.vmap(apply, in_axes=(None, 0)))


def to_flax_rnn(params):
    return {"i": {"kernel": params.w.T, "bias": params.b}, "h": {"kernel": params.u.T}}


def to_flax_lstm(params):
    copied = {}
    for letter, gate in zip("ifog", vars(params).values(), strict=True):
        copied["i" + letter] = {"kernel": gate.w.T}
        copied["h" + letter] = {"kernel": gate.u.T, "bias": gate.b}
    return copied


def to_flax_gru(params):
    copied = {}
    for letter, gate in zip("rzn", (params.reset_gate, params.update_gate, params.candidate), strict=True):
        copied["i" + letter] = {"kernel": gate.w.T, "bias": gate.b}
        copied["h" + letter] = {"kernel": gate.u.T}
    copied["hn"]["bias"] = params.recurrent_bias
    return copied


FLAX = {
    "SimpleCell": (rnn.init, rnn.apply, nn.SimpleCell, to_flax_rnn),
    "LSTMCell": (lstm.init, lstm.apply, nn.LSTMCell, to_flax_lstm),
    "OptimizedLSTMCell": (lstm.init, lstm.apply, nn.OptimizedLSTMCell, to_flax_lstm),
    "GRUCell": (gru.init_reset_after, gru.apply_reset_after, nn.GRUCell, to_flax_gru),
}


@pytest.mark.parametrize(("init", "apply", "cell", "copied"), FLAX.values(), ids=FLAX)
def test_flax(init, apply, cell, copied, xs):
    params = drawn(init)
    peer = nn.RNN(cell(HIDDEN))
    theirs = states_and_gradients(lambda weights, xs: peer.apply({"params": {"cell": weights}}, xs))
    (of_params, of_xs), hidden = ours(apply)(params, xs)
    # The copy is linear, so it takes gradients to gradients as it takes weights to weights.
    close(((copied(of_params), of_xs), hidden), theirs(copied(params), xs))


def over_time(cell, start, hidden):
    """Equinox has cells only: scan one, over a batch."""

    def apply(cell, xs):
        def one(xs):
            def step(state, x):
                state = cell(x, state)
                return state, hidden(state)

            return jax.lax.scan(step, start, xs)[1]

        return jax.vmap(one)(xs)

    arrays, rest = eqx.partition(cell, eqx.is_array)
    return arrays, lambda arrays, xs: apply(eqx.combine(arrays, rest), xs)


def test_equinox_lstm(xs, key):
    params = drawn(lstm.init)
    zeros = jnp.zeros(HIDDEN)
    arrays, apply = over_time(eqx.nn.LSTMCell(INPUTS, HIDDEN, key=key), (zeros, zeros), lambda state: state[0])

    def copied(params):
        gates = params.input_gate, params.forget_gate, params.candidate, params.output_gate
        rows = [jnp.concatenate([getattr(gate, name) for gate in gates]) for name in ("w", "u", "b")]
        return eqx.tree_at(lambda cell: [cell.weight_ih, cell.weight_hh, cell.bias], arrays, rows)

    (of_params, of_xs), hidden = ours(lstm.apply)(params, xs)
    (of_arrays, of_their_xs), their_hidden = states_and_gradients(apply)(copied(params), xs)
    close((jax.tree.leaves(copied(of_params)), of_xs, hidden), (jax.tree.leaves(of_arrays), of_their_xs, their_hidden))


def test_equinox_gru(xs, key):
    params = drawn(gru.init_reset_after)
    arrays, apply = over_time(eqx.nn.GRUCell(INPUTS, HIDDEN, key=key), jnp.zeros(HIDDEN), lambda state: state)

    def copied(params):
        gates = params.reset_gate, params.update_gate, params.candidate
        rows = [jnp.concatenate([getattr(gate, name) for gate in gates]) for name in ("w", "u", "b")]
        where = lambda cell: [cell.weight_ih, cell.weight_hh, cell.bias, cell.bias_n]  # noqa: E731
        return eqx.tree_at(where, arrays, [*rows, params.recurrent_bias])

    (of_params, of_xs), hidden = ours(gru.apply_reset_after)(params, xs)
    (of_arrays, of_their_xs), their_hidden = states_and_gradients(apply)(copied(params), xs)
    close((jax.tree.leaves(copied(of_params)), of_xs, hidden), (jax.tree.leaves(of_arrays), of_their_xs, their_hidden))
