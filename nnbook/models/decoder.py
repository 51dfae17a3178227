"""The decoder: a Transformer in which a token sees only itself and what came before, to write what comes next.

This is the kind that GPT is; under an encoder it has cross-attention too, see `nnbook.models.seq2seq`.
"""

from collections.abc import Callable
from functools import partial

import jax
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import require_key
from nnbook.layers import embedding, positions
from nnbook.layers.dropout import OptionalKey, split_key
from nnbook.layers.kv_cache import KVCache
from nnbook.layers.masks import causal_mask
from nnbook.layers.positions import Positions
from nnbook.models import block, stack, token_input
from nnbook.models.block import Block
from nnbook.models.stack import Stack
from nnbook.models.token_input import TokenInput
from nnbook.pytree import params


@params
class Decoder:
    """What turns tokens into vectors, and the blocks. The output layer is the embedding's table once more."""

    input: TokenInput
    stack: Stack


def init(
    key: Key[Array, ""],
    *,
    vocabulary: int,
    context: int,
    d_model: int,
    heads: int,
    layers: int,
    d_hidden: int,
    blocks: Callable[..., Block] = block.init,
    stacks: Callable[..., Stack] = stack.init_pre_norm,
    positions: Callable[..., Positions] = positions.init_learned,
) -> Decoder:
    """Draw a decoder of so many layers for texts of up to `context` tokens.

    The functions choose its kind, as in `encoder.init`.
    Raises ShapeError if heads do not divide d_model, TypeError for a key that is not one, ValueError for a size below 1.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> len(jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes)).stack.blocks)
    2
    """
    require_key("decoder.init", key)
    key_input, key_stack = jax.random.split(key)
    return Decoder(
        input=token_input.init(key_input, vocabulary=vocabulary, context=context, d_model=d_model, positions=positions),
        stack=stacks(key_stack, layers=layers, draw=partial(blocks, d_model=d_model, heads=heads, d_hidden=d_hidden)),
    )


def apply(
    params: Decoder, ids: Int[Array, "t"], *, dropout_rate: float = 0.0, key: OptionalKey = None
) -> Float[Array, "t vocabulary"]:
    """Score, after each token of a text, what may come next: row p holds the logits of token p + 1.

    Padding at the end needs no mask, for nobody looks ahead; leave its rows out of the loss.
    Raises ShapeError if ids are not one text, or it is longer than the learned positions; TypeError if ids are not whole
    numbers.
    Source: Radford et al. (2018), section 3.1; Vaswani et al. (2017), section 3.2.3 for the mask, 3.4 for the logits.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> jax.eval_shape(apply, model, jax.numpy.array([3, 1, 4])).shape
    (3, 10)
    """
    key_input, key_stack = split_key("decoder.apply", key, 2)
    x = token_input.apply(params.input, ids, dropout_rate=dropout_rate, key=key_input)
    hidden = stack.apply(params.stack, x, causal_mask(x.shape[0]), dropout_rate=dropout_rate, key=key_stack)
    return embedding.logits(params.input.embedding, hidden)


def init_caches(params: Decoder, *, capacity: int) -> tuple[KVCache, ...]:
    """Make an empty cache for each layer, with room for a text of so many tokens.

    Raises TypeError and ValueError for a capacity that is none.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> init_caches(model, capacity=6)[0].keys.shape
    (2, 6, 4)
    """
    return stack.init_caches(params.stack, capacity=capacity)


def step(
    params: Decoder, ids: Int[Array, "t"], caches: tuple[KVCache, ...]
) -> tuple[Float[Array, "t vocabulary"], tuple[KVCache, ...]]:
    """Read t more tokens of a text whose beginning is in the caches; give their logits and the longer caches.

    A prompt goes in at once, then one token after the other. The logits are those `apply` gives for the whole text.
    Raises ShapeError and TypeError as `apply` does. Where the caches or learned positions are too short for the text
    so far, the logits are NaN.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> prompt, token = jax.numpy.array([3, 1, 4]), jax.numpy.array([1])
    >>> logits, caches = jax.eval_shape(step, model, prompt, init_caches(model, capacity=6))
    >>> logits, caches = jax.eval_shape(step, model, token, caches)
    >>> logits.shape, caches[0].keys.shape
    ((1, 10), (2, 6, 4))
    """
    x = token_input.apply(params.input, ids, start=caches[0].length)
    hidden, caches = stack.apply_cached(params.stack, x, caches)
    return embedding.logits(params.input.embedding, hidden), caches
