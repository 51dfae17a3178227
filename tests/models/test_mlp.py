"""A multilayer perceptron is its layers, one after the other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.data import logic_gate
from nnbook.layers import linear
from nnbook.layers.activations import relu, step, tanh
from nnbook.layers.linear import Linear
from nnbook.models import mlp
from nnbook.models.mlp import MLP


def test_sizes(key):
    params = mlp.init(key, sizes=(3, 5, 4, 2))
    assert [layer.w.shape for layer in params.layers] == [(5, 3), (4, 5), (2, 4)]
    assert not any(layer.b.any() for layer in params.layers)
    assert mlp.apply(params, jnp.ones(3)).shape == (2,)


def test_layers_start_apart_and_with_the_weights_asked_for(key):
    params = mlp.init(key, sizes=(100, 100, 100), weights=linear.xavier_uniform)
    first, second = params.layers
    assert not jnp.allclose(first.w, second.w)
    assert jnp.abs(first.w).max() <= (6 / 200) ** 0.5
    assert float(mlp.init(key, sizes=(200, 200)).layers[0].w.var()) == pytest.approx(2 / 200, rel=0.05)


@pytest.mark.parametrize("activation", [relu, tanh])
def test_signals_are_each_layers_own_words(activation, key):
    params, x = mlp.init(key, sizes=(3, 5, 4, 2)), jnp.array([0.5, -1.0, 2.0])
    seen = mlp.signals(params, x, activation)
    for layer, signal in zip(params.layers, seen, strict=True):
        np.testing.assert_allclose(signal.pre_activation, layer.w @ x + layer.b, rtol=1e-5, atol=1e-6)
        last = layer is params.layers[-1]
        want = signal.pre_activation if last else activation(signal.pre_activation)
        np.testing.assert_array_equal(signal.activation, want)
        x = signal.activation
    np.testing.assert_array_equal(mlp.apply(params, jnp.array([0.5, -1.0, 2.0]), activation), x)


def test_without_an_activation_it_is_one_linear_layer(key):
    params, x = mlp.init(key, sizes=(3, 5, 2)), jax.random.normal(key, (3,))
    first, second = params.layers
    got = mlp.apply(params, x, activation=lambda z: z)
    np.testing.assert_allclose(got, (second.w @ first.w) @ x, rtol=1e-5)


def test_two_layers_compute_xor():
    # One hidden neuron says OR, the other AND; the output takes the first without the second.
    hidden = Linear(w=jnp.ones((2, 2)), b=jnp.array([-0.5, -1.5]))
    output = Linear(w=jnp.array([[1.0, -1.0]]), b=jnp.array([0.0]))
    gate = logic_gate("XOR")
    answers = jax.vmap(lambda x: mlp.apply(MLP(layers=(hidden, output)), x, activation=step)[0])(gate.inputs)
    assert answers.tolist() == gate.labels.tolist()


def test_batches_and_many_networks(key):
    x = jax.random.normal(key, (7, 3))
    params = mlp.init(key, sizes=(3, 5, 2))
    batch = jax.vmap(mlp.apply, in_axes=(None, 0))(params, x)
    np.testing.assert_allclose(batch[3], mlp.apply(params, x[3]), rtol=1e-5, atol=1e-6)
    many = jax.vmap(lambda key: mlp.init(key, sizes=(3, 5, 2)))(jax.random.split(key, 4))
    assert jax.vmap(mlp.apply, in_axes=(0, None))(many, x[0]).shape == (4, 2)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_the_layer_is_named(self, key):
        params = mlp.init(key, sizes=(3, 5, 2))
        with pytest.raises(ShapeError, match=r"^mlp, layer 0: got x of shape \(4,\); wants x of shape \(3,\)"):
            mlp.apply(params, jnp.ones(4))
        broken = MLP(layers=(params.layers[0], params.layers[0]))
        with pytest.raises(ShapeError, match=r"^mlp, layer 1: got x of shape \(5,\).*is it transposed"):
            mlp.apply(broken, jnp.ones(3))

    def test_no_layers(self):
        with pytest.raises(ShapeError, match=r"^mlp: got no layers; wants at least one"):
            mlp.apply(MLP(layers=()), jnp.ones(3))

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^mlp\.init: got key of type int; wants one key"):
            mlp.init(0, sizes=(2, 1))
        with pytest.raises(ValueError, match=r"^mlp\.init: got sizes=\(2,\); wants at least two"):
            mlp.init(key, sizes=(2,))
        with pytest.raises(ValueError, match=r"^mlp\.init: got sizes\[1\]=0; wants at least 1"):
            mlp.init(key, sizes=(2, 0, 1))
        with pytest.raises(TypeError, match=r"^mlp\.init: got sizes\[1\]=2.5 of type float; wants an int"):
            mlp.init(key, sizes=(2, 2.5, 1))
