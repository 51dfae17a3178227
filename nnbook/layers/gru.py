"""The gated recurrent unit: one state, two gates, in the two forms that were published.

Both first decide by the reset gate how much of the state the candidate may see. The first version of the paper
(arXiv:1406.1078v1) multiplies the state by U and then by the gate, `step_reset_after`: cuDNN and with it PyTorch,
Keras, Flax and Equinox do that, because one product then serves all three gates. The published version (EMNLP 2014,
arXiv v3) multiplies by the gate first, `step_reset_before`: Haiku and Keras with `reset_after=False` do that. Trained
weights of one do not fit the other: U (r ⊙ h) is not r ⊙ (U h).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_one_dtype, require_sizes
from nnbook.layers import gate
from nnbook.layers.gate import Gate, Weights, orthogonal, require_gates, require_input, require_sequence, require_state
from nnbook.layers.recurrent import Cell, run
from nnbook.pytree import params


@params
class GRU:
    """The weights of the two gates and of the candidate, with which the update gate replaces the state."""

    reset_gate: Gate
    update_gate: Gate
    candidate: Gate


@params
class ResetAfterGRU:
    """A GRU whose candidate has a second bias, on the state's side: the reset gate scales it along with U h."""

    reset_gate: Gate
    update_gate: Gate
    candidate: Gate
    recurrent_bias: Float[Array, "hidden"]


def init_reset_before(
    key: Key[Array, ""],
    *,
    inputs: int,
    hidden: int,
    recurrent_weights: Weights = orthogonal,
) -> GRU:
    """Draw each w normal with variance 1 / inputs and each u by the function given; the biases start at 0.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init_reset_before(jax.random.key(0), inputs=3, hidden=2).reset_gate.w.shape
    (2, 3)
    """
    require_key("gru.init", key)
    require_sizes("gru.init", inputs=inputs, hidden=hidden)
    drawn = (
        gate.init(each, inputs=inputs, hidden=hidden, recurrent_weights=recurrent_weights)
        for each in jax.random.split(key, 3)
    )
    return GRU(reset_gate=next(drawn), update_gate=next(drawn), candidate=next(drawn))


def init_reset_after(
    key: Key[Array, ""],
    *,
    inputs: int,
    hidden: int,
    recurrent_weights: Weights = orthogonal,
) -> ResetAfterGRU:
    """Draw the weights of `init_reset_before`; the second bias of the candidate starts at 0 too.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init_reset_after(jax.random.key(0), inputs=3, hidden=2).recurrent_bias.tolist()
    [0.0, 0.0]
    """
    drawn = init_reset_before(key, inputs=inputs, hidden=hidden, recurrent_weights=recurrent_weights)
    return ResetAfterGRU(
        reset_gate=drawn.reset_gate,
        update_gate=drawn.update_gate,
        candidate=drawn.candidate,
        recurrent_bias=jnp.zeros(hidden),
    )


def initial_state(params: GRU | ResetAfterGRU) -> Float[Array, "hidden"]:
    """Begin with nothing remembered: zeros.

    >>> initial_state(init_reset_before(jax.random.key(0), inputs=3, hidden=2)).tolist()
    [0.0, 0.0]
    """
    return jnp.zeros_like(params.candidate.b)


def step_reset_before(params: GRU, state: Float[Array, "hidden"], x: Float[Array, "inputs"]) -> Float[Array, "hidden"]:
    """Take one step of the published GRU: the reset gate scales the state before U mixes it.

    With σ the sigmoid and ⊙ the product unit by unit, from the input x and the state h:
    r = σ(W_r x + U_r h + b_r), z = σ(W_z x + U_z h + b_z), n = tanh(W x + U (r ⊙ h) + b), h′ = z ⊙ h + (1 − z) ⊙ n.
    Raises ShapeError if x, the state and the weights do not fit, TypeError unless all are floats
    of one dtype, and the weights those of this GRU.
    Source: Cho et al. (2014), EMNLP, eq. (5) to (8), there without biases.

    >>> params = init_reset_before(jax.random.key(0), inputs=3, hidden=2)
    >>> step_reset_before(params, jnp.ones(2), jnp.zeros(3)).shape
    (2,)
    """
    _require_step(params, GRU, state, x)
    reset = jax.nn.sigmoid(gate.pre_activation(params.reset_gate, state, x))
    update = jax.nn.sigmoid(gate.pre_activation(params.update_gate, state, x))
    return _mix(update, state, gate.pre_activation(params.candidate, reset * state, x))


def step_reset_after(
    params: ResetAfterGRU, state: Float[Array, "hidden"], x: Float[Array, "inputs"]
) -> Float[Array, "hidden"]:
    """Take one step of the GRU of cuDNN: the reset gate scales what U has mixed.

    As `step_reset_before`, but with n = tanh(W x + b + r ⊙ (U h + b_n)), b_n being the recurrent bias.
    Raises ShapeError if x, the state and the weights do not fit, TypeError unless all are floats
    of one dtype, and the weights those of this GRU.
    Source: Cho et al. (2014), arXiv:1406.1078v1, there without biases; cuDNN's documentation for the second bias.

    >>> params = init_reset_after(jax.random.key(0), inputs=3, hidden=2)
    >>> step_reset_after(params, jnp.ones(2), jnp.zeros(3)).shape
    (2,)
    """
    _require_step(params, ResetAfterGRU, state, x)
    reset = jax.nn.sigmoid(gate.pre_activation(params.reset_gate, state, x))
    update = jax.nn.sigmoid(gate.pre_activation(params.update_gate, state, x))
    seen = reset * (params.candidate.u @ state + params.recurrent_bias)
    return _mix(update, state, params.candidate.w @ x + params.candidate.b + seen)


def apply_reset_before(
    params: GRU,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
    state: Float[Array, "hidden"] | None = None,
) -> Float[Array, "time hidden"]:
    """Take `step_reset_before` through a sequence, from zeros or the state given, and return the state after each step.

    Where valid is False the state stays as it is; see `nnbook.layers.recurrent.run`.
    Raises ShapeError if xs, valid, the state and the weights do not fit, TypeError if one is of the wrong dtype or
    the weights are of the other GRU.
    Source: Cho et al. (2014), EMNLP, eq. (5) to (8).

    >>> apply_reset_before(init_reset_before(jax.random.key(0), inputs=3, hidden=2), jnp.ones((5, 3))).shape
    (5, 2)
    """
    state = _require_sequence(params, GRU, xs, valid, state)
    w, b = _side_by_side(params)
    # Three products a step: the candidate's U has to wait for the reset gate.
    u_gates = jnp.concatenate([params.reset_gate.u, params.update_gate.u]).T
    u_candidate = params.candidate.u.T

    def advance(state, x):
        r, z, n = jnp.split(x @ w + b, 3)
        r_seen, z_seen = jnp.split(state @ u_gates, 2)
        reset, update = jax.nn.sigmoid(r + r_seen), jax.nn.sigmoid(z + z_seen)
        return _mix(update, state, n + (reset * state) @ u_candidate)

    return run(advance, state, xs, valid)


def apply_reset_after(
    params: ResetAfterGRU,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
    state: Float[Array, "hidden"] | None = None,
) -> Float[Array, "time hidden"]:
    """Take `step_reset_after` through a sequence, from zeros or the state given, and return the state after each step.

    Where valid is False the state stays as it is; see `nnbook.layers.recurrent.run`.
    Raises ShapeError if xs, valid, the state and the weights do not fit, TypeError if one is of the wrong dtype or
    the weights are of the other GRU.
    Source: Cho et al. (2014), arXiv:1406.1078v1; cuDNN's documentation for the second bias.

    >>> apply_reset_after(init_reset_after(jax.random.key(0), inputs=3, hidden=2), jnp.ones((5, 3))).shape
    (5, 2)
    """
    state = _require_sequence(params, ResetAfterGRU, xs, valid, state)
    w, b = _side_by_side(params)
    u = jnp.concatenate([params.reset_gate.u, params.update_gate.u, params.candidate.u]).T

    def advance(state, x):
        r, z, n = jnp.split(x @ w + b, 3)
        r_seen, z_seen, n_seen = jnp.split(state @ u, 3)
        reset, update = jax.nn.sigmoid(r + r_seen), jax.nn.sigmoid(z + z_seen)
        return _mix(update, state, n + reset * (n_seen + params.recurrent_bias))

    return run(advance, state, xs, valid)


def _mix(update: Array, state: Array, candidate: Array) -> Array:
    return update * state + (1 - update) * jnp.tanh(candidate)


def _gates(params: GRU | ResetAfterGRU) -> tuple[Gate, Gate, Gate]:
    return params.reset_gate, params.update_gate, params.candidate


def _side_by_side(params: GRU | ResetAfterGRU) -> tuple[Array, Array]:
    return jnp.concatenate([each.w for each in _gates(params)]).T, jnp.concatenate([each.b for each in _gates(params)])


def _require_weights(params: GRU | ResetAfterGRU, kind: type) -> tuple[int, int]:
    if not isinstance(params, kind):
        order = "before" if kind is GRU else "after"
        raise TypeError(
            f"gru: got params of type {type(params).__name__}; wants {kind.__name__}, as init_reset_{order} draws it. "
            "Hint: a GRU goes into step_ and apply_reset_before, a ResetAfterGRU into step_ and apply_reset_after"
        )
    names = ("reset_gate", "update_gate", "candidate")
    inputs, hidden = require_gates("gru", dict(zip(names, _gates(params), strict=True)))
    if isinstance(params, ResetAfterGRU):
        bias = require_floats("gru", params.recurrent_bias, "recurrent_bias")
        if bias.shape != (hidden,):
            raise ShapeError("gru", got=f"recurrent_bias of shape {bias.shape}", want=f"shape ({hidden},)")
    return inputs, hidden


def _require_step(params: GRU | ResetAfterGRU, kind: type, state: Array, x: Array) -> None:
    inputs, hidden = _require_weights(params, kind)
    require_input("gru", x, inputs)
    require_state("gru", {"state": state}, hidden)
    require_one_dtype("gru", weights=params.candidate.w, x=x, state=state)


def _require_sequence(
    params: GRU | ResetAfterGRU, kind: type, xs: Array, valid: Array | None, state: Array | None
) -> Array:
    inputs, hidden = _require_weights(params, kind)
    require_sequence("gru", xs, inputs, valid)
    state = initial_state(params) if state is None else state
    require_state("gru", {"state": state}, hidden)
    require_one_dtype("gru", weights=params.candidate.w, xs=xs, state=state)
    return state


RESET_BEFORE = Cell(
    init=init_reset_before,
    initial_state=initial_state,
    step=step_reset_before,
    apply=apply_reset_before,
    hidden=lambda state: state,
)
RESET_AFTER = Cell(
    init=init_reset_after,
    initial_state=initial_state,
    step=step_reset_after,
    apply=apply_reset_after,
    hidden=lambda state: state,
)
