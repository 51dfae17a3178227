"""A linear layer whose weights are stored in eight bits each: a quarter of the memory, for a small and known error.

For layers that are trained already: whole numbers have no gradient.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int8

from nnbook.errors import ShapeError, require_floats
from nnbook.layers.linear import Linear
from nnbook.pytree import params

LARGEST = 127  # −128 is left out, so that w and −w are rounded alike


@params
class QuantizedLinear:
    """Row i of the weights is steps[i] · w[i]: w counts how many steps a weight is away from 0."""

    w: Int8[Array, "outputs inputs"]
    steps: Float[Array, "outputs"]
    b: Float[Array, "outputs"]


def quantize(layer: Linear) -> QuantizedLinear:
    """Round each weight to the nearest of 255 even steps, wide enough that the largest of its row is 127 of them.

    Reckoned in float32 if the weights are of half precision, and the steps are kept so: one number a row costs little,
    and rounding it would move all the row. The biases stay as they are. Raises ShapeError if w and b do not fit, TypeError if they are not made of floats.
    Source: Dettmers et al. (2022), LLM.int8(), section 2.1 (absmax quantisation), here row by row.

    >>> layer = quantize(Linear(w=jnp.array([[127.0, -63.6], [0.02, 0.01]]), b=jnp.zeros(2)))
    >>> layer.w.tolist()
    [[127, -64], [127, 64]]
    """
    w, b = require_floats("quantize", layer.w, "w"), require_floats("quantize", layer.b, "b")
    if w.ndim != 2 or 0 in w.shape or b.shape != w.shape[:1]:
        raise ShapeError(
            "quantize",
            got=f"w of shape {w.shape} and b of shape {b.shape}",
            want="w of shape (outputs, inputs) and b of shape (outputs,)",
        )
    w = _wide(w)
    largest = jnp.abs(w).max(1)
    steps = jnp.where(largest == 0, 1, largest) / LARGEST  # a row of zeros is 0 steps of any width
    counts = jnp.clip(jnp.round(w / steps[:, None]), -LARGEST, LARGEST)
    return QuantizedLinear(w=counts.astype(jnp.int8), steps=steps, b=b)


def dequantize(params: QuantizedLinear) -> Linear:
    """Give the layer that `apply` computes, in floats: each weight at most half a step away from what it was.

    The floats are those of the steps, float32 also for a layer that was of half precision.

    >>> dequantize(quantize(Linear(w=jnp.array([[127.0, -63.6]]), b=jnp.zeros(1)))).w.tolist()
    [[127.0, -64.0]]
    """
    steps = params.steps
    return Linear(w=params.w.astype(steps.dtype) * steps[:, None], b=params.b.astype(steps.dtype))


def apply(params: QuantizedLinear, x: Float[Array, "inputs"]) -> Float[Array, "outputs"]:
    """Weigh and add with the rounded weights: z = steps · (w x) + b. Only one number a row is multiplied back.

    The result has the dtype of x. Raises ShapeError if x does not fit the weights, TypeError if it is not made of floats.
    Source: Dettmers et al. (2022), LLM.int8(), section 2.1.

    >>> layer = quantize(Linear(w=jnp.array([[127.0, -63.6]]), b=jnp.array([0.5])))
    >>> apply(layer, jnp.array([1.0, 1.0])).tolist()
    [63.5]
    """
    _refuse_what_does_not_fit(params, x)
    seen = _wide(params.w.astype(x.dtype) @ x)
    return (params.steps.astype(seen.dtype) * seen + params.b.astype(seen.dtype)).astype(x.dtype)


def error_bound(params: QuantizedLinear, x: Float[Array, "inputs"]) -> Float[Array, "outputs"]:
    """How far `apply` can be from the layer in floats, at most: half a step for each weight, steps / 2 · Σ |x|.

    Rounding of the floats themselves comes on top. Has the unit of the outputs. Raises as `apply` does.

    >>> layer = quantize(Linear(w=jnp.array([[254.0, 1.0]]), b=jnp.zeros(1)))
    >>> error_bound(layer, jnp.array([0.0, 3.0])).tolist()
    [3.0]
    """
    _refuse_what_does_not_fit(params, x)
    total = jnp.abs(_wide(x)).sum()
    return params.steps.astype(total.dtype) / 2 * total


def _wide(x: Array) -> Array:
    return x.astype(jnp.float32) if jnp.finfo(x.dtype).bits < 32 else x


def _refuse_what_does_not_fit(params: QuantizedLinear, x: Array) -> None:
    require_floats("quantized", x)
    if x.shape != params.w.shape[1:]:
        hint = "map over a batch with jax.vmap(apply, in_axes=(None, 0))" if x.ndim > 1 else ""
        raise ShapeError(
            "quantized",
            got=f"x of shape {x.shape}",
            want=f"x of shape {params.w.shape[1:]}, as w has inputs",
            hint=hint,
        )
