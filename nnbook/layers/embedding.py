"""An embedding: a table with one learned row for each token of a vocabulary."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Integer, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.pytree import params


@params
class Embedding:
    """Row i is the vector of token i."""

    table: Float[Array, "vocabulary d_model"]


def init(key: Key[Array, ""], *, vocabulary: int, d_model: int) -> Embedding:
    """Draw normal rows of variance 1 / d_model, so that a row has length 1 on average.

    Multiplied by √d_model, as the Transformer does, the parts of a row have variance 1; so have the tied `logits`
    of a hidden vector whose parts have.
    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), vocabulary=5, d_model=3).table.shape
    (5, 3)
    """
    require_key("embedding.init", key)
    require_sizes("embedding.init", vocabulary=vocabulary, d_model=d_model)
    return Embedding(table=jax.random.normal(key, (vocabulary, d_model)) / math.sqrt(d_model))


def apply(params: Embedding, ids: Integer[Array, "*shape"]) -> Float[Array, "*shape d_model"]:
    """Look up the row of each token id: what one-hot vectors times the table would give.

    An id below 0 or past the last row gets a row of NaN: JAX alone would silently count from the end, or take another
    row.
    Raises TypeError if ids are not whole numbers.
    Source: Bengio et al. (2003), section 2, "distributed feature vectors".

    >>> apply(Embedding(table=jnp.array([[1.0, 2.0], [3.0, 4.0]])), jnp.array([1, 1, 0])).tolist()
    [[3.0, 4.0], [3.0, 4.0], [1.0, 2.0]]
    >>> apply(Embedding(table=jnp.array([[1.0, 2.0]])), jnp.array([1])).tolist()
    [[nan, nan]]
    """
    ids = jnp.asarray(ids)
    if not jnp.issubdtype(ids.dtype, jnp.integer):
        hint = "ids.argmax(-1)" if jnp.issubdtype(ids.dtype, jnp.floating) else "ids.astype(int)"
        raise TypeError(
            f"embedding: got ids of dtype {ids.dtype}; wants whole numbers, the rows of the table. Hint: {hint}?"
        )
    rows = require_floats("embedding", params.table, "table").shape[0]
    ids = ids.astype(jnp.int32)  # the number of rows may not fit into the ids' own dtype
    inside = jnp.where(ids < 0, rows, ids)
    return jnp.take(params.table, inside, axis=0, mode="fill", fill_value=jnp.nan)


def logits(params: Embedding, hidden: Float[Array, "*tokens d_model"]) -> Float[Array, "*tokens vocabulary"]:
    """Score every token of the vocabulary by its row's dot product with the hidden vector: the tied output layer.

    The table is used twice, to read tokens and to write them: one matrix fewer to store and to learn.
    Raises ShapeError if hidden is not d_model wide, TypeError if it is not made of floats.
    Source: Press and Wolf (2017); Inan, Khosravi and Socher (2017); Vaswani et al. (2017), section 3.4.

    >>> logits(Embedding(table=jnp.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])), jnp.array([2.0, 3.0])).tolist()
    [2.0, 3.0, 5.0]
    """
    hidden = require_floats("embedding.logits", hidden, "hidden")
    width = params.table.shape[1]
    if hidden.shape[-1:] != (width,):
        raise ShapeError(
            "embedding.logits", got=f"hidden of shape {hidden.shape}", want=f"d_model = {width} at its end"
        )
    return hidden @ params.table.T
