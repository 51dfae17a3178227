"""The training loop: loss, gradient, update, over and over, in one compiled scan."""

import math
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key, PyTree

from nnbook import pytree
from nnbook.batches import count_examples, shuffled_batches, take
from nnbook.errors import NonFiniteLossError, ShapeError, require_key, require_sizes

# How often a run looks up from its work, if nobody says otherwise.
CHUNKS = 20

Loss = Callable[[Any, Any], Float[Array, ""]]
Progress = Callable[[int, int, float], None]


class Fit(NamedTuple):
    """The trained params, and the loss of each step before that step's update."""

    params: PyTree
    losses: Float[Array, "steps"]


@pytree.params
class State:
    """Where a run stands: all that its next steps depend on, the loss of the last one (NaN before the first), and so
    all that a checkpoint has to keep.
    """

    params: PyTree
    optimizer_state: PyTree
    step: Int[Array, ""]
    loss: Float[Array, ""]
    key: Key[Array, ""] | None


class Resumed(NamedTuple):
    """Where a resumed run stands, and the loss of each of its steps before that step's update."""

    state: State
    losses: Float[Array, "steps"]


def fit(
    loss: Loss,
    params: PyTree,
    data: PyTree,
    *,
    optimizer: optax.GradientTransformation,
    steps: int,
    batch_size: int | None = None,
    key: Key[Array, ""] | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Make loss(params, batch) small by gradient descent, and keep every step's loss.

    `data` is any pytree of arrays with one row for each example. Without a batch size every step sees all of it;
    with one, each epoch goes through it in a new random order given by `key`, and leaves out the rows that fill no
    batch. Steps run in compiled chunks of `chunk` (a twentieth of the run, if left out); after each of them
    `progress(steps done, steps, loss)` is called, `progress_bar` for example.
    Raises NonFiniteLossError as soon as a chunk holds a loss that is not finite, ShapeError if the rows of the data
    differ in number or the loss is not a single number, TypeError for params that are not floats, ValueError for
    sizes that make no sense.
    Source: Robbins and Monro (1951); Bottou (2010) for the epochs.

    >>> far = lambda slope, batch: ((slope * batch[0] - batch[1]) ** 2).mean()
    >>> line = jnp.array([1.0, 2.0]), jnp.array([3.0, 6.0])
    >>> round(float(fit(far, jnp.array(0.0), line, optimizer=optax.sgd(0.1), steps=50).params), 3)
    3.0
    """
    run = resume(
        loss, start(params, optimizer=optimizer, key=key), data,
        optimizer=optimizer, steps=steps, batch_size=batch_size, chunk=chunk, progress=progress,
    )  # fmt: skip
    return Fit(run.state.params, run.losses)


def start(params: PyTree, *, optimizer: optax.GradientTransformation, key: Key[Array, ""] | None = None) -> State:
    """Make the state of a run that has not taken a step, for `resume`.

    Raises TypeError for params that are not floats, or a key that is not one.

    >>> int(start(jnp.array(0.0), optimizer=optax.sgd(0.1)).step)
    0
    """
    _require_float_leaves(params)
    if key is not None:
        require_key("fit", key)
    return State(params, optimizer.init(params), jnp.zeros((), jnp.int32), jnp.float32(math.nan), key)


def resume(
    loss: Loss,
    state: State,
    data: PyTree,
    *,
    optimizer: optax.GradientTransformation,
    steps: int,
    batch_size: int | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> Resumed:
    """Take this many more steps from a state, as `fit` takes them, and return where that leads.

    The state holds all that the next steps depend on, also which batch comes next: a run that was stopped, saved with
    `nnbook.training.checkpoint` and resumed ends in the same numbers, bit for bit, as one that was not.
    Raises as `fit` does; steps are counted from the very first.

    >>> far = lambda slope, batch: ((slope * batch[0] - batch[1]) ** 2).mean()
    >>> line = jnp.array([1.0, 2.0]), jnp.array([3.0, 6.0])
    >>> state = start(jnp.array(0.0), optimizer=optax.sgd(0.1))
    >>> for _ in range(2):
    ...     state, losses = resume(far, state, line, optimizer=optax.sgd(0.1), steps=25)
    >>> int(state.step), round(float(state.params), 3)
    (50, 3.0)
    """
    require_sizes("fit", steps=steps)
    chunk = math.ceil(steps / CHUNKS) if chunk is None else chunk
    require_sizes("fit", chunk=chunk)
    data = jax.tree.map(jnp.asarray, data)
    examples = count_examples("fit", data)
    first = int(state.step)
    batches = None
    if batch_size is not None:
        if state.key is None:
            raise TypeError("fit: got batch_size but no key; wants one for the order. Hint: key=jax.random.key(0)")
        batches = shuffled_batches(state.key, examples=examples, batch_size=batch_size, steps=steps, first=first)
    _require_scalar(loss, state.params, data, rows=examples if batch_size is None else batch_size)

    params, optimizer_state = state.params, state.optimizer_state
    losses = []
    for begin in range(0, steps, chunk):
        end = min(begin + chunk, steps)
        chosen = None if batches is None else batches[begin:end]
        params, optimizer_state, values = _advance(loss, optimizer, end - begin, params, optimizer_state, data, chosen)
        losses.append(np.asarray(values))
        _require_finite(losses, begin, state)
        if progress is not None:
            progress(end, steps, float(losses[-1][-1]))
    stopped = State(params, optimizer_state, jnp.int32(first + steps), jnp.float32(losses[-1][-1]), state.key)
    return Resumed(stopped, jnp.concatenate(losses))


@partial(jax.jit, static_argnames=("loss", "optimizer", "length"))
def _advance(loss, optimizer, length, params, state, data, batches):
    """Take `length` steps. Compiled once for each loss and optimiser, so a second run starts at once."""

    def step(carry, chosen):
        params, state = carry
        batch = data if chosen is None else take(data, chosen)
        value, gradient = jax.value_and_grad(loss)(params, batch)
        # Optax raises floats to whole powers (Adam's bias correction), which strict promotion would refuse.
        with jax.numpy_dtype_promotion("standard"):
            updates, state = optimizer.update(gradient, state, params)
        return (optax.apply_updates(params, updates), state), value

    (params, state), values = jax.lax.scan(step, (params, state), batches, length=length)
    return params, state, values


def progress_bar(done: int, steps: int, loss: float) -> None:
    """Write how far a run is to the error stream, over the line written before: the bar to hand to `fit`."""
    filled = 20 * done // steps
    end = "\n" if done == steps else ""
    print(f"\r[{'#' * filled}{'.' * (20 - filled)}] step {done} of {steps}, loss {loss:.3g}", end=end, file=sys.stderr)


def _require_float_leaves(params: PyTree) -> None:
    for path, leaf in jax.tree.leaves_with_path(params):
        if not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
            raise TypeError(
                f"fit: got params{jax.tree_util.keystr(path)} of dtype {jnp.result_type(leaf)}; wants floats, "
                "which have a gradient. Hint: params hold only what is learned; give the rest to the loss"
            )


def _require_scalar(loss: Loss, params: PyTree, data: PyTree, rows: int) -> None:
    batch = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((rows, *leaf.shape[1:]), leaf.dtype), data)
    value = jax.eval_shape(loss, params, batch)
    if getattr(value, "shape", None) != ():
        got = f"a loss of shape {value.shape}" if hasattr(value, "shape") else f"a {type(value).__name__} as loss"
        raise ShapeError("fit", got=got, want="one number", hint="take the mean over the batch")


def _require_finite(losses: list[np.ndarray], begin: int, state: State) -> None:
    """Look for a loss that is not finite in the last chunk, which begins `begin` steps after the state."""
    bad = np.flatnonzero(~np.isfinite(losses[-1]))
    if len(bad) == 0:
        return
    step = int(state.step) + begin + int(bad[0])
    before = [float(state.loss), *np.concatenate(losses)[: begin + bad[0]]]
    last = (step - 1, float(before[-1])) if step > 0 else (None, None)
    raise NonFiniteLossError(step=step, loss=float(losses[-1][bad[0]]), last_step=last[0], last_loss=last[1])
