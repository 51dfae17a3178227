"""The feed-forward part of a Transformer: the same small network for every token, each on its own.

Three kinds, each a record of its own: with ReLU as in the first Transformer, with GELU as in BERT and the Vision
Transformer, and gated by SwiGLU as in LLaMA. `apply` picks the function by the record.
"""

from collections.abc import Callable

import jax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers import linear
from nnbook.layers.activations import gelu, relu, swiglu
from nnbook.layers.linear import Linear
from nnbook.pytree import params


@params
class ReLUFeedForward:
    """Two linear layers, with ReLU between them."""

    inner: Linear
    outer: Linear


@params
class GELUFeedForward:
    """Two linear layers, with GELU between them."""

    inner: Linear
    outer: Linear


@params
class SwiGLUFeedForward:
    """Three matrices without biases: values, their gates, and the way back."""

    w_value: Float[Array, "d_hidden d_model"]
    w_gate: Float[Array, "d_hidden d_model"]
    w_out: Float[Array, "d_model d_hidden"]


FeedForward = ReLUFeedForward | GELUFeedForward | SwiGLUFeedForward


def init_relu(key: Key[Array, ""], *, d_model: int, d_hidden: int) -> ReLUFeedForward:
    """Draw both layers; the first with twice the variance, since ReLU cuts half away. Biases start at 0.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> jax.eval_shape(lambda: init_relu(jax.random.key(0), d_model=4, d_hidden=16)).inner.w.shape
    (16, 4)
    """
    return ReLUFeedForward(*_two_layers("feed_forward.init_relu", key, d_model, d_hidden, linear.he_normal))


def init_gelu(key: Key[Array, ""], *, d_model: int, d_hidden: int) -> GELUFeedForward:
    """Draw both layers as for ReLU, which GELU follows closely. Biases start at 0.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> jax.eval_shape(lambda: init_gelu(jax.random.key(0), d_model=4, d_hidden=16)).outer.b.shape
    (4,)
    """
    return GELUFeedForward(*_two_layers("feed_forward.init_gelu", key, d_model, d_hidden, linear.he_normal))


def init_swiglu(key: Key[Array, ""], *, d_model: int, d_hidden: int) -> SwiGLUFeedForward:
    """Draw three matrices of variance 1 / inputs. At two thirds of the width they cost what the other kinds' two do.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> jax.eval_shape(lambda: init_swiglu(jax.random.key(0), d_model=4, d_hidden=10)).w_gate.shape
    (10, 4)
    """
    require_key("feed_forward.init_swiglu", key)
    require_sizes("feed_forward.init_swiglu", d_model=d_model, d_hidden=d_hidden)
    key_value, key_gate, key_out = jax.random.split(key, 3)
    return SwiGLUFeedForward(
        w_value=linear.lecun_normal(key_value, inputs=d_model, outputs=d_hidden),
        w_gate=linear.lecun_normal(key_gate, inputs=d_model, outputs=d_hidden),
        w_out=linear.lecun_normal(key_out, inputs=d_hidden, outputs=d_model),
    )


def relu_feed_forward(params: ReLUFeedForward, x: Float[Array, "t d_model"]) -> Float[Array, "t d_model"]:
    """Pass each token through W₂ max(0, W₁ x + b₁) + b₂.

    Raises ShapeError if x is not (tokens, d_model), TypeError if it is not made of floats.
    Source: Vaswani et al. (2017), eq. (2).

    >>> double = Linear(w=2 * jax.numpy.eye(2), b=jax.numpy.zeros(2))
    >>> relu_feed_forward(ReLUFeedForward(inner=double, outer=double), jax.numpy.array([[1.0, -1.0]])).tolist()
    [[4.0, 0.0]]
    """
    return _through_two(params.inner, params.outer, x, relu)


def gelu_feed_forward(params: GELUFeedForward, x: Float[Array, "t d_model"]) -> Float[Array, "t d_model"]:
    """Pass each token through W₂ gelu(W₁ x + b₁) + b₂.

    GPT-2's code has `gelu_tanh` here, which differs by at most 0.0005.
    Raises ShapeError if x is not (tokens, d_model), TypeError if it is not made of floats.
    Source: Devlin et al. (2019), appendix A.2; Hendrycks and Gimpel (2016).

    >>> double = Linear(w=2 * jax.numpy.eye(2), b=jax.numpy.zeros(2))
    >>> gelu_feed_forward(GELUFeedForward(inner=double, outer=double), jax.numpy.array([[9.0, 0.0]])).tolist()
    [[36.0, 0.0]]
    """
    return _through_two(params.inner, params.outer, x, gelu)


def swiglu_feed_forward(params: SwiGLUFeedForward, x: Float[Array, "t d_model"]) -> Float[Array, "t d_model"]:
    """Pass each token through W_out (W_value x · silu(W_gate x)).

    Raises ShapeError if x is not (tokens, d_model), TypeError if it is not made of floats.
    Source: Shazeer (2020), eq. (6).

    >>> double = 2 * jax.numpy.eye(2)
    >>> swiglu_feed_forward(SwiGLUFeedForward(double, double, double), jax.numpy.array([[0.0, 50.0]])).tolist()
    [[0.0, 20000.0]]
    """
    _require_tokens(x, width=params.w_value.shape[1])
    return swiglu(x @ params.w_value.T, x @ params.w_gate.T) @ params.w_out.T


_KINDS: dict[type, Callable[..., jax.Array]] = {
    ReLUFeedForward: relu_feed_forward,
    GELUFeedForward: gelu_feed_forward,
    SwiGLUFeedForward: swiglu_feed_forward,
}


def apply(params: FeedForward, x: Float[Array, "t d_model"]) -> Float[Array, "t d_model"]:
    """Pass each token through the function that belongs to the record: `relu_feed_forward` for ReLU, and so on.

    Raises TypeError for a record that is none of them, and as that function does.

    >>> double = Linear(w=2 * jax.numpy.eye(2), b=jax.numpy.zeros(2))
    >>> apply(ReLUFeedForward(inner=double, outer=double), jax.numpy.array([[1.0, -1.0]])).tolist()
    [[4.0, 0.0]]
    """
    if type(params) not in _KINDS:
        wanted = ", ".join(kind.__name__ for kind in _KINDS)
        raise TypeError(f"feed_forward: got params of type {type(params).__name__}; wants one of {wanted}")
    return _KINDS[type(params)](params, x)


def _two_layers(
    where: str, key: Key[Array, ""], d_model: int, d_hidden: int, weights: Callable[..., jax.Array]
) -> tuple[Linear, Linear]:
    require_key(where, key)
    require_sizes(where, d_model=d_model, d_hidden=d_hidden)
    key_inner, key_outer = jax.random.split(key)
    return (
        linear.init(key_inner, inputs=d_model, outputs=d_hidden, weights=weights),
        linear.init(key_outer, inputs=d_hidden, outputs=d_model),
    )


def _through_two(inner: Linear, outer: Linear, x: jax.Array, activation: Callable[[jax.Array], jax.Array]) -> jax.Array:
    _require_tokens(x, width=inner.w.shape[1])
    tokens = jax.vmap(linear.apply, in_axes=(None, 0))
    return tokens(outer, activation(tokens(inner, x)))


def _require_tokens(x: jax.Array, width: int) -> None:
    require_floats("feed_forward", x)
    if x.ndim != 2 or x.shape[0] == 0 or x.shape[1] != width:
        raise ShapeError(
            "feed_forward",
            got=f"x of shape {x.shape}",
            want=f"shape (tokens, {width}), at least one token of width d_model",
            hint="one example at a time; for a batch, use jax.vmap",
        )
