"""Losses for predicted numbers: how far they are from their targets."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats
from nnbook.training.losses.shapes import require_same


def mse(predictions: Float[Array, "*batch"], targets: Float[Array, "*batch"]) -> Float[Array, ""]:
    """Average the squared differences between predictions and targets.

    The loss has the unit of the targets, squared.
    Raises ShapeError if the shapes differ or are empty, TypeError unless both are floats.
    Source: Legendre (1805); Bishop (2006), eq. (1.2), there summed and halved.

    >>> float(mse(jnp.array([1.0, 2.0]), jnp.array([0.0, 4.0])))
    2.5
    """
    predictions = require_floats("mse", predictions, "predictions")
    targets = require_floats("mse", targets, "targets")
    require_same("mse", "predictions", predictions, "targets", targets)
    return ((predictions - targets) ** 2).mean()


def mae(predictions: Float[Array, "*batch"], targets: Float[Array, "*batch"]) -> Float[Array, ""]:
    """Average the distances between predictions and targets: one far off counts no more than its distance.

    The loss has the unit of the targets. At a distance of 0 the slope is taken to be 0.
    Raises ShapeError if the shapes differ or are empty, TypeError unless both are floats.
    Source: Boscovich (1757), Laplace (1793); Bishop (2006), section 1.5.5.

    >>> float(mae(jnp.array([1.0, 2.0]), jnp.array([0.0, 4.0])))
    1.5
    """
    predictions = require_floats("mae", predictions, "predictions")
    targets = require_floats("mae", targets, "targets")
    require_same("mae", "predictions", predictions, "targets", targets)
    return jnp.abs(predictions - targets).mean()


def huber(
    predictions: Float[Array, "*batch"], targets: Float[Array, "*batch"], *, delta: float = 1.0
) -> Float[Array, ""]:
    """Average e² / 2 for small errors and δ (|e| − δ / 2) for those beyond δ: smooth like squares, patient like distances.

    δ has the unit of the targets, the loss that of their square.
    Raises ValueError unless delta is positive, ShapeError if the shapes differ or are empty, TypeError unless both are
    floats.
    Source: Huber (1964), section 1.

    >>> float(huber(jnp.array([0.5, 3.0]), jnp.array([0.0, 0.0]), delta=1.0))
    1.3125
    """
    if not delta > 0:
        raise ValueError(f"huber: got delta={delta}; wants more than 0")
    predictions = require_floats("huber", predictions, "predictions")
    targets = require_floats("huber", targets, "targets")
    require_same("huber", "predictions", predictions, "targets", targets)
    distance = jnp.abs(predictions - targets)
    near = jnp.minimum(distance, delta)  # squares are taken of this only, so none overflows
    return (near * (distance - near / 2)).mean()


def cosine_distance(
    predictions: Float[Array, "*batch features"], targets: Float[Array, "*batch features"]
) -> Float[Array, ""]:
    """Average 1 − cos of the angle between predicted and wanted vectors: 0 for one direction, 2 for opposite ones.

    Without unit, whatever the lengths. A vector of length 0 has no direction: its distance counts as 1, and its
    gradient is 0.
    Raises ShapeError if the shapes differ, are empty or have no axis, TypeError unless both are floats.
    Source: Salton, Wong and Yang (1975), for the cosine as a likeness.

    >>> float(cosine_distance(jnp.array([[3.0, 0.0], [0.0, 2.0]]), jnp.array([[1.0, 0.0], [0.0, -1.0]])))
    1.0
    """
    predictions = require_floats("cosine_distance", predictions, "predictions")
    targets = require_floats("cosine_distance", targets, "targets")
    require_same("cosine_distance", "predictions", predictions, "targets", targets)
    if predictions.ndim == 0:
        raise ShapeError("cosine_distance", got="two single numbers", want="vectors, along the last axis")
    squares = (predictions**2).sum(axis=-1), (targets**2).sum(axis=-1)
    directed = (squares[0] > 0) & (squares[1] > 0)
    # Where a length is 0 nothing may be divided by it, in the gradient either.
    lengths = [jnp.sqrt(jnp.where(directed, square, 1.0)) for square in squares]
    likeness = (predictions * targets).sum(axis=-1) / lengths[0] / lengths[1]
    return 1 - jnp.where(directed, likeness, 0.0).mean()
