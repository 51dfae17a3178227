"""Pooling: each window of a signal or an image becomes one number a channel, its largest or its mean.

Channels are last and pooled each by itself. Padding never wins and never counts: a maximum does not see it, a mean is
taken over the numbers that are there. Stride and padding are explained in `nnbook.layers.windows`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats
from nnbook.layers.windows import Padding, Sizes, Sliding, slide


def max_pool(
    x: Float[Array, "*space channels"], *, window: Sizes, stride: Sizes, padding: Padding = "VALID"
) -> Float[Array, "*stops channels"]:
    """Keep the largest number that each window sees.

    A window that sees nothing but padding gives −∞. Of several largest numbers, the first gets the gradient.
    Raises ShapeError unless x is a signal or an image into which the window fits, TypeError unless it is made of
    floats, ValueError for sizes that make no sense.
    Source: Zhou and Chellappa (1988); Goodfellow, Bengio and Courville (2016), Deep Learning, section 9.3.

    >>> max_pool(jnp.array([[1.0], [5.0], [2.0], [3.0]]), window=2, stride=1).ravel().tolist()
    [5.0, 5.0, 3.0]
    """
    x, sliding = _sliding("max_pool", x, window, stride, padding)
    return _reduce(x, sliding, -jnp.inf, lax.max)


def max_pool_tiled(x: Float[Array, "*space channels"], *, window: Sizes) -> Float[Array, "*stops channels"]:
    """`max_pool` with a stride as long as the window, whose tiles are cut out by a reshape instead of sliding.

    What fills no tile at the far edges is left out, as there. The gradient of a reshape is a reshape, while that of a
    sliding window is slow inside `lax.scan` on a CPU: this is the form to train with. Several largest numbers share
    the gradient equally.
    Raises as `max_pool` does.
    Source: our own; equal to `max_pool`.

    >>> max_pool_tiled(jnp.arange(16.0).reshape(4, 4, 1), window=2)[..., 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """
    x, sliding = _sliding("max_pool_tiled", x, window, window, "VALID")
    whole = x[tuple(slice(n * k) for n, k in zip(sliding.outputs, sliding.kernel, strict=True))]
    tiles = [size for pair in zip(sliding.outputs, sliding.kernel, strict=True) for size in pair]
    return whole.reshape(*tiles, x.shape[-1]).max(axis=tuple(range(1, len(tiles), 2)))


def average_pool(
    x: Float[Array, "*space channels"], *, window: Sizes, stride: Sizes, padding: Padding = "VALID"
) -> Float[Array, "*stops channels"]:
    """Average the numbers that each window sees, those of x only: padding is not counted as zeros.

    (Flax and PyTorch count it unless told otherwise, TensorFlow does not.) A window that sees nothing but padding
    gives NaN.
    Raises as `max_pool` does.
    Source: LeCun et al. (1998), section II.A, there with a trainable factor.

    >>> average_pool(jnp.array([[1.0], [5.0], [3.0]]), window=2, stride=2, padding="SAME").ravel().tolist()
    [3.0, 3.0]
    """
    x, sliding = _sliding("average_pool", x, window, stride, padding)
    sums = _reduce(x, sliding, 0.0, lax.add)
    counts = _reduce(jnp.ones_like(x[..., :1]), sliding, 0.0, lax.add)
    return sums / jnp.broadcast_to(counts, sums.shape)


def global_average_pool(x: Float[Array, "*space channels"]) -> Float[Array, "channels"]:
    """Average each channel over all places: a signal or image of any size becomes one vector.

    Raises ShapeError unless x is a signal or an image, TypeError unless it is made of floats.
    Source: Lin, Chen and Yan (2014), section 3.2.

    >>> global_average_pool(jnp.array([[1.0, 0.0], [3.0, 4.0]])).tolist()
    [2.0, 2.0]
    """
    x = _signal_or_image("global_average_pool", x)
    return x.mean(axis=tuple(range(x.ndim - 1)))


def _reduce(x: jax.Array, sliding: Sliding, start: float, combine: Callable) -> jax.Array:
    return lax.reduce_window(
        x,
        np.asarray(start, x.dtype),  # known while tracing: JAX looks which number it is
        combine,
        window_dimensions=(*sliding.kernel, 1),
        window_strides=(*sliding.stride, 1),
        padding=(*sliding.padding, (0, 0)),
    )


def _sliding(where: str, x: jax.Array, window: Sizes, stride: Sizes, padding: Padding) -> tuple[jax.Array, Sliding]:
    x = _signal_or_image(where, x)
    return x, slide(where, x.shape[:-1], kernel=window, stride=stride, padding=padding, dilation=1)


def _signal_or_image(where: str, x: jax.Array) -> jax.Array:
    x = require_floats(where, x)
    if x.ndim not in (2, 3) or 0 in x.shape:
        raise ShapeError(
            where,
            got=f"x of shape {x.shape}",
            want="a signal (length, channels) or an image (height, width, channels), not empty",
            hint="map over a batch with jax.vmap" if x.ndim > 3 else "",
        )
    return x
