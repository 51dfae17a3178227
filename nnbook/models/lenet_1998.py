"""LeNet-5 as the paper has it: half-connected C3, subsampling that learns, squashing, and distances as answers.

`nnbook.models.lenet` is what goes by the name today. Here nothing is padded: images are 32 × 32, paper −0.1 and ink
1.175, so that the mean is about 0 and the variance about 1.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key
from nnbook.layers import conv, linear
from nnbook.layers.conv import Conv
from nnbook.layers.linear import Linear
from nnbook.layers.pool import average_pool
from nnbook.models.digit_codes import DIGIT_CODES
from nnbook.pytree import params

# Which of the six maps of S2 each of the 16 maps of C3 sees: table I of the paper.
SEEN_BY_C3 = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)
_PAIRS = [(source, target) for target, sources in enumerate(SEEN_BY_C3) for source in sources]


@params
class Subsampling:
    """One factor and one bias for each map: all that S2 and S4 learn."""

    factor: Float[Array, "maps"]
    b: Float[Array, "maps"]


@params
class SparseConv:
    """One kernel for each of the 60 pairs of maps that table I connects, in the order of `SEEN_BY_C3`."""

    w: Float[Array, "5 5 pairs=60"]
    b: Float[Array, "maps=16"]


@params
class LeNet1998:
    """Everything that is learned, under the paper's names; the codes of the output layer are fixed."""

    c1: Conv
    s2: Subsampling
    c3: SparseConv
    s4: Subsampling
    c5: Linear
    f6: Linear


class LeNet1998Steps(NamedTuple):
    """What each layer makes of one image, in order."""

    c1: Float[Array, "28 28 6"]
    s2: Float[Array, "14 14 6"]
    c3: Float[Array, "10 10 16"]
    s4: Float[Array, "5 5 16"]
    c5: Float[Array, "120"]
    f6: Float[Array, "84"]
    penalties: Float[Array, "10"]


def squash(a: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Give 1.7159 tanh(2a / 3), which takes ±1 to ±1 and bends most there.

    Source: LeCun et al. (1998), eq. (6) and appendix A.

    >>> squash(jnp.array([0.0, 1.0])).round(4).tolist()
    [0.0, 1.0]
    """
    return 1.7159 * jnp.tanh(2 / 3 * a)


def init(key: Key[Array, ""]) -> LeNet1998:
    """Draw 60,000 weights, uniform between ±2.4 / what a unit sees.

    A unit of S2 or S4 sees four numbers, which share one factor. Biases start at 0.
    Raises TypeError for a key that is not one.
    Source: LeCun et al. (1998), section II.B and appendix A.

    >>> sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(init, jax.random.key(0))))
    60000
    """
    require_key("lenet_1998.init", key)
    keys = jax.random.split(key, 6)

    def uniform(key, shape, seen):
        return jax.random.uniform(key, shape, minval=-1.0, maxval=1.0) * (2.4 / seen)

    seen_by_pair = jnp.array([25.0 * len(SEEN_BY_C3[target]) for _, target in _PAIRS])
    return LeNet1998(
        c1=Conv(w=uniform(keys[0], (5, 5, 1, 6), 25), b=jnp.zeros(6)),
        s2=Subsampling(factor=uniform(keys[1], (6,), 4), b=jnp.zeros(6)),
        c3=SparseConv(w=uniform(keys[2], (5, 5, 60), jnp.broadcast_to(seen_by_pair, (5, 5, 60))), b=jnp.zeros(16)),
        s4=Subsampling(factor=uniform(keys[3], (16,), 4), b=jnp.zeros(16)),
        c5=Linear(w=uniform(keys[4], (120, 400), 400), b=jnp.zeros(120)),
        f6=Linear(w=uniform(keys[5], (84, 120), 120), b=jnp.zeros(84)),
    )


def steps(params: LeNet1998, x: Float[Array, "32 32 1"]) -> LeNet1998Steps:
    """Pass one image through the layers, and keep what each of them says.

    The answer is a penalty for each digit, its squared distance from the code of that digit: small is sure. Negated,
    penalties serve as logits.
    Raises ShapeError unless x is an image of 32 × 32 pixels and one channel, TypeError unless it is made of floats.
    Source: LeCun et al. (1998), section II.B; eq. (5) to (7).

    >>> jax.eval_shape(steps, init(jax.random.key(0)), jnp.zeros((32, 32, 1))).penalties.shape
    (10,)
    """
    x = require_floats("lenet_1998", x)
    if x.shape != (32, 32, 1):
        hint = "pad MNIST by two pixels to each side" if x.shape[:2] == (28, 28) else ""
        raise ShapeError("lenet_1998", got=f"x of shape {x.shape}", want="x of shape (32, 32, 1)", hint=hint)
    c1 = squash(conv.apply_im2col(params.c1, x, padding="VALID"))
    s2 = squash(_subsample(params.s2, c1))
    c3 = squash(conv.apply_im2col(_spread_out(params.c3), s2, padding="VALID"))
    s4 = squash(_subsample(params.s4, c3))
    c5 = squash(linear.apply(params.c5, s4.reshape(-1)))
    f6 = squash(linear.apply(params.f6, c5))
    codes = jnp.asarray(DIGIT_CODES, f6.dtype)
    return LeNet1998Steps(c1, s2, c3, s4, c5, f6, penalties=((f6[None] - codes) ** 2).sum(axis=-1))


def apply(params: LeNet1998, x: Float[Array, "32 32 1"]) -> Float[Array, "10"]:
    """Answer one image with a penalty for each digit; the smallest wins.

    Raises as `steps` does. Source: LeCun et al. (1998), section II.B.

    >>> jax.eval_shape(apply, init(jax.random.key(0)), jnp.zeros((32, 32, 1))).shape
    (10,)
    """
    return steps(params, x).penalties


def connections(params: LeNet1998) -> dict[str, int]:
    """Count how many times a weight or bias is used for one image, layer by layer.

    A convolution uses each of its numbers at every place. A unit of S2 or S4 has four inputs and a bias. The output
    layer connects each of 10 digits to 84 numbers of its code, without learning.
    Source: LeCun et al. (1998), section II.B, which counts 340,908.

    >>> sum(connections(jax.eval_shape(init, jax.random.key(0))).values())
    340908
    """
    seen = jax.eval_shape(steps, params, jax.ShapeDtypeStruct((32, 32, 1), params.c1.w.dtype))

    def used(layer, places):
        return sum(leaf.size for leaf in jax.tree.leaves(layer)) * places

    return {
        "C1": used(params.c1, math.prod(seen.c1.shape[:2])),
        "S2": 5 * seen.s2.size,
        "C3": used(params.c3, math.prod(seen.c3.shape[:2])),
        "S4": 5 * seen.s4.size,
        "C5": used(params.c5, 1),
        "F6": used(params.f6, 1),
        "output": DIGIT_CODES.size,
    }


def _subsample(layer: Subsampling, x: Array) -> Array:
    sums = 4 * average_pool(x, window=2, stride=2)
    factor, b = (jnp.broadcast_to(a, sums.shape) for a in (layer.factor, layer.b))
    return factor * sums + b


def _spread_out(layer: SparseConv) -> Conv:
    """Write the 60 kernels into a whole convolution, with zeros where table I connects nothing."""
    sources, targets = np.array(_PAIRS).T
    return Conv(w=jnp.zeros((5, 5, 6, 16), layer.w.dtype).at[:, :, sources, targets].set(layer.w), b=layer.b)
