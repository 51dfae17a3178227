"""Normalisation: bring numbers to mean 0 and variance 1, or only to size 1, then let learned scales and shifts undo it.

The kinds differ in whose mean and variance they take. Layer norm and RMS norm: one token's own. Group norm: a group of
channels of one image, over all its positions. Instance norm: a single channel's. None looks at another example, so
training and use are the same. `apply` picks the function by the record.

Means and variances are taken in float32 at least, whatever the dtype of x, and the result has x's dtype.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.pytree import params

# Added to the variance, so that equal numbers give 0 and not 0/0. PyTorch's default; Flax has 1e-6, BERT 1e-12.
EPSILON = 1e-5


@params
class LayerNorm:
    """A scale and a shift for each feature."""

    scale: Float[Array, "features"]
    shift: Float[Array, "features"]


@params
class RMSNorm:
    """A scale for each feature."""

    scale: Float[Array, "features"]


@params
class GroupNorm:
    """A scale and a shift for each channel, one row for each group of channels."""

    scale: Float[Array, "groups channels_per_group"]
    shift: Float[Array, "groups channels_per_group"]


@params
class InstanceNorm:
    """A scale and a shift for each channel."""

    scale: Float[Array, "channels"]
    shift: Float[Array, "channels"]


Norm = LayerNorm | RMSNorm | GroupNorm | InstanceNorm


def init_layer_norm(*, features: int) -> LayerNorm:
    """Start with scale 1 and shift 0: x normalised, and nothing else.

    Raises TypeError if features is not an int, ValueError if it is below 1.

    >>> init_layer_norm(features=2).scale.tolist()
    [1.0, 1.0]
    """
    require_sizes("init_layer_norm", features=features)
    return LayerNorm(scale=jnp.ones(features), shift=jnp.zeros(features))


def init_rms_norm(*, features: int) -> RMSNorm:
    """Start with scale 1.

    Raises TypeError if features is not an int, ValueError if it is below 1.

    >>> init_rms_norm(features=2).scale.tolist()
    [1.0, 1.0]
    """
    require_sizes("init_rms_norm", features=features)
    return RMSNorm(scale=jnp.ones(features))


def init_group_norm(*, channels: int, groups: int) -> GroupNorm:
    """Start with scale 1 and shift 0 for each channel; neighbouring channels share a group.

    Raises ShapeError if the groups do not divide the channels, TypeError and ValueError for sizes that are none.

    >>> init_group_norm(channels=6, groups=2).scale.shape
    (2, 3)
    """
    require_sizes("init_group_norm", channels=channels, groups=groups)
    if channels % groups:
        raise ShapeError("init_group_norm", got=f"channels = {channels}, groups = {groups}", want="equal groups")
    shape = (groups, channels // groups)
    return GroupNorm(scale=jnp.ones(shape), shift=jnp.zeros(shape))


def init_instance_norm(*, channels: int) -> InstanceNorm:
    """Start with scale 1 and shift 0 for each channel.

    Raises TypeError if channels is not an int, ValueError if it is below 1.

    >>> init_instance_norm(channels=2).shift.tolist()
    [0.0, 0.0]
    """
    require_sizes("init_instance_norm", channels=channels)
    return InstanceNorm(scale=jnp.ones(channels), shift=jnp.zeros(channels))


def layer_norm(
    params: LayerNorm, x: Float[Array, "*tokens features"], epsilon: float = EPSILON
) -> Float[Array, "*tokens features"]:
    """Give the features of each token mean 0 and variance 1, then scale · x + shift.

    Raises ShapeError if the last axis of x is not the scale's, TypeError if x is not made of floats.
    Source: Ba, Kiros and Hinton (2016), section 3.

    >>> layer_norm(init_layer_norm(features=2), jnp.array([[1.0, 3.0], [0.0, 100.0]])).round(2).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """
    x = _require_features("layer_norm", x, params.scale)
    standard = _standardised(_wide(x), axes=(-1,), epsilon=epsilon)
    return _scaled(standard, params.scale, params.shift).astype(x.dtype)


def rms_norm(
    params: RMSNorm, x: Float[Array, "*tokens features"], epsilon: float = EPSILON
) -> Float[Array, "*tokens features"]:
    """Divide each token by its root mean square, then scale: no mean is taken away, nothing is shifted.

    Raises ShapeError if the last axis of x is not the scale's, TypeError if x is not made of floats.
    Source: Zhang and Sennrich (2019), section 4.

    >>> rms_norm(init_rms_norm(features=2), jnp.array([3.0, -3.0])).round(2).tolist()
    [1.0, -1.0]
    """
    x = _require_features("rms_norm", x, params.scale)
    wide = _wide(x)
    standard = wide * jax.lax.rsqrt(jnp.square(wide).mean(axis=-1, keepdims=True) + epsilon)
    return _scaled(standard, params.scale).astype(x.dtype)


def group_norm(
    params: GroupNorm, x: Float[Array, "*positions channels"], epsilon: float = EPSILON
) -> Float[Array, "*positions channels"]:
    """Give each group of channels of one example mean 0 and variance 1 over all positions, then scale and shift.

    With one group it is layer norm over the whole image, with as many groups as channels it is instance norm.
    Raises ShapeError if the last axis of x is not the channels of the groups, TypeError if x is not made of floats.
    Source: Wu and He (2018), section 3.

    >>> image = jnp.arange(8.0).reshape(2, 2, 2)
    >>> abs(group_norm(init_group_norm(channels=2, groups=1), image).mean().item()) < 1e-6
    True
    """
    x = _require_features("group_norm", x, params.scale.reshape(-1))
    standard = _standardised(_wide(x).reshape(-1, *params.scale.shape), axes=(0, 2), epsilon=epsilon)
    return _scaled(standard, params.scale, params.shift).reshape(x.shape).astype(x.dtype)


def instance_norm(
    params: InstanceNorm, x: Float[Array, "*positions channels"], epsilon: float = EPSILON
) -> Float[Array, "*positions channels"]:
    """Give each channel of one example mean 0 and variance 1 over all positions, then scale and shift.

    Raises ShapeError if the last axis of x is not the scale's or there is no axis of positions before it, TypeError
    if x is not made of floats.
    Source: Ulyanov, Vedaldi and Lempitsky (2016).

    >>> instance_norm(init_instance_norm(channels=1), jnp.array([[1.0], [3.0]])).round(2).tolist()
    [[-1.0], [1.0]]
    """
    x = _require_features("instance_norm", x, params.scale)
    if x.ndim == 1:
        raise ShapeError(
            "instance_norm",
            got=f"x of shape {x.shape}",
            want="axes of positions before the channels",
            hint="over a single position every channel is its own mean, and becomes 0",
        )
    standard = _standardised(_wide(x), axes=tuple(range(x.ndim - 1)), epsilon=epsilon)
    return _scaled(standard, params.scale, params.shift).astype(x.dtype)


_KINDS: dict[type, Callable[..., jax.Array]] = {
    LayerNorm: layer_norm,
    RMSNorm: rms_norm,
    GroupNorm: group_norm,
    InstanceNorm: instance_norm,
}


def apply(
    params: Norm, x: Float[Array, "*positions features"], epsilon: float = EPSILON
) -> Float[Array, "*positions features"]:
    """Normalise x by the function that belongs to the record: `layer_norm` for a `LayerNorm`, and so on.

    Raises TypeError for a record that is no norm, and as that function does.

    >>> apply(init_rms_norm(features=2), jnp.array([3.0, -3.0])).round(2).tolist()
    [1.0, -1.0]
    """
    if type(params) not in _KINDS:
        wanted = ", ".join(kind.__name__ for kind in _KINDS)
        raise TypeError(f"norm: got params of type {type(params).__name__}; wants one of {wanted}")
    return _KINDS[type(params)](params, x, epsilon)


def _wide(x: jax.Array) -> jax.Array:
    # Sums of many numbers lose their digits in bfloat16; float64 stays as it is.
    return x.astype(jnp.float32) if jnp.finfo(x.dtype).bits < 32 else x


def _standardised(x: jax.Array, axes: tuple[int, ...], epsilon: float) -> jax.Array:
    # Mean first, then squares: mean(x²) − mean(x)² is one pass, but nothing is left of it far from 0.
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.square(centred).mean(axis=axes, keepdims=True) + epsilon)


def _scaled(x: jax.Array, scale: jax.Array, shift: jax.Array | None = None) -> jax.Array:
    leading = (1,) * (x.ndim - scale.ndim)
    x = x * scale.astype(x.dtype).reshape(*leading, *scale.shape)
    return x if shift is None else x + shift.astype(x.dtype).reshape(*leading, *scale.shape)


def _require_features(where: str, x: jax.Array, scale: jax.Array) -> jax.Array:
    x = require_floats(where, x)
    if x.size == 0 or x.shape[-1:] != scale.shape:
        raise ShapeError(
            where, got=f"x of shape {x.shape}", want=f"x of shape (…, {scale.shape[0]}), the features last, not empty"
        )
    return x
