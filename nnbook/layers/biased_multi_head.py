"""Multi-head attention with a bias behind each of its four projections, as BERT, GPT-2 and GPT-3 have it.

The equations of the Transformer's paper have none: that is `nnbook.layers.multi_head`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from nnbook.errors import ShapeError, require_floats
from nnbook.layers import multi_head
from nnbook.layers.attention import attend
from nnbook.layers.multi_head import MultiHeadAttention
from nnbook.pytree import params


@params
class BiasedMultiHeadAttention:
    """The weights of multi-head attention, and a bias for queries, keys, values and output."""

    weights: MultiHeadAttention
    b_q: Float[Array, "heads d_k"]
    b_k: Float[Array, "heads d_k"]
    b_v: Float[Array, "heads d_v"]
    b_o: Float[Array, "d_model"]


def init(
    key: Key[Array, ""], *, d_model: int, heads: int, d_k: int | None = None, d_v: int | None = None
) -> BiasedMultiHeadAttention:
    """Draw the weights as `multi_head.init` does; the biases start at 0.

    Raises as `multi_head.init` does.
    Source: the published code of GPT-2 and BERT; Vaswani et al. (2017), section 3.2.2, without the biases.

    >>> jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2)).b_q.shape
    (2, 4)
    """
    return with_zero_biases(multi_head.init(key, d_model=d_model, heads=heads, d_k=d_k, d_v=d_v))


def with_zero_biases(weights: MultiHeadAttention) -> BiasedMultiHeadAttention:
    """Give attention without biases biases of 0: the same function.

    >>> one = jnp.ones((1, 2, 2))
    >>> with_zero_biases(MultiHeadAttention(w_q=one, w_k=one, w_v=one, w_o=one)).b_o.tolist()
    [0.0, 0.0]
    """
    (heads, d_model, d_k), d_v = weights.w_q.shape, weights.w_v.shape[-1]
    dtype = weights.w_q.dtype
    return BiasedMultiHeadAttention(
        weights=weights,
        b_q=jnp.zeros((heads, d_k), dtype),
        b_k=jnp.zeros((heads, d_k), dtype),
        b_v=jnp.zeros((heads, d_v), dtype),
        b_o=jnp.zeros(d_model, dtype),
    )


def queries(params: BiasedMultiHeadAttention, x: Float[Array, "t d_model"]) -> Float[Array, "heads t d_k"]:
    """Let every token ask, in each head: q = x W^Q + b^Q.

    Raises ShapeError if x is not (tokens, d_model), TypeError if it is not made of floats.

    >>> layer = jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2))
    >>> jax.eval_shape(queries, layer, jnp.ones((3, 8))).shape
    (2, 3, 4)
    """
    _require_tokens("x", x, params)
    return jnp.einsum("tm,hmk->htk", x, params.weights.w_q) + params.b_q[:, None, :]


def keys_and_values(
    params: BiasedMultiHeadAttention, context: Float[Array, "s d_model"]
) -> tuple[Float[Array, "heads s d_k"], Float[Array, "heads s d_v"]]:
    """Let every token answer, in each head: k = x W^K + b^K, what it is found by, and v = x W^V + b^V, what it gives.

    Raises ShapeError if context is not (tokens, d_model), TypeError if it is not made of floats.

    >>> layer = jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2, d_v=5))
    >>> keys, values = jax.eval_shape(keys_and_values, layer, jnp.ones((3, 8)))
    >>> keys.shape, values.shape
    ((2, 3, 4), (2, 3, 5))
    """
    _require_tokens("context", context, params)
    k = jnp.einsum("sm,hmk->hsk", context, params.weights.w_k) + params.b_k[:, None, :]
    v = jnp.einsum("sm,hmv->hsv", context, params.weights.w_v) + params.b_v[:, None, :]
    return k, v


def mix(params: BiasedMultiHeadAttention, averages: Float[Array, "heads t d_v"]) -> Float[Array, "t d_model"]:
    """Mix what the heads found: the averages side by side, times W^O, plus b^O.

    >>> layer = jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2))
    >>> jax.eval_shape(mix, layer, jnp.ones((2, 3, 4))).shape
    (3, 8)
    """
    return jnp.einsum("htv,hvm->tm", averages, params.weights.w_o) + params.b_o[None, :]


def apply(
    params: BiasedMultiHeadAttention,
    x: Float[Array, "t d_model"],
    mask: Bool[Array, "*#heads t t"] | None = None,
    bias: Float[Array, "*#heads t t"] | None = None,
) -> Float[Array, "t d_model"]:
    """Self-attention: the tokens of x look at each other. `bias` is added to the scores, as ALiBi's is.

    Raises ShapeError and TypeError as `multi_head.apply` does.
    Source: Vaswani et al. (2017), section 3.2.2, with biases.

    >>> layer = jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2))
    >>> jax.eval_shape(apply, layer, jnp.ones((3, 8))).shape
    (3, 8)
    """
    return apply_cross(params, x, x, mask, bias)


def apply_cross(
    params: BiasedMultiHeadAttention,
    x: Float[Array, "t d_model"],
    context: Float[Array, "s d_model"],
    mask: Bool[Array, "*#heads t s"] | None = None,
    bias: Float[Array, "*#heads t s"] | None = None,
) -> Float[Array, "t d_model"]:
    """Cross-attention: the tokens of x look at those of another text, context.

    Raises ShapeError and TypeError as `multi_head.apply_cross` does.
    Source: Vaswani et al. (2017), section 3.2.3, with biases.

    >>> layer = jax.eval_shape(lambda: init(jax.random.key(0), d_model=8, heads=2))
    >>> jax.eval_shape(apply_cross, layer, jnp.ones((3, 8)), jnp.ones((5, 8))).shape
    (3, 8)
    """
    q = queries(params, x)
    k, v = keys_and_values(params, context)
    return mix(params, attend(q, k, v, mask, bias))


def _require_tokens(name: str, tokens: jax.Array, params: BiasedMultiHeadAttention) -> None:
    require_floats("biased_multi_head", tokens, name)
    width = params.weights.w_q.shape[1]
    if tokens.ndim != 2 or tokens.shape[0] == 0 or tokens.shape[1] != width:
        raise ShapeError(
            "biased_multi_head",
            got=f"{name} of shape {tokens.shape}",
            want=f"shape (tokens, {width}), at least one token of width d_model",
            hint="one example at a time; for a batch, use jax.vmap",
        )
