"""Gradient clipping: no step longer than one chooses, however steep the loss."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree


def global_norm(tree: PyTree) -> Float[Array, ""]:
    """Give the length of all numbers of a tree taken as one vector: the root of the sum of their squares.

    In float32, whatever the leaves are: a float16 has no room for squares above 65504.

    >>> float(global_norm({"w": jnp.array([3.0, 0.0]), "b": jnp.array([4.0])}))
    5.0
    """
    square = jnp.zeros(())
    for leaf in jax.tree.leaves(tree):
        square = square + jnp.square(leaf.astype(jnp.float32)).sum()
    # The root has no slope at 0: where it is not taken it must not be computed there either.
    return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1.0)), square)


def clip_by_global_norm(gradients: PyTree, *, max_norm: float) -> PyTree:
    """Shorten the gradients, all by one factor, to a global norm of at most max_norm; they keep their direction.

    Shorter ones pass as they are. One that is not finite makes others NaN or 0: clipping cannot mend it, and the
    loss will show it. Raises ValueError unless max_norm is positive.
    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1. In optax: `clip_by_global_norm`.

    >>> clip_by_global_norm({"w": jnp.array([3.0, 0.0]), "b": jnp.array([4.0])}, max_norm=1.0)["b"]
    Array([0.8], dtype=float32)
    """
    _require_positive("clip_by_global_norm", max_norm=max_norm)
    # Exactly 1 for a short gradient, which then passes unchanged.
    factor = max_norm / jnp.maximum(global_norm(gradients), max_norm)
    return jax.tree.map(lambda g: (g.astype(jnp.float32) * factor).astype(g.dtype), gradients)


def clip_by_value(gradients: PyTree, *, max_value: float) -> PyTree:
    """Cut every number of the gradients to lie between −max_value and max_value; the direction may change.

    Raises ValueError unless max_value is positive.
    Source: Goodfellow, Bengio and Courville (2016), section 10.11.1. In optax: `clip`.

    >>> clip_by_value(jnp.array([-3.0, 0.5]), max_value=1.0).tolist()
    [-1.0, 0.5]
    """
    _require_positive("clip_by_value", max_value=max_value)
    return jax.tree.map(lambda g: jnp.clip(g, -max_value, max_value), gradients)


def _require_positive(where: str, **bounds: float) -> None:
    for name, bound in bounds.items():
        if not bound > 0:
            raise ValueError(f"{where}: got {name}={bound}; wants more than 0")
