"""Params for tests, filled without compiling anything: what `init` would draw takes XLA a second a model."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree


def filled(init: Callable[[jax.Array], PyTree], seed: int = 0) -> PyTree:
    """Fill the shapes that init(key) would draw with numbers of their own, so that none could stand for another."""
    rng = np.random.default_rng(seed)

    def fill(path: tuple, leaf: jax.ShapeDtypeStruct) -> jax.Array:
        around = 1 if path[-1].name == "scale" else 0
        return jnp.asarray((around + rng.normal(0, 0.4, leaf.shape)).astype(np.float32))

    return jax.tree.map_with_path(fill, jax.eval_shape(init, jax.random.key(0)))
