"""The same weights in Flax and Equinox give the same answers and the same gradients."""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from nnbook.layers import linear
from nnbook.layers.activations import gelu, relu, tanh
from nnbook.models import mlp

ACTIVATIONS = {
    "relu": (relu, jax.nn.relu),
    "tanh": (tanh, jnp.tanh),
    "gelu": (gelu, lambda x: jax.nn.gelu(x, approximate=False)),
}
SIZES = (3, 8, 8, 2)


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.fixture
def params(key):
    """A network whose biases are not all zero, as they are at first."""
    fresh = mlp.init(key, sizes=SIZES, weights=linear.lecun_normal)
    return jax.tree.map(lambda leaf: leaf + 0.1 * jax.random.normal(key, leaf.shape), fresh)


@pytest.fixture
def x():
    return jax.random.normal(jax.random.key(1), (5, SIZES[0]))


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_equinox(activation, params, x, key):
    mine, theirs = activation
    peer = eqx.nn.MLP(SIZES[0], SIZES[-1], SIZES[1], depth=len(SIZES) - 2, activation=theirs, key=key)
    weights = [array for layer in params.layers for array in (layer.w, layer.b)]
    peer = eqx.tree_at(lambda p: [a for layer in p.layers for a in (layer.weight, layer.bias)], peer, weights)
    close(jax.vmap(mlp.apply, in_axes=(None, 0, None))(params, x, mine), jax.vmap(peer)(x))

    got = jax.grad(lambda p: (jax.vmap(mlp.apply, in_axes=(None, 0, None))(p, x, mine) ** 2).mean())(params)
    want = eqx.filter_grad(lambda p: (jax.vmap(p)(x) ** 2).mean())(peer)
    for layer, peers in zip(got.layers, want.layers, strict=True):
        close(layer.w, peers.weight)
        close(layer.b, peers.bias)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_flax(activation, params, x):
    mine, theirs = activation

    class Peer(nnx.Module):
        def __init__(self):
            self.layers = nnx.List([nnx.Linear(i, o, rngs=nnx.Rngs(0)) for i, o in pairwise(SIZES)])

        def __call__(self, x):
            for layer in self.layers[:-1]:
                x = theirs(layer(x))
            return self.layers[-1](x)

    peer = Peer()
    for layer, mine_layer in zip(peer.layers, params.layers, strict=True):
        layer.kernel[...] = mine_layer.w.T  # Flax keeps a column, not a row, for each output
        layer.bias[...] = mine_layer.b
    close(jax.vmap(mlp.apply, in_axes=(None, 0, None))(params, x, mine), peer(x))

    got = jax.grad(lambda p: (jax.vmap(mlp.apply, in_axes=(None, 0, None))(p, x, mine) ** 2).mean())(params)
    want = nnx.grad(lambda p: (p(x) ** 2).mean())(peer)
    for place, layer in enumerate(got.layers):
        close(layer.w, want["layers"][place]["kernel"][...].T)
        close(layer.b, want["layers"][place]["bias"][...])
