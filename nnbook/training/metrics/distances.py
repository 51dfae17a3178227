"""How far apart two clouds of points are, when all there is of both is samples."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats


def energy_distance(x: Float[Array, "n features"], y: Float[Array, "m features"]) -> Float[Array, ""]:
    """Compare two samples: twice the mean distance between them, less the mean distances within each.

    2 E‖x − y‖ − E‖x − x′‖ − E‖y − y′‖, over all pairs of rows, a row with itself included. It has the unit of the
    points and is 0 only for equal samples; two samples of one distribution come out near 2 E‖x − x′‖ / n, not at 0, so
    a distance is read beside that of the data to more of the data. Time grows with the pairs, (n + m)².
    Raises ShapeError unless both have rows of the same length, at least one, TypeError if they are not floats.
    Source: Székely and Rizzo (2013), Energy statistics: a class of statistics based on distances, section 2.

    >>> heap = jnp.array([[0.0, 0.0], [0.0, 2.0]])
    >>> float(energy_distance(heap, heap)), float(energy_distance(heap[:1], heap[1:]))
    (0.0, 4.0)
    """
    x, y = require_floats("energy_distance", x), require_floats("energy_distance", y, "y")
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or 0 in x.shape or 0 in y.shape:
        raise ShapeError(
            "energy_distance",
            got=f"x of shape {x.shape} and y of shape {y.shape}",
            want="two samples, one point a row, all of the same length, at least one each",
            hint="flatten images with x.reshape(len(x), -1)",
        )
    return 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)


def _mean_distance(x: jax.Array, y: jax.Array) -> jax.Array:
    def from_one(point: jax.Array) -> jax.Array:
        squares = ((y - jnp.broadcast_to(point, y.shape)) ** 2).sum(axis=1)
        apart = squares > 0
        # The root has no slope at 0; asked only elsewhere, it gives a point's distance to itself the gradient 0.
        return jnp.where(apart, jnp.sqrt(jnp.where(apart, squares, 1.0)), 0.0).mean()

    # One point after the other: the memory stays that of one sample, and no sum of float32 runs over n · m numbers.
    return jax.lax.map(from_one, x, batch_size=64).mean()
