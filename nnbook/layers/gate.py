"""A gate of a recurrent cell before its activation: one weighing of the input and of the state before."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.linear import lecun_normal
from nnbook.pytree import params

Weights = Callable[..., jax.Array]  # (key, *, inputs, outputs) → (outputs, inputs)


@params
class Gate:
    """Row i of w weighs the input, row i of u the hidden state before, b[i] is the bias: for unit i of the cell."""

    w: Float[Array, "hidden inputs"]
    u: Float[Array, "hidden hidden"]
    b: Float[Array, "hidden"]


def orthogonal(key: Key[Array, ""], *, inputs: int, outputs: int) -> Float[Array, "outputs inputs"]:
    """Draw a random rotation, perhaps with a reflection: it keeps the length of every state that it turns.

    Raises TypeError for a key that is not one, ValueError for a size below 1 or sizes that differ.
    Source: Saxe, McClelland and Ganguli (2014).

    >>> u = orthogonal(jax.random.key(0), inputs=2, outputs=2)
    >>> jnp.allclose(u @ u.T, jnp.eye(2), atol=1e-6).item()
    True
    """
    require_key("orthogonal", key)
    require_sizes("orthogonal", inputs=inputs, outputs=outputs)
    if inputs != outputs:
        raise ValueError(f"orthogonal: got inputs={inputs}, outputs={outputs}; wants equally many")
    return jax.random.orthogonal(key, outputs)


def init(
    key: Key[Array, ""],
    *,
    inputs: int,
    hidden: int,
    bias: float | Float[Array, ""] = 0.0,
    recurrent_weights: Weights = orthogonal,
) -> Gate:
    """Draw w normal with variance 1 / inputs, u by the function given, and set every bias to the number given.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), inputs=3, hidden=2, bias=1.0).b.tolist()
    [1.0, 1.0]
    """
    require_key("gate.init", key)
    require_sizes("gate.init", inputs=inputs, hidden=hidden)
    key_w, key_u = jax.random.split(key)
    return Gate(
        w=lecun_normal(key_w, inputs=inputs, outputs=hidden),
        u=recurrent_weights(key_u, inputs=hidden, outputs=hidden),
        b=jnp.full(hidden, bias, dtype=float),
    )


def pre_activation(gate: Gate, hidden: Float[Array, "hidden"], x: Float[Array, "inputs"]) -> Float[Array, "hidden"]:
    """Weigh the input and the hidden state before, and add: z = W x + U h + b.

    >>> gate = Gate(w=jnp.array([[2.0]]), u=jnp.array([[0.5]]), b=jnp.array([1.0]))
    >>> pre_activation(gate, hidden=jnp.array([4.0]), x=jnp.array([3.0]))
    Array([9.], dtype=float32)
    """
    return gate.w @ x + gate.u @ hidden + gate.b


def require_gates(where: str, gates: Mapping[str, Any]) -> tuple[int, int]:
    """Check that the gates of a cell fit each other, and return its sizes: inputs and hidden.

    A gate is anything with w, u and b. Raises ShapeError if they do not fit, TypeError if they are not floats.

    >>> require_gates("lstm", {"forget_gate": init(jax.random.key(0), inputs=3, hidden=2)})
    (3, 2)
    """
    first = next(iter(gates.values())).w.shape
    for name, gate in gates.items():
        for field in ("w", "u", "b"):
            require_floats(where, getattr(gate, field), f"{name}.{field}")
        shapes = gate.w.shape, gate.u.shape, gate.b.shape
        if len(first) != 2 or 0 in first or shapes != (first, (first[0], first[0]), first[:1]):
            raise ShapeError(
                where,
                got="{}.w of shape {}, u of shape {} and b of shape {}".format(name, *shapes),
                want="w (hidden, inputs), u (hidden, hidden) and b (hidden,), the same sizes in every gate",
            )
    return first[1], first[0]


def require_input(where: str, x: Any, inputs: int) -> None:
    """Check that x is what a cell sees in one step. Raises ShapeError or TypeError if it is not.

    >>> require_input("lstm", jnp.ones(4), inputs=3)
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: lstm: got x of shape (4,); wants x of shape (3,).
    """
    if require_floats(where, x).shape != (inputs,):
        hint = "a whole sequence goes into apply; for a batch, use jax.vmap" if jnp.ndim(x) > 1 else ""
        raise ShapeError(where, got=f"x of shape {jnp.shape(x)}", want=f"x of shape ({inputs},)", hint=hint)


def require_state(where: str, parts: Mapping[str, Any], hidden: int) -> None:
    """Check the parts of a state by name. Raises ShapeError or TypeError if one is not (hidden,) floats.

    >>> require_state("lstm", {"cell": jnp.zeros(3)}, hidden=2)
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: lstm: got cell of shape (3,); wants shape (2,), the units of the cell. \
Hint: initial_state(params) makes one
    """
    for name, part in parts.items():
        if require_floats(where, part, name).shape != (hidden,):
            raise ShapeError(
                where,
                got=f"{name} of shape {jnp.shape(part)}",
                want=f"shape ({hidden},), the units of the cell",
                hint="initial_state(params) makes one",
            )


def require_sequence(where: str, xs: Any, inputs: int | None, valid: Bool[Array, "time"] | None) -> None:
    """Check a sequence and, if there is one, its mask. Raises ShapeError or TypeError if they do not fit.

    >>> require_sequence("lstm", jnp.ones((5, 4)), inputs=3, valid=None)
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: lstm: got xs of shape (5, 4); wants xs of shape (time, 3), at least one step.
    """
    shape = require_floats(where, xs, "xs").shape
    width = "inputs" if inputs is None else inputs
    if len(shape) != 2 or 0 in shape or shape[1] != (shape[1] if inputs is None else inputs):
        hint = ""
        if len(shape) == 3:
            hint = "one sequence at a time; for a batch, use jax.vmap"
        elif len(shape) == 1:
            hint = "a single input goes into step"
        raise ShapeError(
            where, got=f"xs of shape {shape}", want=f"xs of shape (time, {width}), at least one step", hint=hint
        )
    if valid is None:
        return
    if valid.dtype != jnp.bool_:
        raise TypeError(
            f"{where}: got valid of dtype {valid.dtype}; wants booleans, True for a step and False for padding. "
            "Hint: nnbook.layers.masks.valid_tokens(length, time)"
        )
    if valid.shape != shape[:1]:
        raise ShapeError(
            where, got=f"valid of shape {valid.shape} for xs of shape {shape}", want="one boolean for each step"
        )
