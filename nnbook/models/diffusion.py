"""Denoising diffusion: noise is added to an example in many small steps, and a network learns to say which.

Here are the noise schedule, the way from data to noise, and the loss; the way back stands in
`nnbook.models.diffusion_sampling`. Step t counts as in the paper, from 1 to T; t = 0 is the data.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.pytree import params

Step = Int[Array, ""] | int
Denoiser = Callable[[jax.Array, jax.Array], jax.Array]


@params
class Schedule:
    """How much noise each step adds; entry t of T + 1 belongs to step t, entry 0 to the data.

    beta is the variance of the noise that step t adds, alpha_bar the share of the data's variance that is left after t
    steps, noise_variance what takes its place: 1 − alpha_bar, computed without the loss of digits near alpha_bar = 1.
    """

    beta: Float[Array, "times"]
    alpha_bar: Float[Array, "times"]
    noise_variance: Float[Array, "times"]


class Posterior(NamedTuple):
    """A normal distribution of x one step earlier: its mean, and the variance of each coordinate."""

    mean: Float[Array, "*shape"]
    variance: Float[Array, ""]


def schedule(beta: Float[Array, "T"]) -> Schedule:
    """Make a schedule of the variances β₁ … β_T of the noise of each step: ᾱ_t is the product of 1 − β up to t.

    Raises ShapeError unless beta is a row of at least one number, TypeError if they are not floats.
    Source: Ho, Jain and Abbeel (2020), section 2.

    >>> schedule(jnp.array([0.5, 0.5])).alpha_bar.tolist()
    [1.0, 0.5, 0.25]
    """
    beta = require_floats("diffusion.schedule", beta, "beta")
    if beta.ndim != 1 or beta.size == 0:
        raise ShapeError("diffusion.schedule", got=f"beta of shape {beta.shape}", want="one number for each step")
    beta = jnp.concatenate([jnp.zeros(1, beta.dtype), beta])
    log_alpha_bar = jnp.cumsum(jnp.log1p(-beta))
    return Schedule(beta=beta, alpha_bar=jnp.exp(log_alpha_bar), noise_variance=0 - jnp.expm1(log_alpha_bar))


def linear_schedule(*, steps: int, first: float = 1e-4, last: float = 0.02) -> Schedule:
    """Let the noise of a step grow evenly from `first` to `last`, both variances.

    The paper has 1000 steps. With fewer, `last` has to be larger, or some of the data is still there at the end.
    Raises ValueError for fewer than one step, or variances that are not between 0 and 1.
    Source: Ho, Jain and Abbeel (2020), section 4.

    >>> round(float(linear_schedule(steps=1000).alpha_bar[-1]), 6)
    4e-05
    """
    require_sizes("linear_schedule", steps=steps)
    if not (0 < first < 1 and 0 < last < 1):
        raise ValueError(f"linear_schedule: got first={first} and last={last}; wants numbers between 0 and 1")
    return schedule(jnp.linspace(first, last, steps))


def diffuse_step(
    schedule: Schedule, x: Float[Array, "*shape"], t: Step, noise: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """Take one step towards noise: x_t = √(1 − β_t) x_{t−1} + √β_t ε, with ε the standard normal noise given.

    Raises ShapeError if x and noise differ in shape.
    Source: Ho, Jain and Abbeel (2020), eq. (2).

    >>> diffuse_step(schedule(jnp.array([0.75])), jnp.array([1.0]), 1, jnp.array([0.0]))
    Array([0.5], dtype=float32)
    """
    x, noise = _alike("diffuse_step", x, noise)
    return jnp.sqrt(1 - schedule.beta[t]) * x + jnp.sqrt(schedule.beta[t]) * noise


def diffuse(
    schedule: Schedule, x0: Float[Array, "*shape"], t: Step, noise: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """Take t steps towards noise at once: x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε, with ε the standard normal noise given.

    t from 0, where nothing is added, to T. Raises ShapeError if x0 and noise differ in shape.
    Source: Ho, Jain and Abbeel (2020), eq. (4).

    >>> diffuse(schedule(jnp.array([0.2, 0.2])), jnp.array([1.0]), 2, jnp.array([1.0])).round(4)
    Array([1.4], dtype=float32)
    """
    x0, noise = _alike("diffuse", x0, noise, names=("x0", "noise"))
    return jnp.sqrt(schedule.alpha_bar[t]) * x0 + jnp.sqrt(schedule.noise_variance[t]) * noise


def predicted_start(
    schedule: Schedule, x: Float[Array, "*shape"], t: Step, noise: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """Take the noise out again: the x₀ from which `diffuse` made x with this noise.

    Raises ShapeError if x and noise differ in shape.
    Source: Ho, Jain and Abbeel (2020), eq. (15).

    >>> predicted_start(schedule(jnp.array([0.2, 0.2])), jnp.array([1.4]), 2, jnp.array([1.0])).round(4)
    Array([1.], dtype=float32)
    """
    x, noise = _alike("predicted_start", x, noise)
    return (x - jnp.sqrt(schedule.noise_variance[t]) * noise) / jnp.sqrt(schedule.alpha_bar[t])


def posterior_variance(schedule: Schedule) -> Float[Array, "times"]:
    """Give β̃_t for every t: the variance of x_{t−1} for one who knows x_t and x₀. It is 0 at t = 1.

    Source: Ho, Jain and Abbeel (2020), eq. (7).

    >>> posterior_variance(schedule(jnp.array([0.5, 0.5]))).round(4)
    Array([0.    , 0.    , 0.3333], dtype=float32)
    """
    before, after = schedule.noise_variance[:-1], schedule.noise_variance[1:]
    return jnp.concatenate([jnp.zeros(1, before.dtype), before / after * schedule.beta[1:]])


def posterior(schedule: Schedule, x0: Float[Array, "*shape"], x: Float[Array, "*shape"], t: Step) -> Posterior:
    """Say where x_{t−1} was, knowing x₀ and x = x_t: a normal distribution between the two. t from 1 to T.

    Raises ShapeError if x0 and x differ in shape.
    Source: Ho, Jain and Abbeel (2020), eqs. (6) and (7).

    >>> posterior(schedule(jnp.array([0.5, 0.5])), jnp.array([1.0]), jnp.array([0.5]), 1).mean.tolist()
    [1.0]
    """
    x0, x = _alike("posterior", x0, x, names=("x0", "x"))
    beta, before, after = schedule.beta[t], schedule.noise_variance[t - 1], schedule.noise_variance[t]
    mean = jnp.sqrt(schedule.alpha_bar[t - 1]) * beta / after * x0 + jnp.sqrt(1 - beta) * before / after * x
    return Posterior(mean=mean, variance=before / after * beta)


def noise_loss(
    denoise: Denoiser, schedule: Schedule, x0: Float[Array, "*shape"], *, key: Key[Array, ""]
) -> Float[Array, ""]:
    """How badly the noise is told from one noisy example: the mean of (ε − denoise(x_t, t))², without unit.

    t is drawn evenly from 1 to T, ε from the standard normal. `denoise` is a network with its parameters, a function
    of x_t and t; one that always says 0 has the loss 1. Training averages over a batch, with a key for each example.
    Raises TypeError for a key that is not one, ShapeError if the answer has another shape than x0.
    Source: Ho, Jain and Abbeel (2020), eq. (14), there summed over the coordinates.

    >>> silent = lambda x, t: jnp.zeros_like(x)
    >>> keys = jax.random.split(jax.random.key(0), 1000)
    >>> losses = jax.vmap(lambda key: noise_loss(silent, linear_schedule(steps=10), jnp.ones(2), key=key))(keys)
    >>> bool(abs(losses.mean() - 1) < 0.1)
    True
    """
    require_key("noise_loss", key)
    x0 = require_floats("noise_loss", x0, "x0")
    time_key, noise_key = jax.random.split(key)
    t = jax.random.randint(time_key, (), 1, len(schedule.beta))
    noise = jax.random.normal(noise_key, x0.shape, x0.dtype)
    noise, answer = _alike("noise_loss", noise, denoise(diffuse(schedule, x0, t, noise), t), names=("noise", "answer"))
    return ((noise - answer) ** 2).mean()


def _alike(where: str, first: jax.Array, second: jax.Array, names=("x", "noise")) -> tuple[jax.Array, jax.Array]:
    first, second = require_floats(where, first, names[0]), require_floats(where, second, names[1])
    if first.shape != second.shape:
        raise ShapeError(
            where, got=f"{names[0]} of shape {first.shape} and {names[1]} of shape {second.shape}", want="equal shapes"
        )
    return first, second
