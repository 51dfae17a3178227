"""Models of sequences: a recurrent cell that reads, and a linear layer that answers.

`apply` answers once, at the end (a class, a number); `apply_to_each` after every step (tags, the next value). For
text, `init_tokens`, `next_logits` and `sample` read and write tokens. The kind of cell is an argument, since a params
record holds arrays only: hand over the one that the params were made for.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key, PyTree

from nnbook.errors import ShapeError, require_key, require_sizes
from nnbook.layers import linear, lstm
from nnbook.layers.feeding import free_running
from nnbook.layers.linear import Linear
from nnbook.layers.recurrent import Cell, last, run
from nnbook.pytree import params


@params
class SequenceModel:
    """The cell that reads, and the layer that answers from its hidden state."""

    cell: PyTree
    readout: Linear


@params
class TokenModel:
    """Row i of embedding is what the cell sees of token i; the readout has a logit for each token."""

    embedding: Float[Array, "vocabulary features"]
    cell: PyTree
    readout: Linear


def init(key: Key[Array, ""], *, inputs: int, hidden: int, outputs: int, cell: Cell = lstm.CELL) -> SequenceModel:
    """Draw a cell of this kind with `hidden` units, and a readout of variance 1 / hidden.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), inputs=2, hidden=8, outputs=1).readout.w.shape
    (1, 8)
    """
    require_key("sequence.init", key)
    require_sizes("sequence.init", inputs=inputs, hidden=hidden, outputs=outputs)
    of_cell, of_readout = jax.random.split(key)
    return SequenceModel(
        cell=cell.init(of_cell, inputs=inputs, hidden=hidden),
        readout=linear.init(of_readout, inputs=hidden, outputs=outputs),
    )


def apply(
    params: SequenceModel,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
    cell: Cell = lstm.CELL,
) -> Float[Array, "outputs"]:
    """Read a sequence to its end, padding left out, and answer: with logits of classes, or with numbers.

    Raises ShapeError if xs, valid and the weights do not fit, TypeError if one is of the wrong dtype.
    Source: Hochreiter and Schmidhuber (1997), for answers at the end of a sequence.

    >>> apply(init(jax.random.key(0), inputs=2, hidden=8, outputs=3), jnp.ones((5, 2))).shape
    (3,)
    """
    return linear.apply(params.readout, last(cell.apply(params.cell, xs, valid)))


def apply_to_each(
    params: SequenceModel,
    xs: Float[Array, "time inputs"],
    valid: Bool[Array, "time"] | None = None,
    cell: Cell = lstm.CELL,
) -> Float[Array, "time outputs"]:
    """Answer after every step, from what was read so far; on padding the last answer is repeated.

    Raises ShapeError if xs, valid and the weights do not fit, TypeError if one is of the wrong dtype.
    Source: Elman (1990), for the prediction of what comes next at every step.

    >>> apply_to_each(init(jax.random.key(0), inputs=2, hidden=8, outputs=3), jnp.ones((5, 2))).shape
    (5, 3)
    """
    return jax.vmap(linear.apply, in_axes=(None, 0))(params.readout, cell.apply(params.cell, xs, valid))


def init_tokens(
    key: Key[Array, ""], *, vocabulary: int, features: int, hidden: int, cell: Cell = lstm.CELL
) -> TokenModel:
    """Draw a model of text with this many different tokens; embeddings are standard normal.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init_tokens(jax.random.key(0), vocabulary=10, features=4, hidden=8).readout.w.shape
    (10, 8)
    """
    require_key("sequence.init_tokens", key)
    require_sizes("sequence.init_tokens", vocabulary=vocabulary, features=features, hidden=hidden)
    of_embedding, of_model = jax.random.split(key)
    model = init(of_model, inputs=features, hidden=hidden, outputs=vocabulary, cell=cell)
    embedding = jax.random.normal(of_embedding, (vocabulary, features))
    return TokenModel(embedding=embedding, cell=model.cell, readout=model.readout)


def next_logits(
    params: TokenModel,
    tokens: Int[Array, "time"],
    valid: Bool[Array, "time"] | None = None,
    cell: Cell = lstm.CELL,
) -> Float[Array, "time vocabulary"]:
    """Say after every token what may come next: row t is to be compared with token t + 1.

    The model reads the true text, not its own guesses: it is teacher-forced. A token outside the vocabulary makes its
    row and all later ones NaN.
    Raises ShapeError unless tokens is one text of at least one token, TypeError unless it is made of whole numbers.
    Source: Mikolov et al. (2010), the recurrent language model; Williams and Zipser (1989), for teacher forcing.

    >>> model = init_tokens(jax.random.key(0), vocabulary=10, features=4, hidden=8)
    >>> next_logits(model, jnp.array([3, 1, 4])).shape
    (3, 10)
    """
    _require_tokens("next_logits", tokens)
    reader = SequenceModel(cell=params.cell, readout=params.readout)
    return apply_to_each(reader, _embed(params, tokens), valid, cell)


def sample(
    params: TokenModel,
    prompt: Int[Array, "time"],
    *,
    key: Key[Array, ""],
    length: int,
    temperature: float | Float[Array, ""] = 1.0,
    cell: Cell = lstm.CELL,
) -> Int[Array, "length"]:
    """Write `length` tokens after the prompt, each drawn from softmax(logits / temperature) and then read.

    Temperature 1 draws as the model believes; towards 0 it takes the likeliest ever more often.
    Raises ShapeError unless prompt is one text of at least one token, TypeError unless it is made of whole numbers or for
    a key that is not one, ValueError for a length below 1 or a temperature that is not above 0.
    Source: Graves (2013), Generating sequences with recurrent neural networks.

    >>> model = init_tokens(jax.random.key(0), vocabulary=10, features=4, hidden=8)
    >>> sample(model, jnp.array([3, 1]), key=jax.random.key(1), length=5).shape
    (5,)
    """
    require_key("sample", key)
    require_sizes("sample", length=length)
    if not isinstance(temperature, jax.Array) and not temperature > 0:
        raise ValueError(f"sample: got temperature={temperature}; wants a number above 0. Hint: 0.01 is nearly greedy")
    _require_tokens("sample", prompt)

    def read(state, x):
        return cell.step(params.cell, state, x)

    def write(state, token):
        state, key = state
        state = read(state, params.embedding[token])
        key, of_token = jax.random.split(key)
        # In coarser floats chance itself is coarse, and low ids come too often.
        logits = linear.apply(params.readout, cell.hidden(state)).astype(jnp.float32)
        return (state, key), jax.random.categorical(of_token, logits / jnp.asarray(temperature, jnp.float32))

    state = cell.initial_state(params.cell)
    if prompt.shape[0] > 1:
        state = last(run(read, state, _embed(params, prompt[:-1])))
    return free_running(write, (state, key), prompt[-1], length=length)


def _embed(params: TokenModel, tokens: Int[Array, "time"]) -> Float[Array, "time features"]:
    # A negative index would count from the end; past the end it is filled with NaN.
    place = jnp.where(tokens < 0, params.embedding.shape[0], tokens)
    return params.embedding.at[place].get(mode="fill")


def _require_tokens(where: str, tokens: Array) -> None:
    if not jnp.issubdtype(tokens.dtype, jnp.integer):
        raise TypeError(f"{where}: got tokens of dtype {tokens.dtype}; wants whole numbers, the rows of the embedding")
    if tokens.ndim != 1 or tokens.shape[0] == 0:
        raise ShapeError(
            where,
            got=f"tokens of shape {tokens.shape}",
            want="tokens of shape (time,), at least one",
            hint="for a batch, use jax.vmap",
        )
