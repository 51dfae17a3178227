"""Low-rank adaptation (LoRA): leave a trained layer as it is, and learn only a thin correction beside it.

A layer of n inputs and m outputs has m n weights; a correction of rank r has r (n + m).
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_key, require_sizes
from nnbook.layers import linear
from nnbook.layers.linear import Linear
from nnbook.pytree import params


@params
class LowRank:
    """The correction `up @ down` of a layer's weights; the layer itself is no part of it, so that nothing trains it."""

    down: Float[Array, "rank inputs"]  # A in the paper
    up: Float[Array, "outputs rank"]  # B in the paper


def init(key: Key[Array, ""], layer: Linear, *, rank: int) -> LowRank:
    """Start a correction of `layer` that corrects nothing yet: down normal of variance 1 / inputs, up 0.

    Raises TypeError for a key that is not one; ValueError for a rank below 1 or above the smaller side of the layer's
    weights, which has that rank at most.
    Source: Hu et al. (2021), section 4.1.

    >>> layer = linear.init(jax.random.key(0), inputs=6, outputs=4)
    >>> correction = init(jax.random.key(1), layer, rank=2)
    >>> correction.down.shape, correction.up.tolist()[0]
    ((2, 6), [0.0, 0.0])
    """
    require_key("low_rank.init", key)
    require_sizes("low_rank.init", rank=rank)
    outputs, inputs = layer.w.shape
    if rank > min(inputs, outputs):
        raise ValueError(
            f"low_rank.init: got rank={rank} for weights of shape {layer.w.shape}; wants at most {min(inputs, outputs)}"
        )
    dtype = layer.w.dtype
    down = jax.random.normal(key, (rank, inputs), dtype) / math.sqrt(inputs)
    return LowRank(down=down, up=jnp.zeros((outputs, rank), dtype))


def apply(params: LowRank, layer: Linear, x: Float[Array, "inputs"], scale: float = 1.0) -> Float[Array, "outputs"]:
    """Answer as the corrected layer: z = W x + b + scale · up (down x). The m × n correction is never made.

    scale is the paper's α / r: with it, the learning rate need not change with the rank.
    Raises ShapeError if the correction or x does not fit the layer, TypeError if x is not made of floats.
    Source: Hu et al. (2021), eq. (3).

    >>> layer = Linear(w=jnp.eye(2), b=jnp.zeros(2))
    >>> correction = LowRank(down=jnp.array([[1.0, 1.0]]), up=jnp.array([[10.0], [0.0]]))
    >>> apply(correction, layer, jnp.array([1.0, 2.0])).tolist()
    [31.0, 2.0]
    """
    _refuse_another_layer(params, layer)
    return linear.apply(layer, x) + scale * (params.up @ (params.down @ x))


def merge(params: LowRank, layer: Linear, scale: float = 1.0) -> Linear:
    """Put the correction into the weights: one linear layer that answers as `apply` does, at no extra cost.

    Raises ShapeError if the correction does not fit the layer. Source: Hu et al. (2021), section 4.1.

    >>> layer = Linear(w=jnp.eye(2), b=jnp.zeros(2))
    >>> merge(LowRank(down=jnp.array([[1.0, 1.0]]), up=jnp.array([[10.0], [0.0]])), layer).w.tolist()
    [[11.0, 10.0], [0.0, 1.0]]
    """
    _refuse_another_layer(params, layer)
    return Linear(w=layer.w + scale * (params.up @ params.down), b=layer.b)


def _refuse_another_layer(params: LowRank, layer: Linear) -> None:
    if (params.up.shape[0], params.down.shape[1]) != layer.w.shape or params.up.shape[1] != params.down.shape[0]:
        raise ShapeError(
            "low_rank",
            got=f"down of shape {params.down.shape}, up of shape {params.up.shape} for w of shape {layer.w.shape}",
            want="down (rank, inputs) and up (outputs, rank)",
            hint="is it another layer's correction?",
        )
