"""How good scores and probabilities are, whatever is decided by them: ranking, calibration, surprise."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from nnbook.errors import require_floats, require_sizes
from nnbook.training.metrics.pairs import Labels, require_pairs


def roc_auc(scores: Float[Array, "examples"], labels: Labels) -> Float[Array, ""]:
    """How likely a random positive example has a larger score than a random negative one, ties counting half.

    That is the area under the ROC curve: 0.5 for scores that know nothing. NaN if all examples are of one class.
    Raises ShapeError if the shapes differ or are empty, TypeError unless scores are floats and labels 0 or 1.
    Source: Hanley and McNeil (1982).

    >>> float(roc_auc(jnp.array([0.1, 0.4, 0.35, 0.8]), jnp.array([0, 0, 1, 1])))
    0.75
    """
    scores = require_floats("roc_auc", scores, "scores")
    require_pairs("roc_auc", "scores", scores, "labels", labels)
    positive = labels.astype(jnp.bool_)
    order = jnp.argsort(scores)
    ranked, negatives = scores[order], jnp.cumsum(~positive[order], dtype=jnp.int32)
    negatives = jnp.concatenate([jnp.zeros(1, jnp.int32), negatives])
    # For each example, the negatives below it, and those below or equal: their mean lets ties count half.
    below, upto = (negatives[jnp.searchsorted(ranked, scores, side=side)] for side in ("left", "right"))
    wins = (below + upto).astype(jnp.float32) / (2 * negatives[-1]).astype(jnp.float32)
    return jnp.where(positive, wins, 0.0).sum() / positive.sum().astype(jnp.float32)


def calibration_error(
    confidences: Float[Array, "examples"], correct: Bool[Array, "examples"], *, bins: int = 10
) -> Float[Array, ""]:
    """By how much confidence misses accuracy, on average: the expected calibration error, over bins of equal width.

    The confidence of a prediction is the probability it was given, `softmax(logits).max(-1)`; `correct` says whether it
    was right. 0 if of what was said with 80 % certainty 80 % is right.
    Raises ShapeError if the shapes differ or are empty, TypeError unless confidences are floats and correct booleans.
    Source: Guo et al. (2017), section 2.

    >>> float(calibration_error(jnp.array([0.75, 0.75, 0.75, 0.75]), jnp.array([True, True, True, False])))
    0.0
    """
    confidences = require_floats("calibration_error", confidences, "confidences")
    require_sizes("calibration_error", bins=bins)
    if correct.dtype != jnp.bool_:
        raise TypeError(
            f"calibration_error: got correct of dtype {correct.dtype}; wants booleans. Hint: predictions == labels"
        )
    require_pairs("calibration_error", "confidences", confidences, "correct", correct)
    # Bin m holds what lies above (m − 1) / bins and up to m / bins.
    edges = jnp.linspace(0.0, 1.0, bins + 1)[1:-1].astype(confidences.dtype)
    gaps = correct.astype(jnp.float32) - confidences.astype(jnp.float32)
    in_bins = jax.ops.segment_sum(gaps, jnp.searchsorted(edges, confidences, side="left"), num_segments=bins)
    return jnp.abs(in_bins).sum() / confidences.size


def perplexity(loss: Float[Array, ""] | float) -> Float[Array, ""]:
    """Among how many equally likely tokens a loss, in nats a token, leaves to choose: exp(loss).

    Source: Jelinek et al. (1977).

    >>> round(float(perplexity(math.log(84))), 2)
    84.0
    """
    return jnp.exp(jnp.asarray(loss, jnp.float32))


def bits_per_byte(loss: Float[Array, ""] | float, *, tokens: int, bytes: int) -> Float[Array, ""]:
    """How many bits a model needs for each byte of a text: loss · tokens / (bytes · ln 2), the loss in nats a token.

    Unlike perplexity it does not depend on how the text is cut into tokens. Raises ValueError for no tokens or no bytes.
    Source: Gao et al. (2020), The Pile, section 3.1.

    >>> float(bits_per_byte(math.log(256), tokens=10, bytes=10))
    8.0
    """
    require_sizes("bits_per_byte", tokens=tokens, bytes=bytes)
    return jnp.asarray(loss, jnp.float32) * (tokens / bytes / math.log(2))
