"""Cells over time: forwards, backwards, both ways, and several layers of them.

A cell turns the state before and an input into a new state. `run` does so along a sequence, for any cell: those of
`nnbook.layers.rnn`, `lstm` and `gru`, or one you wrote. The rest works on an `apply` that takes a whole sequence
to its hidden states, (time, inputs) → (time, hidden), such as `lstm.apply`, and gives another of that kind.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key, PyTree

from nnbook.errors import ShapeError, require_key, require_sizes
from nnbook.layers.gate import require_sequence
from nnbook.pytree import params

Apply = Callable[..., Float[Array, "time outputs"]]


class Cell(NamedTuple):
    """The functions of one kind of cell, for code that works with any of them: `rnn.CELL`, `lstm.CELL`, ….

    >>> from nnbook.layers import lstm, rnn
    >>> for cell in (rnn.CELL, lstm.CELL):
    ...     print(cell.apply(cell.init(jax.random.key(0), inputs=3, hidden=2), jnp.ones((5, 3))).shape)
    (5, 2)
    (5, 2)
    """

    init: Callable[..., Any]  # (key, *, inputs, hidden) → params
    initial_state: Callable[..., Any]  # (params) → state
    step: Callable[..., Any]  # (params, state, x) → state
    apply: Apply  # (params, xs, valid=None, state=None) → hidden states
    hidden: Callable[[Any], Float[Array, "hidden"]]  # (state) → the part of it that the next layer sees


@params
class Bidirectional:
    """Two cells of one kind: forward reads from the first step on, backward from the last."""

    forward: PyTree
    backward: PyTree


def run(
    advance: Callable[[Any, Float[Array, "inputs"]], Any],
    state: PyTree,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
) -> PyTree:
    """Take a state along a sequence by advance(state, x) → state, and keep every state: time is their first axis.

    Where valid is False, the state stays as it is: padding cannot be seen in any later state, whatever it holds, and
    the last row is the state after the last real step. Compiled once for any length, by `jax.lax.scan`.
    Raises ShapeError if xs is no sequence or valid does not fit it, TypeError if valid is not boolean.

    >>> add = lambda total, x: total + x
    >>> run(add, jnp.zeros(1), jnp.array([[1.0], [2.0], [9.0]]), valid=jnp.array([True, True, False])).ravel()
    Array([1., 3., 3.], dtype=float32)
    """
    require_sequence("recurrent.run", xs, None, valid)

    def advance_and_keep(state, x):
        state = advance(state, x)
        return state, state

    def advance_or_wait(state, seen):
        x, real = seen
        state = jax.tree.map(lambda new, old: jnp.where(real, new, old), advance(state, x), state)
        return state, state

    if valid is None:
        return jax.lax.scan(advance_and_keep, state, xs)[1]
    # What stands in the padding may be infinite or NaN, and zero times that is NaN in a gradient.
    xs = jnp.where(valid[:, None], xs, 0)
    return jax.lax.scan(advance_or_wait, state, (xs, valid))[1]


def last(states: PyTree) -> PyTree:
    """Take the last of the states that `run` or `apply` keep.

    >>> last(jnp.array([[1.0], [2.0]]))
    Array([2.], dtype=float32)
    """
    return jax.tree.map(lambda state: state[-1], states)


def backwards(
    apply: Apply, params: PyTree, xs: Float[Array, "time inputs"], valid: Bool[Array, "time"] | None = None
) -> Float[Array, "time hidden"]:
    """Read a sequence from its end: row t of the result has seen the steps from t on.

    Padding comes first that way, and the state waits at its beginning until the last real step.
    Raises as apply does.
    Source: Schuster and Paliwal (1997).

    >>> total = lambda params, xs, valid: run(lambda total, x: total + x, jnp.zeros(1), xs, valid)
    >>> backwards(total, None, jnp.array([[1.0], [2.0], [3.0]])).ravel()
    Array([6., 5., 3.], dtype=float32)
    """
    flipped = None if valid is None else jnp.flip(valid, axis=0)
    return jnp.flip(apply(params, jnp.flip(xs, axis=0), flipped), axis=0)


def init_bidirectional(key: Key[Array, ""], *, init: Callable[..., Any], inputs: int, hidden: int) -> Bidirectional:
    """Draw two cells by the init given, such as `lstm.init`, each with this many units.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> from nnbook.layers import rnn
    >>> init_bidirectional(jax.random.key(0), init=rnn.init, inputs=3, hidden=2).backward.w.shape
    (2, 3)
    """
    require_key("recurrent.init_bidirectional", key)
    forward, backward = jax.random.split(key)
    return Bidirectional(
        forward=init(forward, inputs=inputs, hidden=hidden), backward=init(backward, inputs=inputs, hidden=hidden)
    )


def bidirectional(
    apply: Apply, params: Bidirectional, xs: Float[Array, "time inputs"], valid: Bool[Array, "time"] | None = None
) -> Float[Array, "time both"]:
    """Read a sequence both ways; row t holds what both have seen at step t, the forward cell's units first.

    For tagging and encoding, where the whole sequence is there; what is to predict the future may not see it.
    Raises as apply does.
    Source: Schuster and Paliwal (1997); with LSTM cells, Graves and Schmidhuber (2005).

    >>> from nnbook.layers import lstm
    >>> params = init_bidirectional(jax.random.key(0), init=lstm.init, inputs=3, hidden=4)
    >>> bidirectional(lstm.apply, params, jnp.ones((5, 3))).shape
    (5, 8)
    """
    return jnp.concatenate([apply(params.forward, xs, valid), backwards(apply, params.backward, xs, valid)], axis=1)


def init_stacked(key: Key[Array, ""], *, init: Callable[..., Any], sizes: Sequence[int]) -> tuple[Any, ...]:
    """Draw cells that stand on each other, with these sizes: the inputs, then the units of each layer.

    Raises TypeError for a key that is not one, ValueError for fewer than two sizes or one below 1.

    >>> from nnbook.layers import rnn
    >>> [layer.w.shape for layer in init_stacked(jax.random.key(0), init=rnn.init, sizes=(3, 8, 4))]
    [(8, 3), (4, 8)]
    """
    require_key("recurrent.init_stacked", key)
    if len(sizes) < 2:
        raise ValueError(f"recurrent.init_stacked: got sizes={tuple(sizes)}; wants the inputs and at least one layer")
    for place, size in enumerate(sizes):
        require_sizes("recurrent.init_stacked", **{f"sizes[{place}]": size})
    keys = jax.random.split(key, len(sizes) - 1)
    return tuple(
        init(key, inputs=inputs, hidden=hidden) for key, inputs, hidden in zip(keys, sizes[:-1], sizes[1:], strict=True)
    )


def stacked(
    apply: Apply, layers: Sequence[Any], xs: Float[Array, "time inputs"], valid: Bool[Array, "time"] | None = None
) -> Float[Array, "time hidden"]:
    """Let each layer read the hidden states of the one below, and return those of the last.

    Raises ShapeError, which names the layer, if a layer does not fit what comes in, and for no layers at all.
    Source: El Hihi and Bengio (1995); Graves, Mohamed and Hinton (2013).

    >>> from nnbook.layers import rnn
    >>> stacked(rnn.apply, init_stacked(jax.random.key(0), init=rnn.init, sizes=(3, 8, 4)), jnp.ones((5, 3))).shape
    (5, 4)
    """
    if not layers:
        raise ShapeError("recurrent.stacked", got="no layers", want="at least one")
    for place, layer in enumerate(layers):
        try:
            xs = apply(layer, xs, valid)
        except ShapeError as error:
            where = f"recurrent.stacked, layer {place}"
            raise ShapeError(where, got=error.got, want=error.want, hint=error.hint) from error
    return xs
