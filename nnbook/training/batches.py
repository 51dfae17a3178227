"""Which examples each step of a training run sees."""

import math
from functools import partial

import jax
from jaxtyping import Array, Int, Key

from nnbook.errors import require_key, require_sizes


def shuffled_batches(
    key: Key[Array, ""], *, examples: int, batch_size: int, steps: int, first: int = 0
) -> Int[Array, "steps batch_size"]:
    """Choose the rows of each step's batch: every epoch in a new order, no row twice in one epoch.

    With `first`, the batches are those of the steps from that number on, as in one long run.
    Raises TypeError for a key that is not one, ValueError for a batch larger than the data.

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
