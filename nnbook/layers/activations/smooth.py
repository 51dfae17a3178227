"""Activations with curves: the sigmoid and its relatives, softplus, and exponential linear units.

Each is computed so that neither the value nor the gradient overflows. A `jnp.where` alone does not protect a
gradient: the side not chosen is differentiated too, and infinity times zero is NaN. So what overflows must not be
computed at all, on either side.
"""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from nnbook.errors import require_floats

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def sigmoid(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Squash any number to between 0 and 1: σ(x) = 1 / (1 + e⁻ˣ).

    Derivative: σ(x) (1 − σ(x)), at most 1/4.
    Range: (0, 1).
    Used: gates; the probability of yes in a yes-or-no question.
    Weakness: ten layers multiply a gradient by at most 0.25¹⁰; the output is never negative.
    Source: Rumelhart, Hinton and Williams (1986), eq. (2).

    >>> float(sigmoid(0.0))
    0.5
    """
    x = require_floats("sigmoid", x)
    # e⁻ˣ overflows for x < −88, so we use e^−|x| ≤ 1. (|x| by `where`: the slope of jnp.abs at 0 is 0, not 1.)
    decay = jnp.exp(-jnp.where(x >= 0, x, -x))
    return jnp.where(x >= 0, 1.0, decay) / (1 + decay)


def sigmoid_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `sigmoid`: σ(x) σ(−x), which is σ(x) (1 − σ(x)) without the loss of digits near σ = 1.

    >>> float(sigmoid_derivative(0.0))
    0.25
    """
    x = require_floats("sigmoid_derivative", x)
    return sigmoid(x) * sigmoid(-x)


def tanh(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Squash any number to between −1 and 1: (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2σ(2x) − 1.

    Derivative: 1 − tanh²(x), at most 1.
    Range: (−1, 1).
    Used: the state of recurrent networks; small networks.
    Weakness: flat at both ends.
    Source: LeCun et al. (1998), Efficient BackProp, section 4.4.

    >>> float(tanh(0.0))
    0.0
    """
    return jnp.tanh(require_floats("tanh", x))


def tanh_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `tanh`: 1 − tanh²(x), written 4σ(2x)σ(−2x), which keeps its digits where tanh is near ±1.

    >>> float(tanh_derivative(0.0))
    1.0
    """
    x = require_floats("tanh_derivative", x)
    return 4 * sigmoid_derivative(2 * x)


def softplus(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Round off ReLU's corner: log(1 + eˣ).

    Derivative: σ(x).
    Range: (0, ∞).
    Used: where a number must be positive, such as a standard deviation; inside stable losses.
    Weakness: dearer than ReLU, never exactly 0, and not zero-centred.
    Source: Dugas et al. (2001), eq. (3).

    >>> softplus(jnp.array([-10000.0, 10000.0])).tolist()
    [0.0, 10000.0]
    """
    # logaddexp(x, 0) = log(eˣ + e⁰), without forming eˣ.
    return jnp.logaddexp(require_floats("softplus", x), 0.0)


def softplus_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `softplus`: σ(x).

    >>> float(softplus_derivative(0.0))
    0.5
    """
    return sigmoid(require_floats("softplus_derivative", x))


def elu(x: Float[ArrayLike, "*shape"], alpha: float = 1.0) -> Float[Array, "*shape"]:
    """Let the negative side level off at −α: x for x > 0, α (eˣ − 1) otherwise.

    Derivative: 1 for x > 0, α eˣ otherwise.
    Range: (−α, ∞).
    Used: deep networks without normalisation.
    Weakness: an exponential for each negative number; for α ≠ 1 the slope jumps at 0.
    Source: Clevert, Unterthiner and Hochreiter (2016), eq. (15).

    >>> elu(jnp.array([-10000.0, 3.0]), alpha=2.0).tolist()
    [-2.0, 3.0]
    """
    x = require_floats("elu", x)
    # The positive side is cut off before the exponential, or its gradient would be inf · 0.
    return jnp.where(x <= 0, alpha * jnp.expm1(jnp.where(x <= 0, x, 0.0)), x)


def elu_derivative(x: Float[ArrayLike, "*shape"], alpha: float = 1.0) -> Float[Array, "*shape"]:
    """Give the slope of `elu`: 1 for x > 0, else α eˣ.

    >>> elu_derivative(jnp.array([-10000.0, 3.0]), alpha=2.0).tolist()
    [0.0, 1.0]
    """
    x = require_floats("elu_derivative", x)
    return jnp.where(x > 0, 1.0, alpha * jnp.exp(jnp.where(x > 0, 0.0, x)))


def selu(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Scale ELU so that layer after layer keeps mean 0 and variance 1: λ · elu(x, α), λ = 1.0507, α = 1.6733.

    Derivative: λ for x > 0, λ α eˣ otherwise.
    Range: (−λα, ∞) = (−1.758, ∞).
    Used: deep fully connected networks without normalisation.
    Weakness: keeps its promise only with weights of variance 1 / inputs and no ordinary dropout.
    Source: Klambauer et al. (2017), eq. (2) and (14).

    >>> round(float(selu(1.0)), 4)
    1.0507
    """
    return SELU_SCALE * elu(require_floats("selu", x), SELU_ALPHA)


def selu_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `selu`: λ for x > 0, else λ α eˣ.

    >>> round(float(selu_derivative(1.0)), 4)
    1.0507
    """
    return SELU_SCALE * elu_derivative(require_floats("selu_derivative", x), SELU_ALPHA)
