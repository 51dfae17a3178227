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
from jaxtyping import Array, Float, Key, PyTree

from nnbook.batches import count_examples, shuffled_batches, take
from nnbook.errors import NonFiniteLossError, ShapeError, require_sizes

# How often a run looks up from its work, if nobody says otherwise.
CHUNKS = 20

Loss = Callable[[Any, Any], Float[Array, ""]]
Progress = Callable[[int, int, float], None]


class Fit(NamedTuple):
    """The trained params, and the loss of each step before that step's update."""

    params: PyTree
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
    require_sizes("fit", steps=steps)
    chunk = math.ceil(steps / CHUNKS) if chunk is None else chunk
    require_sizes("fit", chunk=chunk)
    data = jax.tree.map(jnp.asarray, data)
    examples = count_examples("fit", data)
    _require_float_leaves(params)
    batches = None
    if batch_size is not None:
        if key is None:
            raise TypeError("fit: got batch_size but no key; wants one for the order. Hint: key=jax.random.key(0)")
        batches = shuffled_batches(key, examples=examples, batch_size=batch_size, steps=steps)
    _require_scalar(loss, params, data, rows=examples if batch_size is None else batch_size)

    state = optimizer.init(params)
    losses = []
    for start in range(0, steps, chunk):
        stop = min(start + chunk, steps)
        chosen = None if batches is None else batches[start:stop]
        params, state, values = _advance(loss, optimizer, stop - start, params, state, data, chosen)
        losses.append(np.asarray(values))
        _require_finite(losses, start)
        if progress is not None:
            progress(stop, steps, float(losses[-1][-1]))
    return Fit(params, jnp.concatenate(losses))


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


def _require_finite(losses: list[np.ndarray], start: int) -> None:
    bad = np.flatnonzero(~np.isfinite(losses[-1]))
    if len(bad) == 0:
        return
    step, before = start + int(bad[0]), np.concatenate(losses)[: start + bad[0]]
    last = (step - 1, float(before[-1])) if step > 0 else (None, None)
    raise NonFiniteLossError(step=step, loss=float(losses[-1][bad[0]]), last_step=last[0], last_loss=last[1])
