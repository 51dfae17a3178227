"""Losses for classes, from logits, not probabilities: log and exponential then cancel, and no probability that rounds
to 0 meets a logarithm.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from nnbook.errors import ShapeError, require_floats
from nnbook.layers.activations import log_softmax, softplus
from nnbook.training.losses.shapes import require_same


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
    require_same("binary_cross_entropy", "logits", logits, "labels", labels)
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


def smoothed_cross_entropy(
    logits: Float[Array, "*batch classes"], labels: Int[Array, "*batch"], *, smoothing: float
) -> Float[Array, ""]:
    """Average the surprise at labels of which a share is spread over all classes: (1 − s) · label + s / classes.

    No logit then grows without end to make its class certain. Its least is not 0 but the entropy of such a label. With
    smoothing 0 it is `cross_entropy`; above, a logit of −∞ makes it ∞.
    Raises ValueError unless 0 ≤ smoothing < 1, and otherwise as `cross_entropy` does.
    Source: Szegedy et al. (2016), section 7; Vaswani et al. (2017), section 5.4, with 0.1.

    >>> round(float(smoothed_cross_entropy(jnp.array([[0.0, 5.0]]), jnp.array([1]), smoothing=0.1)), 4)
    0.2567
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothed_cross_entropy: got smoothing={smoothing}; wants 0 ≤ smoothing < 1")
    surprise = cross_entropy(logits, labels)
    if smoothing == 0:
        return surprise  # 0 · ∞ would be NaN
    return (1 - smoothing) * surprise - smoothing * log_softmax(logits).mean()


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
    require_same("soft_cross_entropy", "logits", log_shares, "shares", shares)
    # A class with no share counts nothing, even where its logit is −∞: 0 · log 0 is 0 here.
    return -(shares * jnp.where(shares == 0, 0.0, log_shares)).sum(axis=-1).mean()


def hinge(
    scores: Float[Array, "*batch"], labels: Bool[Array, "*batch"] | Int[Array, "*batch"] | Float[Array, "*batch"]
) -> Float[Array, ""]:
    """Average by how much scores fall short of a margin of 1 on the side of their labels: max(0, 1 − y z).

    Labels are 0 or 1, as everywhere here; y is −1 or 1. A score beyond the margin costs nothing and has no gradient.
    Raises ShapeError if the shapes differ or are empty, TypeError unless the scores are floats.
    Source: Cortes and Vapnik (1995); Bishop (2006), eq. (7.44).

    >>> float(hinge(jnp.array([0.5, 3.0]), jnp.array([1, 1])))
    0.25
    """
    scores = require_floats("hinge", scores, "scores")
    labels = jnp.asarray(labels)
    require_same("hinge", "scores", scores, "labels", labels)
    sides = 2 * labels.astype(scores.dtype) - 1
    return jnp.maximum(0, 1 - sides * scores).mean()


def kl_divergence(
    logits: Float[Array, "*batch classes"], other_logits: Float[Array, "*batch classes"]
) -> Float[Array, ""]:
    """Average how much more surprising one distribution is to who expects another: KL(p ‖ q) = Σᵢ pᵢ (log pᵢ − log qᵢ).

    p is the softmax of `logits`, q that of `other_logits`; in nats, 0 only where both are equal, and not symmetric. A
    class that p excludes (logit −∞) counts nothing.
    Raises ShapeError if the shapes differ or are empty, TypeError unless both are floats.
    Source: Kullback and Leibler (1951); Goodfellow, Bengio and Courville (2016), Deep Learning, eq. (3.50).

    >>> round(float(kl_divergence(jnp.array([[0.0, 0.0]]), jnp.log(jnp.array([[0.25, 0.75]])))), 4)
    0.1438
    """
    logits = require_floats("kl_divergence", logits, "logits")
    other_logits = require_floats("kl_divergence", other_logits, "other_logits")
    require_same("kl_divergence", "logits", logits, "other_logits", other_logits)
    log_p, log_q = log_softmax(logits), log_softmax(other_logits)
    possible = log_p > -jnp.inf
    difference = jnp.where(possible, log_p, 0.0) - jnp.where(possible, log_q, 0.0)
    return (jnp.exp(log_p) * difference).sum(axis=-1).mean()
