"""How a text enters a Transformer: each token's embedding, times √d_model, plus what says where it stands."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import ShapeError, require_key, require_sizes
from nnbook.layers import embedding, positions
from nnbook.layers.dropout import OptionalKey, dropout
from nnbook.layers.embedding import Embedding
from nnbook.layers.positions import Positions
from nnbook.pytree import params


@params
class TokenInput:
    """The embedding of the tokens, and the positions: learned, or sinusoidal and empty."""

    embedding: Embedding
    positions: Positions


def init(
    key: Key[Array, ""],
    *,
    vocabulary: int,
    context: int,
    d_model: int,
    positions: Callable[..., Positions] = positions.init_learned,
) -> TokenInput:
    """Draw an embedding for the vocabulary and positions for texts of up to `context` tokens.

    positions is `init_learned` or `init_sinusoidal`; the second knows no end.
    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> jax.eval_shape(lambda: init(jax.random.key(0), vocabulary=10, context=6, d_model=4)).positions.table.shape
    (6, 4)
    """
    require_key("token_input.init", key)
    require_sizes("token_input.init", vocabulary=vocabulary, context=context, d_model=d_model)
    key_tokens, key_positions = jax.random.split(key)
    return TokenInput(
        embedding=embedding.init(key_tokens, vocabulary=vocabulary, d_model=d_model),
        positions=positions(key_positions, length=context, d_model=d_model),
    )


def apply(
    params: TokenInput,
    ids: Int[Array, "t"],
    start: Int[Array, ""] | int = 0,
    *,
    dropout_rate: float = 0.0,
    key: OptionalKey = None,
) -> Float[Array, "t d_model"]:
    """Turn token ids into vectors: √d_model times their rows, plus their positions, the first of which is start.

    GPT-2 and BERT leave the factor √d_model out.
    Raises ShapeError unless ids are one text, or if it is longer than the learned positions; TypeError if ids are not
    whole numbers.
    Source: Vaswani et al. (2017), sections 3.4 and 3.5; dropout, section 5.4.

    >>> table, code = Embedding(table=jnp.eye(4)), positions.SinusoidalPositions()
    >>> apply(TokenInput(embedding=table, positions=code), jnp.array([3])).tolist()
    [[0.0, 1.0, 0.0, 3.0]]
    """
    ids = jnp.asarray(ids)
    if ids.ndim != 1 or ids.size == 0:
        raise ShapeError(
            "token_input",
            got=f"ids of shape {ids.shape}",
            want="shape (t,), at least one token",
            hint="one example at a time; for a batch, use jax.vmap",
        )
    d_model = params.embedding.table.shape[1]
    places = jnp.arange(ids.shape[0]) + start
    scaled = math.sqrt(d_model) * embedding.apply(params.embedding, ids)
    where = positions.apply(params.positions, places, d_model=d_model).astype(scaled.dtype)
    return dropout(scaled + where, rate=dropout_rate, key=key)
