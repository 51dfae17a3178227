"""Who may look at whom: boolean masks for attention, True where query t may look at key s.

Masks are combined by `&`: `causal_mask(4) & padding_mask(valid)` looks at what is both earlier and real.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from nnbook.errors import ShapeError, require_sizes


def causal_mask(t: int, s: int | None = None) -> Bool[Array, "t s"]:
    """Let each of t queries look at the keys up to its own position, and at none that come later.

    With s > t the queries are the last t of s positions, as when a decoder goes on from s − t tokens it has seen.
    Raises ShapeError if t is 0, or if s < t, where the first queries would see nothing.
    Source: Vaswani et al. (2017), section 3.2.3.

    >>> causal_mask(3).astype(int)
    Array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]], dtype=int32)
    >>> causal_mask(1, 3).astype(int)
    Array([[1, 1, 1]], dtype=int32)
    """
    s = t if s is None else s
    _refuse_queries_without_keys("causal_mask", t, s)
    return jnp.arange(s)[None, :] <= jnp.arange(s - t, s)[:, None]


def sliding_window_mask(t: int, window: int, s: int | None = None) -> Bool[Array, "t s"]:
    """Let each of t queries look at the last `window` keys up to its own position, itself included.

    Layers on top of each other see further: after n of them news has come n · (window − 1) tokens far. With s > t the
    queries are the last t of s positions, as in `causal_mask`, which is the case of a window of s.
    Raises ShapeError if t is 0 or s < t, ValueError for a window below 1, TypeError for one that is not an int.
    Source: Beltagy, Peters and Cohan (2020), section 3.1; Jiang et al. (2023), Mistral 7B, section 2.

    >>> sliding_window_mask(4, window=2).astype(int)
    Array([[1, 0, 0, 0],
           [1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]], dtype=int32)
    """
    require_sizes("sliding_window_mask", window=window)
    s = t if s is None else s
    _refuse_queries_without_keys("sliding_window_mask", t, s)
    back = jnp.arange(s - t, s)[:, None] - jnp.arange(s)[None, :]
    return (back >= 0) & (back < window)


def valid_tokens(length: Int[Array, ""] | int, s: int) -> Bool[Array, " s"]:
    """Which of s places hold a token of a text of this length, padded at its end: the first `length`.

    Raises ShapeError if s is 0. A length beyond s marks all places as real. For a batch of lengths, use `jax.vmap`.

    >>> valid_tokens(2, 4).astype(int)
    Array([1, 1, 0, 0], dtype=int32)
    """
    if s < 1:
        raise ShapeError("valid_tokens", got=f"s = {s}", want="at least one place")
    return jnp.arange(s) < length


def padding_mask(valid: Bool[Array, " s"]) -> Bool[Array, "s s"]:
    """Let each token of a padded text look at the real tokens (valid is True) and at no padding.

    The padding itself looks at the real tokens too: its rows are thrown away later, and a row that may look at
    nothing would be NaN. Raises ShapeError if valid has no or more than one axis, TypeError if it is not boolean.

    >>> padding_mask(valid_tokens(2, 3)).astype(int)
    Array([[1, 1, 0],
           [1, 1, 0],
           [1, 1, 0]], dtype=int32)
    """
    _refuse_what_is_no_text("padding_mask", valid)
    return jnp.broadcast_to(valid, (valid.shape[0], valid.shape[0]))


def cross_mask(t: int, valid: Bool[Array, " s"]) -> Bool[Array, "t s"]:
    """Let each of t queries of one text look at the real tokens (valid is True) of another.

    Raises ShapeError if t is 0 or valid has no or more than one axis, TypeError if valid is not boolean.
    Source: Vaswani et al. (2017), section 3.2.3 (encoder-decoder attention).

    >>> cross_mask(2, valid_tokens(2, 3)).astype(int)
    Array([[1, 1, 0],
           [1, 1, 0]], dtype=int32)
    """
    _refuse_what_is_no_text("cross_mask", valid)
    if t < 1:
        raise ShapeError("cross_mask", got=f"{t} queries", want="at least one")
    return jnp.broadcast_to(valid, (t, valid.shape[0]))


def _refuse_queries_without_keys(where: str, t: int, s: int) -> None:
    if not 1 <= t <= s:
        raise ShapeError(
            where,
            got=f"{t} queries and {s} keys",
            want="at least one query, and a key for each of them",
            hint="t counts the last positions of the s there are; for cross-attention use cross_mask",
        )


def _refuse_what_is_no_text(where: str, valid: Array) -> None:
    if valid.dtype != jnp.bool_:
        raise TypeError(
            f"{where}: got valid of dtype {valid.dtype}; wants booleans, True for a token and False for padding. "
            "Hint: token != PAD, or valid_tokens(length, s)"
        )
    if valid.ndim != 1 or valid.shape[0] == 0:
        raise ShapeError(
            where,
            got=f"valid of shape {valid.shape}",
            want="valid of shape (s,), one boolean a token",
            hint="for a batch, use jax.vmap",
        )
