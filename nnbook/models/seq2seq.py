"""The encoder-decoder Transformer: one half reads a text, the other writes another and looks at the first while it does."""

from collections.abc import Callable
from functools import partial

import jax
from jaxtyping import Array, Bool, Float, Int, Key

from nnbook.errors import require_key
from nnbook.layers import embedding, positions
from nnbook.layers.dropout import OptionalKey, split_key
from nnbook.layers.masks import causal_mask, cross_mask, padding_mask
from nnbook.layers.positions import Positions
from nnbook.models import block, stack, token_input
from nnbook.models.block import Block, CrossBlock
from nnbook.models.stack import Stack
from nnbook.models.token_input import TokenInput
from nnbook.pytree import params


@params
class Seq2Seq:
    """One input for both texts, whose table gives the logits too; the blocks that read, and those that write."""

    input: TokenInput
    encoder: Stack
    decoder: Stack


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
    cross_blocks: Callable[..., CrossBlock] = block.init_cross,
    stacks: Callable[..., Stack] = stack.init_post_norm,
    positions: Callable[..., Positions] = positions.init_sinusoidal,
) -> Seq2Seq:
    """Draw so many layers for each half; both texts share the vocabulary, and have up to `context` tokens.

    As it stands it is the Transformer of the paper, post-norm and with sinusoidal positions. The functions choose
    another kind, as in `encoder.init`.
    Raises ShapeError if heads do not divide d_model, TypeError for a key that is not one, ValueError for a size below 1.
    Source: Vaswani et al. (2017), section 3.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> len(jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes)).decoder.blocks)
    2
    """
    require_key("seq2seq.init", key)
    key_input, key_encoder, key_decoder = jax.random.split(key, 3)
    sizes = {"d_model": d_model, "heads": heads, "d_hidden": d_hidden}
    return Seq2Seq(
        input=token_input.init(key_input, vocabulary=vocabulary, context=context, d_model=d_model, positions=positions),
        encoder=stacks(key_encoder, layers=layers, draw=partial(blocks, **sizes)),
        decoder=stacks(key_decoder, layers=layers, draw=partial(cross_blocks, **sizes)),
    )


def encode(
    params: Seq2Seq,
    source: Int[Array, "s"],
    source_valid: Bool[Array, "s"] | None = None,
    *,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Float[Array, "s d_model"]:
    """Read the source once: a vector for each of its tokens, for `decode` to look at.

    source_valid is True for tokens and False for padding, which no token sees.
    Raises ShapeError if source is not one text or source_valid does not fit, TypeError for wrong dtypes.
    Source: Vaswani et al. (2017), section 3.1, "Encoder".

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> jax.eval_shape(encode, model, jax.numpy.array([3, 1, 4])).shape
    (3, 8)
    """
    key_input, key_stack = split_key("seq2seq.encode", key, 2)
    x = token_input.apply(params.input, source, dropout_rate=dropout_rate, key=key_input)
    mask = None if source_valid is None else padding_mask(source_valid)
    return stack.apply(params.encoder, x, mask, dropout_rate=dropout_rate, key=key_stack)


def decode(
    params: Seq2Seq,
    target: Int[Array, "t"],
    memory: Float[Array, "s d_model"],
    source_valid: Bool[Array, "s"] | None = None,
    *,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Float[Array, "t vocabulary"]:
    """Score, after each token of the target so far, what may come next, while looking at the encoded source.

    The target begins with a start token. memory is what `encode` gave; its padding is not looked at. Padding at the end
    of the target needs no mask, for nobody looks ahead.
    Raises ShapeError if target is not one text or memory or source_valid does not fit, TypeError for wrong dtypes.
    Source: Vaswani et al. (2017), section 3.1, "Decoder".

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> memory = jax.eval_shape(encode, model, jax.numpy.array([3, 1, 4]))
    >>> jax.eval_shape(decode, model, jax.numpy.array([1, 7]), memory).shape
    (2, 10)
    """
    key_input, key_stack = split_key("seq2seq.decode", key, 2)
    x = token_input.apply(params.input, target, dropout_rate=dropout_rate, key=key_input)
    t = x.shape[0]
    context_mask = None if source_valid is None else cross_mask(t, source_valid)
    hidden = stack.apply_cross(
        params.decoder, x, memory, causal_mask(t), context_mask, dropout_rate=dropout_rate, key=key_stack
    )
    return embedding.logits(params.input.embedding, hidden)


def apply(
    params: Seq2Seq,
    source: Int[Array, "s"],
    target: Int[Array, "t"],
    source_valid: Bool[Array, "s"] | None = None,
    *,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Float[Array, "t vocabulary"]:
    """Read the source and score, after each token of the target, what comes next: what is trained.

    Raises as `encode` and `decode` do. Source: Vaswani et al. (2017), section 3.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> jax.eval_shape(apply, model, jax.numpy.array([3, 1, 4]), jax.numpy.array([1, 7])).shape
    (2, 10)
    """
    key_encoder, key_decoder = split_key("seq2seq.apply", key, 2)
    memory = encode(params, source, source_valid, dropout_rate=dropout_rate, key=key_encoder)
    return decode(params, target, memory, source_valid, dropout_rate=dropout_rate, key=key_decoder)
