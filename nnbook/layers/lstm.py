"""Long short-term memory: a cell that keeps what it holds until a gate says otherwise.

The LSTM of 1997 had no forget gate: its cell could only gather. Gers, Schmidhuber and Cummins (2000) added the gate
that lets go, and that is the cell every library means today. There are no peepholes here: gates see the hidden state,
not the cell.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import require_key, require_one_dtype, require_sizes
from nnbook.layers import gate
from nnbook.layers.gate import Gate, Weights, orthogonal, require_gates, require_input, require_sequence, require_state
from nnbook.layers.recurrent import Cell, run
from nnbook.pytree import params


@params
class LSTM:
    """The weights of the three gates and of the candidate, which is what might be written into the cell."""

    input_gate: Gate
    forget_gate: Gate
    output_gate: Gate
    candidate: Gate


@params
class LSTMState:
    """What goes from step to step: hidden is seen by the gates and the next layer, cell is the memory behind it."""

    hidden: Float[Array, "*time hidden"]
    cell: Float[Array, "*time hidden"]


class LSTMSignals(NamedTuple):
    """Every number of one step, in the order they are computed; the gates lie between 0 (shut) and 1 (open)."""

    input_gate: Float[Array, "hidden"]
    forget_gate: Float[Array, "hidden"]
    output_gate: Float[Array, "hidden"]
    candidate: Float[Array, "hidden"]
    cell: Float[Array, "hidden"]
    hidden: Float[Array, "hidden"]


def init(
    key: Key[Array, ""],
    *,
    inputs: int,
    hidden: int,
    forget_bias: float | Float[Array, ""] = 1.0,
    recurrent_weights: Weights = orthogonal,
) -> LSTM:
    """Draw each w normal with variance 1 / inputs and each u by the function given; biases start at 0 but one.

    The forget gate's bias starts at forget_bias: at 1 the cell keeps σ(1) = 73 % a step, at 3 it keeps 95 %. What is
    left after t steps is that to the power t: a lag of 100 wants a larger bias than 1.
    Raises TypeError for a key that is not one, ValueError for a size below 1.
    Source: Gers, Schmidhuber and Cummins (2000); Jozefowicz, Zaremba and Sutskever (2015), for the bias of 1.

    >>> init(jax.random.key(0), inputs=3, hidden=2, forget_bias=3.0).forget_gate.b.tolist()
    [3.0, 3.0]
    """
    require_key("lstm.init", key)
    require_sizes("lstm.init", inputs=inputs, hidden=hidden)
    of_input, of_forget, of_output, of_candidate = jax.random.split(key, 4)

    def drawn(key, bias=0.0):
        return gate.init(key, inputs=inputs, hidden=hidden, bias=bias, recurrent_weights=recurrent_weights)

    return LSTM(
        input_gate=drawn(of_input),
        forget_gate=drawn(of_forget, forget_bias),
        output_gate=drawn(of_output),
        candidate=drawn(of_candidate),
    )


def initial_state(params: LSTM) -> LSTMState:
    """Begin with nothing remembered: zeros.

    >>> initial_state(init(jax.random.key(0), inputs=3, hidden=2)).cell.tolist()
    [0.0, 0.0]
    """
    zeros = jnp.zeros_like(params.candidate.b)
    return LSTMState(hidden=zeros, cell=zeros)


def signals(params: LSTM, state: LSTMState, x: Float[Array, "inputs"]) -> LSTMSignals:
    """Take one step and return every number on the way.

    With σ the sigmoid and ⊙ the product unit by unit, from the input x, hidden state h and cell c:
    i = σ(W_i x + U_i h + b_i), f = σ(W_f x + U_f h + b_f), o = σ(W_o x + U_o h + b_o), g = tanh(W_g x + U_g h + b_g);
    c′ = f ⊙ c + i ⊙ g, h′ = o ⊙ tanh(c′).
    Raises ShapeError if x, the state and the weights do not fit, TypeError unless all are floats
    of one dtype.
    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).

    >>> params = init(jax.random.key(0), inputs=3, hidden=2)
    >>> signals(params, initial_state(params), jnp.zeros(3)).forget_gate.round(3)  # σ(1), by its bias
    Array([0.731, 0.731], dtype=float32)
    """
    inputs, hidden = require_gates("lstm", vars(params))
    require_input("lstm", x, inputs)
    require_state("lstm", vars(state), hidden)
    require_one_dtype("lstm", weights=params.candidate.w, x=x, **vars(state))
    return _signals(state.cell, *(gate.pre_activation(each, state.hidden, x) for each in _gates(params)))


def step(params: LSTM, state: LSTMState, x: Float[Array, "inputs"]) -> LSTMState:
    """Take one step: forget some of the cell, write some of the candidate, show some of the result.

    `signals` has the equations and gives every number on the way. Raises as it does.
    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).

    >>> params = init(jax.random.key(0), inputs=3, hidden=2)
    >>> step(params, initial_state(params), jnp.ones(3)).cell.shape
    (2,)
    """
    done = signals(params, state, x)
    return LSTMState(hidden=done.hidden, cell=done.cell)


def states(
    params: LSTM,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
    state: LSTMState | None = None,
) -> LSTMState:
    """Take the state through a sequence, from zeros or the state given, and return it after every step.

    Where valid is False the state stays as it is; see `nnbook.layers.recurrent.run`.
    Raises ShapeError if xs, valid, the state and the weights do not fit, TypeError if one is of the wrong dtype.
    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).

    >>> states(init(jax.random.key(0), inputs=3, hidden=2), jnp.ones((5, 3))).cell.shape
    (5, 2)
    """
    inputs, hidden = require_gates("lstm", vars(params))
    require_sequence("lstm", xs, inputs, valid)
    state = initial_state(params) if state is None else state
    require_state("lstm", vars(state), hidden)
    require_one_dtype("lstm", weights=params.candidate.w, xs=xs, **vars(state))
    # Two products a step instead of eight. (The inputs' product for all steps at once, before the scan, was slower:
    # over a batch its result is four times as wide as the states and has to be turned to have time first.)
    w = jnp.concatenate([each.w for each in _gates(params)]).T
    u = jnp.concatenate([each.u for each in _gates(params)]).T
    b = jnp.concatenate([each.b for each in _gates(params)])

    def advance(state, x):
        done = _signals(state.cell, *jnp.split(x @ w + state.hidden @ u + b, 4))
        return LSTMState(hidden=done.hidden, cell=done.cell)

    return run(advance, state, xs, valid)


def apply(
    params: LSTM,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
    state: LSTMState | None = None,
) -> Float[Array, "time hidden"]:
    """Read a sequence and return the hidden state after every step; `states` returns the cells as well.

    Raises as `states` does.
    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).

    >>> apply(init(jax.random.key(0), inputs=3, hidden=2), jnp.ones((5, 3))).shape
    (5, 2)
    """
    return states(params, xs, valid, state).hidden


def _gates(params: LSTM) -> tuple[Gate, Gate, Gate, Gate]:
    return params.input_gate, params.forget_gate, params.output_gate, params.candidate


def _signals(cell: Array, i: Array, f: Array, o: Array, g: Array) -> LSTMSignals:
    i, f, o, g = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jax.nn.sigmoid(o), jnp.tanh(g)
    cell = f * cell + i * g
    return LSTMSignals(i, f, o, g, cell=cell, hidden=o * jnp.tanh(cell))


CELL = Cell(init=init, initial_state=initial_state, step=step, apply=apply, hidden=lambda state: state.hidden)
