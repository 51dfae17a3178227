"""The way back from noise to data: ancestral sampling (DDPM), implicit sampling (DDIM), and guidance.

A sampler takes `denoise`, a function of x_t and t that says which noise is in x_t, and a start x_T of standard normal
noise. It returns the whole way, x at each step, so that a picture can show samples forming; the last row is the sample.
One example or several at once: `denoise` has to answer to what the start is.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_one_dtype, require_sizes
from nnbook.models.diffusion import Denoiser, Schedule, Step, posterior, posterior_variance, predicted_start


def ancestral_step(
    schedule: Schedule,
    x: Float[Array, "*shape"],
    t: Step,
    predicted_noise: Float[Array, "*shape"],
    noise: Float[Array, "*shape"],
    variance: Float[Array, ""],
) -> Float[Array, "*shape"]:
    """Go one step back: to the posterior's mean for the x₀ that the predicted noise means, and add new noise.

    `noise` is standard normal, `variance` that of the step: `posterior_variance(schedule)[t]` or `schedule.beta[t]`.
    Raises ShapeError if x and the predicted noise differ in shape.
    Source: Ho, Jain and Abbeel (2020), algorithm 2 and eq. (11).

    >>> from nnbook.models.diffusion import schedule
    >>> half = schedule(jnp.array([0.5]))
    >>> one, none = jnp.array([1.0]), jnp.zeros(1)
    >>> ancestral_step(half, one, 1, none, none, jnp.array(0.0)).round(4)
    Array([1.4142], dtype=float32)
    """
    x0 = predicted_start(schedule, x, t, predicted_noise)
    return posterior(schedule, x0, x, t).mean + jnp.sqrt(variance) * noise


def ddpm(
    denoise: Denoiser,
    schedule: Schedule,
    start: Float[Array, "*shape"],
    *,
    key: Key[Array, ""],
    variance: Float[Array, "times"] | None = None,
) -> Float[Array, "times *shape"]:
    """Sample by taking every step back, from T to 0, each with new noise: row i of the result is x at t = T − i.

    `variance` is that of each step's noise, `posterior_variance(schedule)` if left out: right for data that are one
    point; `schedule.beta` is right for data that are standard normal. Between them the samples hardly differ.
    Raises TypeError for a key that is not one or a start of another dtype than the schedule's, ShapeError if `denoise`
    answers in another shape than the start's.
    Source: Ho, Jain and Abbeel (2020), algorithm 2; the two variances, section 3.2.

    >>> from nnbook.models.diffusion import linear_schedule
    >>> silent = lambda x, t: jnp.zeros_like(x)
    >>> ddpm(silent, linear_schedule(steps=10), jnp.ones(2), key=jax.random.key(0)).shape
    (11, 2)
    """
    require_key("ddpm", key)
    start = require_floats("ddpm", start, "start")
    variance = posterior_variance(schedule) if variance is None else variance
    if variance.shape != schedule.beta.shape:
        raise ShapeError("ddpm", got=f"variance of shape {variance.shape}", want=f"shape {schedule.beta.shape}, T + 1")

    require_one_dtype("ddpm", schedule=schedule.beta, start=start, variance=variance)

    def back(x: jax.Array, seen: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        t, key = seen
        noise = jax.random.normal(key, x.shape, x.dtype)
        x = ancestral_step(schedule, x, t, denoise(x, t), noise, variance[t])
        return x, x

    steps = len(schedule.beta) - 1
    return _way(back, start, (jnp.arange(steps, 0, -1), jax.random.split(key, steps)))


def ddim_variance(schedule: Schedule, t: Step, s: Step, *, eta: float = 1.0) -> Float[Array, ""]:
    """Give the variance of the noise that DDIM adds on its way from t to an earlier s; η scales its root.

    With η = 1 and s = t − 1 it is the posterior variance of DDPM, with η = 0 it is 0.
    Source: Song, Meng and Ermon (2021), Denoising diffusion implicit models, eq. (16), where ᾱ is called α.

    >>> from nnbook.models.diffusion import schedule
    >>> round(float(ddim_variance(schedule(jnp.array([0.5, 0.5])), 2, 1)), 4)
    0.3333
    """
    before, after = schedule.noise_variance[s], schedule.noise_variance[t]
    # 1 − ᾱ_t / ᾱ_s, from the noise variances, which keep their digits.
    return eta**2 * before / after * (after - before) / schedule.alpha_bar[s]


def ddim_step(
    schedule: Schedule,
    x: Float[Array, "*shape"],
    t: Step,
    s: Step,
    predicted_noise: Float[Array, "*shape"],
    noise: Float[Array, "*shape"],
    *,
    eta: float = 0.0,
) -> Float[Array, "*shape"]:
    """Go back from t to any earlier s: to the x₀ that the predicted noise means, then that noise again, of s's amount.

    With η above 0, a part of it is new noise. Raises ShapeError if x and the predicted noise differ in shape.
    Source: Song, Meng and Ermon (2021), Denoising diffusion implicit models, eq. (12).

    >>> from nnbook.models.diffusion import schedule
    >>> x, one, none = jnp.array([1.4]), jnp.array([1.0]), jnp.zeros(1)
    >>> ddim_step(schedule(jnp.array([0.2, 0.2])), x, 2, 0, one, none).round(4)
    Array([1.], dtype=float32)
    """
    variance = ddim_variance(schedule, t, s, eta=eta)
    kept = jnp.sqrt(jnp.maximum(schedule.noise_variance[s] - variance, 0.0))
    x0 = predicted_start(schedule, x, t, predicted_noise)
    return jnp.sqrt(schedule.alpha_bar[s]) * x0 + kept * predicted_noise + jnp.sqrt(variance) * noise


def ddim_times(schedule: Schedule, *, steps: int) -> Int[Array, "stops"]:
    """Choose the stops of so many steps from T down to 0, as evenly as whole numbers allow.

    Raises ValueError for fewer than one step or more than T.
    Source: Song, Meng and Ermon (2021), Denoising diffusion implicit models, appendix D.2, "linear".

    >>> from nnbook.models.diffusion import linear_schedule
    >>> ddim_times(linear_schedule(steps=100), steps=4).tolist()
    [100, 75, 50, 25, 0]
    """
    require_sizes("ddim_times", steps=steps)
    longest = len(schedule.beta) - 1
    if steps > longest:
        raise ValueError(f"ddim_times: got steps={steps}; wants at most {longest}, those of the schedule")
    return jnp.round(jnp.linspace(longest, 0, steps + 1)).astype(jnp.int32)


def ddim(
    denoise: Denoiser,
    schedule: Schedule,
    start: Float[Array, "*shape"],
    *,
    steps: int,
    eta: float = 0.0,
    key: Key[Array, ""] | None = None,
) -> Float[Array, "stops *shape"]:
    """Sample in fewer steps than the network was trained for; row i of the result is x at `ddim_times`[i].

    With η = 0 nothing is drawn: the start alone decides on the sample, and no key is needed. With η = 1 and as many
    steps as the schedule has it is `ddpm`.
    Raises TypeError if η is not 0 and there is no key, or for a start of another dtype than the schedule's; ValueError for more steps than the schedule has.
    Source: Song, Meng and Ermon (2021), Denoising diffusion implicit models, section 4.

    >>> from nnbook.models.diffusion import linear_schedule
    >>> silent = lambda x, t: jnp.zeros_like(x)
    >>> ddim(silent, linear_schedule(steps=10), jnp.ones(2), steps=5).shape
    (6, 2)
    """
    start = require_floats("ddim", start, "start")
    require_one_dtype("ddim", schedule=schedule.beta, start=start)
    times = ddim_times(schedule, steps=steps)
    if eta != 0:
        require_key("ddim", key)
    keys = None if key is None or eta == 0 else jax.random.split(key, steps)

    def back(x: jax.Array, seen: tuple[jax.Array, jax.Array, jax.Array | None]) -> tuple[jax.Array, jax.Array]:
        t, s, key = seen
        noise = jnp.zeros_like(x) if key is None else jax.random.normal(key, x.shape, x.dtype)
        x = ddim_step(schedule, x, t, s, denoise(x, t), noise, eta=eta)
        return x, x

    return _way(back, start, (times[:-1], times[1:], keys))


def guided_noise(
    unconditional: Float[Array, "*shape"], conditional: Float[Array, "*shape"], *, scale: float
) -> Float[Array, "*shape"]:
    """Go beyond the condition, away from what holds for everything: (1 + w) ε(x, c) − w ε(x), w being the scale.

    At w = 0 it is the conditional prediction, at w = −1 the other; above 0 samples are more typical and less varied.
    Some programs call 1 + w the scale. Raises ShapeError if the two predictions differ in shape.
    Source: Ho and Salimans (2022), Classifier-free diffusion guidance, eq. (6).

    >>> guided_noise(jnp.array([0.0]), jnp.array([1.0]), scale=2.0).tolist()
    [3.0]
    """
    unconditional = require_floats("guided_noise", unconditional, "unconditional")
    conditional = require_floats("guided_noise", conditional, "conditional")
    if unconditional.shape != conditional.shape:
        raise ShapeError(
            "guided_noise",
            got=f"unconditional of shape {unconditional.shape} and conditional of shape {conditional.shape}",
            want="two predictions for the same x",
        )
    return (1 + scale) * conditional - scale * unconditional


def _way(back: Callable, start: jax.Array, seen: tuple) -> jax.Array:
    return jnp.concatenate([start[None], jax.lax.scan(back, start, seen)[1]])
