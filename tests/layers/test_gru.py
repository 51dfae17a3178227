"""The two published GRUs are their equations, and differ where they should."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import gate, gru
from nnbook.layers.gate import Gate
from nnbook.layers.gru import GRU, ResetAfterGRU


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def shaken(params):
    """Weights whose biases are not all zero."""
    return jax.tree.map(lambda leaf: leaf + 0.3 * jax.random.normal(jax.random.key(7), leaf.shape), params)


@pytest.fixture
def before(key):
    return shaken(gru.init_reset_before(key, inputs=3, hidden=4))


@pytest.fixture
def after(key):
    return shaken(gru.init_reset_after(key, inputs=3, hidden=4))


STATE, X = jnp.array([0.1, -0.2, 0.3, 0.4]), jnp.array([1.0, -2.0, 0.5])


def weigh(gate, h):
    w, u, b = (np.asarray(leaf, dtype=np.float64) for leaf in (gate.w, gate.u, gate.b))
    return w @ np.asarray(X) + u @ h + b


def test_reset_before_is_its_equations(before):
    h = np.asarray(STATE, dtype=np.float64)
    r, z = sigmoid(weigh(before.reset_gate, h)), sigmoid(weigh(before.update_gate, h))
    want = z * h + (1 - z) * np.tanh(weigh(before.candidate, r * h))
    np.testing.assert_allclose(gru.step_reset_before(before, STATE, X), want, rtol=1e-5)


def test_reset_after_is_its_equations(after):
    h = np.asarray(STATE, dtype=np.float64)
    r, z = sigmoid(weigh(after.reset_gate, h)), sigmoid(weigh(after.update_gate, h))
    from_x = weigh(after.candidate, 0 * h)
    from_state = np.asarray(after.candidate.u) @ h + np.asarray(after.recurrent_bias)
    want = z * h + (1 - z) * np.tanh(from_x + r * from_state)
    np.testing.assert_allclose(gru.step_reset_after(after, STATE, X), want, rtol=1e-5)


def test_the_order_matters_unless_u_is_diagonal(before):
    def both(u):
        candidate = Gate(w=before.candidate.w, u=u, b=before.candidate.b)
        one = GRU(before.reset_gate, before.update_gate, candidate)
        other = ResetAfterGRU(before.reset_gate, before.update_gate, candidate, recurrent_bias=jnp.zeros(4))
        return gru.step_reset_before(one, STATE, X), gru.step_reset_after(other, STATE, X)

    mixed = both(before.candidate.u)
    assert not np.allclose(*mixed, atol=1e-3)
    np.testing.assert_allclose(*both(jnp.diag(jnp.array([0.5, -1.0, 2.0, 0.1]))), rtol=1e-5)


@pytest.mark.parametrize(("bias", "kept"), [(50.0, True), (-50.0, False)])
def test_the_update_gate_keeps_or_replaces(before, bias, kept):
    update = Gate(w=jnp.zeros((4, 3)), u=jnp.zeros((4, 4)), b=jnp.full(4, bias))
    new = gru.step_reset_before(GRU(before.reset_gate, update, before.candidate), STATE, X)
    assert np.allclose(new, STATE) is kept


def test_initial_weights(key):
    params = gru.init_reset_after(key, inputs=3, hidden=4)
    assert params.candidate.w.shape == (4, 3)
    assert not any(leaf.any() for leaf in jax.tree.leaves(params) if leaf.ndim == 1)
    assert not jnp.allclose(params.reset_gate.w, params.update_gate.w)
    assert not gru.initial_state(params).any()


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_a_step(self, before, after):
        for step, params in ((gru.step_reset_before, before), (gru.step_reset_after, after)):
            with pytest.raises(ShapeError, match=r"^gru: got x of shape \(4,\); wants x of shape \(3,\)"):
                step(params, STATE, jnp.ones(4))
            with pytest.raises(ShapeError, match=r"^gru: got state of shape \(3,\); wants shape \(4,\)"):
                step(params, jnp.zeros(3), X)

    def test_a_sequence(self, before, after):
        for apply, params in ((gru.apply_reset_before, before), (gru.apply_reset_after, after)):
            with pytest.raises(ShapeError, match=r"^gru: got xs of shape \(5, 4\); wants xs of shape \(time, 3\)"):
                apply(params, jnp.ones((5, 4)))
            with pytest.raises(ShapeError, match=r"^gru: got state of shape \(1,\)"):
                apply(params, jnp.ones((5, 3)), state=jnp.zeros(1))

    def test_weights(self, before, after, key):
        other = gate.init(key, inputs=3, hidden=5)
        with pytest.raises(ShapeError, match=r"^gru: got update_gate\.w of shape \(5, 3\)"):
            gru.apply_reset_before(GRU(before.reset_gate, other, before.candidate), jnp.ones((5, 3)))
        gates = after.reset_gate, after.update_gate, after.candidate
        with pytest.raises(ShapeError, match=r"^gru: got recurrent_bias of shape \(2,\); wants shape \(4,\)"):
            gru.apply_reset_after(ResetAfterGRU(*gates, recurrent_bias=jnp.ones(2)), jnp.ones((5, 3)))

    def test_weights_of_the_other_kind(self, before, after):
        xs = jnp.ones((5, 3))
        for function, arguments, got, want in (
            (gru.step_reset_before, (after, STATE, X), "ResetAfterGRU", "GRU"),
            (gru.apply_reset_before, (after, xs), "ResetAfterGRU", "GRU"),
            (gru.step_reset_after, (before, STATE, X), "GRU", "ResetAfterGRU"),
            (gru.apply_reset_after, (before, xs), "GRU", "ResetAfterGRU"),
        ):
            with pytest.raises(
                TypeError, match=f"^gru: got params of type {got}; wants {want}, as init_.*Hint: a GRU goes"
            ):
                function(*arguments)

    @pytest.mark.parametrize("init", [gru.init_reset_before, gru.init_reset_after])
    def test_init(self, init, key):
        with pytest.raises(TypeError, match=r"^gru\.init: got key of type int; wants one key"):
            init(0, inputs=1, hidden=1)
        with pytest.raises(ValueError, match=r"^gru\.init: got hidden=0; wants at least 1"):
            init(key, inputs=1, hidden=0)
