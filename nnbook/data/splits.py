"""Splits: examples to learn from, and others that are kept away until the end, to see what was learned.

How many examples a split holds depends on the labels, so splits are made outside of compiled code.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key, PyTree

from nnbook.batches import count_examples, take
from nnbook.errors import ShapeError, require_key


class Split(NamedTuple):
    """The examples to train on, and those to test with. Every example is in one of the two."""

    train: PyTree
    test: PyTree


def split(key: Key[Array, ""], data: PyTree, *, test_share: float = 0.2) -> Split:
    """Put a share of the examples aside for testing, chosen by the key alone; both parts come in random order.

    `data` is any pytree of arrays with one row for each example. The test part has test_share of them, to the nearest
    whole number, but at least one example is in each part. Where examples follow each other in time, cut the arrays
    at a year instead: a shuffled split would let the training see the future.
    Raises ValueError for a share that is not between 0 and 1 or fewer than two examples, ShapeError if the rows of
    the data differ in number, TypeError for a key that is not one.
    Source: Stone (1974), Cross-validatory choice and assessment of statistical predictions.

    >>> parts = split(jax.random.key(0), jnp.arange(10.0), test_share=0.3)
    >>> len(parts.train), len(parts.test)
    (7, 3)
    """
    data, examples = _checked("split", key, data, test_share)
    order = np.asarray(jax.random.permutation(key, examples))
    tests = _tests("split", "examples", examples, test_share)
    return _cut(data, train=order[tests:], test=order[:tests])


def stratified_split(
    key: Key[Array, ""], data: PyTree, labels: Int[Array, "examples"], *, test_share: float = 0.2
) -> Split:
    """Put the same share of every class aside for testing; both parts come in random order.

    labels[i] is the class of row i; `data` may hold the labels too, and does in a `Dataset`. Of each class the test
    part has test_share, to the nearest whole number, but at least one example of each class is in each part.
    Raises ValueError for a share that is not between 0 and 1 or a class with fewer than two examples, ShapeError if
    there is not one label for each row, TypeError for labels that are not whole numbers or a key that is not one.
    Source: Kohavi (1995), A study of cross-validation and bootstrap for accuracy estimation and model selection.

    >>> labels = jnp.array([0, 0, 0, 0, 1, 1])
    >>> sorted(stratified_split(jax.random.key(0), labels, labels, test_share=0.5).test.tolist())
    [0, 0, 1]
    """
    data, examples = _checked("stratified_split", key, data, test_share)
    classes = np.asarray(labels)
    if not np.issubdtype(classes.dtype, np.integer):
        raise TypeError(f"stratified_split: got labels of dtype {classes.dtype}; wants class numbers, ints")
    if classes.shape != (examples,):
        raise ShapeError(
            "stratified_split", got=f"labels of shape {classes.shape}", want=f"one label for each of {examples} rows"
        )
    order = np.asarray(jax.random.permutation(key, examples))
    tested = np.zeros(examples, bool)
    for label in np.unique(classes):
        members = order[classes[order] == label]
        tested[members[: _tests("stratified_split", f"examples of class {label}", len(members), test_share)]] = True
    return _cut(data, train=order[~tested[order]], test=order[tested[order]])


def _checked(where: str, key: Key[Array, ""], data: PyTree, test_share: float) -> tuple[PyTree, int]:
    require_key(where, key)
    if not 0 < test_share < 1:
        raise ValueError(f"{where}: got test_share={test_share}; wants a number between 0 and 1. Hint: 0.2 is a fifth")
    data = jax.tree.map(jnp.asarray, data)
    return data, count_examples(where, data)


def _tests(where: str, what: str, count: int, test_share: float) -> int:
    if count < 2:
        raise ValueError(f"{where}: got {count} {what}; wants at least 2, one to train on and one to test with")
    return min(max(int(test_share * count + 0.5), 1), count - 1)


def _cut(data: PyTree, *, train: np.ndarray, test: np.ndarray) -> Split:
    return Split(train=take(data, jnp.asarray(train)), test=take(data, jnp.asarray(test)))
