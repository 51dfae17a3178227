"""How well numbers are predicted."""

from jaxtyping import Array, Float

from nnbook.errors import require_floats
from nnbook.training.metrics.pairs import require_pairs


def r_squared(predictions: Float[Array, "*batch"], targets: Float[Array, "*batch"]) -> Float[Array, ""]:
    """Which share of the targets' variance the predictions explain: 1 − Σ(y − ŷ)² / Σ(y − ȳ)².

    1 is perfect, 0 as good as always saying the mean, less is worse. Has no meaning for targets that are all equal: NaN
    or −∞. Raises ShapeError if the shapes differ or are empty, TypeError unless both are floats.
    Source: Wright (1921).

    >>> import jax.numpy as jnp
    >>> float(r_squared(jnp.array([1.0, 2.0, 4.0]), jnp.array([1.0, 2.0, 3.0])))
    0.5
    """
    predictions = require_floats("r_squared", predictions, "predictions")
    targets = require_floats("r_squared", targets, "targets")
    require_pairs("r_squared", "predictions", predictions, "targets", targets)
    return 1 - ((targets - predictions) ** 2).sum() / ((targets - targets.mean()) ** 2).sum()
