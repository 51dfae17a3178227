"""Activations in which x is its own gate: x times a number between 0 and 1 that grows with x."""

import math

import jax.numpy as jnp
from jax.scipy.special import erfc
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from nnbook.errors import require_floats
from nnbook.layers.activations.smooth import sigmoid, sigmoid_derivative, softplus, tanh_derivative


def gelu(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Weigh x by the share of a standard normal population below it: x · Φ(x).

    Derivative: Φ(x) + x φ(x), with φ the normal density.
    Range: [−0.170, ∞).
    Used: BERT, Vision Transformers.
    Weakness: needs the error function; dips below 0 and comes back, so it is not monotone.
    Source: Hendrycks and Gimpel (2016), section 2.

    >>> round(float(gelu(1.0)), 4)
    0.8413
    """
    x = require_floats("gelu", x)
    return x * _normal_share(x)


def gelu_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `gelu`: Φ(x) + x φ(x).

    >>> float(gelu_derivative(0.0))
    0.5
    """
    x = require_floats("gelu_derivative", x)
    return _normal_share(x) + x * jnp.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _normal_share(x):
    # Φ(x) by erfc, which keeps its digits far to the left, where 1 + erf would be all rounding.
    return erfc(-x / math.sqrt(2)) / 2


def gelu_tanh(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Approximate GELU without the error function: ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).

    Derivative: ½ (1 + t) + ½ x (1 − t²) √(2/π) (1 + 3 · 0.044715 x²), with t that tanh.
    Range: [−0.170, ∞).
    Used: GPT-2 and GPT-3.
    Weakness: not the same function: it differs from GELU by up to 0.0005.
    Source: Hendrycks and Gimpel (2016), section 2.

    >>> round(float(gelu_tanh(1.0)), 4)
    0.8412
    """
    x = require_floats("gelu_tanh", x)
    # ½ (1 + tanh u) = σ(2u), which keeps its digits where tanh is near −1.
    return x * sigmoid(2 * _gelu_angle(x))


def gelu_tanh_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `gelu_tanh`, by the product and chain rules.

    >>> float(gelu_tanh_derivative(0.0))
    0.5
    """
    x = require_floats("gelu_tanh_derivative", x)
    angle = _gelu_angle(x)
    angle_slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return sigmoid(2 * angle) + x * sigmoid_derivative(2 * angle) * 2 * angle_slope


def _gelu_angle(x):
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


def silu(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Let x gate itself: x · σ(x), also called swish.

    Derivative: σ(x) (1 + x (1 − σ(x))).
    Range: [−0.278, ∞).
    Used: EfficientNet; inside SwiGLU in today's language models.
    Weakness: not monotone; an exponential for each number.
    Source: Elfwing, Uchibe and Doya (2018), eq. (8); Ramachandran, Zoph and Le (2017).

    >>> round(float(silu(1.0)), 4)
    0.7311
    """
    x = require_floats("silu", x)
    return x * sigmoid(x)


def silu_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `silu`: σ(x) (1 + x (1 − σ(x))).

    >>> float(silu_derivative(0.0))
    0.5
    """
    x = require_floats("silu_derivative", x)
    return sigmoid(x) * (1 + x * sigmoid(-x))


def mish(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Gate x by its softplus: x · tanh(softplus(x)).

    Derivative: tanh(s) + x (1 − tanh²(s)) σ(x), with s = softplus(x).
    Range: [−0.309, ∞).
    Used: YOLOv4.
    Weakness: the dearest of the family, for little gain over SiLU.
    Source: Misra (2019), eq. (1).

    >>> round(float(mish(1.0)), 4)
    0.8651
    """
    x = require_floats("mish", x)
    return x * jnp.tanh(softplus(x))


def mish_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `mish`: tanh(s) + x (1 − tanh²(s)) σ(x), with s = softplus(x).

    >>> round(float(mish_derivative(0.0)), 4)
    0.6
    """
    x = require_floats("mish_derivative", x)
    height = softplus(x)
    return jnp.tanh(height) + x * tanh_derivative(height) * sigmoid(x)
