"""The plain recurrent layer: the new state is a squashed mixture of the input and the state before."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import require_key, require_one_dtype, require_sizes
from nnbook.layers import gate
from nnbook.layers.gate import Weights, orthogonal, require_gates, require_input, require_sequence, require_state
from nnbook.layers.recurrent import Cell, run
from nnbook.pytree import params


@params
class RNN:
    """Row i of w weighs the input, row i of u the state before, b[i] is the bias: the same at every step."""

    w: Float[Array, "hidden inputs"]
    u: Float[Array, "hidden hidden"]
    b: Float[Array, "hidden"]


def init(key: Key[Array, ""], *, inputs: int, hidden: int, recurrent_weights: Weights = orthogonal) -> RNN:
    """Draw w normal with variance 1 / inputs and u by the function given; the biases start at 0.

    How long a plain RNN can remember is decided here: a rotation neither shrinks nor stretches the state. With it the
    recall task is learned over a lag of 20, and not in the same time with `linear.lecun_normal`, of the same variance.
    Raises TypeError for a key that is not one, ValueError for a size below 1.
    Source: Saxe, McClelland and Ganguli (2014), for the orthogonal u; Le, Jaitly and Hinton (2015), for what it changes.

    >>> import jax
    >>> init(jax.random.key(0), inputs=3, hidden=2).u.shape
    (2, 2)
    """
    require_key("rnn.init", key)
    require_sizes("rnn.init", inputs=inputs, hidden=hidden)
    drawn = gate.init(key, inputs=inputs, hidden=hidden, recurrent_weights=recurrent_weights)
    return RNN(w=drawn.w, u=drawn.u, b=drawn.b)


def initial_state(params: RNN) -> Float[Array, "hidden"]:
    """Begin with nothing remembered: zeros.

    >>> import jax
    >>> initial_state(init(jax.random.key(0), inputs=3, hidden=2)).tolist()
    [0.0, 0.0]
    """
    return jnp.zeros_like(params.b)


def step(params: RNN, state: Float[Array, "hidden"], x: Float[Array, "inputs"]) -> Float[Array, "hidden"]:
    """Mix the input and the state before into the new one: h′ = tanh(W x + U h + b).

    Raises ShapeError if x, the state and the weights do not fit, TypeError unless all are floats
    of one dtype.
    Source: Elman (1990), there with a sigmoid; Goodfellow, Bengio and Courville (2016), eq. (10.8) and (10.9).

    >>> params = RNN(w=jnp.array([[1.0]]), u=jnp.array([[0.5]]), b=jnp.array([0.0]))
    >>> step(params, state=jnp.array([2.0]), x=jnp.array([-1.0]))
    Array([0.], dtype=float32)
    """
    inputs, hidden = require_gates("rnn", {"params": params})
    require_input("rnn", x, inputs)
    require_state("rnn", {"state": state}, hidden)
    require_one_dtype("rnn", weights=params.w, x=x, state=state)
    return jnp.tanh(params.w @ x + params.u @ state + params.b)


def apply(
    params: RNN,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
    state: Float[Array, "hidden"] | None = None,
) -> Float[Array, "time hidden"]:
    """Take the state through a sequence, from zeros or the state given, and return it after every step.

    Where valid is False the state stays as it is; see `nnbook.layers.recurrent.run`.
    Raises ShapeError if xs, valid, the state and the weights do not fit, TypeError if one is of the wrong dtype.
    Source: Elman (1990).

    >>> params = RNN(w=jnp.array([[1.0]]), u=jnp.array([[0.5]]), b=jnp.array([0.0]))
    >>> apply(params, jnp.array([[1.0], [0.0], [0.0]])).ravel().round(3)  # an input, slowly forgotten
    Array([0.762, 0.363, 0.18 ], dtype=float32)
    """
    inputs, hidden = require_gates("rnn", {"params": params})
    require_sequence("rnn", xs, inputs, valid)
    state = initial_state(params) if state is None else state
    require_state("rnn", {"state": state}, hidden)
    require_one_dtype("rnn", weights=params.w, xs=xs, state=state)
    w, u = params.w.T, params.u.T  # x @ w, not w @ x: over a batch, the rows then lie as the next step needs them
    return run(lambda state, x: jnp.tanh(x @ w + state @ u + params.b), state, xs, valid)


CELL = Cell(init=init, initial_state=initial_state, step=step, apply=apply, hidden=lambda state: state)
