"""The published networks have as many weights as published; nothing is allocated to count them."""

from itertools import pairwise

import jax
import pytest

from nnbook.models import published_convolutional
from nnbook.models.published_convolutional import ALEXNET, ALEXNET_UNGROUPED, VGG_16, ConvLayer


def counted(network):
    layers = jax.eval_shape(lambda key: published_convolutional.init(key, network), jax.random.key(0))
    return sum(leaf.size for leaf in jax.tree.leaves(layers))


@pytest.mark.parametrize(
    ("network", "parameters"),
    [(ALEXNET, 60_965_224), (ALEXNET_UNGROUPED, 62_378_344), (VGG_16, 138_357_544)],
    ids=["AlexNet in two groups", "AlexNet in one", "VGG-16"],
)
def test_parameters(network, parameters):
    assert counted(network) == parameters


@pytest.mark.parametrize("network", [ALEXNET, ALEXNET_UNGROUPED, published_convolutional.ALEXNET_V2, VGG_16])
def test_each_layer_takes_what_the_one_before_gives(network):
    convolutions = [layer for layer in network.features if isinstance(layer, ConvLayer)]
    layers = [*convolutions, *network.head]
    for before, after in pairwise(layers):
        assert after.inputs % before.outputs == 0  # more where a map is flattened: once for each place
    assert network.head[0].inputs // convolutions[-1].outputs in (5 * 5, 6 * 6, 7 * 7)


def test_names_say_how_many_layers_have_weights():
    assert sum(isinstance(layer, ConvLayer) for layer in VGG_16.features) + len(VGG_16.head) == 16
    for name, blocks in (
        (50, published_convolutional.RESNET_50),
        (101, published_convolutional.RESNET_101),
        (152, published_convolutional.RESNET_152),
    ):
        # The pool of the stem has none, the linear layer at the end no window.
        assert len(published_convolutional.bottleneck_windows(blocks)) == name


def test_small_weights_are_drawn(key):
    network = published_convolutional.Published(
        features=(ConvLayer(3, 1, 4, stride=2, groups=1), published_convolutional.Window(2, 2)),
        head=(published_convolutional.LinearLayer(4, 2),),
    )
    first, last = published_convolutional.init(key, network)
    assert first.w.shape == (3, 3, 1, 4)
    assert last.w.shape == (2, 4)
    assert published_convolutional.windows(network) == (
        published_convolutional.Window(3, 2),
        published_convolutional.Window(2, 2),
    )


@pytest.mark.usefixtures("untyped")
def test_bad_input():
    with pytest.raises(TypeError, match=r"^published\.init: got key of type int"):
        published_convolutional.init(0, VGG_16)
    with pytest.raises(ValueError, match="bottleneck_windows: got strided=2; wants 0, the first 1 × 1, or 1"):
        published_convolutional.bottleneck_windows(published_convolutional.RESNET_50, strided=2)
