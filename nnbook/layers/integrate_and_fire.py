"""The leaky integrate-and-fire neuron: the simplest model of a nerve cell that fires, to hold beside ours."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats


def firing_rate(
    drive: Float[Array, ""],
    *,
    time_constant: float = 10.0,
    refractory: float = 2.0,
    duration: float = 1000.0,
    dt: float = 0.025,
) -> Float[Array, ""]:
    """Count the spikes of a membrane that leaks, integrates a constant drive, fires at 1 and starts again at 0.

    Between spikes τ dv/dt = −v + drive, stepped exactly. drive has the unit of the threshold, times are in
    milliseconds; the result is in spikes per second. A drive of 1 or less never fires. Batch by `jax.vmap`.
    Raises ShapeError for more than one drive, TypeError for one that is not a float.
    Source: Gerstner et al. (2014), section 1.3.

    >>> float(firing_rate(jnp.float32(0.9)))
    0.0
    """
    drive = require_floats("firing_rate", drive, "drive")
    if drive.ndim:
        raise ShapeError(
            "firing_rate",
            got=f"drive of shape {drive.shape}",
            want="one number",
            hint="batch with jax.vmap(firing_rate)",
        )
    decay = jnp.exp(-dt / time_constant)

    def step(state, _):
        v, rest = state
        v = jnp.where(rest > dt / 2, 0.0, drive + (v - drive) * decay)
        fired = v >= 1.0
        return (jnp.where(fired, 0.0, v), jnp.where(fired, refractory, rest - dt)), fired

    _, spikes = lax.scan(step, (jnp.float32(0.0), jnp.float32(0.0)), length=int(duration / dt))
    return jnp.sum(spikes, dtype=jnp.float32) / (duration / 1000.0)


def firing_rate_formula(
    drive: Float[Array, "*n"], *, time_constant: float = 10.0, refractory: float = 2.0
) -> Float[Array, "*n"]:
    """Give the same rate in closed form: 1000 / (refractory + τ ln(drive / (drive − 1))), and 0 up to a drive of 1.

    drive as in `firing_rate`, of any shape; the result is in spikes per second.
    Raises TypeError if drive is not made of floats.
    Source: Gerstner et al. (2014), section 1.3.

    >>> round(float(firing_rate_formula(jnp.float32(2.0))), 1)
    112.0
    """
    drive = require_floats("firing_rate_formula", drive, "drive")
    fires = drive > 1.0
    above = jnp.where(fires, drive, 2.0)  # a harmless value where the logarithm would be of a negative number
    return jnp.where(fires, 1000.0 / (refractory + time_constant * jnp.log(above / (above - 1.0))), 0.0)
