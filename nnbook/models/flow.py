"""Flow matching: a network learns the velocity with which noise has to move to become data.

Time runs from 0, standard normal noise, to 1, the data: the other way round than in diffusion.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes

Velocity = Callable[[jax.Array, Any], jax.Array]


def path(
    noise: Float[Array, "*shape"], x1: Float[Array, "*shape"], time: Float[Array, ""] | float, *, sigma_min: float = 0.0
) -> Float[Array, "*shape"]:
    """Where noise stands at a time on its straight way to the example x1: (1 − (1 − σ_min) t) · noise + t · x1.

    At time 1 it has come within noise of standard deviation σ_min of the example.
    Raises ShapeError if noise and x1 differ in shape.
    Source: Lipman et al. (2023), Flow matching for generative modeling, eq. (22).

    >>> path(jnp.array([0.0]), jnp.array([4.0]), 0.25).tolist()
    [1.0]
    """
    noise, x1 = _alike("flow.path", noise, x1)
    return (1 - (1 - sigma_min) * time) * noise + time * x1


def path_velocity(
    noise: Float[Array, "*shape"], x1: Float[Array, "*shape"], *, sigma_min: float = 0.0
) -> Float[Array, "*shape"]:
    """How fast noise moves on that way: x1 − (1 − σ_min) · noise, the same at every time.

    Raises ShapeError if noise and x1 differ in shape.
    Source: Lipman et al. (2023), Flow matching for generative modeling, eq. (23).

    >>> path_velocity(jnp.array([1.0]), jnp.array([4.0])).tolist()
    [3.0]
    """
    noise, x1 = _alike("flow.path_velocity", noise, x1)
    return x1 - (1 - sigma_min) * noise


def velocity_loss(
    velocity: Velocity, x1: Float[Array, "*shape"], *, key: Key[Array, ""], sigma_min: float = 0.0
) -> Float[Array, ""]:
    """How badly the velocity is told from one place on the way to x1: the mean of its squared differences.

    Noise and a time, evenly between 0 and 1, are drawn. `velocity` is a network with its parameters, a function of x
    and the time. Many ways cross at one place, and the best answer there is their mean velocity: so the loss does not
    go to 0. Training averages over a batch, with a key for each example.
    Raises TypeError for a key that is not one, ShapeError if the answer has another shape than x1.
    Source: Lipman et al. (2023), Flow matching for generative modeling, eq. (23), there summed over the coordinates.

    >>> float(velocity_loss(lambda x, time: (3 - x) / (1 - time), jnp.array([3.0]), key=jax.random.key(0)).round(4))
    0.0
    """
    require_key("velocity_loss", key)
    x1 = require_floats("velocity_loss", x1, "x1")
    time_key, noise_key = jax.random.split(key)
    time = jax.random.uniform(time_key, (), x1.dtype)
    noise = jax.random.normal(noise_key, x1.shape, x1.dtype)
    answer = velocity(path(noise, x1, time, sigma_min=sigma_min), time)
    wanted = path_velocity(noise, x1, sigma_min=sigma_min)
    wanted, answer = _alike("velocity_loss", wanted, answer, names=("x1", "answer"))
    return ((answer - wanted) ** 2).mean()


def euler_step(
    velocity: Velocity, x: Float[Array, "*shape"], time: Float[Array, ""] | float, span: Float[Array, ""] | float
) -> Float[Array, "*shape"]:
    """Go on for a span of time at the velocity found here. The error of a whole way shrinks with the span.

    Source: Hairer, Nørsett and Wanner (1993), Solving ordinary differential equations I, section I.7.

    >>> euler_step(lambda x, time: x, jnp.array([1.0]), 0.0, 0.5).tolist()
    [1.5]
    """
    return x + span * velocity(x, time)


def midpoint_step(
    velocity: Velocity, x: Float[Array, "*shape"], time: Float[Array, ""] | float, span: Float[Array, ""] | float
) -> Float[Array, "*shape"]:
    """Go on for a span of time at the velocity found half way. The error of a whole way shrinks with the span squared.

    It asks the network twice. Source: Hairer, Nørsett and Wanner (1993), Solving ordinary differential equations I,
    section II.1 (Runge, 1895).

    >>> midpoint_step(lambda x, time: x, jnp.array([1.0]), 0.0, 0.5).tolist()
    [1.625]
    """
    return x + span * velocity(x + 0.5 * span * velocity(x, time), time + 0.5 * span)


def sample(
    velocity: Velocity,
    start: Float[Array, "*shape"],
    *,
    steps: int,
    step: Callable[..., jax.Array] = midpoint_step,
) -> Float[Array, "stops *shape"]:
    """Move from the start, standard normal noise, to an example: row i of the result is x at time i / steps.

    Nothing is drawn on the way. The start is one example or several at once: `velocity` has to answer to what it is.
    Raises ValueError for fewer than one step, TypeError if the start is not made of floats.
    Source: Lipman et al. (2023), Flow matching for generative modeling, eq. (1).

    >>> sample(lambda x, time: (3 - x) / (1 - time), jnp.array([1.0]), steps=2, step=euler_step).tolist()
    [[1.0], [2.0], [3.0]]
    """
    require_sizes("flow.sample", steps=steps)
    start = require_floats("flow.sample", start, "start")
    span = jnp.asarray(1 / steps, start.dtype)

    def go(x: jax.Array, time: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = step(velocity, x, time, span)
        return x, x

    times = jnp.arange(steps, dtype=start.dtype) / steps
    return jnp.concatenate([start[None], jax.lax.scan(go, start, times)[1]])


def _alike(where: str, first: jax.Array, second: jax.Array, names=("noise", "x1")) -> tuple[jax.Array, jax.Array]:
    first, second = require_floats(where, first, names[0]), require_floats(where, second, names[1])
    if first.shape != second.shape:
        raise ShapeError(
            where, got=f"{names[0]} of shape {first.shape} and {names[1]} of shape {second.shape}", want="equal shapes"
        )
    return first, second
