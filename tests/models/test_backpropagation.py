"""The gradient worked out by hand is JAX's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import linear
from nnbook.layers.activations import ACTIVATIONS, sigmoid, sigmoid_derivative, softmax
from nnbook.layers.linear import Linear
from nnbook.models import backpropagation, mlp
from nnbook.models.mlp import MLP
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

    got = jax.tree.map(lambda leaf: leaf.mean(axis=0), jax.jit(jax.vmap(one))(x, y))
    want = jax.jit(jax.grad(lambda p: mse(jax.vmap(lambda x: mlp.apply(p, x, sigmoid))(x), y)))(network)
    close(got, want)


def test_deltas_are_the_slopes_with_the_pre_activations(network):
    x, gradient = jnp.array([0.5, -1.0, 2.0]), jnp.array([1.0, 0.0, -2.0, 0.5])
    seen = mlp.signals(network, x, sigmoid)
    got = backpropagation.deltas(network, seen, gradient, sigmoid_derivative)
    for place, delta in enumerate(got):

        def answer(step, place=place):
            # What is added to the biases is added to the pre-activations.
            layers = list(network.layers)
            layers[place] = Linear(w=layers[place].w, b=layers[place].b + step)
            return mlp.apply(MLP(layers=tuple(layers)), x, sigmoid) @ gradient

        steps = 0.05 * jnp.eye(len(delta))
        slopes = jax.jit(jax.vmap(lambda step, f=answer: (f(step) - f(-step)) / 0.1))(steps)
        np.testing.assert_allclose(delta, slopes, rtol=1e-2, atol=1e-4)


def test_one_layer_learns_by_the_delta_rule():
    network = MLP(layers=(Linear(w=jnp.ones((1, 2)), b=jnp.zeros(1)),))
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
