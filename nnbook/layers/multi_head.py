"""Multi-head attention: learned queries, keys and values, several times in parallel, mixed by W^O."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.attention import attention_scores, attention_weights
from nnbook.pytree import params


@params
class MultiHeadAttention:
    """W_i^Q, W_i^K, W_i^V and W^O, with the head axis first."""

    w_q: Float[Array, "heads d_model d_k"]
    w_k: Float[Array, "heads d_model d_k"]
    w_v: Float[Array, "heads d_model d_v"]
    w_o: Float[Array, "heads d_v d_model"]


class AttentionSteps(NamedTuple):
    """Every number of one pass through `MultiHeadAttention`, in the order they are computed."""

    q: Float[Array, "heads t d_k"]
    k: Float[Array, "heads s d_k"]
    v: Float[Array, "heads s d_v"]
    scores: Float[Array, "heads t s"]  # scaled; neither bias nor mask has touched them
    weights: Float[Array, "heads t s"]
    averages: Float[Array, "heads t d_v"]
    output: Float[Array, "t d_model"]


def init(
    key: Key[Array, ""], *, d_model: int, heads: int, d_k: int | None = None, d_v: int | None = None
) -> MultiHeadAttention:
    """Draw the weights: normal, mean 0, variance 1 / inputs, so that the parts of q, k and v have the variance of x's.

    d_k defaults to d_model / heads, d_v to d_k: all heads together then cost what one wide head costs.
    Raises ShapeError if heads do not divide d_model and d_k is not given, ValueError for a size below 1, TypeError for
    a key that is not one.
    Source: Vaswani et al. (2017), section 3.2.2.

    >>> params = init(jax.random.key(0), d_model=8, heads=2)
    >>> params.w_q.shape, params.w_o.shape
    ((2, 8, 4), (2, 4, 8))
    """
    require_key("multi_head.init", key)
    require_sizes("multi_head.init", d_model=d_model, heads=heads)
    if d_k is None:
        if d_model % heads:
            raise ShapeError(
                "multi_head.init",
                got=f"d_model = {d_model}, heads = {heads}",
                want="heads that divide d_model, or d_k",
                hint="pass d_k=, the size of a head's queries and keys",
            )
        d_k = d_model // heads
    d_v = d_k if d_v is None else d_v
    require_sizes("multi_head.init", d_k=d_k, d_v=d_v)
    key_q, key_k, key_v, key_o = jax.random.split(key, 4)

    def projection(key, inputs, shape):
        return jax.random.normal(key, shape) / math.sqrt(inputs)

    return MultiHeadAttention(
        w_q=projection(key_q, d_model, (heads, d_model, d_k)),
        w_k=projection(key_k, d_model, (heads, d_model, d_k)),
        w_v=projection(key_v, d_model, (heads, d_model, d_v)),
        w_o=projection(key_o, heads * d_v, (heads, d_v, d_model)),
    )


def attention_steps(
    params: MultiHeadAttention,
    x: Float[Array, "t d_model"],
    context: Float[Array, "s d_model"],
    mask: Bool[Array, "*#heads t s"] | None = None,
    bias: Float[Array, "*#heads t s"] | None = None,
) -> AttentionSteps:
    """Let the tokens of x ask and those of context answer, and return every number on the way.

    mask and bias hold for all heads, or have a leading axis with one for each (ALiBi's biases do).
    Raises ShapeError if x or context is empty or their width is not the weights' d_model, or if mask or bias does not
    fit; TypeError if x or context is not made of floats, or mask not of booleans.
    Source: Vaswani et al. (2017), section 3.2.2.

    >>> params = init(jax.random.key(0), d_model=8, heads=2)
    >>> steps = attention_steps(params, x=jnp.ones((3, 8)), context=jnp.ones((5, 8)))
    >>> steps.weights.shape, steps.averages.shape, steps.output.shape
    ((2, 3, 5), (2, 3, 4), (3, 8))
    """
    for name, tokens in (("x", x), ("context", context)):
        require_floats("multi_head", tokens, name)
        if tokens.ndim != 2 or tokens.shape[0] == 0 or tokens.shape[1] != params.w_q.shape[1]:
            raise ShapeError(
                "multi_head",
                got=f"{name} of shape {tokens.shape}",
                want=f"shape (tokens, {params.w_q.shape[1]}), at least one token of width d_model",
                hint="one example at a time; for a batch, use jax.vmap",
            )
    q = jnp.einsum("tm,hmk->htk", x, params.w_q)
    k = jnp.einsum("sm,hmk->hsk", context, params.w_k)
    v = jnp.einsum("sm,hmv->hsv", context, params.w_v)
    scores = attention_scores(q, k)
    weights = attention_weights(scores, mask, bias)
    averages = weights @ v
    output = jnp.einsum("htv,hvm->tm", averages, params.w_o)
    return AttentionSteps(q, k, v, scores, weights, averages, output)


def apply(
    params: MultiHeadAttention,
    x: Float[Array, "t d_model"],
    mask: Bool[Array, "*#heads t t"] | None = None,
    bias: Float[Array, "*#heads t t"] | None = None,
) -> Float[Array, "t d_model"]:
    """Self-attention: the tokens of x look at each other, in several heads at once, and W^O mixes what they found.

    Raises as `attention_steps` does. Source: Vaswani et al. (2017), section 3.2.2.

    >>> apply(init(jax.random.key(0), d_model=8, heads=2), jnp.ones((3, 8))).shape
    (3, 8)
    """
    return attention_steps(params, x, x, mask, bias).output


def apply_cross(
    params: MultiHeadAttention,
    x: Float[Array, "t d_model"],
    context: Float[Array, "s d_model"],
    mask: Bool[Array, "*#heads t s"] | None = None,
    bias: Float[Array, "*#heads t s"] | None = None,
) -> Float[Array, "t d_model"]:
    """Cross-attention: the tokens of x look at those of another text, context.

    Raises as `attention_steps` does. Source: Vaswani et al. (2017), section 3.2.3 (encoder-decoder attention).

    >>> apply_cross(init(jax.random.key(0), d_model=8, heads=2), jnp.ones((3, 8)), context=jnp.ones((5, 8))).shape
    (3, 8)
    """
    return attention_steps(params, x, context, mask, bias).output
