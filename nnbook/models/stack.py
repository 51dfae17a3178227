"""Blocks on top of each other: the body of every Transformer here.

`PreNormStack` and `PostNormStack` are two records, because the first has one norm more; `apply` does what the
record says.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import require_key, require_sizes
from nnbook.layers import kv_cache, norm
from nnbook.layers.dropout import OptionalKey, split_key
from nnbook.layers.kv_cache import KVCache
from nnbook.models import block
from nnbook.models.block import Block, CrossBlock, Norm, Residual, Tokens, post_norm, pre_norm
from nnbook.pytree import params

AnyBlock = TypeVar("AnyBlock")


@params
class PreNormStack:
    """Blocks that normalise what goes into their parts, and a norm behind the last."""

    blocks: tuple[Block | CrossBlock, ...]  # one kind all through
    final_norm: Norm


@params
class PostNormStack:
    """Blocks that normalise what comes out of their parts, as in the Transformer's paper."""

    blocks: tuple[Block | CrossBlock, ...]  # one kind all through


Stack = PreNormStack | PostNormStack
DrawBlock = Callable[[Key[Array, ""]], Block | CrossBlock]


def init_pre_norm(key: Key[Array, ""], *, layers: int, draw: DrawBlock) -> PreNormStack:
    """Draw so many blocks, each by draw(key), and the final norm, of the kind the blocks have.

    Raises TypeError for a key that is not one, ValueError for fewer than one layer.
    Source: Xiong et al. (2020), table 1.

    >>> draw = lambda key: block.init(key, d_model=8, heads=2, d_hidden=32)
    >>> jax.eval_shape(lambda: init_pre_norm(jax.random.key(0), layers=2, draw=draw)).final_norm.scale.shape
    (8,)
    """
    blocks = _draw_all("stack.init_pre_norm", key, layers, draw)
    last = blocks[-1].block if isinstance(blocks[-1], CrossBlock) else blocks[-1]
    # No norm is drawn by chance, so a fresh one is like any other; a copy, or one buffer would be two leaves.
    return PreNormStack(blocks=blocks, final_norm=jax.tree.map(jnp.copy, last.feed_forward_norm))


def init_post_norm(key: Key[Array, ""], *, layers: int, draw: DrawBlock) -> PostNormStack:
    """Draw so many blocks, each by draw(key).

    Raises TypeError for a key that is not one, ValueError for fewer than one layer.
    Source: Vaswani et al. (2017), section 3.1.

    >>> draw = lambda key: block.init(key, d_model=8, heads=2, d_hidden=32)
    >>> len(jax.eval_shape(lambda: init_post_norm(jax.random.key(0), layers=2, draw=draw)).blocks)
    2
    """
    return PostNormStack(blocks=_draw_all("stack.init_post_norm", key, layers, draw))


def apply(
    params: Stack,
    x: Tokens,
    mask: Bool[Array, "*#heads t t"] | None = None,
    bias: Float[Array, "*#heads t t"] | None = None,
    *,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Tokens:
    """Pass the tokens through every block of self-attention, under the same mask and bias.

    Raises ShapeError and TypeError for tokens, masks or biases that do not fit.
    Source: Vaswani et al. (2017), section 3.1.

    >>> draw = lambda key: block.init(key, d_model=8, heads=2, d_hidden=32)
    >>> layers = jax.eval_shape(lambda: init_pre_norm(jax.random.key(0), layers=2, draw=draw))
    >>> jax.eval_shape(apply, layers, jax.numpy.ones((3, 8))).shape
    (3, 8)
    """
    residual = _residual(params)
    for layer, layer_key in zip(_blocks(params, Block), split_key("stack.apply", key, len(params.blocks)), strict=True):
        x = block.apply(layer, x, mask, bias, residual=residual, dropout_rate=dropout_rate, key=layer_key)
    return _finish(params, x)


def apply_cross(
    params: Stack,
    x: Tokens,
    context: Float[Array, "s d_model"],
    mask: Bool[Array, "*#heads t t"] | None = None,
    context_mask: Bool[Array, "*#heads t s"] | None = None,
    *,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Tokens:
    """Pass the tokens through every block of self- and cross-attention; all look at the same context.

    Raises as `apply` does. Source: Vaswani et al. (2017), section 3.1, "Decoder".

    >>> draw = lambda key: block.init_cross(key, d_model=8, heads=2, d_hidden=32)
    >>> layers = jax.eval_shape(lambda: init_post_norm(jax.random.key(0), layers=2, draw=draw))
    >>> jax.eval_shape(apply_cross, layers, jax.numpy.ones((3, 8)), jax.numpy.ones((5, 8))).shape
    (3, 8)
    """
    residual = _residual(params)
    for layer, layer_key in zip(
        _blocks(params, CrossBlock), split_key("stack.apply_cross", key, len(params.blocks)), strict=True
    ):
        x = block.apply_cross(
            layer, x, context, mask, context_mask, residual=residual, dropout_rate=dropout_rate, key=layer_key
        )
    return _finish(params, x)


def init_caches(params: Stack, *, capacity: int) -> tuple[KVCache, ...]:
    """Make an empty cache for each block, with room for so many tokens.

    >>> draw = lambda key: block.init(key, d_model=8, heads=2, d_hidden=32)
    >>> layers = jax.eval_shape(lambda: init_pre_norm(jax.random.key(0), layers=2, draw=draw))
    >>> len(init_caches(layers, capacity=16))
    2
    """
    return tuple(kv_cache.init_for(layer.attention, capacity=capacity) for layer in _blocks(params, Block))


def apply_cached(params: Stack, x: Tokens, caches: tuple[KVCache, ...]) -> tuple[Tokens, tuple[KVCache, ...]]:
    """Pass new tokens through every block of causal self-attention, each over its cache; give the longer caches too.

    Raises ShapeError for tokens or caches that do not fit.

    >>> draw = lambda key: block.init(key, d_model=8, heads=2, d_hidden=32)
    >>> layers = jax.eval_shape(lambda: init_pre_norm(jax.random.key(0), layers=2, draw=draw))
    >>> empty = init_caches(layers, capacity=16)
    >>> output, caches = jax.eval_shape(apply_cached, layers, jax.numpy.ones((3, 8)), empty)
    >>> output.shape, len(caches)
    ((3, 8), 2)
    """
    longer = []
    for layer, cache in zip(_blocks(params, Block), caches, strict=True):
        x, cache = block.apply_cached(layer, x, cache, residual=_residual(params))
        longer.append(cache)
    return _finish(params, x), tuple(longer)


def _draw_all(where: str, key: Key[Array, ""], layers: int, draw: DrawBlock) -> tuple:
    require_key(where, key)
    require_sizes(where, layers=layers)
    return tuple(draw(layer_key) for layer_key in jax.random.split(key, layers))


def _blocks(params: Stack, kind: type[AnyBlock]) -> list[AnyBlock]:
    layers: tuple[Any, ...] = params.blocks
    blocks = [layer for layer in layers if isinstance(layer, kind)]
    if len(blocks) < len(layers):
        found = sorted({type(layer).__name__ for layer in layers} - {kind.__name__})
        hint = "apply looks at one text, apply_cross at two"
        raise TypeError(f"stack: got blocks of type {', '.join(found)}; wants {kind.__name__}. Hint: {hint}")
    return blocks


def _residual(params: Stack) -> Residual:
    return pre_norm if isinstance(params, PreNormStack) else post_norm


def _finish(params: Stack, x: Tokens) -> Tokens:
    return norm.apply(params.final_norm, x) if isinstance(params, PreNormStack) else x
