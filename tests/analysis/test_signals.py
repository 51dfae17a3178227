"""What a network does to gradients, against formulas and against slopes taken by small steps."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import analysis
from nnbook.errors import ShapeError
from nnbook.layers import linear
from nnbook.layers.activations import leaky_relu, relu, selu, sigmoid, tanh
from nnbook.layers.linear import Linear
from nnbook.models import mlp
from nnbook.models.mlp import MLP


def test_gradient_lengths_are_those_of_the_chain_rule_by_hand():
    network = mlp.init(jax.random.key(1), sizes=(3, 4, 5, 2), weights=linear.xavier_normal)
    x, gradient = jnp.array([0.3, -1.0, 2.0]), jnp.array([1.0, -2.0])
    first, second, _ = mlp.signals(network, x, tanh)
    w = [np.asarray(layer.w) for layer in network.layers]
    second_back = (1 - np.asarray(second.activation) ** 2) * (w[2].T @ np.asarray(gradient))
    first_back = (1 - np.asarray(first.activation) ** 2) * (w[1].T @ second_back)
    expected = [np.linalg.norm(g) for g in (first_back, second_back, gradient)]
    np.testing.assert_allclose(analysis.gradient_lengths(network, x, gradient, tanh), expected, rtol=1e-5)


def test_a_gradient_of_another_shape_is_refused():
    network = mlp.init(jax.random.key(0), sizes=(2, 3, 1))
    with pytest.raises(ShapeError, match=r"got a gradient of shape \(2,\); wants one of shape \(1,\)"):
        analysis.gradient_lengths(network, jnp.ones(2), jnp.ones(2))


@pytest.mark.parametrize(("gain", "factor"), [(1.0, 0.5**0.5), (2.0, 1.0)])
def test_relu_keeps_half_of_the_square_in_every_layer(gain, factor):
    np.testing.assert_allclose(analysis.expected_gradient_factors(relu, gain=gain, layers=5), factor, rtol=1e-4)


def test_the_prediction_is_what_a_wide_network_does():
    def factor(key):
        for_network, for_input, for_gradient = jax.random.split(key, 3)
        network = mlp.init(for_network, sizes=(256,) * 7, weights=linear.lecun_normal)
        back = jax.random.normal(for_gradient, (256,))
        lengths = analysis.gradient_lengths(network, jax.random.normal(for_input, (256,)), back, tanh)
        return lengths[0] / lengths[-1]

    measured = jnp.exp(jnp.log(jax.vmap(factor)(jax.random.split(jax.random.key(0), 8))).mean())
    predicted = analysis.expected_gradient_factors(tanh, gain=1.0, layers=5).prod()
    np.testing.assert_allclose(measured, predicted, rtol=0.05)


def test_sigmoid_never_passes_more_than_a_quarter_at_gain_one():
    factors = analysis.expected_gradient_factors(sigmoid, gain=1.0, layers=10)
    assert (factors < 0.25).all()
    assert (factors > 0.2).all()


@pytest.mark.parametrize("sizes", [{"gain": 0.0, "layers": 1}, {"gain": 1.0, "layers": 0}])
def test_no_gain_and_no_layers_are_refused(sizes):
    with pytest.raises(ValueError, match="expected_gradient_factors: got"):
        analysis.expected_gradient_factors(relu, **sizes)


def test_means_over_the_normal_curve():
    assert float(analysis.mean_over_normal(lambda z: z, mean=0.5, spread=2.0)) == pytest.approx(0.5, abs=1e-5)
    assert float(analysis.mean_over_normal(relu)) == pytest.approx((2 * np.pi) ** -0.5, rel=1e-5)
    assert float(analysis.mean_over_normal(selu)) == pytest.approx(0.0, abs=1e-5)


def test_a_unit_is_dead_only_where_no_example_wakes_it():
    layer = Linear(w=jnp.array([[1.0], [1.0], [-1.0]]), b=jnp.array([-5.0, -1.0, 0.0]))
    network = MLP(layers=(layer, Linear(w=jnp.ones((1, 3)), b=jnp.zeros(1))))
    inputs = jnp.array([[1.0], [2.0], [3.0]])
    assert analysis.dead_units(network, inputs)[0].tolist() == [True, False, True]
    assert not analysis.dead_units(network, inputs, leaky_relu)[0].any()


def test_each_hidden_layer_is_counted_by_itself_and_the_last_not():
    network = mlp.init(jax.random.key(0), sizes=(2, 8, 5, 3))
    assert [dead.shape for dead in analysis.dead_units(network, jnp.eye(2))] == [(8,), (5,)]


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("inputs", [jnp.ones(2), jnp.ones((0, 2))])
def test_dead_units_wants_a_batch(inputs):
    with pytest.raises(ShapeError, match="one row for each example"):
        analysis.dead_units(mlp.init(jax.random.key(0), sizes=(2, 3, 1)), inputs)
