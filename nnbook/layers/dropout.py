"""Dropout: while learning, leave out a random part of the signals, so that no unit relies on one other.

There is no switch between training and use: at test time leave the call out, or hand over rate 0.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import require_floats, require_key

OptionalKey = Key[Array, ""] | None


def dropout(x: Float[Array, "*shape"], *, rate: float, key: OptionalKey = None) -> Float[Array, "*shape"]:
    """Set each number to 0 with probability rate, and divide the others by 1 − rate: the mean stays what it was.

    That division, at training time, is what "inverted" means; the first paper multiplied at test time instead. With
    rate 0 x comes back as it is and no key is needed.
    Raises ValueError unless 0 ≤ rate < 1, TypeError without a key for a rate above 0 or if x is not made of floats.
    Source: Srivastava et al. (2014), section 4 and, for the inverted form, section 10.

    >>> sorted(set(dropout(jnp.ones(50), rate=0.5, key=jax.random.key(0)).tolist()))
    [0.0, 2.0]
    >>> dropout(jnp.ones(3), rate=0.0).tolist()
    [1.0, 1.0, 1.0]
    """
    x = require_floats("dropout", x)
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: got rate={rate}; wants a share to leave out, from 0 to below 1")
    if rate == 0:
        return x
    if key is None:
        raise TypeError(
            f"dropout: got rate={rate} but no key; wants one. Hint: key=jax.random.key(0), or rate 0 in use"
        )
    require_key("dropout", key)
    kept = jax.random.bernoulli(key, 1 - rate, x.shape)
    return jnp.where(kept, x / (1 - rate), 0.0)


def split_key(where: str, key: OptionalKey, count: int) -> list[OptionalKey]:
    """Split a key into so many, or hand on its absence: no key at test time, so none for any layer.

    Raises TypeError, naming where, for a key that is not one.

    >>> split_key("block.apply", None, 2)
    [None, None]
    """
    if key is None:
        return [None] * count
    require_key(where, key)
    return list(jax.random.split(key, count))
