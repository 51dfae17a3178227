"""Published convolutional networks as lists of their layers: enough to count weights and see how far they look.

Nothing here computes an image. `init` draws the weights; under `jax.eval_shape` it only tells their shapes, without
taking memory for them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
from jaxtyping import Array, Key

from nnbook.errors import require_key
from nnbook.layers import conv, linear
from nnbook.layers.conv import Conv
from nnbook.layers.linear import Linear
from nnbook.layers.windows import Window


class ConvLayer(NamedTuple):
    """A convolution with a square kernel."""

    kernel: int
    inputs: int
    outputs: int
    stride: int = 1
    groups: int = 1
    dilation: int = 1


class LinearLayer(NamedTuple):
    """A linear layer."""

    inputs: int
    outputs: int


class Published(NamedTuple):
    """The convolutions and pools (a `Window` each) in order, and the linear layers behind them."""

    features: tuple[ConvLayer | Window, ...]
    head: tuple[LinearLayer, ...]


def _alexnet(groups: int) -> Published:
    return Published(
        features=(
            *(ConvLayer(11, 3, 96, stride=4), Window(3, 2)),
            *(ConvLayer(5, 96, 256, groups=groups), Window(3, 2)),
            ConvLayer(3, 256, 384),
            *(ConvLayer(3, 384, 384, groups=groups), ConvLayer(3, 384, 256, groups=groups), Window(3, 2)),
        ),
        head=(LinearLayer(6 * 6 * 256, 4096), LinearLayer(4096, 4096), LinearLayer(4096, 1000)),
    )


# Krizhevsky, Sutskever and Hinton (2012), section 3.5: layers 2, 4 and 5 in two groups, one for each GPU.
ALEXNET = _alexnet(groups=2)
ALEXNET_UNGROUPED = _alexnet(groups=1)

# Krizhevsky (2014), "One weird trick", as TensorFlow's slim has it: narrower, and no groups.
ALEXNET_V2 = Published(
    features=(
        *(ConvLayer(11, 3, 64, stride=4), Window(3, 2)),
        *(ConvLayer(5, 64, 192), Window(3, 2)),
        *(ConvLayer(3, 192, 384), ConvLayer(3, 384, 384), ConvLayer(3, 384, 256), Window(3, 2)),
    ),
    head=(LinearLayer(5 * 5 * 256, 4096), LinearLayer(4096, 4096), LinearLayer(4096, 1000)),
)

# Simonyan and Zisserman (2015), table 1, configuration D.
VGG_16 = Published(
    features=(
        *(ConvLayer(3, 3, 64), ConvLayer(3, 64, 64), Window(2, 2)),
        *(ConvLayer(3, 64, 128), ConvLayer(3, 128, 128), Window(2, 2)),
        *(ConvLayer(3, 128, 256), *(ConvLayer(3, 256, 256),) * 2, Window(2, 2)),
        *(ConvLayer(3, 256, 512), *(ConvLayer(3, 512, 512),) * 2, Window(2, 2)),
        *((ConvLayer(3, 512, 512),) * 3),
        Window(2, 2),
    ),
    head=(LinearLayer(7 * 7 * 512, 4096), LinearLayer(4096, 4096), LinearLayer(4096, 1000)),
)

# He et al. (2016), table 1: how many blocks each of the four stages has.
RESNET_50 = (3, 4, 6, 3)
RESNET_101 = (3, 4, 23, 3)
RESNET_152 = (3, 8, 36, 3)


def init(key: Key[Array, ""], network: Published) -> tuple[Conv | Linear, ...]:
    """Draw the layers of a network that have weights, in order.

    Raises TypeError for a key that is not one.

    >>> layers = jax.eval_shape(lambda key: init(key, VGG_16), jax.random.key(0))
    >>> sum(leaf.size for leaf in jax.tree.leaves(layers))
    138357544
    """
    require_key("published.init", key)
    layers = [layer for layer in (*network.features, *network.head) if not isinstance(layer, Window)]
    return tuple(
        linear.init(key, inputs=layer.inputs, outputs=layer.outputs)
        if isinstance(layer, LinearLayer)
        else conv.init(
            key,
            kernel=(layer.kernel, layer.kernel),
            inputs=layer.inputs,
            outputs=layer.outputs,
            groups=layer.groups,
        )
        for key, layer in zip(jax.random.split(key, len(layers)), layers, strict=True)
    )


def windows(network: Published) -> tuple[Window, ...]:
    """Give the window of each convolution and pool, in order, as `receptive_field` wants them.

    >>> windows(ALEXNET)[:2]
    (Window(kernel=11, stride=4, dilation=1), Window(kernel=3, stride=2, dilation=1))
    """
    return tuple(Window(layer.kernel, layer.stride, layer.dilation) for layer in network.features)


def bottleneck_windows(blocks: Sequence[int], *, strided: int = 0) -> tuple[Window, ...]:
    """Give the windows on the longest way through a ResNet of bottleneck blocks, stem first.

    `blocks` counts them for each stage. From the second stage on, the first block halves the image, by its convolution
    number `strided`: 0 is the 1 × 1 of the paper, 1 the 3 × 3, where torchvision has it.
    Raises ValueError unless `strided` is 0 or 1.
    Source: He et al. (2016), table 1.

    >>> len(bottleneck_windows(RESNET_50))
    50
    """
    if strided not in (0, 1):
        raise ValueError(f"bottleneck_windows: got strided={strided}; wants 0, the first 1 × 1, or 1, the 3 × 3")
    layers = [Window(7, 2), Window(3, 2)]
    for stage, count in enumerate(blocks):
        for place in range(count):
            stride = 2 if stage > 0 and place == 0 else 1
            layers += [Window(kernel, stride if number == strided else 1) for number, kernel in enumerate((1, 3, 1))]
    return tuple(layers)
