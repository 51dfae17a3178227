"""The gradient worked out by hand is JAX's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import linear
from nnbook.layers.activations import ACTIVATIONS, sigmoid, sigmoid_derivative, softmax
from nnbook.models import backpropagation, mlp
from nnbook.training.losses import cross_entropy, mse

SMOOTH_OR_BENT = [name for name in ACTIVATIONS if name != "step"]


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6), got, want)


@pytest.fixture
def network(key):
    """Three layers whose biases are not 0."""
    fresh = mlp.init(key, sizes=(3, 6, 5, 4), weights=linear.xavier_normal)
    return jax.tree.map(lambda leaf: leaf + 0.1 * jax.random.normal(key, leaf.shape), fresh)


@pytest.mark.parametrize("name", SMOOTH_OR_BENT)
def test_of_cross_entropy_it_is_that_of_jax(network, name):
    act, x, label = ACTIVATIONS[name], jnp.array([0.5, -1.0, 2.0]), jnp.array(2)

    @jax.jit
    def both(network):
        share = softmax(mlp.apply(network, x, act.function))
        hand = backpropagation.gradients(network, x, share - jax.nn.one_hot(label, 4), act.function, act.derivative)
        return hand, jax.grad(lambda p: cross_entropy(mlp.apply(p, x, act.function), label))(network)

    close(*both(network))


def test_of_a_batch_it_is_the_mean_of_its_examples(network, key):
    x, y = jax.random.normal(key, (7, 3)), jax.random.normal(jax.random.key(1), (7, 4))

    def one(x, y):
        gradient = 2 * (mlp.apply(network, x, sigmoid) - y) / y.size
        return backpropagation.gradients(network, x, gradient, sigmoid, sigmoid_derivative)

    got = jax.tree.map(lambda leaf: leaf.mean(axis=0), jax.vmap(one)(x, y))
    close(got, jax.grad(lambda p: mse(jax.vmap(lambda x: mlp.apply(p, x, sigmoid))(x), y))(network))


def test_deltas_are_the_slopes_with_the_pre_activations(network):
    x, gradient = jnp.array([0.5, -1.0, 2.0]), jnp.array([1.0, 0.0, -2.0, 0.5])
    seen = mlp.signals(network, x, sigmoid)
    got = backpropagation.deltas(network, seen, gradient, sigmoid_derivative)
    for place, delta in enumerate(got):
        # What is added to a bias is added to the pre-activation: a small step tells the slope.
        for unit in range(0, len(delta), 2):
            layers = list(network.layers)
            h = 0.05
            outputs = []
            for step in (h, -h):
                moved = layers[place]
                layers_moved = [*layers]
                layers_moved[place] = linear.Linear(w=moved.w, b=moved.b.at[unit].add(step))
                outputs.append(mlp.apply(mlp.MLP(layers=tuple(layers_moved)), x, sigmoid) @ gradient)
            assert float(delta[unit]) == pytest.approx(float(outputs[0] - outputs[1]) / (2 * h), rel=1e-2, abs=1e-4)


def test_one_layer_learns_by_the_delta_rule():
    network = mlp.MLP(layers=(linear.Linear(w=jnp.ones((1, 2)), b=jnp.zeros(1)),))
    got = backpropagation.gradients(network, jnp.array([3.0, -1.0]), jnp.array([0.5]))
    assert got.layers[0].w.tolist() == [[1.5, -0.5]]
    assert got.layers[0].b.tolist() == [0.5]


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_gradient(self, network):
        with pytest.raises(
            ShapeError, match=r"^backpropagation: got a gradient of shape \(3,\); wants one of shape \(4,\)"
        ):
            backpropagation.gradients(network, jnp.ones(3), jnp.ones(3))

    def test_x(self, network):
        with pytest.raises(ShapeError, match=r"^mlp, layer 0: got x of shape \(2,\)"):
            backpropagation.gradients(network, jnp.ones(2), jnp.ones(4))

    def test_signals(self, network):
        seen = mlp.signals(network, jnp.ones(3))
        with pytest.raises(ShapeError, match="got signals of 2 layers for a network of 3"):
            backpropagation.deltas(network, seen[1:], jnp.ones(4))
