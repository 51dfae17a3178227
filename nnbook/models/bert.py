"""BERT: an encoder whose texts come in two segments, with one more layer to read a pair of them as a whole."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from nnbook.errors import ShapeError, require_key, require_sizes
from nnbook.layers import biased_multi_head, embedding, feed_forward, linear, norm, positions
from nnbook.layers.activations import tanh
from nnbook.layers.embedding import Embedding
from nnbook.layers.linear import Linear
from nnbook.layers.masks import padding_mask
from nnbook.layers.norm import LayerNorm
from nnbook.layers.positions import LearnedPositions
from nnbook.models import block, stack
from nnbook.models.block import Block
from nnbook.models.stack import PostNormStack
from nnbook.pytree import params


@params
class BERT:
    """Embeddings of tokens, places and segments, the norm of their sum, the blocks, and the pooler."""

    tokens: Embedding
    positions: LearnedPositions
    segments: Embedding
    input_norm: LayerNorm
    stack: PostNormStack
    pooler: Linear


def init(
    key: Key[Array, ""], *, vocabulary: int, context: int, d_model: int, heads: int, layers: int, d_hidden: int
) -> BERT:
    """Draw a BERT for two segments and texts of up to `context` tokens: post-norm, with biases and GELU.

    Raises ShapeError if heads do not divide d_model, TypeError for a key that is not one, ValueError for a size below 1.
    Source: Devlin et al. (2019), section 3.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes)).pooler.w.shape
    (8, 8)
    """
    require_key("bert.init", key)
    require_sizes("bert.init", vocabulary=vocabulary, context=context, d_model=d_model)
    key_tokens, key_positions, key_segments, key_stack, key_pooler = jax.random.split(key, 5)

    def draw(key: Key[Array, ""]) -> Block:
        return block.init(
            key,
            d_model=d_model,
            heads=heads,
            d_hidden=d_hidden,
            attention=biased_multi_head.init,
            feed_forward=feed_forward.init_gelu,
        )

    return BERT(
        tokens=embedding.init(key_tokens, vocabulary=vocabulary, d_model=d_model),
        positions=positions.init_learned(key_positions, length=context, d_model=d_model),
        segments=embedding.init(key_segments, vocabulary=2, d_model=d_model),
        input_norm=norm.init_layer_norm(features=d_model),
        stack=stack.init_post_norm(key_stack, layers=layers, draw=draw),
        pooler=linear.init(key_pooler, inputs=d_model, outputs=d_model),
    )


def apply(
    params: BERT, ids: Int[Array, "t"], segments: Int[Array, "t"], valid: Bool[Array, "t"] | None = None
) -> Float[Array, "t d_model"]:
    """Give each token a vector that knows the whole text. segments says 0 or 1 for each, valid is False for padding.

    Raises ShapeError if ids, segments and valid are not one text of at most `context` tokens, TypeError for wrong dtypes.
    Source: Devlin et al. (2019), figure 2.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> jax.eval_shape(apply, model, jnp.array([1, 7, 2]), jnp.array([0, 0, 1])).shape
    (3, 8)
    """
    if ids.ndim != 1 or ids.size == 0 or segments.shape != ids.shape:
        raise ShapeError(
            "bert",
            got=f"ids of shape {ids.shape} and segments of shape {segments.shape}",
            want="shape (t,), the same for both, at least one token",
            hint="one example at a time; for a batch, use jax.vmap",
        )
    where = positions.apply(params.positions, jnp.arange(ids.shape[0]), d_model=params.tokens.table.shape[1])
    x = embedding.apply(params.tokens, ids) + where + embedding.apply(params.segments, segments)
    mask = None if valid is None else padding_mask(valid)
    return stack.apply(params.stack, norm.apply(params.input_norm, x), mask)


def pool(params: BERT, hidden: Float[Array, "t d_model"]) -> Float[Array, "d_model"]:
    """Read the text as a whole off its first token, the class token: tanh of a linear layer.

    Source: Devlin et al. (2019), section 3, "C"; the layer is in the published code.

    >>> sizes = {"d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, **sizes))
    >>> jax.eval_shape(pool, model, jnp.ones((3, 8))).shape
    (8,)
    """
    return tanh(linear.apply(params.pooler, hidden[0]))
