"""The key-value cache: a decoder that writes one token at a time keeps what earlier tokens answered.

Keys and values of a token do not change when later ones come, because nobody looks ahead. Kept, they are computed
once: a new token then costs one query over what is stored, instead of the whole text again.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnbook.errors import ShapeError, require_one_dtype, require_sizes
from nnbook.layers.attention_kinds import Attention, module_of
from nnbook.layers.biased_multi_head import BiasedMultiHeadAttention, with_zero_biases
from nnbook.layers.grouped_query import attend_in_groups
from nnbook.layers.multi_head import MultiHeadAttention
from nnbook.pytree import params


@params
class KVCache:
    """The keys and values of the first `length` places; those after it are still empty.

    Its heads are those of keys and values: where groups of queries share them, there are fewer than heads of queries.
    """

    keys: Float[Array, "kv_heads capacity d_k"]
    values: Float[Array, "kv_heads capacity d_v"]
    length: Int[Array, ""]


def init(*, heads: int, capacity: int, d_k: int, d_v: int | None = None) -> KVCache:
    """Make an empty cache with room for so many tokens. d_v defaults to d_k.

    It holds heads · capacity · (d_k + d_v) numbers for each layer of a decoder.
    Raises TypeError and ValueError for sizes that are none.

    >>> init(heads=2, capacity=8, d_k=4).keys.shape
    (2, 8, 4)
    """
    d_v = d_k if d_v is None else d_v
    require_sizes("kv_cache.init", heads=heads, capacity=capacity, d_k=d_k, d_v=d_v)
    return KVCache(
        keys=jnp.zeros((heads, capacity, d_k)), values=jnp.zeros((heads, capacity, d_v)), length=jnp.array(0, jnp.int32)
    )


def init_for(params: Attention, *, capacity: int) -> KVCache:
    """Make an empty cache of the sizes and the dtype of this attention's keys and values.

    Raises TypeError and ValueError for a capacity that is none, TypeError for params of no kind of attention.

    >>> from nnbook.layers import multi_head
    >>> attention = jax.eval_shape(lambda: multi_head.init(jax.random.key(0), d_model=8, heads=2))
    >>> init_for(attention, capacity=16).keys.shape
    (2, 16, 4)
    """
    module_of("kv_cache.init_for", params)
    weights = params.weights if isinstance(params, BiasedMultiHeadAttention) else params
    heads, _, d_k = weights.w_k.shape
    cache = init(heads=heads, capacity=capacity, d_k=d_k, d_v=weights.w_v.shape[-1])
    return KVCache(
        keys=cache.keys.astype(weights.w_k.dtype), values=cache.values.astype(weights.w_v.dtype), length=cache.length
    )


def append(cache: KVCache, keys: Float[Array, "kv_heads t d_k"], values: Float[Array, "kv_heads t d_v"]) -> KVCache:
    """Store the keys and values of t more tokens behind those that are there.

    How full a cache is, is not known while it is compiled: where the room does not suffice, NaN is stored, so that
    nothing goes on as if all were well.
    Raises ShapeError if they do not fit the cache, or are more than it could ever hold; TypeError if they have another
    dtype than the cache, to which `init_for` gives that of the weights.

    >>> append(init(heads=1, capacity=4, d_k=2), jnp.ones((1, 3, 2)), jnp.ones((1, 3, 2))).length.item()
    3
    """
    for name, new, old in (("keys", keys, cache.keys), ("values", values, cache.values)):
        t, capacity = new.shape[-2] if new.ndim == 3 else 0, old.shape[1]
        if new.shape != (old.shape[0], t, old.shape[2]) or not 1 <= t <= capacity or keys.shape[1] != t:
            raise ShapeError(
                "kv_cache.append",
                got=f"{name} of shape {new.shape} for a cache of shape {old.shape}",
                want=f"shape ({old.shape[0]}, t, {old.shape[2]}) with t from 1 to {capacity}, the same for keys and values",
            )
        require_one_dtype("kv_cache.append", cache=old, **{name: new})
    length = cache.length + keys.shape[1]
    full = length > cache.keys.shape[1]

    def stored(old: jax.Array, new: jax.Array) -> jax.Array:
        return jax.lax.dynamic_update_slice_in_dim(old, jnp.where(full, jnp.nan, new), cache.length, axis=1)

    return KVCache(keys=stored(cache.keys, keys), values=stored(cache.values, values), length=length)


def attend_cached(
    cache: KVCache, q: Float[Array, "heads t d_k"], bias: Float[Array, "*#heads t capacity"] | None = None
) -> Float[Array, "heads t d_v"]:
    """Let the last t of the stored tokens look at themselves and at all before them.

    Append their keys and values first. The empty places have weight 0. bias is added to the scores. Where the cache has
    fewer heads than q, each serves a group of queries.
    Raises ShapeError if q does not fit the cache.
    Source: the formula is that of Vaswani et al. (2017), eq. (1), with the mask of section 3.2.3; groups, Ainslie et al.
    (2023), section 2.2.

    >>> cache = append(init(heads=1, capacity=4, d_k=2), jnp.ones((1, 3, 2)), 5 * jnp.ones((1, 3, 2)))
    >>> attend_cached(cache, jnp.ones((1, 1, 2))).round(3).tolist()
    [[[5.0, 5.0]]]
    """
    t, capacity = q.shape[-2], cache.keys.shape[1]
    places = cache.length - t + jnp.arange(t)
    mask = jnp.arange(capacity)[None, :] <= places[:, None]
    return attend_in_groups(q, cache.keys, cache.values, mask, bias)


def apply_cached(
    params: Attention,
    x: Float[Array, "t d_model"],
    cache: KVCache,
    bias: Float[Array, "*#heads t capacity"] | None = None,
) -> tuple[Float[Array, "t d_model"], KVCache]:
    """Causal self-attention of t new tokens over all tokens so far; give their results and the longer cache.

    The same numbers as the last t rows of self-attention over the whole text with a causal mask.
    Raises ShapeError and TypeError for tokens or a cache that do not fit the weights, TypeError for params of no kind of
    attention.
    Source: Vaswani et al. (2017), section 3.2.2 and 3.2.3.

    >>> from nnbook.layers import multi_head
    >>> attention = jax.eval_shape(lambda: multi_head.init(jax.random.key(0), d_model=8, heads=2))
    >>> output, cache = jax.eval_shape(apply_cached, attention, jnp.ones((3, 8)), init_for(attention, capacity=16))
    >>> output.shape, cache.keys.shape
    ((3, 8), (2, 16, 4))
    """
    if isinstance(params, MultiHeadAttention):
        params = with_zero_biases(params)
    module = module_of("kv_cache.apply_cached", params)
    q = module.queries(params, x)
    cache = append(cache, *module.keys_and_values(params, x))
    return module.mix(params, attend_cached(cache, q, bias)), cache
