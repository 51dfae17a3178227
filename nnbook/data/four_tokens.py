"""The four tokens that run through the chapters on the Transformer, small enough to compute by hand."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

# living (+) or lifeless (−), action, quality, age (old +, young −)
VOCABULARY = {
    "old": (0.0, 0.0, 2.0, 2.0),
    "young": (0.0, 0.0, 2.0, -2.0),
    "tired": (0.0, 0.0, 2.0, 1.0),
    "cats": (2.0, 0.0, 0.0, 0.0),
    "dogs": (2.0, 0.0, 0.0, 0.5),
    "children": (2.0, 0.0, 0.0, -1.0),
    "drink": (0.0, 2.0, 0.0, 0.0),
    "chase": (1.0, 2.0, 0.0, 0.0),
    "love": (0.0, 1.0, 0.0, 0.0),
    "milk": (-2.0, 0.0, 0.0, 0.0),
    "tea": (-2.0, 0.0, 0.0, 0.5),
    "balls": (-1.0, 0.0, 0.0, 0.0),
}
TOKENS = ("old", "cats", "drink", "milk")


class FourTokens(NamedTuple):
    """The sentence, its embeddings x, and one attention head that was made by hand."""

    tokens: tuple[str, ...]
    x: Float[Array, "4 d_model=4"]
    w_q: Float[Array, "d_model=4 d_k=4"]
    w_k: Float[Array, "d_model=4 d_k=4"]
    w_v: Float[Array, "d_model=4 d_v=2"]


def four_tokens() -> FourTokens:
    """Give "old cats drink milk": four embeddings and a head whose numbers have a meaning.

    An embedding says how living, how much an action, how much a quality, and how old a word is. Queries ask by those
    same four: a quality and an action look for something living, what lives looks for its quality, what does not looks for
    an action. A value passes on age and life. All numbers are ours, without unit; d_k = 4, so that √d_k = 2.
    Source: written for this book; nothing to license.

    >>> sentence = four_tokens()
    >>> (sentence.x @ sentence.w_q)[1].tolist()
    [0.0, -1.0, 2.0, 0.0]
    """
    return FourTokens(
        tokens=TOKENS,
        x=jnp.array([VOCABULARY[token] for token in TOKENS]),
        w_q=jnp.array([[0.0, -0.5, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
        w_k=jnp.eye(4),
        w_v=jnp.array([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]),
    )
