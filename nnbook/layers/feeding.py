"""What a generating cell is fed: the truth while it learns, its own words when it speaks.

Both functions take a step(state, previous) → (state, prediction) that guesses the next item from the one before.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from nnbook.errors import ShapeError, require_sizes

Step = Callable[[Any, Any], tuple[Any, Any]]


def shifted(start: Array, targets: Array) -> Array:
    """Give what comes before each target: the start before the first, then the targets but the last.

    Raises ShapeError if the start is not one such item as the targets, or there is no target.

    >>> shifted(jnp.array(0), jnp.array([5, 6, 7])).tolist()
    [0, 5, 6]
    """
    if targets.ndim == 0 or targets.shape[0] == 0 or start.shape != targets.shape[1:]:
        raise ShapeError(
            "feeding",
            got=f"a start of shape {start.shape} and targets of shape {targets.shape}",
            want="targets (time, …), at least one, and a start like one of them",
        )
    return jnp.concatenate([start[None], targets[:-1]])


def teacher_forced(step: Step, state: PyTree, start: Array, targets: Array) -> PyTree:
    """Predict each target from the true one before it, whatever was predicted there: how generators are trained.

    Returns the predictions, time first. One wrong guess does not spoil the next, and so the model never learns to
    go on from its own mistakes, which `free_running` will ask of it (exposure bias).
    Raises ShapeError if the start is not one such item as the targets, or there is no target.
    Source: Williams and Zipser (1989), "teacher forcing".

    >>> double = lambda state, previous: (state, 2 * previous)
    >>> teacher_forced(double, None, jnp.array(1), targets=jnp.array([3, 5, 7])).tolist()
    [2, 6, 10]
    """
    return jax.lax.scan(step, state, shifted(start, targets))[1]


def free_running(
    step: Step, state: PyTree, start: Any, *, length: int, feed: Callable[[Any], Any] = lambda prediction: prediction
) -> PyTree:
    """Go on from the start for `length` steps, each fed with what was predicted before: how generators speak.

    Returns the predictions, time first. `feed` makes the next input of a prediction, such as the most likely token of
    logits; without it, the prediction itself is fed.
    Raises ValueError for a length below 1.
    Source: Williams and Zipser (1989).

    >>> double = lambda state, previous: (state, 2 * previous)
    >>> free_running(double, None, jnp.array(1), length=3).tolist()
    [2, 4, 8]
    """
    require_sizes("free_running", length=length)

    def go_on(carry, _):
        state, prediction = step(*carry)
        return (state, feed(prediction)), prediction

    return jax.lax.scan(go_on, (state, start), None, length=length)[1]
