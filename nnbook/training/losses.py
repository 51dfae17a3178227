"""Losses: one number that says how wrong the predictions are, averaged over the batch.

Those that speak of probabilities take logits, not probabilities: log and exponential then cancel, and no
probability that rounds to 0 meets a logarithm.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from nnbook.errors import ShapeError, require_floats
from nnbook.layers.activations import log_softmax, softplus


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
    _require_same("mse", "predictions", predictions, "targets", targets)
    return ((predictions - targets) ** 2).mean()


def binary_cross_entropy(
    logits: Float[Array, "*batch"], labels: Bool[Array, "*batch"] | Int[Array, "*batch"] | Float[Array, "*batch"]
) -> Float[Array, ""]:
    """Average the surprise, in nats, at yes-or-no labels: −log σ(z) for a 1, −log(1 − σ(z)) for a 0.

    Labels are 0 or 1, of any dtype, or probabilities between. Computed as softplus(z) − y z.
    Raises ShapeError if the shapes differ or are empty, TypeError unless the logits are floats.
    Source: Bishop (2006), eq. (4.90).

    >>> round(float(binary_cross_entropy(jnp.array([0.0]), jnp.array([1]))), 4)
    0.6931
    """
    logits = require_floats("binary_cross_entropy", logits, "logits")
    labels = jnp.asarray(labels)
    _require_same("binary_cross_entropy", "logits", logits, "labels", labels)
    return (softplus(logits) - labels.astype(logits.dtype) * logits).mean()


def cross_entropy(logits: Float[Array, "*batch classes"], labels: Int[Array, "*batch"]) -> Float[Array, ""]:
    """Average the surprise, in nats, at the right classes: −log p, p being the softmax share of the label.

    Labels are class numbers from 0; one outside the classes makes the loss NaN.
    Raises ShapeError unless there is one row of logits for each label, TypeError unless labels are whole numbers.
    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, eq. (6.30).

    >>> round(float(cross_entropy(jnp.zeros((1, 10)), jnp.array([3]))), 4)
    2.3026
    """
    log_shares = log_softmax(logits)
    labels = jnp.asarray(labels)
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise TypeError(
            f"cross_entropy: got labels of dtype {labels.dtype}; wants class numbers, ints. "
            "Hint: soft_cross_entropy takes probabilities"
        )
    if labels.shape != log_shares.shape[:-1] or labels.size == 0:
        raise ShapeError(
            "cross_entropy",
            got=f"logits of shape {log_shares.shape} and labels of shape {labels.shape}",
            want="one row of logits for each label, and at least one",
        )
    # A negative index would count from the end; past the end it is filled with NaN.
    place = jnp.where(labels < 0, log_shares.shape[-1], labels)
    return -jnp.take_along_axis(log_shares, place[..., None], axis=-1, mode="fill").mean()


def soft_cross_entropy(
    logits: Float[Array, "*batch classes"], shares: Float[Array, "*batch classes"]
) -> Float[Array, ""]:
    """Average the surprise, in nats, at labels that are themselves shares: −Σᵢ qᵢ log pᵢ.

    The shares q of each row sum to 1, as with smoothed labels or a teacher's probabilities.
    Raises ShapeError if the shapes differ or are empty, TypeError unless both are floats.
    Source: Hinton, Vinyals and Dean (2015), section 2; Szegedy et al. (2016), section 7.

    >>> round(float(soft_cross_entropy(jnp.zeros((1, 2)), jnp.array([[0.5, 0.5]]))), 4)
    0.6931
    """
    log_shares = log_softmax(logits)
    shares = require_floats("soft_cross_entropy", shares, "shares")
    _require_same("soft_cross_entropy", "logits", log_shares, "shares", shares)
    # A class with no share counts nothing, even where its logit is −∞: 0 · log 0 is 0 here.
    return -(shares * jnp.where(shares == 0, 0.0, log_shares)).sum(axis=-1).mean()


def _require_same(where: str, first_name: str, first: jax.Array, second_name: str, second: jax.Array) -> None:
    if first.shape != second.shape or first.size == 0:
        hint = ""
        if first.size == second.size > 0:
            hint = f"reshape one of them; subtracting them as they are would pair every {first_name} with every one"
        raise ShapeError(
            where,
            got=f"{first_name} of shape {first.shape} and {second_name} of shape {second.shape}",
            want="equal shapes, not empty",
            hint=hint,
        )
