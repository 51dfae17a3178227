"""How well classes are told apart: accuracy, and what was taken for what."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.training.metrics.pairs import Labels, require_pairs


def accuracy(predictions: Labels, labels: Labels) -> Float[Array, ""]:
    """Which share of the predicted classes are the right ones.

    From logits, predict `logits.argmax(-1)`. Raises ShapeError if the shapes differ or are empty, TypeError unless both
    are class numbers or booleans.

    >>> float(accuracy(jnp.array([0, 2, 1, 1]), jnp.array([0, 2, 2, 1])))
    0.75
    """
    predictions, labels = _classes("accuracy", predictions, labels)
    return (predictions == labels).astype(jnp.float32).mean()


def top_k_accuracy(logits: Float[Array, "*batch classes"], labels: Int[Array, "*batch"], *, k: int) -> Float[Array, ""]:
    """In which share of the examples the right class is among the k with the largest logits.

    Among equal logits the lower class number comes first. Raises ShapeError unless there is one row of at least k logits
    for each label. Source: Russakovsky et al. (2015), section 4.1, with k = 5.

    >>> float(top_k_accuracy(jnp.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]), jnp.array([1, 2]), k=2))
    0.5
    """
    logits = require_floats("top_k_accuracy", logits, "logits")
    require_sizes("top_k_accuracy", k=k)
    if logits.shape[:-1] != labels.shape or labels.size == 0 or logits.shape[-1] < k:
        raise ShapeError(
            "top_k_accuracy",
            got=f"logits of shape {logits.shape}, labels of shape {labels.shape} and k = {k}",
            want="one row of at least k logits for each label, and at least one",
        )
    _, best = jax.lax.top_k(logits, k)
    return (best == labels[..., None].astype(best.dtype)).any(axis=-1).astype(jnp.float32).mean()


def confusion_matrix(
    predictions: Int[Array, "examples"], labels: Int[Array, "examples"], *, classes: int
) -> Int[Array, "classes classes"]:
    """Count how often each class (row) was taken for each class (column); what was right lies on the diagonal.

    Numbers outside the classes are not counted. Raises ShapeError if the shapes differ or are empty.

    >>> confusion_matrix(jnp.array([0, 1, 1]), jnp.array([0, 0, 1]), classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    predictions, labels = _classes("confusion_matrix", predictions, labels)
    require_sizes("confusion_matrix", classes=classes)
    places = jnp.stack([labels, predictions]).astype(jnp.int32).reshape(2, -1)
    # A negative index would count from the end; past the end it is dropped.
    rows, columns = jnp.where(places < 0, classes, places)
    return jnp.zeros((classes, classes), jnp.int32).at[rows, columns].add(1, mode="drop")


def precision(confusion: Int[Array, "classes classes"]) -> Float[Array, "classes"]:
    """Of what was taken for a class, the share that was of it; 0 for a class that was never predicted.

    Raises ShapeError unless given a confusion matrix, as `recall` and `f1` do.
    Source: van Rijsbergen (1979), chapter 7.

    >>> precision(jnp.array([[1, 1], [0, 1]])).tolist()
    [1.0, 0.5]
    """
    hits, taken, _ = _counts("precision", confusion)
    return _share(hits, taken)


def recall(confusion: Int[Array, "classes classes"]) -> Float[Array, "classes"]:
    """Of what was of a class, the share that was taken for it; 0 for a class that did not occur.

    Source: van Rijsbergen (1979), chapter 7.

    >>> recall(jnp.array([[1, 1], [0, 1]])).tolist()
    [0.5, 1.0]
    """
    hits, _, there = _counts("recall", confusion)
    return _share(hits, there)


def f1(confusion: Int[Array, "classes classes"]) -> Float[Array, "classes"]:
    """The harmonic mean of precision and recall, high only where both are; 0 for a class neither seen nor predicted.

    Source: van Rijsbergen (1979), chapter 7, as 1 − E with β = 1.

    >>> [round(float(score), 3) for score in f1(jnp.array([[1, 1], [0, 1]]))]
    [0.667, 0.667]
    """
    hits, taken, there = _counts("f1", confusion)
    return _share(2 * hits, taken + there)


def _classes(where: str, predictions: Array, labels: Array) -> tuple[Array, Array]:
    for name, array in (("predictions", predictions), ("labels", labels)):
        if not (jnp.issubdtype(array.dtype, jnp.integer) or array.dtype == jnp.bool_):
            raise TypeError(
                f"{where}: got {name} of dtype {array.dtype}; wants class numbers, ints. "
                "Hint: logits.argmax(-1), or logits > 0"
            )
    require_pairs(where, "predictions", predictions, "labels", labels)
    return predictions.astype(jnp.int32), labels.astype(jnp.int32)


def _counts(where: str, confusion: Array) -> tuple[Array, Array, Array]:
    if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1]:
        raise ShapeError(
            where,
            got=f"an array of shape {confusion.shape}",
            want="a confusion matrix (classes, classes)",
            hint="confusion_matrix(predictions, labels, classes=…)",
        )
    return jnp.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)


def _share(part: Array, whole: Array) -> Array:
    return part.astype(jnp.float32) / jnp.maximum(whole, 1).astype(jnp.float32)
