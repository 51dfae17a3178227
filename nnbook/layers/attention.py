"""Attention: each query looks at every key and takes the average of the values, weighted by how well they fit.

In order: scores (`attention_scores`), weights (`attention_weights`), average (`attend`). Masks are built in
`nnbook.layers.masks`; queries, keys and values are learned, in several heads, in `nnbook.layers.multi_head`.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from nnbook.errors import ShapeError, require_floats


def unscaled_scores(q: Float[Array, "*batch t d_k"], k: Float[Array, "*batch s d_k"]) -> Float[Array, "*batch t s"]:
    r"""How well query t fits key s: their dot product q·k, not divided by anything.

    Formula: Q K^\top
    If the parts of q and k are independent with mean 0 and variance 1, a score has variance d_k: that is why
    `attention_scores` divides. Raises ShapeError if q and k differ in d_k or in the axes before the last two,
    TypeError if they are not made of floats.
    Source: Vaswani et al. (2017), section 3.2.1, "dot-product attention".

    >>> q = jnp.array([[2.0, 0.0, 0.0, 0.0]])
    >>> unscaled_scores(q, k=jnp.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])).tolist()
    [[2.0, 0.0]]
    """
    _refuse_unlike_queries_and_keys(q, k)
    return q @ k.mT


def attention_scores(q: Float[Array, "*batch t d_k"], k: Float[Array, "*batch s d_k"]) -> Float[Array, "*batch t s"]:
    r"""How well query t fits key s: q·k / √d_k, whose variance does not grow with d_k.

    Formula: \frac{Q K^\top}{\sqrt{d_k}}
    Raises ShapeError if q and k differ in d_k or in the axes before the last two,
    TypeError if they are not made of floats.
    Source: Vaswani et al. (2017), eq. (1), inside the softmax.

    >>> q = jnp.array([[2.0, 0.0, 0.0, 0.0]])
    >>> attention_scores(q, k=jnp.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]))
    Array([[1., 0.]], dtype=float32)
    """
    return unscaled_scores(q, k) / math.sqrt(k.shape[-1])


def attention_weights(
    scores: Float[Array, "*batch t s"],
    mask: Bool[Array, "*#batch t s"] | None = None,
    bias: Float[Array, "*#batch t s"] | None = None,
) -> Float[Array, "*batch t s"]:
    r"""Turn the scores of each query into shares of its attention: a softmax over the keys it may look at.

    Formula: \operatorname{softmax}(\text{scores} + \text{bias})
    bias is added to the scores; then the scores where mask is False become −∞, so their weights are 0. The weights
    of a query sum to 1; one that may look at nothing gets NaN, which no loss can leave out again: see `attend`. mask and
    bias may leave out leading axes.
    Raises ShapeError if mask or bias does not fit the scores, TypeError if mask is not boolean or
    bias not made of floats.
    Source: Vaswani et al. (2017), eq. (1); masking, section 3.2.3.

    >>> attention_weights(jnp.array([[0.0, 0.0, 5.0]]), mask=jnp.array([[True, True, False]]))
    Array([[0.5, 0.5, 0. ]], dtype=float32)
    """
    if bias is not None:
        if jnp.issubdtype(bias.dtype, jnp.bool_):
            raise TypeError("attention: got a bias of booleans; wants floats to add. Hint: a mask goes in as mask=")
        require_floats("attention", bias, "bias")
        scores = scores + _spread("bias", bias, scores.shape)
    if mask is not None:
        if mask.dtype != jnp.bool_:
            raise TypeError(
                f"attention: got a mask of dtype {mask.dtype}; wants booleans, True where a query may look. "
                "Hint: what is to be added to the scores goes in as bias="
            )
        scores = jnp.where(_spread("mask", mask, scores.shape), scores, -jnp.inf)
    return jax.nn.softmax(scores, axis=-1)


def attend(
    q: Float[Array, "*batch t d_k"],
    k: Float[Array, "*batch s d_k"],
    v: Float[Array, "*batch s d_v"],
    mask: Bool[Array, "*#batch t s"] | None = None,
    bias: Float[Array, "*#batch t s"] | None = None,
) -> Float[Array, "*batch t d_v"]:
    r"""Average the rows of v, weighting row s by how well key s fits query t.

    Formula: \operatorname{softmax}\Bigl(\frac{Q K^\top}{\sqrt{d_k}}\Bigr) V
    The weights of a query sum to 1, so the result has v's unit. mask is True where t may look at s; what t may not
    look at has weight 0 and cannot be seen in the result, as long as it is finite (0 · ∞ is NaN).
    A query that may look at nothing gets NaN, and makes the gradient of every value NaN, even where its own result is
    left out of the loss (again 0 · NaN). Give every query itself to look at (`mask | jnp.eye(t, dtype=bool)`) and leave
    such results out, and leave empty examples out beforehand. `nnbook.layers.chunked_attention` passes on no gradient there.
    Raises ShapeError if q and k differ in d_k, or k and v in s; TypeError if mask is not boolean or another is
    not made of floats.
    Source: Vaswani et al. (2017), eq. (1); masking, section 3.2.3.

    >>> alike = jnp.ones((2, 4))  # both keys fit the query equally well: the average of their values
    >>> attend(q=alike[:1], k=alike, v=jnp.array([[0.0], [1.0]])).tolist()
    [[0.5]]
    """
    _refuse_unlike_keys_and_values(k, v)
    return attention_weights(attention_scores(q, k), mask, bias) @ v


def attend_unscaled(
    q: Float[Array, "*batch t d_k"],
    k: Float[Array, "*batch s d_k"],
    v: Float[Array, "*batch s d_v"],
    mask: Bool[Array, "*#batch t s"] | None = None,
    bias: Float[Array, "*#batch t s"] | None = None,
) -> Float[Array, "*batch t d_v"]:
    r"""`attend` without the division by √d_k, to see what that division is for.

    Formula: \operatorname{softmax}(Q K^\top)\, V
    Raises as `attend` does. Source: Vaswani et al. (2017), section 3.2.1, "dot-product attention".

    >>> q, v = 2.0 * jnp.ones((1, 4)), jnp.array([[0.0], [1.0]])
    >>> k = jnp.array([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    >>> [round(float(output(q, k, v)[0, 0]), 4) for output in (attend, attend_unscaled)]
    [0.982, 0.9997]
    """
    _refuse_unlike_keys_and_values(k, v)
    return attention_weights(unscaled_scores(q, k), mask, bias) @ v


def _spread(name: str, array: Array, shape: tuple[int, ...]) -> Array:
    """Give a mask or bias the leading axes of the scores; its own last two must be the scores' t and s."""
    leading = array.shape[:-2]
    fits = array.ndim >= 2 and array.shape[-2:] == shape[-2:] and len(leading) <= len(shape) - 2
    if not fits or any(a not in (1, b) for a, b in zip(leading[::-1], shape[-3::-1], strict=False)):
        raise ShapeError(
            "attention",
            got=f"a {name} of shape {array.shape} for scores of shape {shape}",
            want=f"a {name} of shape (t, s) = {shape[-2:]}, queries first, or with the leading axes of the scores",
            hint="causal_mask, padding_mask and cross_mask build masks that fit" if name == "mask" else "transposed?",
        )
    return jnp.broadcast_to(array, shape)


def _refuse_unlike_queries_and_keys(q: Array, k: Array) -> None:
    require_floats("attention", q, "q")
    require_floats("attention", k, "k")
    got = f"q of shape {q.shape}, k of shape {k.shape}"
    if q.ndim < 2 or k.ndim < 2 or 0 in q.shape or 0 in k.shape:
        raise ShapeError("attention", got=got, want="q (…, t, d_k) and k (…, s, d_k) with at least one row each")
    if q.shape[-1] != k.shape[-1]:
        raise ShapeError("attention", got=got, want="the same last axis, d_k", hint="a dot product needs equal lengths")
    if q.shape[:-2] != k.shape[:-2]:
        raise ShapeError("attention", got=got, want="the same axes before the last two", hint="are the heads first?")


def _refuse_unlike_keys_and_values(k: Array, v: Array) -> None:
    require_floats("attention", v, "v")
    if v.ndim < 2 or k.shape[:-1] != v.shape[:-1]:
        raise ShapeError(
            "attention",
            got=f"k of shape {k.shape}, v of shape {v.shape}",
            want="one value for each key: k (…, s, d_k) and v (…, s, d_v)",
        )
