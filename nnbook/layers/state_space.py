"""A diagonal state-space layer: a recurrence so simple that it is also a convolution.

Each channel drives some springs of its own: a state that turns and fades at a fixed rate, whatever comes in. Being
linear, it can be run step by step (`step`), over all steps at once in logarithmic depth (`apply`), or as a convolution
with a kernel that is known beforehand (`apply_by_convolution`); all three give the same numbers. Channels do not mix
and nothing bends here: a model puts an activation and a linear layer behind it.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_one_dtype, require_sizes
from nnbook.layers.gate import require_input, require_sequence
from nnbook.pytree import params


@params
class StateSpace:
    """The weights of dx/dt = A x + u, y = 2 Re(C x) + D u, for an input u and a state x of complex numbers in each channel.

    A is diagonal, −exp(log_decay) + i · frequency: its real part stays negative and the state fades, whatever is learned.
    C = c_real + i · c_imaginary. A step of the sequence lasts Δ = exp(log_step).
    """

    log_decay: Float[Array, "channels states"]
    frequency: Float[Array, "channels states"]
    c_real: Float[Array, "channels states"]
    c_imaginary: Float[Array, "channels states"]
    d: Float[Array, "channels"]
    log_step: Float[Array, "channels"]


def init(
    key: Key[Array, ""], *, channels: int, states: int = 32, shortest_step: float = 0.001, longest_step: float = 0.1
) -> StateSpace:
    """Set A to −1/2 + iπn for n = 0, 1, …, draw C and D normal, and the steps between the bounds, even in logarithm.

    A channel whose step is Δ remembers about 2 / Δ steps. With `states` complex numbers for each channel, the layer has
    what the source calls a state size of twice that.
    Raises TypeError for a key that is not one, ValueError for a size below 1 or bounds that are not 0 < shortest ≤ longest.
    Source: Gu, Gupta, Goel and Ré (2022), S4D-Lin.

    >>> init(jax.random.key(0), channels=3, states=2).frequency[0] / math.pi
    Array([0., 1.], dtype=float32)
    """
    require_key("state_space.init", key)
    require_sizes("state_space.init", channels=channels, states=states)
    if not 0 < shortest_step <= longest_step:
        raise ValueError(
            f"state_space.init: got shortest_step={shortest_step}, longest_step={longest_step}; "
            "wants 0 < shortest_step ≤ longest_step"
        )
    of_real, of_imaginary, of_d, of_step = jax.random.split(key, 4)
    shape = channels, states
    return StateSpace(
        log_decay=jnp.full(shape, math.log(0.5)),
        frequency=jnp.tile(math.pi * jnp.arange(states, dtype=float), (channels, 1)),
        c_real=math.sqrt(0.5) * jax.random.normal(of_real, shape),
        c_imaginary=math.sqrt(0.5) * jax.random.normal(of_imaginary, shape),
        d=jax.random.normal(of_d, (channels,)),
        log_step=jax.random.uniform(
            of_step, (channels,), minval=math.log(shortest_step), maxval=math.log(longest_step)
        ),
    )


def discretise(params: StateSpace) -> tuple[Complex[Array, "channels states"], Complex[Array, "channels states"]]:
    """Give Ā and B̄, what one step does to the state and to the input: x′ = Ā x + B̄ u.

    The input is held still for the length Δ of a step (zero-order hold): Ā = exp(ΔA), B̄ = (exp(ΔA) − 1) / A.
    Raises ShapeError if the weights do not fit each other, TypeError unless they are float32, or float64.
    Source: Gu, Gupta, Goel and Ré (2022), section 3.1, with B = 1.

    >>> a_bar, b_bar = discretise(init(jax.random.key(0), channels=3, states=2))
    >>> (jnp.abs(a_bar) < 1).all().item()
    True
    """
    _require_weights(params)
    a, exponent = _a(params), _exponent(params)
    return jnp.exp(exponent), jnp.expm1(exponent) / a  # expm1: for a short step, exp(ΔA) − 1 would lose its digits


def initial_state(params: StateSpace) -> Complex[Array, "channels states"]:
    """Begin with nothing remembered: zeros.

    >>> initial_state(init(jax.random.key(0), channels=1, states=2)).shape
    (1, 2)
    """
    return jnp.zeros_like(jax.lax.complex(params.c_real, params.c_imaginary))


def step(
    params: StateSpace, state: Complex[Array, "channels states"], x: Float[Array, "channels"]
) -> tuple[Complex[Array, "channels states"], Float[Array, "channels"]]:
    """Take one step, and return the new state and the output: x′ = Ā x + B̄ u, y = 2 Re(C x′) + D u.

    In these letters of the paper x is the state, and u the input, which comes in as x here as everywhere in this book.
    Twice the real part, because the mirror of each state adds as much again.
    Raises ShapeError if x, the state and the weights do not fit, TypeError unless both are float32, or float64.
    Source: Gu, Gupta, Goel and Ré (2022), section 3.

    >>> params = init(jax.random.key(0), channels=3, states=2)
    >>> state, y = step(params, initial_state(params), jnp.ones(3))
    >>> y.shape
    (3,)
    """
    a_bar, b_bar = discretise(params)
    require_input("state_space", x, params.d.shape[0])
    require_one_dtype("state_space", weights=params.d, x=x)
    if jnp.shape(state) != params.c_real.shape:
        raise ShapeError(
            "state_space",
            got=f"a state of shape {jnp.shape(state)}",
            want=f"shape {params.c_real.shape}, the states of each channel",
            hint="initial_state(params) makes one",
        )
    state = a_bar * state + b_bar * x[:, None].astype(b_bar.dtype)
    return state, _read(params, state[None], x[None])[0]


def apply(params: StateSpace, xs: Float[Array, "time channels"]) -> Float[Array, "time channels"]:
    """Run the recurrence over a whole sequence, all steps at once, and return every output.

    Two steps in a row are one step again (of Ā² and Ā B̄ u + B̄ u′), so that neighbours can be joined in pairs, the pairs
    in pairs, and so on: log₂(time) rounds of parallel work instead of time rounds one after the other.
    Raises ShapeError if xs and the weights do not fit, TypeError unless both are float32, or float64.
    Source: Blelloch (1990), for the scan; Smith, Warrington and Linderman (2023), S5, for its use here.

    >>> apply(init(jax.random.key(0), channels=3, states=2), jnp.ones((5, 3))).shape
    (5, 3)
    """
    a_bar, b_bar = discretise(params)
    require_sequence("state_space", xs, params.d.shape[0], None)
    require_one_dtype("state_space", weights=params.d, xs=xs)
    turns = jnp.broadcast_to(a_bar[None], (xs.shape[0], *a_bar.shape))

    def join(first, second):
        return second[0] * first[0], second[0] * first[1] + second[1]

    _, states = jax.lax.associative_scan(join, (turns, b_bar[None] * xs[:, :, None].astype(b_bar.dtype)))
    return _read(params, states, xs)


def kernel(params: StateSpace, length: int) -> Float[Array, "length channels"]:
    """Give the layer's answer to a single 1 at the first step: K_t = 2 Re(C Āᵗ B̄), without D.

    Raises ShapeError if the weights do not fit each other, ValueError for a length below 1.
    Source: Gu, Gupta, Goel and Ré (2022), section 3.2.

    >>> kernel(init(jax.random.key(0), channels=3, states=2), length=5).shape
    (5, 3)
    """
    require_sizes("state_space.kernel", length=length)
    _, b_bar = discretise(params)
    steps = jnp.arange(length).astype(b_bar.dtype)
    return _project(params, jnp.exp(steps[:, None, None] * _exponent(params)[None]) * b_bar[None])


def apply_by_convolution(params: StateSpace, xs: Float[Array, "time channels"]) -> Float[Array, "time channels"]:
    """Answer a whole sequence by convolving it with `kernel`, by fast Fourier transform; the same as `apply`.

    Raises ShapeError if xs and the weights do not fit, TypeError unless both are float32, or float64.
    Source: Gu, Goel and Ré (2022), S4, section 2.4.

    >>> params, xs = init(jax.random.key(0), channels=3, states=2), jax.random.normal(jax.random.key(1), (5, 3))
    >>> jnp.allclose(apply_by_convolution(params, xs), apply(params, xs), atol=1e-5).item()
    True
    """
    _require_weights(params)
    require_sequence("state_space", xs, params.d.shape[0], None)
    require_one_dtype("state_space", weights=params.d, xs=xs)
    time = xs.shape[0]
    spectrum = jnp.fft.rfft(kernel(params, time), 2 * time, axis=0) * jnp.fft.rfft(xs, 2 * time, axis=0)
    return jnp.fft.irfft(spectrum, 2 * time, axis=0)[:time] + params.d[None] * xs


def _a(params: StateSpace) -> Complex[Array, "channels states"]:
    return jax.lax.complex(-jnp.exp(params.log_decay), params.frequency)


def _exponent(params: StateSpace) -> Complex[Array, "channels states"]:
    dt = jnp.exp(params.log_step)[:, None]
    return jax.lax.complex(-dt * jnp.exp(params.log_decay), dt * params.frequency)  # Δ · A


def _project(params: StateSpace, states: Complex[Array, "time channels states"]) -> Float[Array, "time channels"]:
    # Re(C x) of real numbers only: half the work of the complex product.
    seen = params.c_real[None] * states.real - params.c_imaginary[None] * states.imag
    return 2 * seen.sum(axis=2)


def _read(
    params: StateSpace, states: Complex[Array, "time channels states"], xs: Float[Array, "time channels"]
) -> Float[Array, "time channels"]:
    return _project(params, states) + params.d[None] * xs


def _require_weights(params: StateSpace) -> None:
    for name, field in vars(params).items():
        if jnp.finfo(require_floats("state_space", field, name).dtype).bits < 32:
            raise TypeError(
                f"state_space: got {name} of dtype {field.dtype}; wants float32 or float64. "
                "Hint: the states are complex numbers, and there are none of half precision: keep params and x float32"
            )
    require_one_dtype("state_space", **vars(params))
    shape = params.c_real.shape
    pairs = [params.log_decay.shape, params.frequency.shape, params.c_imaginary.shape]
    if len(shape) != 2 or 0 in shape or pairs != [shape] * 3 or {params.d.shape, params.log_step.shape} != {shape[:1]}:
        raise ShapeError(
            "state_space",
            got=", ".join(f"{name} of shape {jnp.shape(field)}" for name, field in vars(params).items()),
            want="d and log_step (channels,) and the others (channels, states)",
        )
