"""The plain recurrent layer is its one equation, at every step with the same weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import rnn
from nnbook.layers.rnn import RNN


def test_a_step_is_its_equation(key):
    params = rnn.init(key, inputs=3, hidden=4)
    params = RNN(w=params.w, u=params.u, b=jnp.arange(4.0))
    state, x = jnp.array([0.1, -0.2, 0.3, 0.4]), jnp.array([1.0, -2.0, 0.5])
    w, u, b, h, seen = (np.asarray(a, dtype=np.float64) for a in (params.w, params.u, params.b, state, x))
    np.testing.assert_allclose(rnn.step(params, state, x), np.tanh(w @ seen + u @ h + b), rtol=1e-5)


def test_initial_weights(key):
    params = rnn.init(key, inputs=400, hidden=64)
    assert params.w.shape == (64, 400)
    assert float(params.w.var()) == pytest.approx(1 / 400, rel=0.05)
    np.testing.assert_allclose(params.u @ params.u.T, np.eye(64), atol=1e-5)
    assert not params.b.any()
    assert not rnn.initial_state(params).any()


def test_an_error_shrinks_by_the_same_factor_every_step():
    # h′ = tanh(h / 2): near 0 its slope is 1/2, so what is left of a gradient after 20 steps is 0.5²⁰.
    params = RNN(w=jnp.zeros((1, 1)), u=jnp.array([[0.5]]), b=jnp.zeros(1))
    slope = jax.grad(lambda h: rnn.apply(params, jnp.zeros((20, 1)), state=h)[-1, 0])(jnp.zeros(1))
    assert float(slope[0]) == pytest.approx(0.5**20, rel=1e-5)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    params = RNN(w=jnp.ones((2, 3)), u=jnp.ones((2, 2)), b=jnp.zeros(2))

    def test_a_step(self):
        with pytest.raises(ShapeError, match=r"^rnn: got x of shape \(4,\); wants x of shape \(3,\)"):
            rnn.step(self.params, jnp.zeros(2), jnp.ones(4))
        with pytest.raises(ShapeError, match="a whole sequence goes into apply"):
            rnn.step(self.params, jnp.zeros(2), jnp.ones((5, 3)))
        with pytest.raises(ShapeError, match=r"^rnn: got state of shape \(3,\); wants shape \(2,\).*initial_state"):
            rnn.step(self.params, jnp.zeros(3), jnp.ones(3))

    def test_a_sequence(self):
        with pytest.raises(ShapeError, match=r"^rnn: got xs of shape \(5, 4\); wants xs of shape \(time, 3\)"):
            rnn.apply(self.params, jnp.ones((5, 4)))
        with pytest.raises(ShapeError, match=r"xs of shape \(0, 3\).*at least one step"):
            rnn.apply(self.params, jnp.ones((0, 3)))
        with pytest.raises(ShapeError, match=r"for a batch, use jax\.vmap"):
            rnn.apply(self.params, jnp.ones((2, 5, 3)))
        with pytest.raises(ShapeError, match="a single input goes into step"):
            rnn.apply(self.params, jnp.ones(3))
        with pytest.raises(ShapeError, match=r"got state of shape \(1,\)"):
            rnn.apply(self.params, jnp.ones((5, 3)), state=jnp.zeros(1))
        with pytest.raises(TypeError, match="rnn: got xs of dtype int32; wants floats"):
            rnn.apply(self.params, jnp.ones((5, 3), int))

    @pytest.mark.parametrize(("w", "u", "b"), [((2, 3), (2, 3), (2,)), ((2, 3), (2, 2), (3,)), ((2,), (2, 2), (2,))])
    def test_weights(self, w, u, b):
        params = RNN(w=jnp.ones(w), u=jnp.ones(u), b=jnp.ones(b))
        with pytest.raises(ShapeError, match=r"^rnn: got params\.w of shape .* wants w \(hidden, inputs\), u"):
            rnn.apply(params, jnp.ones((5, 3)))

    def test_weights_of_whole_numbers(self):
        params = RNN(w=jnp.ones((2, 3), int), u=jnp.ones((2, 2)), b=jnp.ones(2))
        with pytest.raises(TypeError, match=r"^rnn: got params\.w of dtype int32"):
            rnn.step(params, jnp.zeros(2), jnp.ones(3))

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^rnn\.init: got key of type int; wants one key"):
            rnn.init(0, inputs=1, hidden=1)
        with pytest.raises(ValueError, match=r"^rnn\.init: got hidden=0; wants at least 1"):
            rnn.init(key, inputs=1, hidden=0)
