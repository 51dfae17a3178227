"""The small CNN has the size it should, is its layers one after the other, and learns."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook import ShapeError
from nnbook.data import Dataset, digits
from nnbook.layers import conv
from nnbook.layers.activations import relu
from nnbook.layers.pool import max_pool
from nnbook.models import cnn
from nnbook.training.loop import fit
from nnbook.training.losses import cross_entropy


@pytest.fixture(scope="module")
def small():
    return cnn.init(jax.random.key(0), height=8, width=8, channels=(4, 6), hidden=8)


@pytest.mark.parametrize(("side", "parameters"), [(8, 13_706), (28, 105_866)])
def test_parameters(side, parameters):
    params = jax.eval_shape(lambda key: cnn.init(key, height=side, width=side), jax.random.key(0))
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == parameters


def general(params, x):
    """The same network by XLA's convolution and sliding pools."""
    for layer in (params.conv_1, params.conv_2):
        x = max_pool(relu(conv.apply(layer, x)), window=2, stride=2)
    hidden = relu(params.hidden.w @ x.reshape(-1) + params.hidden.b)
    return params.output.w @ hidden + params.output.b


def test_the_fast_forms_change_neither_value_nor_gradient(small):
    x = jax.random.normal(jax.random.key(1), (3, 8, 8, 1))

    def slopes(network):
        mapped = jax.vmap(network, in_axes=(None, 0))
        return jax.jit(jax.value_and_grad(lambda params, x: jnp.sin(mapped(params, x)).sum()))(small, x)

    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)  # noqa: E731
    jax.tree.map(close, slopes(cnn.apply), slopes(general))


def test_it_learns_a_few_digits():
    data = digits()
    few = Dataset(inputs=data.inputs[:100], labels=data.labels[:100])

    def logits(params, inputs):
        return jax.vmap(cnn.apply, in_axes=(None, 0))(params, inputs.reshape(-1, 8, 8, 1))

    def loss(params, batch):
        return cross_entropy(logits(params, batch.inputs), batch.labels)

    params = cnn.init(jax.random.key(0), height=8, width=8, channels=(8, 8), hidden=16)
    trained = fit(loss, params, few, optimizer=optax.adam(1e-2), steps=60)
    assert float(trained.losses[0]) == pytest.approx(np.log(10), rel=0.3)
    assert float(trained.losses[-1]) < 0.1
    right = (jax.jit(logits)(trained.params, few.inputs).argmax(-1) == few.labels).mean()
    assert float(right) >= 0.98


def test_colour_and_oblong_images(key):
    params = cnn.init(key, height=9, width=14, inputs=3, channels=(2, 3), hidden=4, classes=5)
    seen = jax.eval_shape(cnn.steps, params, jnp.ones((9, 14, 3)))
    shapes = [(9, 14, 2), (4, 7, 2), (4, 7, 3), (2, 3, 3), (4,), (5,)]
    assert [step.shape for step in seen] == shapes


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_another_size(self, small):
        with pytest.raises(ShapeError, match=r"^cnn: got x of shape \(12, 12, 1\); wants .* 4 places of, not 9"):
            cnn.apply(small, jnp.ones((12, 12, 1)))

    def test_more_channels(self):
        params = cnn.init(jax.random.key(0), height=8, width=8)
        with pytest.raises(ShapeError, match=r"^conv: got x of shape \(8, 8, 4\).*; wants x with 1 channels"):
            cnn.apply(params, jnp.ones((8, 8, 4)))

    def test_no_image(self, small):
        with pytest.raises(ShapeError, match=r"got x of shape \(8, 8\).*x\[\.\.\., None\]"):
            cnn.apply(small, jnp.ones((8, 8)))
        with pytest.raises(TypeError, match="cnn: got x of dtype int32; wants floats"):
            cnn.apply(small, jnp.ones((8, 8, 1), int))

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^cnn\.init: got key of type int"):
            cnn.init(0, height=8, width=8)
        with pytest.raises(ValueError, match=r"^cnn\.init: got images of 3 × 8; wants at least 4 × 4"):
            cnn.init(key, height=3, width=8)
        with pytest.raises(ValueError, match=r"^cnn\.init: got channels=\(1, 2, 3\); wants two numbers"):
            cnn.init(key, height=8, width=8, channels=(1, 2, 3))
        with pytest.raises(ValueError, match=r"^cnn\.init: got hidden=0; wants at least 1"):
            cnn.init(key, height=8, width=8, hidden=0)
