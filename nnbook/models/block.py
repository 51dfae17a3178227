"""One block of a Transformer: attention, then a feed-forward network, each with a residual connection and a norm.

Where the norm stands is a choice between two functions: `pre_norm` or `post_norm`, handed over as `residual`. What
the parts are, the records say: attention with or without biases, or with shared keys and values; ReLU, GELU or SwiGLU;
layer norm or RMS norm.
"""

from collections.abc import Callable
from functools import partial

import jax
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import require_key, require_sizes
from nnbook.layers import feed_forward, kv_cache, multi_head, norm
from nnbook.layers.attention_kinds import Attention, module_of
from nnbook.layers.dropout import OptionalKey, dropout, split_key
from nnbook.layers.feed_forward import FeedForward
from nnbook.layers.kv_cache import KVCache
from nnbook.layers.norm import LayerNorm, RMSNorm
from nnbook.pytree import params

Norm = LayerNorm | RMSNorm
Tokens = Float[Array, "t d_model"]
Residual = Callable[[Norm, jax.Array, Callable[[jax.Array], jax.Array]], jax.Array]


@params
class Block:
    """Self-attention and a feed-forward network, and the norm of each."""

    attention: Attention
    feed_forward: FeedForward
    attention_norm: Norm
    feed_forward_norm: Norm


@params
class CrossBlock:
    """A block that looks at another text between its two parts: what a decoder under an encoder is made of."""

    block: Block
    cross_attention: Attention
    cross_norm: Norm


def pre_norm(norm_params: Norm, x: Tokens, sublayer: Callable[[Tokens], Tokens]) -> Tokens:
    """Normalise what goes into the part: x + sublayer(norm(x)). The way along x stays free, and deep stacks train easily.

    A stack of such blocks needs one more norm at its end.
    Source: Xiong et al. (2020), figure 1(b); Baevski and Auli (2019).

    >>> pre_norm(norm.init_rms_norm(features=1), jax.numpy.array([[5.0]]), lambda x: 10 * x).round(2).tolist()
    [[15.0]]
    """
    return x + sublayer(norm.apply(norm_params, x))


def post_norm(norm_params: Norm, x: Tokens, sublayer: Callable[[Tokens], Tokens]) -> Tokens:
    """Normalise the sum: norm(x + sublayer(x)), as in the Transformer's paper. Deep stacks need a warm-up to train.

    Source: Vaswani et al. (2017), section 3.1.

    >>> post_norm(norm.init_rms_norm(features=1), jax.numpy.array([[5.0]]), lambda x: 10 * x).round(2).tolist()
    [[1.0]]
    """
    return norm.apply(norm_params, x + sublayer(x))


def init(
    key: Key[Array, ""],
    *,
    d_model: int,
    heads: int,
    d_hidden: int,
    attention: Callable[..., Attention] = multi_head.init,
    feed_forward: Callable[..., FeedForward] = feed_forward.init_relu,
    norm: Callable[..., Norm] = norm.init_layer_norm,
) -> Block:
    """Draw a block whose feed-forward network is d_hidden wide inside, its parts by the functions given.

    As they stand the parts are those of the first Transformer. `biased_multi_head.init` with `init_gelu` makes BERT's and
    GPT-2's, `init_swiglu` with `init_rms_norm` the kind that LLaMA has; `partial(grouped_query.init, kv_heads=2)` shares
    keys and values.
    Raises ShapeError if heads do not divide d_model, TypeError for a key that is not one, ValueError for a size below 1.
    Source: Vaswani et al. (2017), section 3.1.

    >>> jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2, d_hidden=32)).attention.w_q.shape
    (2, 8, 4)
    """
    require_key("block.init", key)
    require_sizes("block.init", d_model=d_model, heads=heads, d_hidden=d_hidden)
    key_attention, key_feed_forward = jax.random.split(key)
    return Block(
        attention=attention(key_attention, d_model=d_model, heads=heads),
        feed_forward=feed_forward(key_feed_forward, d_model=d_model, d_hidden=d_hidden),
        attention_norm=norm(features=d_model),
        feed_forward_norm=norm(features=d_model),
    )


def init_cross(
    key: Key[Array, ""],
    *,
    d_model: int,
    heads: int,
    d_hidden: int,
    attention: Callable[..., Attention] = multi_head.init,
    feed_forward: Callable[..., FeedForward] = feed_forward.init_relu,
    norm: Callable[..., Norm] = norm.init_layer_norm,
) -> CrossBlock:
    """Draw a block with cross-attention, its parts by the functions given.

    Raises as `init` does.
    Source: Vaswani et al. (2017), section 3.1, "Decoder".

    >>> jax.eval_shape(lambda: init_cross(jax.random.key(0), d_model=8, heads=2, d_hidden=32)).cross_norm.scale.shape
    (8,)
    """
    require_key("block.init_cross", key)
    key_block, key_cross = jax.random.split(key)
    draw = partial(init, attention=attention, feed_forward=feed_forward, norm=norm)
    return CrossBlock(
        block=draw(key_block, d_model=d_model, heads=heads, d_hidden=d_hidden),
        cross_attention=attention(key_cross, d_model=d_model, heads=heads),
        cross_norm=norm(features=d_model),
    )


def apply(
    params: Block,
    x: Tokens,
    mask: Bool[Array, "*#heads t t"] | None = None,
    bias: Float[Array, "*#heads t t"] | None = None,
    *,
    residual: Residual,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Tokens:
    """Let the tokens look at each other, then work on each alone; residual is `pre_norm` or `post_norm`.

    Dropout falls on what each part adds, as in the paper; without a rate there is none.
    Raises ShapeError and TypeError for tokens, masks or biases that do not fit.
    Source: Vaswani et al. (2017), section 3.1; dropout, section 5.4.

    >>> layer = jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2, d_hidden=32))
    >>> jax.eval_shape(partial(apply, residual=pre_norm), layer, jax.numpy.ones((3, 8))).shape
    (3, 8)
    """
    key_attention, key_feed_forward = split_key("block.apply", key, 2)

    def look(x: Tokens) -> Tokens:
        return dropout(_attend(params.attention, x, x, mask, bias), rate=dropout_rate, key=key_attention)

    x = residual(params.attention_norm, x, look)
    return _think(params, x, residual, dropout_rate, key_feed_forward)


def apply_cross(
    params: CrossBlock,
    x: Tokens,
    context: Float[Array, "s d_model"],
    mask: Bool[Array, "*#heads t t"] | None = None,
    context_mask: Bool[Array, "*#heads t s"] | None = None,
    *,
    residual: Residual,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Tokens:
    """Let the tokens look at each other, then at those of context, then work on each alone.

    Raises and drops as `apply` does. Source: Vaswani et al. (2017), section 3.1, "Decoder".

    >>> layer = jax.eval_shape(lambda: init_cross(jax.random.key(0), d_model=8, heads=2, d_hidden=32))
    >>> x, context = jax.numpy.ones((3, 8)), jax.numpy.ones((5, 8))
    >>> jax.eval_shape(partial(apply_cross, residual=post_norm), layer, x, context).shape
    (3, 8)
    """
    key_attention, key_cross, key_feed_forward = split_key("block.apply_cross", key, 3)

    def look(x: Tokens) -> Tokens:
        return dropout(_attend(params.block.attention, x, x, mask), rate=dropout_rate, key=key_attention)

    def look_across(x: Tokens) -> Tokens:
        return dropout(_attend(params.cross_attention, x, context, context_mask), rate=dropout_rate, key=key_cross)

    x = residual(params.block.attention_norm, x, look)
    x = residual(params.cross_norm, x, look_across)
    return _think(params.block, x, residual, dropout_rate, key_feed_forward)


def apply_cached(params: Block, x: Tokens, cache: KVCache, *, residual: Residual) -> tuple[Tokens, KVCache]:
    """Let new tokens look at all so far, through the cache, then work on each; give the longer cache too.

    The same numbers as the last rows of `apply` over the whole text with a causal mask.
    Raises ShapeError for tokens or a cache that do not fit.

    >>> layer = jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2, d_hidden=32))
    >>> empty = kv_cache.init_for(layer.attention, capacity=16)
    >>> jax.eval_shape(partial(apply_cached, residual=pre_norm), layer, jax.numpy.ones((3, 8)), empty)[0].shape
    (3, 8)
    """

    def look(x: Tokens) -> Tokens:
        nonlocal cache  # beside what it adds, attention gives a longer cache
        output, cache = kv_cache.apply_cached(params.attention, x, cache)
        return output

    x = residual(params.attention_norm, x, look)
    return _think(params, x, residual), cache


def _attend(
    attention: Attention, x: Tokens, context: jax.Array, mask: jax.Array | None, bias: jax.Array | None = None
) -> jax.Array:
    return module_of("block", attention).apply_cross(attention, x, context, mask, bias)


def _think(params: Block, x: Tokens, residual: Residual, rate: float = 0.0, key: OptionalKey = None) -> Tokens:
    def work(x: Tokens) -> Tokens:
        return dropout(feed_forward.apply(params.feed_forward, x), rate=rate, key=key)

    return residual(params.feed_forward_norm, x, work)
