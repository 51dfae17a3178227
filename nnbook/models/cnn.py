"""A small convolutional network: convolution and pooling, twice, then two linear layers.

Convolutions are im2col's and pooling is tiled, the forms that train fast inside `fit`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers import conv, linear
from nnbook.layers.activations import relu
from nnbook.layers.conv import Conv
from nnbook.layers.linear import Linear
from nnbook.layers.pool import max_pool_tiled
from nnbook.pytree import params


@params
class CNN:
    """From the layer that sees the image to the one that answers."""

    conv_1: Conv
    conv_2: Conv
    hidden: Linear
    output: Linear


class CNNSteps(NamedTuple):
    """What each layer makes of one image, in order."""

    conv_1: Float[Array, "height width channels_1"]
    pool_1: Float[Array, "half_height half_width channels_1"]
    conv_2: Float[Array, "half_height half_width channels_2"]
    pool_2: Float[Array, "quarter_height quarter_width channels_2"]
    hidden: Float[Array, "hidden"]
    logits: Float[Array, "classes"]


def init(
    key: Key[Array, ""],
    *,
    height: int,
    width: int,
    inputs: int = 1,
    channels: Sequence[int] = (16, 32),
    hidden: int = 64,
    classes: int = 10,
) -> CNN:
    """Draw a network for images of this height and width, with `inputs` channels: 1 for grey, 3 for colour.

    `channels` are those of the two convolutions. For 8 × 8 digits it has 13,706 weights and biases.
    Raises TypeError for a key that is not one, ValueError for a size below 1, an image below 4 × 4, or other than two
    convolutions.

    >>> sum(leaf.size for leaf in jax.tree.leaves(init(jax.random.key(0), height=8, width=8)))
    13706
    """
    require_key("cnn.init", key)
    require_sizes("cnn.init", height=height, width=width, inputs=inputs, hidden=hidden, classes=classes)
    if min(height, width) < 4:
        raise ValueError(f"cnn.init: got images of {height} × {width}; wants at least 4 × 4, which is halved twice")
    if len(channels) != 2:
        raise ValueError(f"cnn.init: got channels={tuple(channels)}; wants two numbers, one for each convolution")
    keys = jax.random.split(key, 4)
    first, second = channels
    seen = (height // 4) * (width // 4) * second
    return CNN(
        conv_1=conv.init(keys[0], kernel=(3, 3), inputs=inputs, outputs=first),
        conv_2=conv.init(keys[1], kernel=(3, 3), inputs=first, outputs=second),
        hidden=linear.init(keys[2], inputs=seen, outputs=hidden, weights=linear.he_normal),
        output=linear.init(keys[3], inputs=hidden, outputs=classes),
    )


def steps(params: CNN, x: Float[Array, "height width inputs"]) -> CNNSteps:
    """Pass one image through the layers, and keep what each of them says.

    Raises ShapeError, which names the layer, unless the image has the size and channels the network was made for.
    Source: LeCun et al. (1998), section II; Goodfellow, Bengio and Courville (2016), Deep Learning, chapter 9.

    >>> jax.eval_shape(steps, init(jax.random.key(0), height=8, width=8), jax.numpy.zeros((8, 8, 1))).pool_2.shape
    (2, 2, 32)
    """
    x = require_floats("cnn", x)
    conv_1 = relu(conv.apply_im2col(params.conv_1, x))
    pool_1 = max_pool_tiled(conv_1, window=2)
    conv_2 = relu(conv.apply_im2col(params.conv_2, pool_1))
    pool_2 = max_pool_tiled(conv_2, window=2)
    if pool_2.size != params.hidden.w.shape[1]:
        places = params.hidden.w.shape[1] // pool_2.shape[-1]
        raise ShapeError(
            "cnn",
            got=f"x of shape {x.shape}",
            want=f"an image that two halvings leave {places} places of, not {pool_2.shape[0] * pool_2.shape[1]}",
            hint="init takes the height and width of the images",
        )
    hidden = relu(linear.apply(params.hidden, pool_2.reshape(-1)))
    return CNNSteps(conv_1, pool_1, conv_2, pool_2, hidden, logits=linear.apply(params.output, hidden))


def apply(params: CNN, x: Float[Array, "height width inputs"]) -> Float[Array, "classes"]:
    """Answer one image with a logit for each class.

    Raises as `steps` does. Source: LeCun et al. (1998), section II.

    >>> jax.jit(apply)(init(jax.random.key(0), height=8, width=8), jax.numpy.zeros((8, 8, 1))).shape
    (10,)
    """
    return steps(params, x).logits
