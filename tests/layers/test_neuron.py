"""One neuron: the sum, the bias, the decision, and where it changes its mind."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import neuron
from nnbook.layers.activations import sigmoid, step, tanh
from nnbook.layers.neuron import Neuron

floats = st.floats(-100, 100, width=32, allow_subnormal=False)


@given(st.lists(st.tuples(floats, floats), min_size=1, max_size=6), floats)
def test_weigh_and_add(pairs, bias):
    w, x = np.float32([w for w, _ in pairs]), np.float32([x for _, x in pairs])
    got = neuron.pre_activation(Neuron(w=jnp.array(w), b=jnp.float32(bias)), jnp.array(x))
    assert got.shape == ()
    assert float(got) == pytest.approx(float(w.astype(float) @ x + bias), rel=1e-4, abs=2e-2)


@pytest.mark.parametrize("activation", [sigmoid, tanh, step])
def test_apply_is_the_activation_of_the_sum(activation, key):
    params, x = neuron.init(key, inputs=3), jnp.array([0.5, -1.0, 2.0])
    assert neuron.apply(params, x, activation) == activation(neuron.pre_activation(params, x))
    assert neuron.apply(params, x) == sigmoid(neuron.pre_activation(params, x))


def test_gradient_is_slope_times_input(key):
    params, x = neuron.init(key, inputs=3), jnp.array([0.5, -1.0, 2.0])
    gradient = jax.grad(neuron.apply)(params, x)
    y = neuron.apply(params, x)
    np.testing.assert_allclose(gradient.w, y * (1 - y) * x, rtol=1e-5)
    np.testing.assert_allclose(gradient.b, y * (1 - y), rtol=1e-5)


def test_batch_and_many_neurons_by_vmap(key):
    x = jax.random.normal(key, (5, 3))
    one = neuron.init(key, inputs=3)
    batch = jax.vmap(neuron.apply, in_axes=(None, 0))(one, x)
    np.testing.assert_allclose(batch, sigmoid(x @ one.w + one.b), rtol=1e-5)
    many = jax.vmap(lambda key: neuron.init(key, inputs=3))(jax.random.split(key, 4))
    assert many.w.shape == (4, 3)
    assert many.b.shape == (4,)


def test_a_fresh_neuron_keeps_the_variance_of_its_inputs(key):
    x = jax.random.normal(jax.random.key(1), (64,))
    z = jax.vmap(lambda key: neuron.pre_activation(neuron.init(key, inputs=64), x))(jax.random.split(key, 4000))
    assert float(z.var()) == pytest.approx(float((x**2).mean()), rel=0.1)
    assert neuron.init(key, inputs=2).b == 0


def test_distance_and_line():
    params = Neuron(w=jnp.array([3.0, 4.0]), b=jnp.array(-10.0))
    assert neuron.signed_distance(params, jnp.array([0.0, 0.0])) == -2
    assert neuron.signed_distance(params, jnp.array([6.0, 8.0])) == 8
    ends = neuron.decision_line(params, reach=5.0)
    np.testing.assert_allclose(ends @ params.w + params.b, 0, atol=1e-5)
    np.testing.assert_allclose(ends.mean(axis=0), [1.2, 1.6], rtol=1e-6)
    assert float(jnp.linalg.norm(ends[0] - ends[1])) == pytest.approx(10)


@pytest.mark.parametrize("w", [[2.0, 0.0], [0.0, -0.5]], ids=["upright", "level"])
def test_line_in_every_direction(w):
    params = Neuron(w=jnp.array(w), b=jnp.array(1.0))
    np.testing.assert_allclose(neuron.decision_line(params) @ params.w + params.b, 0, atol=1e-6)


def test_no_weights_no_line():
    dead = Neuron(w=jnp.zeros(2), b=jnp.array(1.0))
    assert jnp.isnan(neuron.decision_line(dead)).all()
    assert not jnp.isfinite(neuron.signed_distance(dead, jnp.ones(2)))


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @property
    def params(self):
        return Neuron(w=jnp.ones(2), b=jnp.float32(0))

    def test_lengths(self):
        with pytest.raises(ShapeError, match=r"^neuron: got x of shape \(3,\); wants x of shape \(2,\), as w has\.$"):
            neuron.apply(self.params, jnp.ones(3))

    def test_a_batch_is_told_to_map(self):
        with pytest.raises(ShapeError, match=r"got x of shape \(5, 2\).*jax\.vmap\(apply, in_axes=\(None, 0\)\)"):
            neuron.apply(self.params, jnp.ones((5, 2)))

    @pytest.mark.parametrize("w", [jnp.ones((2, 2)), jnp.ones(0), jnp.float32(1)])
    def test_weights_are_a_vector(self, w):
        with pytest.raises(ShapeError, match="one weight for each input"):
            neuron.apply(Neuron(w=w, b=jnp.float32(0)), jnp.ones(2))

    def test_one_bias(self):
        with pytest.raises(ShapeError, match=r"b of shape \(2,\); wants one bias"):
            neuron.apply(Neuron(w=jnp.ones(2), b=jnp.zeros(2)), jnp.ones(2))

    def test_whole_numbers(self):
        with pytest.raises(TypeError, match="neuron: got x of dtype int32; wants floats"):
            neuron.apply(self.params, jnp.ones(2, int))
        with pytest.raises(TypeError, match="neuron: got w of dtype int32; wants floats"):
            neuron.apply(Neuron(w=jnp.ones(2, int), b=jnp.float32(0)), jnp.ones(2))

    def test_only_two_inputs_have_a_line(self):
        with pytest.raises(ShapeError, match="only two inputs have a line"):
            neuron.decision_line(Neuron(w=jnp.ones(3), b=jnp.float32(0)))

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^neuron\.init: got key of type int; wants one key"):
            neuron.init(0, inputs=2)
        with pytest.raises(ValueError, match=r"^neuron\.init: got inputs=0; wants at least 1"):
            neuron.init(key, inputs=0)
