"""LeNet-5 as it is written today: two convolutions, two max pools, three linear layers, ReLU between.

`nnbook.models.lenet_1998` is the network of the paper, which differs in more than its name lets one think.
"""

from typing import NamedTuple

import jax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key
from nnbook.layers import conv, linear
from nnbook.layers.activations import relu
from nnbook.layers.conv import Conv
from nnbook.layers.linear import Linear
from nnbook.layers.pool import max_pool_tiled
from nnbook.pytree import params


@params
class LeNet:
    """Under the paper's names, from the layer that sees the image to the one that answers."""

    c1: Conv
    c3: Conv
    c5: Linear
    f6: Linear
    output: Linear


class LeNetSteps(NamedTuple):
    """What each layer makes of one image, in order."""

    c1: Float[Array, "28 28 6"]
    s2: Float[Array, "14 14 6"]
    c3: Float[Array, "10 10 16"]
    s4: Float[Array, "5 5 16"]
    c5: Float[Array, "120"]
    f6: Float[Array, "84"]
    logits: Float[Array, "10"]


def init(key: Key[Array, ""]) -> LeNet:
    """Draw 61,706 weights and biases: 156 + 2,416 + 48,120 + 10,164 + 850.

    Raises TypeError for a key that is not one.

    >>> sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(init, jax.random.key(0))))
    61706
    """
    require_key("lenet.init", key)
    keys = jax.random.split(key, 5)
    return LeNet(
        c1=conv.init(keys[0], kernel=(5, 5), inputs=1, outputs=6),
        c3=conv.init(keys[1], kernel=(5, 5), inputs=6, outputs=16),
        c5=linear.init(keys[2], inputs=400, outputs=120, weights=linear.he_normal),
        f6=linear.init(keys[3], inputs=120, outputs=84, weights=linear.he_normal),
        output=linear.init(keys[4], inputs=84, outputs=10),
    )


def steps(params: LeNet, x: Float[Array, "28 28 1"]) -> LeNetSteps:
    """Pass one image through the layers, and keep what each of them says.

    The first convolution pads by 2 pixels, which makes 28 × 28 of MNIST what 32 × 32 was to the paper.
    Raises ShapeError unless x is an image of 28 × 28 pixels and one channel.
    Source: LeCun et al. (1998), section II.B, simplified as is usual.

    >>> jax.eval_shape(steps, init(jax.random.key(0)), jax.numpy.zeros((28, 28, 1))).s4.shape
    (5, 5, 16)
    """
    x = require_floats("lenet", x)
    if x.shape != (28, 28, 1):
        hint = {(28, 28): "x[..., None] gives it a channel", (32, 32, 1): "crop the frame, x[2:-2, 2:-2]"}
        raise ShapeError(
            "lenet", got=f"x of shape {x.shape}", want="x of shape (28, 28, 1)", hint=hint.get(x.shape, "")
        )
    c1 = relu(conv.apply_im2col(params.c1, x, padding="SAME"))
    s2 = max_pool_tiled(c1, window=2)
    c3 = relu(conv.apply_im2col(params.c3, s2, padding="VALID"))
    s4 = max_pool_tiled(c3, window=2)
    c5 = relu(linear.apply(params.c5, s4.reshape(-1)))
    f6 = relu(linear.apply(params.f6, c5))
    return LeNetSteps(c1, s2, c3, s4, c5, f6, logits=linear.apply(params.output, f6))


def apply(params: LeNet, x: Float[Array, "28 28 1"]) -> Float[Array, "10"]:
    """Answer one image with a logit for each digit.

    Raises as `steps` does. Source: LeCun et al. (1998), section II.B, simplified as is usual.

    >>> jax.eval_shape(apply, init(jax.random.key(0)), jax.numpy.zeros((28, 28, 1))).shape
    (10,)
    """
    return steps(params, x).logits
