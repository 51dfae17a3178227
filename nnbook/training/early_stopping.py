"""Early stopping: train for as long as it helps on data that the training does not see."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key, PyTree

from nnbook.errors import NonFiniteLossError, require_sizes
from nnbook.training.loop import Loss, Progress, resume, start


class StoppedFit(NamedTuple):
    """The best params and the step they were reached at, and the losses on the way there and past it.

    `validation_losses[i]` was measured after i · check_every steps, the first before training.
    """

    params: PyTree
    best_step: int
    losses: Float[Array, "steps"]
    validation_losses: Float[Array, "checks"]


def fit_with_early_stopping(
    loss: Loss,
    params: PyTree,
    data: PyTree,
    *,
    validation: PyTree,
    optimizer: optax.GradientTransformation,
    steps: int,
    check_every: int,
    patience: int,
    batch_size: int | None = None,
    key: Key[Array, ""] | None = None,
    progress: Progress | None = None,
) -> StoppedFit:
    """Train as `fit` does, but stop when loss(params, validation) has not improved for `patience` checks in a row.

    Between two checks lie `check_every` steps; there are at most `steps`, then it stops with patience left. Returned are
    the params of the best check, which may be those it began with. `progress` is told the validation loss.
    Raises NonFiniteLossError if the loss or the validation loss is not finite, and otherwise as `fit` does.
    Source: Prechelt (1998), section 2.2; Goodfellow, Bengio and Courville (2016), algorithm 7.1.

    >>> to = lambda slope, target: ((slope - target) ** 2).mean()
    >>> there, halfway = jnp.array([1.0]), jnp.array([0.5])
    >>> run = fit_with_early_stopping(to, jnp.array(0.0), there, validation=halfway, optimizer=optax.sgd(0.125),
    ...                               steps=100, check_every=1, patience=3)
    >>> run.best_step, round(float(run.params), 3), len(run.losses)
    (2, 0.438, 5)
    """
    require_sizes("fit_with_early_stopping", steps=steps, check_every=check_every, patience=patience)
    measure = jax.jit(loss)
    state = start(params, optimizer=optimizer, key=key)
    best, best_step = params, 0
    losses, checks = [], [_finite(measure(params, validation), step=0, before=[], every=check_every)]
    waited = 0
    for done in range(0, steps, check_every):
        length = min(check_every, steps - done)
        state, values = resume(
            loss, state, data, optimizer=optimizer, steps=length, batch_size=batch_size, chunk=length
        )
        losses.append(values)
        now = _finite(measure(state.params, validation), step=done + length, before=checks, every=check_every)
        waited += 1
        if now < min(checks):
            best, best_step, waited = state.params, done + length, 0
        checks.append(now)
        if progress is not None:
            progress(done + length, steps, now)
        if waited == patience:
            break
    return StoppedFit(best, best_step, jnp.concatenate(losses), jnp.array(checks, jnp.float32))


def _finite(value: Float[Array, ""], *, step: int, before: list[float], every: int) -> float:
    if not math.isfinite(value):
        last = ((len(before) - 1) * every, before[-1]) if before else (None, None)
        raise NonFiniteLossError(step=step, loss=float(value), last_step=last[0], last_loss=last[1])
    return float(value)
