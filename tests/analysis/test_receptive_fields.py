"""How far a layer sees: by formula, by gradient, and as published_convolutional."""

import jax
import jax.numpy as jnp
import pytest

from nnbook import ShapeError
from nnbook.analysis.receptive_fields import measured_receptive_field, receptive_field, seen_pixels
from nnbook.layers import conv
from nnbook.layers.activations import relu
from nnbook.layers.pool import average_pool, max_pool
from nnbook.layers.windows import Window
from nnbook.models import cnn, lenet_1998, published_convolutional, residual


@pytest.mark.parametrize(
    ("network", "want"),
    [
        (published_convolutional.ALEXNET_V2, 195),
        (published_convolutional.VGG_16, 212),
        (published_convolutional.ALEXNET, 195),
    ],
    ids=["AlexNet v2", "VGG-16", "AlexNet"],
)
def test_published_fields(network, want):
    """Araujo, Norris and Sim (2019); for AlexNet of 2012 the windows are those of v2."""
    assert receptive_field(published_convolutional.windows(network)) == want


@pytest.mark.parametrize(
    ("blocks", "want", "torchvision"),
    [
        (published_convolutional.RESNET_50, 483, 427),
        (published_convolutional.RESNET_101, 1027, 971),
        (published_convolutional.RESNET_152, 1507, 1451),
    ],
    ids=["ResNet-50", "ResNet-101", "ResNet-152"],
)
def test_published_fields_of_residual_networks(blocks, want, torchvision):
    """Published for the paper's strides; where torchvision puts them, each of three stages sees less."""
    assert receptive_field(published_convolutional.bottleneck_windows(blocks)) == want
    assert receptive_field(published_convolutional.bottleneck_windows(blocks, strided=1)) == torchvision
    assert want - torchvision == 2 * (4 + 8 + 16)


def test_small_formulas():
    assert receptive_field([]) == 1
    assert receptive_field([Window(3)] * 3) == 7  # three 3 × 3 see what one 7 × 7 sees
    # WaveNet's doubling: one block of ten dilated layers sees 1024
    assert receptive_field([Window(2, dilation=2**n) for n in range(10)]) == 1024


def images(size, channels=1, number=8):
    return jax.random.normal(jax.random.key(1), (number, size, size, channels))


@pytest.mark.parametrize(
    "windows",
    [
        [Window(3), Window(3, stride=2), Window(3)],
        [Window(3, dilation=2), Window(2, stride=3), Window(3, dilation=3)],
        [Window(5, stride=2), Window(1), Window(2)],
    ],
)
def test_gradients_agree_with_the_formula(windows, key):
    layers = [
        conv.init(key, kernel=(w.kernel, w.kernel), inputs=1 if place == 0 else 4, outputs=4)
        for place, (w, key) in enumerate(zip(windows, jax.random.split(key, len(windows)), strict=True))
    ]

    def network(x):
        for layer, window in zip(layers, windows, strict=True):
            x = relu(conv.apply(layer, x, stride=window.stride, padding="VALID", dilation=window.dilation))
        return x

    assert measured_receptive_field(network, images(40)) == (receptive_field(windows),) * 2


@pytest.mark.parametrize("pool", [max_pool, average_pool])
def test_pooling_counts_as_a_window(pool, key):
    layer = conv.init(key, kernel=(3, 3), inputs=1, outputs=4)

    def network(x):
        return pool(relu(conv.apply(layer, x)), window=3, stride=2)

    assert measured_receptive_field(network, images(15, number=64)) == (receptive_field([Window(3), Window(3, 2)]),) * 2


def test_the_small_cnn(key):
    params = cnn.init(key, height=24, width=24)
    field = receptive_field([Window(3), Window(2, 2), Window(3), Window(2, 2)])
    assert field == 10
    got = measured_receptive_field(lambda x: cnn.steps(params, x).pool_2, images(24, number=64))
    assert got == (field, field)


def test_lenet_as_published(key):
    params = lenet_1998.init(key)
    to_c3 = [Window(5), Window(2, 2), Window(5)]
    assert (
        measured_receptive_field(lambda x: lenet_1998.steps(params, x).c3, images(32)) == (receptive_field(to_c3),) * 2
    )
    # C5's units see 32 numbers along each axis: all of the image.
    assert receptive_field([*to_c3, Window(2, 2), Window(5)]) == 32


def test_around_a_residual_block_the_longer_way_counts(key):
    branch = residual.basic_branch(key, inputs=4, channels=4)
    block = residual.Block(branch=branch, projection=residual.conv_norm(key, kernel=1, inputs=4, outputs=4))
    state = residual.init_state(block)

    def network(x):
        passed = residual.pass_block(block, state, x[None], stride=2, normalise=lambda params, state, x: (x, state))
        return passed.y[0]

    assert measured_receptive_field(network, images(16, 4)) == (receptive_field([Window(3, 2), Window(3)]),) * 2


def test_a_dilated_layer_leaves_out_what_lies_between(key):
    layer = conv.init(key, kernel=(3,), inputs=1, outputs=2)
    signals = jax.random.normal(key, (2, 9, 1))
    seen = seen_pixels(lambda x: conv.apply(layer, x, dilation=2), signals)
    assert seen.nonzero()[0].tolist() == [2, 4, 6]


class TestBadInput:
    def test_the_border(self, key):
        layer = conv.init(key, kernel=(3, 3), inputs=1, outputs=2)
        with pytest.raises(ShapeError, match=r"reaches the border of images of \(3, 3\); wants larger images"):
            measured_receptive_field(lambda x: conv.apply(layer, x), images(3))

    def test_no_slope(self):
        with pytest.raises(ShapeError, match=r"without any slope.*are all units dead"):
            measured_receptive_field(lambda x: relu(x - 100.0), images(5))

    def test_no_map_and_no_batch(self):
        with pytest.raises(ShapeError, match=r"a layer that gives shape \(25,\).*before the pooling or flattening"):
            seen_pixels(lambda x: x.ravel(), images(5))
        with pytest.raises(ShapeError, match=r"got images of shape \(5, 1\); wants a batch"):
            seen_pixels(lambda x: x, jnp.ones((5, 1)))

    @pytest.mark.usefixtures("untyped")
    def test_numbers(self):
        with pytest.raises(ValueError, match=r"receptive_field: got windows\[1\]\.stride=0; wants at least 1"):
            receptive_field([Window(3), Window(3, stride=0)])
        with pytest.raises(TypeError, match="seen_pixels: got images of dtype int32; wants floats"):
            seen_pixels(lambda x: x, jnp.ones((1, 5, 5, 1), int))
