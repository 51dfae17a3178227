"""Writing one token after the other: `generate` follows one text, `beam_search` several at once.

Both are told how to go on by a function step(state, token) → (logits of the next token, state): a decoder over its
caches, a recurrent cell over its hidden vector, or, by `rereading`, any model that scores a whole text.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key, PyTree

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes

Step = Callable[[Any, Int[Array, ""]], tuple[Float[Array, "vocabulary"], Any]]
Choose = Callable[..., Int[Array, ""]]
Score = Callable[[Int[Array, "t"]], Float[Array, "t vocabulary"]]


class Beams(NamedTuple):
    """The texts a beam search found, the best first."""

    tokens: Int[Array, "beams steps"]  # after its end a text repeats the end token
    lengths: Int[Array, "beams"]  # tokens up to and with the end token
    log_probabilities: Float[Array, "beams"]
    scores: Float[Array, "beams"]  # log-probability over the length penalty, what the order is by


class _Beam(NamedTuple):
    state: Any
    log_shares: Float[Array, "beams vocabulary"]
    tokens: Int[Array, "beams steps"]
    lengths: Int[Array, "beams"]
    log_probabilities: Float[Array, "beams"]
    ended: Array


def generate(
    step: Step, state: PyTree, logits: Float[Array, "vocabulary"], *, steps: int, choose: Choose, key: Key[Array, ""]
) -> Int[Array, "steps"]:
    """Choose a token from the logits, let step go on from it, and so on: so many tokens, in one compiled scan.

    state and logits are those after the prompt. choose(logits, key=key) is `greedy`, `sample` or another of
    `nnbook.text.sampling`. The tokens do not stop at an end token: cut the text there.
    Raises TypeError for a key that is not one, ValueError for fewer than one step.

    >>> count_up = lambda state, token: (jax.nn.one_hot(token + 1, 5), state)
    >>> from nnbook.text.sampling import greedy
    >>> generate(count_up, (), jnp.eye(5)[1], steps=4, choose=greedy, key=jax.random.key(0)).tolist()
    [1, 2, 3, 4]
    """
    require_key("generate", key)
    require_sizes("generate", steps=steps)

    def write(carry: tuple[Any, jax.Array], key: Key[Array, ""]) -> tuple[tuple[Any, jax.Array], jax.Array]:
        state, logits = carry
        token = choose(logits, key=key)
        logits, state = step(state, token)
        return (state, logits), token

    return jax.lax.scan(write, (state, logits), jax.random.split(key, steps))[1]


def rereading(
    score: Score, prompt: Int[Array, "t"], *, capacity: int
) -> tuple[Step, PyTree, Float[Array, "vocabulary"]]:
    """Make a step of a model that scores a whole text: it reads the text again from its beginning for every token.

    Gives step, state and first logits, as `generate` wants them. The text is padded at its end to capacity tokens, which
    a causal model cannot see. A text that has outgrown the capacity has NaN logits. This is what a key-value cache saves.
    Raises ShapeError for an empty prompt or one longer than capacity, TypeError unless it is made of whole numbers.

    >>> score = lambda ids: jax.nn.one_hot(ids + 1, 5)
    >>> step, state, logits = rereading(score, jnp.array([1, 2]), capacity=4)
    >>> logits.argmax().item(), step(state, jnp.array(0))[0].argmax().item()
    (3, 1)
    """
    prompt = jnp.asarray(prompt)
    if not jnp.issubdtype(prompt.dtype, jnp.integer):
        raise TypeError(f"rereading: got a prompt of dtype {prompt.dtype}; wants token ids, whole numbers")
    if prompt.ndim != 1 or not 1 <= prompt.size <= capacity:
        raise ShapeError(
            "rereading",
            got=f"a prompt of shape {prompt.shape}",
            want=f"shape (t,), from 1 to {capacity} tokens, the capacity",
        )

    def step(
        state: tuple[jax.Array, jax.Array], token: Int[Array, ""]
    ) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
        ids, length = state
        ids = ids.at[length].set(token.astype(ids.dtype))
        # Past the capacity there is no row: writing drops the token, reading would give the last row once more.
        logits = jnp.where(length < capacity, score(ids)[length], jnp.nan)
        return logits, (ids, length + 1)

    ids = jnp.zeros(capacity, prompt.dtype).at[: prompt.size].set(prompt)
    return step, (ids, jnp.array(prompt.size, jnp.int32)), score(ids)[prompt.size - 1]


def length_penalty(length: Int[Array, "*shape"], alpha: float) -> Float[Array, "*shape"]:
    """What a log-probability is divided by, so that a long text is not worse for its length alone: ((5 + length) / 6)^α.

    With α = 0 it is 1, and the shortest texts win; the source found α between 0.6 and 0.7 best.
    Source: Wu et al. (2016), Google's neural machine translation system, eq. (14).

    >>> length_penalty(jnp.array([1, 7]), alpha=1.0).tolist()
    [1.0, 2.0]
    """
    return ((5 + length).astype(jnp.float32) / 6) ** alpha


def beam_search(
    step: Step,
    state: PyTree,
    logits: Float[Array, "vocabulary"],
    *,
    beams: int,
    steps: int,
    end: int,
    alpha: float = 0.6,
) -> Beams:
    """Keep the best few texts instead of one: go on from each with every token, and keep the best again.

    A text that has written the end token stays as it is and competes by its score. All are at most `steps` tokens long.
    With one beam it is greedy search; with as many as there are texts it misses none.
    Raises ValueError for sizes below 1 or an end token outside the vocabulary, ShapeError unless logits are one row.
    Source: Sutskever, Vinyals and Le (2014), section 3.2; the length penalty, Wu et al. (2016), eq. (14).

    >>> likely = jnp.log(jnp.array([[0.0, 0.6, 0.4], [0.5, 0.1, 0.4], [0.9, 0.05, 0.05]]))
    >>> follow = lambda state, token: (likely[token], state)
    >>> found = beam_search(follow, (), likely[0], beams=2, steps=2, end=0, alpha=0.0)
    >>> found.tokens.tolist(), [round(float(share), 2) for share in jnp.exp(found.log_probabilities)]
    ([[2, 0], [1, 0]], [0.36, 0.3])
    """
    logits = require_floats("beam_search", logits, "logits")
    require_sizes("beam_search", beams=beams, steps=steps)
    if logits.ndim != 1:
        raise ShapeError("beam_search", got=f"logits of shape {logits.shape}", want="one row, shape (vocabulary,)")
    vocabulary = logits.size
    if not 0 <= end < vocabulary:
        raise ValueError(f"beam_search: got end={end}; wants a token, from 0 to {vocabulary - 1}")
    only_end = jnp.where(jnp.arange(vocabulary) == end, 0.0, -jnp.inf)

    def grow(beam: _Beam, place: Int[Array, ""]) -> tuple[_Beam, None]:
        log_shares = jnp.where(beam.ended[:, None], only_end[None, :], beam.log_shares)
        log_probabilities = beam.log_probabilities[:, None] + log_shares
        lengths = beam.lengths + (~beam.ended).astype(jnp.int32)
        scores = log_probabilities / length_penalty(lengths, alpha)[:, None]
        chosen = jax.lax.top_k(scores.ravel(), beams)[1]
        parents, tokens = chosen // vocabulary, (chosen % vocabulary).astype(jnp.int32)
        next_logits, state = jax.vmap(step)(jax.tree.map(lambda leaf: leaf[parents], beam.state), tokens)
        grown = _Beam(
            state=state,
            log_shares=jax.nn.log_softmax(next_logits),
            tokens=jnp.where(jnp.arange(steps)[None, :] == place, tokens[:, None], beam.tokens[parents]),
            lengths=lengths[parents],
            log_probabilities=log_probabilities.ravel()[chosen],
            ended=beam.ended[parents] | (tokens == end),
        )
        return grown, None

    def copies(leaf: jax.Array) -> jax.Array:
        return jnp.broadcast_to(leaf, (beams, *jnp.shape(leaf)))

    # All beams begin with the same text; only the first counts, or all would be one text for ever.
    first = _Beam(
        state=jax.tree.map(copies, state),
        log_shares=copies(jax.nn.log_softmax(logits)),
        tokens=jnp.full((beams, steps), end, jnp.int32),
        lengths=jnp.zeros(beams, jnp.int32),
        log_probabilities=jnp.where(jnp.arange(beams) == 0, 0.0, -jnp.inf),
        ended=jnp.zeros(beams, bool),
    )
    last, _ = jax.lax.scan(grow, first, jnp.arange(steps))
    scores = last.log_probabilities / length_penalty(last.lengths, alpha)
    return Beams(last.tokens, last.lengths, last.log_probabilities, scores)
