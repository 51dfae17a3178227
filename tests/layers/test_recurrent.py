"""Every cell over time: a sequence is its steps, padding is not seen, and both ways are two ways."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import gru, lstm, recurrent, rnn
from nnbook.layers.masks import valid_tokens

CELLS = {"rnn": rnn.CELL, "lstm": lstm.CELL, "gru, before": gru.RESET_BEFORE, "gru, after": gru.RESET_AFTER}
TIME, INPUTS, HIDDEN = 6, 3, 4

every_cell = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)


def drawn(cell):
    """A cell whose biases are not all zero, and a sequence for it."""
    of_params, of_shake, of_xs = jax.random.split(jax.random.key(3), 3)
    params = cell.init(of_params, inputs=INPUTS, hidden=HIDDEN)
    params = jax.tree.map(lambda leaf: leaf + 0.1 * jax.random.normal(of_shake, leaf.shape), params)
    return params, jax.random.normal(of_xs, (TIME, INPUTS))


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), got, want)


@every_cell
def test_a_sequence_is_its_steps(cell):
    params, xs = drawn(cell)
    step, state = jax.jit(cell.step), cell.initial_state(params)
    hidden = []
    for x in xs:
        state = step(params, state, x)
        hidden.append(cell.hidden(state))
    close(cell.apply(params, xs), jnp.stack(hidden))
    states = recurrent.run(lambda state, x: cell.step(params, state, x), cell.initial_state(params), xs)
    close(recurrent.last(states), state)


@every_cell
def test_a_sequence_can_be_read_in_two_parts(cell):
    params, xs = drawn(cell)
    whole = recurrent.run(lambda state, x: cell.step(params, state, x), cell.initial_state(params), xs)
    middle = jax.tree.map(lambda leaf: leaf[2], whole)
    close(cell.apply(params, xs[3:], state=middle), cell.hidden(whole)[3:])


@every_cell
def test_padding_is_not_seen(cell):
    params, xs = drawn(cell)
    apply = jax.jit(cell.apply)
    padded = apply(params, xs.at[4:].set(jnp.nan), valid_tokens(4, TIME))
    close(padded[:4], apply(params, xs)[:4])
    np.testing.assert_array_equal(padded[4:], jnp.stack([padded[3]] * 2))

    def loss(params, xs):
        return (cell.apply(params, xs, valid_tokens(4, TIME))[-1] ** 2).sum()

    of_params, of_xs = jax.grad(loss, (0, 1))(params, xs.at[4:].set(jnp.nan))
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(of_params))
    assert jnp.abs(of_xs[:4]).min() > 0
    np.testing.assert_array_equal(of_xs[4:], 0)


@every_cell
def test_batches(cell):
    params, xs = drawn(cell)
    batch, valid = jnp.stack([xs, -xs, 2 * xs]), jax.vmap(lambda n: valid_tokens(n, TIME))(jnp.array([6, 1, 3]))
    together = jax.jit(jax.vmap(cell.apply, in_axes=(None, 0, 0)))(params, batch, valid)
    close(together, jnp.stack([cell.apply(params, *example) for example in zip(batch, valid, strict=True)]))


@every_cell
def test_the_key_decides(cell):
    first, again, other = (cell.init(jax.random.key(seed), inputs=2, hidden=2) for seed in (0, 0, 1))
    assert jax.tree.all(jax.tree.map(jnp.array_equal, first, again))
    assert not jnp.allclose(jax.tree.leaves(first)[0], jax.tree.leaves(other)[0])


@every_cell
def test_forward_and_reverse_derivatives_agree(cell):
    params, xs = drawn(cell)

    def end(xs):
        return cell.apply(params, xs)[-1]

    close(jax.jit(jax.jacfwd(end))(xs), jax.jit(jax.jacrev(end))(xs))


def running_sum(_, xs, valid=None, state=None):
    return recurrent.run(lambda total, x: total + x, jnp.zeros(1), xs, valid)


def test_backwards_has_seen_what_comes():
    xs = jnp.array([[1.0], [2.0], [4.0]])
    np.testing.assert_array_equal(recurrent.backwards(running_sum, None, xs).ravel(), [7.0, 6.0, 4.0])
    padded = recurrent.backwards(running_sum, None, xs.at[2].set(jnp.inf), jnp.array([True, True, False]))
    np.testing.assert_array_equal(padded.ravel(), [3.0, 2.0, 0.0])


def test_both_ways(key):
    params = recurrent.init_bidirectional(key, init=gru.init_reset_after, inputs=INPUTS, hidden=HIDDEN)
    xs, valid = jax.random.normal(key, (TIME, INPUTS)), valid_tokens(4, TIME)
    both = recurrent.bidirectional(gru.apply_reset_after, params, xs, valid)
    assert both.shape == (TIME, 2 * HIDDEN)
    close(both[:4, :HIDDEN], gru.apply_reset_after(params.forward, xs[:4]))
    close(both[:4, HIDDEN:], gru.apply_reset_after(params.backward, xs[:4][::-1])[::-1])
    assert not jnp.allclose(params.forward.candidate.w, params.backward.candidate.w)


def test_layers_on_each_other(key):
    xs = jax.random.normal(key, (TIME, INPUTS))
    layers = recurrent.init_stacked(key, init=rnn.init, sizes=(INPUTS, 5, 2))
    got = recurrent.stacked(rnn.apply, layers, xs)
    assert got.shape == (TIME, 2)
    close(got, rnn.apply(layers[1], rnn.apply(layers[0], xs)))


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_the_layer_is_named(self, key):
        layers = recurrent.init_stacked(key, init=rnn.init, sizes=(3, 5))
        with pytest.raises(ShapeError, match=r"^recurrent\.stacked, layer 1: got xs of shape \(6, 5\).*\(time, 3\)"):
            recurrent.stacked(rnn.apply, layers * 2, jnp.ones((6, 3)))
        with pytest.raises(ShapeError, match=r"^recurrent\.stacked: got no layers; wants at least one"):
            recurrent.stacked(rnn.apply, (), jnp.ones((6, 3)))

    def test_run(self):
        with pytest.raises(ShapeError, match=r"^recurrent\.run: got xs of shape \(3,\)"):
            recurrent.run(jnp.add, jnp.zeros(1), jnp.ones(3))
        with pytest.raises(TypeError, match=r"^recurrent\.run: got valid of dtype int32; wants booleans"):
            recurrent.run(jnp.add, jnp.zeros(1), jnp.ones((3, 1)), jnp.ones(3, int))

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^recurrent\.init_bidirectional: got key of type int"):
            recurrent.init_bidirectional(0, init=rnn.init, inputs=1, hidden=1)
        with pytest.raises(TypeError, match=r"^recurrent\.init_stacked: got key of type int"):
            recurrent.init_stacked(0, init=rnn.init, sizes=(1, 1))
        with pytest.raises(ValueError, match=r"sizes=\(3,\); wants the inputs and at least one layer"):
            recurrent.init_stacked(key, init=rnn.init, sizes=(3,))
        with pytest.raises(ValueError, match=r"got sizes\[1\]=0; wants at least 1"):
            recurrent.init_stacked(key, init=rnn.init, sizes=(3, 0))

    @every_cell
    def test_two_dtypes(self, cell):
        params, xs = drawn(cell)
        half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params)
        assert cell.apply(half, xs.astype(jnp.bfloat16)).dtype == jnp.bfloat16
        for own, seen, dtypes in (
            (half, xs, "weights of dtype bfloat16 and xs? of dtype float32"),
            (params, xs.astype(jnp.bfloat16), "weights of dtype float32 and xs? of dtype bfloat16"),
        ):
            message = rf"^(rnn|lstm|gru): got {dtypes}; wants one dtype\. Hint: xs?\.astype"
            with pytest.raises(TypeError, match=message):
                cell.apply(own, seen)
            with pytest.raises(TypeError, match=message):
                cell.step(own, cell.initial_state(own), seen[0])

    @every_cell
    def test_a_state_of_another_dtype(self, cell):
        params, xs = drawn(cell)
        half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), cell.initial_state(params))
        with pytest.raises(TypeError, match=r"got weights of dtype float32 and (state|hidden) of dtype bfloat16"):
            cell.apply(params, xs, state=half)
