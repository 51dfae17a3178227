"""Grouped-query attention: several heads of queries share one head of keys and values, so that fewer have to be kept.

With as many key-value heads as query heads it is multi-head attention; with one it is multi-query attention.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.attention import attention_scores, attention_weights
from nnbook.layers.multi_head import MultiHeadAttention
from nnbook.pytree import params


@params
class GroupedQueryAttention:
    """W_i^Q and W^O as in multi-head attention; W_j^K and W_j^V with fewer heads, one for each group of queries."""

    w_q: Float[Array, "heads d_model d_k"]
    w_k: Float[Array, "kv_heads d_model d_k"]
    w_v: Float[Array, "kv_heads d_model d_v"]
    w_o: Float[Array, "heads d_v d_model"]


def init(
    key: Key[Array, ""], *, d_model: int, heads: int, kv_heads: int, d_k: int | None = None, d_v: int | None = None
) -> GroupedQueryAttention:
    """Draw the weights: normal, mean 0, variance 1 / inputs, as `multi_head.init` does.

    d_k defaults to d_model / heads, d_v to d_k. The keys and values of a text take kv_heads / heads of the memory that
    multi-head attention needs for them.
    Raises ShapeError if kv_heads do not divide heads, or heads do not divide d_model and d_k is not given; ValueError
    for a size below 1, TypeError for a key that is not one.
    Source: Ainslie et al. (2023), section 2.2; Shazeer (2019) for kv_heads = 1.

    >>> layer = init(jax.random.key(0), d_model=8, heads=4, kv_heads=2)
    >>> layer.w_q.shape, layer.w_k.shape
    ((4, 8, 2), (2, 8, 2))
    """
    require_key("grouped_query.init", key)
    require_sizes("grouped_query.init", d_model=d_model, heads=heads, kv_heads=kv_heads)
    _require_groups("grouped_query.init", heads, kv_heads)
    if d_k is None:
        if d_model % heads:
            raise ShapeError(
                "grouped_query.init",
                got=f"d_model = {d_model}, heads = {heads}",
                want="heads that divide d_model, or d_k",
                hint="pass d_k=, the size of a head's queries and keys",
            )
        d_k = d_model // heads
    d_v = d_k if d_v is None else d_v
    require_sizes("grouped_query.init", d_k=d_k, d_v=d_v)
    key_q, key_k, key_v, key_o = jax.random.split(key, 4)

    def projection(key, inputs, shape):
        return jax.random.normal(key, shape) / math.sqrt(inputs)

    return GroupedQueryAttention(
        w_q=projection(key_q, d_model, (heads, d_model, d_k)),
        w_k=projection(key_k, d_model, (kv_heads, d_model, d_k)),
        w_v=projection(key_v, d_model, (kv_heads, d_model, d_v)),
        w_o=projection(key_o, heads * d_v, (heads, d_v, d_model)),
    )


def queries(params: GroupedQueryAttention, x: Float[Array, "t d_model"]) -> Float[Array, "heads t d_k"]:
    """Let every token ask, in each head: q = x W^Q.

    Raises ShapeError if x is not (tokens, d_model), TypeError if it is not made of floats.

    >>> queries(init(jax.random.key(0), d_model=8, heads=4, kv_heads=2), jnp.ones((3, 8))).shape
    (4, 3, 2)
    """
    _require_tokens("x", x, params)
    return jnp.einsum("tm,hmk->htk", x, params.w_q)


def keys_and_values(
    params: GroupedQueryAttention, context: Float[Array, "s d_model"]
) -> tuple[Float[Array, "kv_heads s d_k"], Float[Array, "kv_heads s d_v"]]:
    """Let every token answer, once for each group: k = x W^K, what it is found by, and v = x W^V, what it gives.

    Raises ShapeError if context is not (tokens, d_model), TypeError if it is not made of floats.

    >>> keys, values = keys_and_values(init(jax.random.key(0), d_model=8, heads=4, kv_heads=2), jnp.ones((3, 8)))
    >>> keys.shape, values.shape
    ((2, 3, 2), (2, 3, 2))
    """
    _require_tokens("context", context, params)
    return jnp.einsum("sm,gmk->gsk", context, params.w_k), jnp.einsum("sm,gmv->gsv", context, params.w_v)


def mix(params: GroupedQueryAttention, averages: Float[Array, "heads t d_v"]) -> Float[Array, "t d_model"]:
    """Mix what the heads found: the averages side by side, times W^O.

    >>> mix(init(jax.random.key(0), d_model=8, heads=4, kv_heads=2), jnp.ones((4, 3, 2))).shape
    (3, 8)
    """
    return jnp.einsum("htv,hvm->tm", averages, params.w_o)


def attend_in_groups(
    q: Float[Array, "heads t d_k"],
    k: Float[Array, "kv_heads s d_k"],
    v: Float[Array, "kv_heads s d_v"],
    mask: Bool[Array, "*#heads t s"] | None = None,
    bias: Float[Array, "*#heads t s"] | None = None,
) -> Float[Array, "heads t d_v"]:
    """Attend with heads / kv_heads heads of queries to each head of keys and values: the first ones to the first.

    Equal to `attend` with every key-value head repeated for its group, but nothing is repeated: the queries of a group
    stand below each other as if they were one longer text.
    Raises ShapeError if kv_heads do not divide heads, and otherwise as `attend` does.
    Source: Ainslie et al. (2023), section 2.2.

    >>> q, k, v = jnp.ones((4, 3, 8)), jnp.ones((2, 5, 8)), jnp.ones((2, 5, 6))
    >>> attend_in_groups(q, k, v).shape
    (4, 3, 6)
    """
    got = f"q of shape {q.shape}, k of shape {k.shape}, v of shape {v.shape}"
    if not (q.ndim == k.ndim == v.ndim == 3 and k.shape[:2] == v.shape[:2]):
        raise ShapeError(
            "grouped_query",
            got=got,
            want="q (heads, t, d_k), k (kv_heads, s, d_k) and v (kv_heads, s, d_v)",
            hint="one example at a time; for a batch, use jax.vmap",
        )
    heads, t, d_k = q.shape
    kv_heads, s, d_v = v.shape
    _require_groups("grouped_query", heads, kv_heads)
    require_floats("grouped_query", v, "v")
    rows = heads // kv_heads * t
    scores = attention_scores(q.reshape(kv_heads, rows, d_k), k).reshape(heads, t, s)
    weights = attention_weights(scores, mask, bias)
    return (weights.reshape(kv_heads, rows, s) @ v).reshape(heads, t, d_v)


def apply(
    params: GroupedQueryAttention,
    x: Float[Array, "t d_model"],
    mask: Bool[Array, "*#heads t t"] | None = None,
    bias: Float[Array, "*#heads t t"] | None = None,
) -> Float[Array, "t d_model"]:
    """Self-attention: the tokens of x look at each other, the heads of a group through the same keys and values.

    mask and bias hold for all heads, or have a leading axis with one for each head of queries.
    Raises ShapeError if x is empty or its width is not the weights' d_model, or if mask or bias does not fit;
    TypeError if x is not made of floats, or mask not of booleans.
    Source: Ainslie et al. (2023), section 2.2.

    >>> layer = init(jax.random.key(0), d_model=8, heads=4, kv_heads=1)
    >>> apply(layer, jnp.ones((3, 8))).shape
    (3, 8)
    """
    return apply_cross(params, x, x, mask, bias)


def apply_cross(
    params: GroupedQueryAttention,
    x: Float[Array, "t d_model"],
    context: Float[Array, "s d_model"],
    mask: Bool[Array, "*#heads t s"] | None = None,
    bias: Float[Array, "*#heads t s"] | None = None,
) -> Float[Array, "t d_model"]:
    """Cross-attention: the tokens of x look at those of another text, context.

    Raises as `apply` does. Source: Ainslie et al. (2023), section 2.2.

    >>> layer = init(jax.random.key(0), d_model=8, heads=4, kv_heads=2)
    >>> apply_cross(layer, jnp.ones((3, 8)), jnp.ones((5, 8))).shape
    (3, 8)
    """
    q = queries(params, x)
    k, v = keys_and_values(params, context)
    return mix(params, attend_in_groups(q, k, v, mask, bias))


def repeat_heads(params: GroupedQueryAttention) -> MultiHeadAttention:
    """Give every query head keys and values of its own, by repeating the shared ones: the same function of x.

    Source: Ainslie et al. (2023), section 2.2.

    >>> repeat_heads(init(jax.random.key(0), d_model=8, heads=4, kv_heads=2)).w_k.shape
    (4, 8, 2)
    """
    group = params.w_q.shape[0] // params.w_k.shape[0]
    return MultiHeadAttention(
        w_q=params.w_q,
        w_k=jnp.repeat(params.w_k, group, axis=0),
        w_v=jnp.repeat(params.w_v, group, axis=0),
        w_o=params.w_o,
    )


def pool_heads(params: MultiHeadAttention, *, kv_heads: int) -> GroupedQueryAttention:
    """Turn trained multi-head attention into grouped-query attention: a group's keys and values are the mean of its own.

    It is another function of x, to be trained a little further.
    Raises ShapeError if kv_heads do not divide the heads, ValueError for kv_heads below 1.
    Source: Ainslie et al. (2023), section 2.1.

    >>> layer = init(jax.random.key(0), d_model=8, heads=4, kv_heads=2)
    >>> bool(jnp.allclose(pool_heads(repeat_heads(layer), kv_heads=2).w_k, layer.w_k))
    True
    """
    require_sizes("pool_heads", kv_heads=kv_heads)
    _require_groups("pool_heads", params.w_k.shape[0], kv_heads)

    def pooled(w):
        return w.reshape(kv_heads, -1, *w.shape[1:]).mean(1)

    return GroupedQueryAttention(w_q=params.w_q, w_k=pooled(params.w_k), w_v=pooled(params.w_v), w_o=params.w_o)


def _require_tokens(name: str, tokens: jax.Array, params: GroupedQueryAttention) -> None:
    require_floats("grouped_query", tokens, name)
    width = params.w_q.shape[1]
    if tokens.ndim != 2 or tokens.shape[0] == 0 or tokens.shape[1] != width:
        raise ShapeError(
            "grouped_query",
            got=f"{name} of shape {tokens.shape}",
            want=f"shape (tokens, {width}), at least one token of width d_model",
            hint="one example at a time; for a batch, use jax.vmap",
        )


def _require_groups(where: str, heads: int, kv_heads: int) -> None:
    if heads % kv_heads:
        raise ShapeError(
            where, got=f"heads = {heads}, kv_heads = {kv_heads}", want="kv_heads that divide heads, equal groups"
        )
