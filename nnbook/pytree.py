"""`@params`: the only magic in the book."""

from dataclasses import dataclass, fields
from typing import TypeVar, dataclass_transform

import jax

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def params(cls: type[T]) -> type[T]:
    """Turn an annotated class into a frozen record of arrays that JAX can differentiate, map and store.

    Every field is a child of the pytree, under its own name, so `jax.grad`, `jax.tree.map`, `jax.vmap` and
    `optax` take the record as it is. A params class holds only arrays and other params: sizes are read
    from shapes, everything else is an argument of a function.

    >>> import jax.numpy as jnp
    >>> @params
    ... class Line:
    ...     slope: jax.Array
    >>> jax.tree.map(lambda a: 2 * a, Line(jnp.array(3.0))).slope
    Array(6., dtype=float32, weak_type=True)
    """
    record = dataclass(frozen=True)(cls)
    names = tuple(field.name for field in fields(record))

    def flatten_with_keys(tree):
        return [(jax.tree_util.GetAttrKey(name), getattr(tree, name)) for name in names], None

    def flatten(tree):
        return [getattr(tree, name) for name in names], None

    def unflatten(_, children):
        # Without __init__: inside vmap, grad and eval_shape the children are not arrays.
        tree = object.__new__(record)
        for name, child in zip(names, children, strict=True):
            object.__setattr__(tree, name, child)
        return tree

    jax.tree_util.register_pytree_with_keys(record, flatten_with_keys, unflatten, flatten)
    return record
