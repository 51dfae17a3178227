"""Mixed precision: compute in 16 bits, keep what is learned in 32.

bfloat16 has float32's range and 3 significant digits; float16 has 4 digits, but nothing below 6 · 10⁻⁸ or above 65504.
So both need float32 master weights, or small steps round away; float16 also needs its loss scaled, or small gradients do.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int, PyTree

from nnbook.pytree import params

LARGEST = 2.0**15

Loss = Callable[[Any, Any], Float[Array, ""]]


def cast(tree: PyTree, dtype: DTypeLike) -> PyTree:
    """Turn every array of floats into this dtype; whole numbers, booleans and random keys stay what they are.

    Raises TypeError if the dtype is not one of floats.

    >>> cast({"x": jnp.ones(2), "label": jnp.array(3)}, jnp.bfloat16)["x"].dtype.name
    'bfloat16'
    """
    if not jnp.issubdtype(dtype, jnp.floating):
        raise TypeError(f"cast: got dtype {jnp.dtype(dtype)}; wants one of floats, such as jnp.bfloat16")

    def change(leaf: Any) -> Any:
        return jnp.asarray(leaf, dtype) if jnp.issubdtype(jnp.result_type(leaf), jnp.floating) else leaf

    return jax.tree.map(change, tree)


def in_precision(loss: Loss, dtype: DTypeLike = jnp.bfloat16) -> Loss:
    """Make of a loss one that computes in this dtype: params and batch are cast first, the loss is a float32 again.

    What is differentiated are the params before the cast, so master weights and gradients stay float32: `fit` trains
    with the result as with any loss. Raises TypeError if the dtype is not one of floats.
    Source: Micikevicius et al. (2018), section 3.1; bfloat16, Kalamkar et al. (2019).

    >>> loss = in_precision(lambda w, x: (w * x).sum())
    >>> float(jax.grad(loss)(jnp.array(1.0), jnp.array([1 / 3])))
    0.333984375
    """

    def computed(params: PyTree, batch: PyTree) -> Float[Array, ""]:
        return loss(cast(params, dtype), cast(batch, dtype)).astype(jnp.float32)

    return computed


@params
class LossScale:
    """By what the loss is multiplied, and for how many steps in a row that did no harm."""

    scale: Float[Array, ""]
    steps: Int[Array, ""]


class ScaledGradients(NamedTuple):
    """The loss and its gradients, both without the scale, and whether all gradients are finite."""

    loss: Float[Array, ""]
    gradients: PyTree
    finite: Bool[Array, ""]


def loss_scale_init(scale: float = LARGEST) -> LossScale:
    """Start with this scale; a power of 2, which only moves exponents and rounds nothing.

    Raises ValueError unless the scale is positive.

    >>> float(loss_scale_init().scale)
    32768.0
    """
    if not scale > 0:
        raise ValueError(f"loss_scale_init: got scale={scale}; wants more than 0")
    return LossScale(scale=jnp.float32(scale), steps=jnp.int32(0))


def scaled_value_and_grad(
    loss: Loss, params: PyTree, batch: PyTree, *, scale: LossScale, dtype: DTypeLike = jnp.float16
) -> ScaledGradients:
    """Compute loss and gradients in float16 without losing the small ones: scale the loss, and the gradients back.

    The scale is applied to the loss in float32; on the way back every gradient in float16 is that much larger. Where
    one overflows, `finite` is False, and the step is to be left out: see `keep_if`.
    Raises TypeError if the dtype is not one of floats.
    Source: Micikevicius et al. (2018), section 3.2.

    >>> tiny = lambda w, x: w * x
    >>> scaled_value_and_grad(tiny, jnp.array(1.0), jnp.array(1e-9), scale=loss_scale_init()).finite.tolist()
    True
    """
    half = in_precision(loss, dtype)

    def scaled(params: PyTree) -> tuple[Float[Array, ""], Float[Array, ""]]:
        value = half(params, batch)
        return value * scale.scale, value

    gradients, value = jax.grad(scaled, has_aux=True)(params)
    gradients = jax.tree.map(lambda g: g / scale.scale.astype(g.dtype), gradients)
    finite = jnp.array([jnp.isfinite(g).all() for g in jax.tree.leaves(gradients)]).all()
    return ScaledGradients(value, gradients, finite)


def loss_scale_update(state: LossScale, finite: Bool[Array, ""], *, patience: int = 2000) -> LossScale:
    """Halve the scale after an overflow, and double it after `patience` steps in a row without one.

    So it stays as large as the gradients allow, between 1 and 2¹⁵, the largest power of 2 that float16 holds: the
    scale is itself the first number on the way back.
    Source: Kuchaiev et al. (2018), OpenSeq2Seq, "backoff".

    >>> state = loss_scale_update(loss_scale_init(1024.0), jnp.array(False))
    >>> float(state.scale), float(loss_scale_update(state, jnp.array(True), patience=1).scale)
    (512.0, 1024.0)
    """
    steps = state.steps + 1
    full = steps >= patience
    grown = jnp.where(full, state.scale * 2, state.scale)
    scale = jnp.clip(jnp.where(finite, grown, state.scale / 2), 1.0, LARGEST)
    return LossScale(scale=scale, steps=jnp.where(finite & ~full, steps, 0))


def keep_if(condition: Bool[Array, ""], new: PyTree, old: PyTree) -> PyTree:
    """Take the new tree if the condition holds, else the old one: how a step that overflowed is left out.

    >>> keep_if(jnp.array(False), {"w": jnp.array(2.0)}, {"w": jnp.array(1.0)})["w"].tolist()
    1.0
    """
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)
