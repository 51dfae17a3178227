"""Who may look at whom, said from positions alone: masks for texts so long that a mask would not fit into memory."""

from collections.abc import Callable
from functools import cache

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from nnbook.errors import require_sizes

# May the query at this position look at the key at that one? Positions come as (t, 1) and (1, s), answers as (t, s).
Rule = Callable[[Int[Array, "t 1"], Int[Array, "1 s"]], Bool[Array, "t s"]]


def everywhere(query: Int[Array, "t 1"], key: Int[Array, "1 s"]) -> Bool[Array, "t s"]:
    """Every query may look at every key: the rule of no mask.

    >>> everywhere(jnp.array([[0], [1]]), jnp.array([[0, 1]])).tolist()
    [[True, True], [True, True]]
    """
    return jnp.full((query.shape[0], key.shape[1]), True)


def causal(query: Int[Array, "t 1"], key: Int[Array, "1 s"]) -> Bool[Array, "t s"]:
    """A query may look at the keys up to its own position: the rule of `causal_mask`.

    >>> causal(jnp.array([[0], [1]]), jnp.array([[0, 1]])).tolist()
    [[True, False], [True, True]]
    """
    return key <= query


@cache  # the same rule for the same window, or JAX would compile anew
def sliding_window(window: int) -> Rule:
    """Make the rule of `sliding_window_mask`: the last `window` keys up to the query's position, itself included.

    Raises ValueError for a window below 1, TypeError for one that is not an int.

    >>> sliding_window(1)(jnp.array([[0], [1]]), jnp.array([[0, 1]])).tolist()
    [[True, False], [False, True]]
    """
    require_sizes("sliding_window", window=window)
    return lambda query, key: (key <= query) & (query - key < window)
