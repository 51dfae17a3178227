"""The encoder: a Transformer in which every token sees the whole text, to understand it."""

from collections.abc import Callable
from functools import partial

import jax
from jaxtyping import Array, Bool, Float, Int, Key

from nnbook.errors import require_key
from nnbook.layers import positions
from nnbook.layers.dropout import OptionalKey, split_key
from nnbook.layers.masks import padding_mask
from nnbook.layers.positions import Positions
from nnbook.models import block, stack, token_input
from nnbook.models.block import Block
from nnbook.models.stack import Stack
from nnbook.models.token_input import TokenInput
from nnbook.pytree import params


@params
class Encoder:
    """What turns tokens into vectors, and the blocks."""

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
) -> Encoder:
    """Draw an encoder of so many layers for texts of up to `context` tokens.

    The functions choose its kind: `blocks` the parts, `stacks` is `init_pre_norm` or `init_post_norm`, `positions` is
    `init_learned` or `init_sinusoidal`.
    Raises ShapeError if heads do not divide d_model, TypeError for a key that is not one, ValueError for a size below 1.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> len(jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes)).stack.blocks)
    2
    """
    require_key("encoder.init", key)
    key_input, key_stack = jax.random.split(key)
    return Encoder(
        input=token_input.init(key_input, vocabulary=vocabulary, context=context, d_model=d_model, positions=positions),
        stack=stacks(key_stack, layers=layers, draw=partial(blocks, d_model=d_model, heads=heads, d_hidden=d_hidden)),
    )


def apply(
    params: Encoder,
    ids: Int[Array, "t"],
    valid: Bool[Array, "t"] | None = None,
    *,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Float[Array, "t d_model"]:
    """Give each token a vector that knows the whole text. valid is True for tokens and False for padding.

    No token sees the padding; the rows at its places mean nothing. A text of nothing but padding gives NaN, and makes the
    gradients of the whole batch NaN, even where its rows are left out of the loss: leave such texts out beforehand, or
    call their first place valid and leave their rows out.
    Raises ShapeError if ids are not one text, it is longer than the learned positions, or valid does not fit; TypeError
    if ids are not whole numbers or valid not booleans.
    Source: Vaswani et al. (2017), section 3.1; Devlin et al. (2019).

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> jax.eval_shape(apply, model, jax.numpy.array([3, 1, 4])).shape
    (3, 8)
    """
    key_input, key_stack = split_key("encoder.apply", key, 2)
    x = token_input.apply(params.input, ids, dropout_rate=dropout_rate, key=key_input)
    mask = None if valid is None else padding_mask(valid)
    return stack.apply(params.stack, x, mask, dropout_rate=dropout_rate, key=key_stack)
