"""Attention in memory that grows with the text, not with its square: no array of all scores is ever made.

Queries and keys are taken chunk by chunk, with an online softmax; so is the gradient, which computes the scores anew
from each query's log Σ exp. Who may look at whom is a rule on positions, because a mask would be as large as the scores.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from nnbook.errors import ShapeError, require_sizes
from nnbook.layers.attention import attend
from nnbook.layers.online_softmax import absorb, average, log_sum_exp, nothing_seen, product, sum_dtype
from nnbook.layers.position_rules import Rule, everywhere


def attend_in_chunks(
    q: Float[Array, "*batch t d_k"],
    k: Float[Array, "*batch s d_k"],
    v: Float[Array, "*batch s d_v"],
    rule: Rule = everywhere,
    valid: Bool[Array, " s"] | None = None,
    *,
    chunk: int = 128,
) -> Float[Array, "*batch t d_v"]:
    """Average the rows of v as `attend` does, in memory of order t + s, and so for the gradient.

    `rule` says from positions alone who may look at whom, the queries being the last t of s positions; `valid` is True
    for the keys that are no padding. A query that may look at nothing gets NaN, and passes on no gradient. Chunks in
    which nobody may look at anything are skipped. There is no forward-mode derivative (`jax.jvp`).
    Raises as `attend` does, ShapeError if valid does not fit the keys, ValueError for a chunk below 1.
    Source: Rabe and Staats (2021), section 2; gradient: Dao et al. (2022), FlashAttention, appendix B.2.

    >>> q, k, v = jax.random.normal(jax.random.key(0), (3, 5, 4))
    >>> bool(jnp.allclose(attend_in_chunks(q, k, v, chunk=2), attend(q, k, v), atol=1e-6))
    True
    """
    require_sizes("attend_in_chunks", chunk=chunk)
    refuse_what_does_not_fit("attend_in_chunks", q, k, v, valid)
    return _attend(q, k, v, valid, rule, chunk)


def refuse_what_does_not_fit(where: str, q: Array, k: Array, v: Array, valid: Array | None) -> None:
    """Check what goes into an attention that takes `valid` in place of a mask; raises as `attend_in_chunks` says.

    >>> q = k = v = jnp.ones((3, 2))
    >>> refuse_what_does_not_fit("attend_in_chunks", q, k, v, valid=jnp.array([True]))
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: attend_in_chunks: got valid of shape (1,) for k of shape (3, 2); wants shape (3,), \
one boolean a key. Hint: for a batch, use jax.vmap
    """
    jax.eval_shape(attend, q, k, v)  # its checks without its work
    if valid is not None and valid.dtype != jnp.bool_:
        raise TypeError(f"{where}: got valid of dtype {valid.dtype}; wants booleans, True for a key that is no padding")
    if valid is not None and valid.shape != k.shape[-2:-1]:
        raise ShapeError(
            where,
            got=f"valid of shape {valid.shape} for k of shape {k.shape}",
            want=f"shape {k.shape[-2:-1]}, one boolean a key",
            hint="for a batch, use jax.vmap",
        )


@partial(jax.custom_vjp, nondiff_argnums=(4, 5))
def _attend(q, k, v, valid, rule, chunk):
    return _forward(q, k, v, valid, rule, chunk)[0]


def _forward(q, k, v, valid, rule, chunk):
    """Take the queries chunk by chunk, let each see all keys, and write down its averages and log Σ exp."""
    (t, d_k), (s, d_v), wide = q.shape[-2:], v.shape[-2:], sum_dtype(q.dtype)

    def of_queries(i, written):
        q_i = _rows(q, i, chunk) / math.sqrt(d_k)

        def of_keys(j, seen):
            def see(seen):
                return absorb(seen, q_i, _rows(k, j, chunk), _rows(v, j, chunk), allowed)

            allowed = _allowed(rule, valid, t, s, i, j, chunk)
            return jax.lax.cond(allowed.any(), see, lambda seen: seen, seen)

        seen = jax.lax.fori_loop(0, math.ceil(s / chunk), of_keys, nothing_seen(q_i, d_v))
        averages, log_sums = written
        # The last chunk overlaps the one before where chunks do not fill the text: the same results, written twice.
        return _write(averages, average(seen).astype(v.dtype), i), _write(log_sums, log_sum_exp(seen), i)

    written = jnp.zeros((*q.shape[:-1], d_v), v.dtype), jnp.zeros((*q.shape[:-1], 1), wide)
    return jax.lax.fori_loop(0, math.ceil(t / chunk), of_queries, written)


def recomputed_gradients(
    rule: Rule,
    chunk: int,
    inputs: tuple[Array, Array, Array, Array | None],
    averages: Float[Array, "*batch t d_v"],
    log_sums: Float[Array, "*batch t 1"],
    gradient: Float[Array, "*batch t d_v"],
) -> tuple[Float[Array, "*batch t d_k"], Float[Array, "*batch s d_k"], Float[Array, "*batch s d_v"]]:
    """Send the gradient at the averages back to q, k and v, computing every weight anew from log Σ exp.

    inputs are (q, k, v, valid) as they came in, averages and log_sums what the way forward made of them.
    Source: Dao et al. (2022), FlashAttention, algorithm 4.

    >>> q, k, v, gradient = jax.random.normal(jax.random.key(0), (4, 5, 2))
    >>> scores = q @ k.T / math.sqrt(2)
    >>> log_sums = jax.nn.logsumexp(scores, axis=-1, keepdims=True)
    >>> to_q, to_k, to_v = recomputed_gradients(everywhere, 2, (q, k, v, None), attend(q, k, v), log_sums, gradient)
    >>> bool(jnp.allclose(to_v, jax.nn.softmax(scores).T @ gradient, atol=1e-6))
    True
    """
    q, k, v, valid = inputs
    t, s, scale, wide = q.shape[-2], k.shape[-2], 1 / math.sqrt(q.shape[-1]), sum_dtype(q.dtype)
    # A softmax subtracts the mean gradient of its weights. That is gradient · average: no sum over the keys is needed.
    mean = (gradient.astype(wide) * averages.astype(wide)).sum(-1, keepdims=True)
    mean = jnp.where(log_sums == -jnp.inf, 0, mean)  # what saw nothing is NaN, and passes on nothing

    def of_keys(j, gradients):
        k_j, v_j = _rows(k, j, chunk), _rows(v, j, chunk)

        def of_queries(i, gradients):
            q_i, g_i = _rows(q, i, chunk), _rows(gradient, i, chunk)

            def through_weights():
                scores = product(q_i, k_j.mT) * scale
                weights = jnp.exp(scores - _rows(log_sums, i, chunk))
                weights = jnp.where(jnp.broadcast_to(allowed, weights.shape), weights, 0)
                slopes = weights * (product(g_i, v_j.mT) - _rows(mean, i, chunk)) * scale
                slopes, weights = slopes.astype(q.dtype), weights.astype(v.dtype)
                return product(slopes, k_j), product(slopes.mT, q_i), product(weights.mT, g_i)

            def nothing():
                return tuple(jnp.zeros(rows.shape, wide) for rows in (q_i, k_j, v_j))

            allowed = _allowed(rule, valid, t, s, i, j, chunk) & _places(t, i, chunk)[1]
            to_q, to_k, to_v = jax.lax.cond(allowed.any(), through_weights, nothing)
            d_q, d_k_j, d_v_j = gradients
            return _add(d_q, to_q, i), d_k_j + to_k, d_v_j + to_v

        d_q, d_k, d_v = gradients
        start = d_q, jnp.zeros(k_j.shape, wide), jnp.zeros(v_j.shape, wide)
        d_q, d_k_j, d_v_j = jax.lax.fori_loop(0, math.ceil(t / chunk), of_queries, start)
        return d_q, _add(d_k, d_k_j, j), _add(d_v, d_v_j, j)

    start = tuple(jnp.zeros(rows.shape, wide) for rows in (q, k, v))
    gradients = jax.lax.fori_loop(0, math.ceil(s / chunk), of_keys, start)
    d_q, d_k, d_v = (gradient.astype(rows.dtype) for gradient, rows in zip(gradients, (q, k, v), strict=True))
    return d_q, d_k, d_v


def _keep(q, k, v, valid, rule, chunk):
    averages, log_sums = _forward(q, k, v, valid, rule, chunk)
    return averages, ((q, k, v, valid), averages, log_sums)


def _pull_back(rule, chunk, kept, gradient):
    return *recomputed_gradients(rule, chunk, *kept, gradient), None  # valid has no gradient


_attend.defvjp(_keep, _pull_back)


def _allowed(rule, valid, t, s, i, j, chunk):
    """Which queries of chunk i may look at which keys of chunk j; keys that stood in the chunk before are left out."""
    (queries, _), (keys, fresh) = _places(t, i, chunk), _places(s, j, chunk)
    allowed = rule(queries + (s - t), keys.mT) & fresh.mT
    return allowed if valid is None else allowed & _rows(valid[:, None], j, chunk).mT


def _places(length, i, chunk):
    """Where the rows of chunk i stand, and which of them stood in no chunk before."""
    size = min(chunk, length)
    places = jnp.minimum(i * size, length - size) + jnp.arange(size)[:, None]
    return places, places >= i * size


def _rows(array, i, chunk):
    """Cut out chunk i. The last one is moved back to end with the array, so that all have one size."""
    size = min(chunk, array.shape[-2])
    return jax.lax.dynamic_slice_in_dim(array, jnp.minimum(i * size, array.shape[-2] - size), size, axis=-2)


def _write(array, rows, i):
    start = jnp.minimum(i * rows.shape[-2], array.shape[-2] - rows.shape[-2])
    return jax.lax.dynamic_update_slice_in_dim(array, rows, start, axis=-2)


def _add(array, rows, i):
    return _write(array, _rows(array, i, rows.shape[-2]) + rows, i)
