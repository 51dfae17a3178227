"""Batches: which examples are looked at together, chosen in a new random order every epoch.

A batch is an array of row numbers, so that a compiled loop can gather it from data that stay where they are.
`nnbook.training` trains on them and `nnbook.data` hands them on; neither needs the other for it.
"""

import math
from functools import partial

import jax
from jaxtyping import Array, Int, Key, PyTree

from nnbook.errors import ShapeError, require_key, require_sizes


def count_examples(where: str, data: PyTree) -> int:
    """Count the rows that all arrays of `data` have in common: row i of each belongs to example i.

    Raises ShapeError, in the name of `where`, if the rows differ in number or there are none.

    >>> count_examples("split", {"inputs": jax.numpy.ones((3, 2)), "labels": jax.numpy.ones(3)})
    3
    """
    shapes = {jax.tree_util.keystr(path): leaf.shape for path, leaf in jax.tree.leaves_with_path(data)}
    rows = {shape[0] if shape else 0 for shape in shapes.values()}
    if len(rows) != 1 or rows == {0}:
        got = ", ".join(f"data{name} of shape {shape}" for name, shape in shapes.items()) or "no arrays"
        raise ShapeError(where, got=got, want="arrays with one row for each example, equally many and at least one")
    return rows.pop()


def take(data: PyTree, rows: Int[Array, "batch_size"]) -> PyTree:
    """Gather these rows of every array in `data`: one batch, of the same form as the data.

    >>> take({"inputs": jax.numpy.array([[1.0], [2.0], [3.0]])}, jax.numpy.array([2, 0]))["inputs"].tolist()
    [[3.0], [1.0]]
    """
    return jax.tree.map(lambda leaf: leaf[rows], data)


def shuffled_batches(
    key: Key[Array, ""], *, examples: int, batch_size: int, steps: int, first: int = 0
) -> Int[Array, "steps batch_size"]:
    """Choose the rows of each step's batch: every epoch in a new order, no row twice in one epoch.

    The rows that fill no batch are left out, others in each epoch. With `first`, the batches are those of the steps
    from that number on, as in one long run.
    Raises TypeError for a key that is not one, ValueError for a batch larger than the data.
    Source: Bottou (2012), Stochastic gradient descent tricks, "randomly shuffle the training examples".

    >>> sorted(shuffled_batches(jax.random.key(0), examples=4, batch_size=2, steps=2).ravel().tolist())
    [0, 1, 2, 3]
    """
    require_key("shuffled_batches", key)
    require_sizes("shuffled_batches", examples=examples, batch_size=batch_size, steps=steps)
    if batch_size > examples:
        raise ValueError(
            f"shuffled_batches: got batch_size={batch_size} for {examples} examples; wants at most as many"
        )
    per_epoch = examples // batch_size
    begin, end = first // per_epoch, math.ceil((first + steps) / per_epoch)
    # The key of an epoch does not depend on how many are asked for; powers of 2 are, so that few lengths are compiled.
    epoch_keys = jax.random.split(key, 1 << (end - 1).bit_length())[begin:end]
    orders = jax.vmap(partial(jax.random.permutation, x=examples))(epoch_keys)
    batches = orders[:, : per_epoch * batch_size].reshape(-1, batch_size)
    return batches[first % per_epoch :][:steps]
