"""Batch normalisation: each channel has mean 0 and variance 1 over the batch, then a learned scale and shift.

While it trains, a layer answers a whole batch at once, since each example is measured against the others; afterwards
it answers one example from running averages. Those are not learned by gradient, so they live in a record of their own,
`BatchNormState`, which `apply_training` takes and returns.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.pytree import params


@params
class BatchNorm:
    """What is learned: γ and β of the paper, one of each for every channel."""

    scale: Float[Array, "channels"]
    shift: Float[Array, "channels"]


@params
class BatchNormState:
    """What is kept: the running averages of each channel's mean and variance."""

    mean: Float[Array, "channels"]
    variance: Float[Array, "channels"]


class Normalised(NamedTuple):
    """The batch, normalised, and the state with this batch counted in."""

    y: Float[Array, "batch *space channels"]
    state: BatchNormState


def init(*, channels: int) -> BatchNorm:
    """Start with scale 1 and shift 0; nothing is random, so there is no key.

    Raises ValueError for fewer than one channel.
    Source: Ioffe and Szegedy (2015), algorithm 1.

    >>> init(channels=2).scale.tolist()
    [1.0, 1.0]
    """
    require_sizes("batch_norm.init", channels=channels)
    return BatchNorm(scale=jnp.ones(channels), shift=jnp.zeros(channels))


def init_state(*, channels: int) -> BatchNormState:
    """Start the running averages at mean 0 and variance 1, as if the layer had nothing to do.

    Raises ValueError for fewer than one channel.

    >>> init_state(channels=2).variance.tolist()
    [1.0, 1.0]
    """
    require_sizes("batch_norm.init_state", channels=channels)
    return BatchNormState(mean=jnp.zeros(channels), variance=jnp.ones(channels))


def apply_training(
    params: BatchNorm,
    state: BatchNormState,
    x: Float[Array, "batch *space channels"],
    momentum: float = 0.9,
    epsilon: float = 1e-5,
) -> Normalised:
    """Normalise a batch by its own mean and variance, and move the running averages towards them.

    Mean and variance are taken over the batch and all places, one for each channel. The batch is divided by the root of
    the biased variance (sum of squares / n); the running average is fed the unbiased one (… / (n − 1)), as in the
    paper and in PyTorch, while Flax feeds the biased one. `momentum` is the share of the old average that stays, as in
    Flax; PyTorch's momentum is the share of the new, 1 minus ours.
    Raises ShapeError if x has other channels than the params or fewer than two numbers for each, TypeError unless it
    is made of floats, ValueError for a momentum outside 0 to 1 or an epsilon that is not positive.
    Source: Ioffe and Szegedy (2015), algorithms 1 and 2.

    >>> layer, state = init(channels=1), init_state(channels=1)
    >>> y, state = apply_training(layer, state, jnp.array([[1.0], [3.0]]))
    >>> y.round(3).ravel().tolist(), state.mean, state.variance
    ([-1.0, 1.0], Array([0.2], dtype=float32), Array([1.1], dtype=float32))
    """
    x = _fitting(params, state, x)
    if not 0 <= momentum <= 1:
        raise ValueError(f"batch_norm: got momentum={momentum}; wants 0 to 1, the share of the old average that stays")
    n = x.size // x.shape[-1]
    if x.ndim < 2 or n < 2:
        raise ShapeError(
            "batch_norm",
            got=f"x of shape {x.shape}",
            want="a batch (batch, …, channels) with at least two numbers for each channel, for their variance",
            hint="apply answers one example",
        )
    over = tuple(range(x.ndim - 1))
    mean, variance = x.mean(over), x.var(over)
    # The averages are not learned: no gradient goes back through them, even if a loss should look at them.
    seen = jax.lax.stop_gradient(BatchNormState(mean=mean, variance=variance * (n / (n - 1))))
    moved = jax.tree.map(lambda old, new: momentum * old + (1 - momentum) * new, state, seen)
    return Normalised(_normalise(params, mean, variance, x, epsilon), moved)


def apply(
    params: BatchNorm, state: BatchNormState, x: Float[Array, "*space channels"], epsilon: float = 1e-5
) -> Float[Array, "*space channels"]:
    """Normalise one example by the running averages: γ (x − μ) / √(σ² + ε) + β, a fixed line for each channel.

    Raises ShapeError if x has other channels than the params, TypeError unless it is made of floats, ValueError for an
    epsilon that is not positive.
    Source: Ioffe and Szegedy (2015), algorithm 2.

    >>> state = BatchNormState(mean=jnp.array([2.0]), variance=jnp.array([4.0]))
    >>> apply(init(channels=1), state, jnp.array([6.0])).round(3).tolist()
    [2.0]
    """
    return _normalise(params, state.mean, state.variance, _fitting(params, state, x), epsilon)


def _normalise(params: BatchNorm, mean: jax.Array, variance: jax.Array, x: jax.Array, epsilon: float) -> jax.Array:
    if not epsilon > 0:
        raise ValueError(f"batch_norm: got epsilon={epsilon}; wants more than 0, so that nothing is divided by 0")
    factor = params.scale * jax.lax.rsqrt(variance + epsilon)
    mean, factor, shift = (jnp.broadcast_to(a, x.shape) for a in (mean, factor, params.shift))
    return (x - mean) * factor + shift


def _fitting(params: BatchNorm, state: BatchNormState, x: jax.Array) -> jax.Array:
    x = require_floats("batch_norm", x)
    channels = {leaf.shape for leaf in (params.scale, params.shift, state.mean, state.variance)}
    if x.ndim < 1 or channels != {x.shape[-1:]} or x.size == 0:
        raise ShapeError(
            "batch_norm",
            got=f"x of shape {x.shape}, params and state of {', '.join(map(str, sorted(channels)))}",
            want="params and state with one number for each channel, the last axis of x",
        )
    return x
