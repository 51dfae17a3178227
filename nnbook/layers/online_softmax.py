"""The online softmax: attention over keys that come chunk by chunk, none of which is kept.

A softmax needs the largest score and the sum over all keys only at its end. Both are carried along as they stand, and
what was added up before is scaled down when a larger score comes.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class Running(NamedTuple):
    """What a query knows after some of the keys. Scores are taken relative to `largest`, so that none overflows."""

    largest: Float[Array, "*batch t 1"]  # the largest score so far, −∞ before the first
    total: Float[Array, "*batch t 1"]  # Σ exp(score − largest)
    weighted: Float[Array, "*batch t d_v"]  # Σ exp(score − largest) · value


def nothing_seen(q: Float[Array, "*batch t d_k"], d_v: int) -> Running:
    """Where queries q start that will average values of width d_v. Sums are kept in float32 at least.

    >>> nothing_seen(jnp.ones((1, 4)), d_v=2).weighted.tolist()
    [[0.0, 0.0]]
    """
    dtype = sum_dtype(q.dtype)
    rows = q.shape[:-1]
    return Running(
        largest=jnp.full((*rows, 1), -jnp.inf, dtype),
        total=jnp.zeros((*rows, 1), dtype),
        weighted=jnp.zeros((*rows, d_v), dtype),
    )


def absorb(
    seen: Running,
    q: Float[Array, "*batch t d_k"],
    k: Float[Array, "*batch s d_k"],
    v: Float[Array, "*batch s d_v"],
    allowed: Bool[Array, "#t #s"],
) -> Running:
    """Let the queries see some more keys, of which each may look at those where `allowed` is True.

    q is already divided by √d_k.
    Source: Milakov and Gimelshein (2018), algorithm 3; Rabe and Staats (2021), section 2.

    >>> q, k, v = jnp.ones((1, 1)), jnp.array([[0.0], [1.0], [2.0]]), jnp.array([[3.0], [4.0], [5.0]])
    >>> seen = nothing_seen(q, d_v=1)
    >>> for key, value in zip(k, v):
    ...     seen = absorb(seen, q, key[None], value[None], jnp.array([[True]]))
    >>> bool(jnp.allclose(average(seen), jax.nn.softmax(q @ k.T) @ v))
    True
    """
    scores = product(q, k.mT)
    scores = jnp.where(jnp.broadcast_to(allowed, scores.shape), scores, -jnp.inf)
    # The result does not depend on what is subtracted, so no gradient has to go through it.
    largest = jax.lax.stop_gradient(jnp.maximum(seen.largest, scores.max(-1, keepdims=True)))
    shift = jnp.where(largest == -jnp.inf, 0, largest)  # nothing to look at yet: −∞ − (−∞) would be NaN
    shares, before = jnp.exp(scores - shift), jnp.exp(seen.largest - shift)
    return Running(
        largest=largest,
        total=before * seen.total + shares.sum(-1, keepdims=True),
        weighted=before * seen.weighted + product(shares.astype(v.dtype), v),
    )


def average(seen: Running) -> Float[Array, "*batch t d_v"]:
    """The attention of each query over all keys it has seen; NaN if it was allowed to look at none.

    >>> average(nothing_seen(jnp.ones((1, 4)), d_v=2)).tolist()
    [[nan, nan]]
    """
    return seen.weighted / seen.total


def log_sum_exp(seen: Running) -> Float[Array, "*batch t 1"]:
    """Log Σ exp(score), from which a weight can be computed again: exp(score − log_sum_exp). −∞ after no key.

    >>> seen = absorb(nothing_seen(jnp.ones((1, 1)), d_v=1), *jnp.ones((3, 1, 1)), jnp.array([[True]]))
    >>> log_sum_exp(seen).tolist()
    [[1.0]]
    """
    return seen.largest + jnp.log(seen.total)


def product(a: Float[Array, "*batch n m"], b: Float[Array, "*batch m p"]) -> Float[Array, "*batch n p"]:
    """Multiply two matrices in their own precision, but add up in float32 at least.

    >>> product(jnp.ones((1, 2), jnp.bfloat16), jnp.ones((2, 1), jnp.bfloat16))
    Array([[2.]], dtype=float32)
    """
    return jnp.matmul(a, b, preferred_element_type=sum_dtype(a.dtype))


def sum_dtype(dtype: jnp.dtype) -> jnp.dtype:
    """What to add up numbers of this dtype in: float32, or itself if that is wider.

    >>> sum_dtype(jnp.dtype("bfloat16"))
    dtype('float32')
    """
    return jnp.dtype(dtype) if jnp.finfo(dtype).bits > 32 else jnp.dtype(jnp.float32)
