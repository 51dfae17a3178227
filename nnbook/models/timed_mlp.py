"""A small network that is told the time: what diffusion and flow matching train to point the way."""

from collections.abc import Sequence

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.activations import silu
from nnbook.layers.linear import Linear
from nnbook.models import mlp
from nnbook.models.mlp import MLP
from nnbook.pytree import params


@params
class TimedMLP:
    """A multilayer perceptron that sees x, waves of the time, and perhaps a condition: its first layer in parts.

    Each part has one column for each number it sees; w_condition is None without conditions. `rest` is what follows.
    """

    w_x: Float[Array, "units features"]
    w_time: Float[Array, "units parts"]
    w_condition: Float[Array, "units conditions"] | None
    b: Float[Array, "units"]
    rest: MLP


def time_waves(time: Float[ArrayLike, ""], *, waves: int) -> Float[Array, "parts"]:
    """Spread a time between 0 and 1 over sines, then cosines, of half a turn, one, two, four and so on.

    A network sees small and large differences of such numbers alike.
    Raises ValueError for fewer than one wave, ShapeError unless the time is a single number.
    Source: the idea is Vaswani et al. (2017), section 3.5; Ho, Jain and Abbeel (2020), appendix B, for diffusion.

    >>> [round(float(part), 3) for part in time_waves(1 / 6, waves=1)]
    [0.5, 0.866]
    """
    require_sizes("time_waves", waves=waves)
    time = require_floats("time_waves", time, "time")
    if time.shape != ():
        raise ShapeError(
            "time_waves", got=f"a time of shape {time.shape}", want="one number", hint="for a batch, use jax.vmap"
        )
    angle = jnp.pi * time * 2.0 ** jnp.arange(waves, dtype=time.dtype)
    return jnp.concatenate([jnp.sin(angle), jnp.cos(angle)])


def init(
    key: Key[Array, ""],
    *,
    features: int,
    hidden: Sequence[int] = (128, 128, 128),
    waves: int = 4,
    conditions: int = 0,
) -> TimedMLP:
    """Draw a network from x, the waves of the time and so many further numbers, to as many numbers as x has.

    Raises TypeError for a key that is not one, ValueError for a size below 1, or conditions below 0.

    >>> import jax
    >>> params = init(jax.random.key(0), features=2)
    >>> params.w_x.shape, params.w_time.shape
    ((128, 2), (128, 8))
    """
    require_key("timed_mlp.init", key)
    require_sizes("timed_mlp.init", features=features, waves=waves)
    if conditions != 0:
        require_sizes("timed_mlp.init", conditions=conditions)
    first, *rest = mlp.init(key, sizes=(features + 2 * waves + conditions, *hidden, features)).layers
    w_x, w_time, w_condition = jnp.split(first.w, (features, features + 2 * waves), axis=1)
    return TimedMLP(
        w_x=w_x,
        w_time=w_time,
        w_condition=w_condition if conditions else None,
        b=first.b,
        rest=MLP(layers=tuple(rest)),
    )


def network(params: TimedMLP) -> MLP:
    """Give the multilayer perceptron that it is, with its first layer in one: of x, then the waves, then the condition.

    >>> import jax
    >>> [layer.w.shape for layer in network(init(jax.random.key(0), features=2, hidden=(7,), conditions=3)).layers]
    [(7, 13), (2, 7)]
    """
    parts = [part for part in (params.w_x, params.w_time, params.w_condition) if part is not None]
    return MLP(layers=(Linear(w=jnp.concatenate(parts, axis=1), b=params.b), *params.rest.layers))


def apply(
    params: TimedMLP,
    x: Float[Array, "features"],
    time: Float[ArrayLike, ""],
    condition: Float[Array, "conditions"] | None = None,
) -> Float[Array, "features"]:
    """Answer to x at a time between 0 and 1, and under a condition if the network was made for one.

    A condition is any row of numbers, such as a one-hot label, or zeros for "no label".
    Raises ShapeError if x or the condition has another length than the network was made for, a condition is missing,
    or one is there that the network was not made for.
    Source: Ho, Jain and Abbeel (2020), appendix B, there with a U-Net.

    >>> import jax
    >>> apply(init(jax.random.key(0), features=2), jnp.ones(2), 0.5).shape
    (2,)
    """
    x = require_floats("timed_mlp", x)
    told = jnp.zeros(0, x.dtype) if condition is None else require_floats("timed_mlp", condition, "condition")
    conditions = 0 if params.w_condition is None else params.w_condition.shape[1]
    if x.shape != params.w_x.shape[1:] or told.shape != (conditions,):
        got = "no condition" if condition is None else f"a condition of shape {told.shape}"
        want = (
            f"a condition of shape ({conditions},)" if conditions else "no condition, as the network was made for none"
        )
        raise ShapeError(
            "timed_mlp",
            got=f"x of shape {x.shape} and {got}",
            want=f"x of shape {params.w_x.shape[1:]} and {want}",
            hint="one example at a time; for a batch, use jax.vmap" if x.ndim > 1 or told.ndim > 1 else "",
        )
    time = require_floats("timed_mlp", time, "time").astype(x.dtype)
    waves = time_waves(time, waves=params.w_time.shape[1] // 2)
    return mlp.apply(network(params), jnp.concatenate([x, waves, told]), silu)
