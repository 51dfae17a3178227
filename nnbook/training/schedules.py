"""Schedules: the learning rate at each step, as a function of the step's number.

Each maker returns such a function, `schedule(step) -> rate`, with steps counted from 0. It can be handed to any
optimiser of optax in place of a number, and be mapped over steps to draw it. Rates have the unit of those given.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnbook.errors import require_sizes

Schedule = Callable[[Int[Array, "*steps"] | int], Float[Array, "*steps"]]


def constant(rate: float) -> Schedule:
    """Keep the rate as it is.

    Raises ValueError for a rate that is not finite or negative, as all schedules do. In optax: `constant_schedule`.

    >>> constant(0.5)(jnp.arange(3)).tolist()
    [0.5, 0.5, 0.5]
    """
    _require_rates("constant", rate=rate)
    return lambda step: jnp.full(jnp.shape(step), rate)


def step_decay(rate: float, *, boundaries: Sequence[int], factor: float = 0.1) -> Schedule:
    """Multiply the rate by a factor, usually a tenth, at each of these steps.

    Raises ValueError if the boundaries do not rise, or the factor is not positive.
    Source: Krizhevsky, Sutskever and Hinton (2012), section 5, by hand; He et al. (2016), section 3.4.
    In optax: `piecewise_constant_schedule`.

    >>> step_decay(8.0, boundaries=(2, 3), factor=0.5)(jnp.arange(5)).tolist()
    [8.0, 8.0, 4.0, 2.0, 2.0]
    """
    _require_rates("step_decay", rate=rate, factor=factor)
    bounds = tuple(boundaries)
    if any(a >= b for a, b in pairwise(bounds)) or any(b < 0 for b in bounds) or factor == 0:
        raise ValueError(
            f"step_decay: got boundaries={bounds} and factor={factor}; wants steps that rise, and more than 0"
        )

    def schedule(step):
        step = jnp.asarray(step)
        # Compared one by one: there are few, and the rate has the shape of the steps.
        passed = sum(((step >= bound).astype(jnp.float32) for bound in bounds), jnp.zeros(step.shape))
        return rate * factor**passed

    return schedule


def linear_warmup(rate: float, *, warmup_steps: int) -> Schedule:
    """Rise on a straight line from 0 at step 0 to the rate at step warmup_steps, then stay.

    Raises ValueError for fewer than one step. Source: Goyal et al. (2017), section 2.2. In optax: `linear_schedule`.

    >>> linear_warmup(1.0, warmup_steps=4)(jnp.arange(6)).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """
    _require_rates("linear_warmup", rate=rate)
    require_sizes("linear_warmup", warmup_steps=warmup_steps)
    return lambda step: rate * jnp.minimum(_number(step) / warmup_steps, 1.0)


def cosine(rate: float, *, decay_steps: int, end: float = 0.0) -> Schedule:
    """Fall from the rate at step 0 to `end` at step decay_steps along half a cosine, then stay.

    Raises ValueError for fewer than one step.
    Source: Loshchilov and Hutter (2017), eq. (5), without restarts. In optax: `cosine_decay_schedule`.

    >>> cosine(1.0, decay_steps=2)(jnp.arange(4)).round(3).tolist()
    [1.0, 0.5, 0.0, 0.0]
    """
    _require_rates("cosine", rate=rate, end=end)
    require_sizes("cosine", decay_steps=decay_steps)

    def schedule(step):
        share = jnp.minimum(_number(step) / decay_steps, 1.0)
        return end + (rate - end) * (1 + jnp.cos(math.pi * share)) / 2

    return schedule


def warmup_cosine(rate: float, *, warmup_steps: int, total_steps: int, end: float = 0.0) -> Schedule:
    """Rise as `linear_warmup` does, then fall as `cosine` does, to reach `end` at step total_steps.

    Raises ValueError unless total_steps is larger than warmup_steps. In optax: `warmup_cosine_decay_schedule`.

    >>> warmup_cosine(1.0, warmup_steps=2, total_steps=6)(jnp.array([1, 2, 4, 6])).round(3).tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    require_sizes("warmup_cosine", warmup_steps=warmup_steps, total_steps=total_steps)
    if total_steps <= warmup_steps:
        raise ValueError(
            f"warmup_cosine: got total_steps={total_steps} and warmup_steps={warmup_steps}; "
            "wants more steps in all than to warm up"
        )
    rise = linear_warmup(rate, warmup_steps=warmup_steps)
    fall = cosine(rate, decay_steps=total_steps - warmup_steps, end=end)
    return lambda step: jnp.where(jnp.asarray(step) < warmup_steps, rise(step), fall(jnp.asarray(step) - warmup_steps))


def inverse_square_root(*, d_model: int, warmup_steps: int = 4000, factor: float = 1.0) -> Schedule:
    """The Transformer's rate: factor · d_model^−½ · min(t^−½, t · warmup_steps^−1.5), with t = step + 1.

    It rises on a straight line for warmup_steps updates and then falls as 1 / √t. The paper counts from 1.
    Raises ValueError for sizes below 1. Source: Vaswani et al. (2017), eq. (3). Optax has none.

    >>> round(float(inverse_square_root(d_model=512)(3999)), 6)
    0.000699
    """
    _require_rates("inverse_square_root", factor=factor)
    require_sizes("inverse_square_root", d_model=d_model, warmup_steps=warmup_steps)

    def schedule(step):
        t = _number(step) + 1.0
        return factor * d_model**-0.5 * jnp.minimum(t**-0.5, t * warmup_steps**-1.5)

    return schedule


def _number(step: Int[Array, "*steps"] | int) -> Float[Array, "*steps"]:
    return jnp.asarray(step).astype(jnp.float32)


def _require_rates(where: str, **rates: float) -> None:
    for name, rate in rates.items():
        if not (math.isfinite(rate) and rate >= 0):
            raise ValueError(f"{where}: got {name}={rate}; wants a finite number, 0 or more")
