"""Activations made of straight lines: cheap, and flat or linear on each piece.

At a kink the slope is that of the piece on the flat side; `jax.grad` and the derivatives here agree on it.
Every comparison is written so that NaN passes through instead of turning into a number.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from nnbook.errors import require_floats


def _clamp(x: jax.Array, low: float, high: float) -> jax.Array:
    # Not jnp.clip: where x meets a bound, its gradient is shared out half and half.
    return jnp.where(x <= low, low, jnp.where(x >= high, high, x))


def step(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Fire or not: 1 for x ≥ 0, else 0 (Heaviside's function).

    Derivative: 0 wherever there is one.
    Range: 0 and 1.
    Used: the perceptron.
    Weakness: no gradient, so nothing behind it can learn by gradient descent.
    Source: McCulloch and Pitts (1943); Rosenblatt (1958).

    >>> step(jnp.array([-0.5, 0.0, 2.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    x = require_floats("step", x)
    return jnp.where(x >= 0, 1.0, jnp.where(x < 0, 0.0, x))


def step_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `step`: 0, also at the jump, where the true slope is infinite.

    >>> step_derivative(jnp.array([-0.5, 0.0, 2.0])).tolist()
    [0.0, 0.0, 0.0]
    """
    return jnp.zeros_like(require_floats("step_derivative", x))


def relu(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Keep what is positive: max(0, x).

    Derivative: 1 for x > 0, 0 for x ≤ 0.
    Range: [0, ∞).
    Used: the default of convolutional and feed-forward networks, and of the first Transformer.
    Weakness: a unit that is negative on every example has no gradient and stays dead.
    Source: Nair and Hinton (2010); Fukushima (1969) before them.

    >>> relu(jnp.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 3.0]
    """
    x = require_floats("relu", x)
    return jnp.where(x <= 0, 0.0, x)


def relu_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `relu`: 1 for x > 0, else 0.

    >>> relu_derivative(jnp.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    return _slopes(x, "relu_derivative", 0.0, (0.0, 1.0))


def leaky_relu(x: Float[ArrayLike, "*shape"], slope: float = 0.01) -> Float[Array, "*shape"]:
    """Let a little of the negative through: x for x > 0, slope · x otherwise.

    Derivative: 1 for x > 0, slope for x ≤ 0.
    Range: (−∞, ∞).
    Used: discriminators of generative adversarial networks, and where ReLU units die.
    Weakness: one more number to choose, and rarely a gain over ReLU.
    Source: Maas, Hannun and Ng (2013), eq. (2).

    >>> leaky_relu(jnp.array([-2.0, 3.0]), slope=0.5).tolist()
    [-1.0, 3.0]
    """
    x = require_floats("leaky_relu", x)
    return jnp.where(x <= 0, slope * x, x)


def leaky_relu_derivative(x: Float[ArrayLike, "*shape"], slope: float = 0.01) -> Float[Array, "*shape"]:
    """Give the slope of `leaky_relu`: 1 for x > 0, else slope.

    >>> leaky_relu_derivative(jnp.array([-2.0, 3.0]), slope=0.5).tolist()
    [0.5, 1.0]
    """
    return _slopes(x, "leaky_relu_derivative", 0.0, (slope, 1.0))


def relu6(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Keep what is positive, but no more than 6: min(max(0, x), 6).

    Derivative: 1 for 0 < x < 6, else 0.
    Range: [0, 6].
    Used: networks for phones, whose numbers are stored in few bits.
    Weakness: no gradient above 6 either.
    Source: Krizhevsky (2010), Convolutional Deep Belief Networks on CIFAR-10; Howard et al. (2017), MobileNets.

    >>> relu6(jnp.array([-2.0, 3.0, 9.0])).tolist()
    [0.0, 3.0, 6.0]
    """
    return _clamp(require_floats("relu6", x), 0.0, 6.0)


def relu6_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `relu6`: 1 for 0 < x < 6, else 0.

    >>> relu6_derivative(jnp.array([-2.0, 3.0, 9.0])).tolist()
    [0.0, 1.0, 0.0]
    """
    return _between(x, "relu6_derivative", 0.0, 6.0, 1.0)


def hard_tanh(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Replace tanh by three straight lines: x, held between −1 and 1.

    Derivative: 1 for −1 < x < 1, else 0.
    Range: [−1, 1].
    Used: where tanh is too costly; recurrent networks with few bits.
    Weakness: no gradient outside (−1, 1).
    Source: Collobert (2004), Large Scale Machine Learning, thesis.

    >>> hard_tanh(jnp.array([-2.0, 0.5, 2.0])).tolist()
    [-1.0, 0.5, 1.0]
    """
    return _clamp(require_floats("hard_tanh", x), -1.0, 1.0)


def hard_tanh_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `hard_tanh`: 1 for −1 < x < 1, else 0.

    >>> hard_tanh_derivative(jnp.array([-2.0, 0.5, 2.0])).tolist()
    [0.0, 1.0, 0.0]
    """
    return _between(x, "hard_tanh_derivative", -1.0, 1.0, 1.0)


def hard_sigmoid(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Replace the sigmoid by three straight lines: relu6(x + 3) / 6.

    Derivative: 1/6 for −3 < x < 3, else 0.
    Range: [0, 1].
    Used: gates in networks for phones.
    Weakness: no gradient outside (−3, 3); other libraries draw the middle line with slope 0.2.
    Source: Howard et al. (2019), MobileNetV3, section 5.2.

    >>> hard_sigmoid(jnp.array([-3.0, 0.0, 3.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return _clamp(require_floats("hard_sigmoid", x) + 3, 0.0, 6.0) / 6


def hard_sigmoid_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `hard_sigmoid`: 1/6 for −3 < x < 3, else 0.

    >>> [round(float(slope), 3) for slope in hard_sigmoid_derivative(jnp.array([-4.0, 0.0, 4.0]))]
    [0.0, 0.167, 0.0]
    """
    return _between(x, "hard_sigmoid_derivative", -3.0, 3.0, 1 / 6)


def hard_swish(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Replace SiLU's sigmoid by straight lines: x · relu6(x + 3) / 6.

    Derivative: (2x + 3) / 6 for −3 < x < 3, 0 below, 1 above.
    Range: [−0.375, ∞), lowest at x = −1.5.
    Used: MobileNetV3, in the deeper half.
    Weakness: no gradient below −3; the slope jumps from 0 to −0.5 at x = −3 and from 1.5 to 1 at x = 3.
    Source: Howard et al. (2019), MobileNetV3, section 5.2.

    >>> hard_swish(jnp.array([-1.5, 0.0, 3.0])).tolist()
    [-0.375, 0.0, 3.0]
    """
    x = require_floats("hard_swish", x)
    return x * hard_sigmoid(x)


def hard_swish_derivative(x: Float[ArrayLike, "*shape"]) -> Float[Array, "*shape"]:
    """Give the slope of `hard_swish`: (2x + 3) / 6 for −3 < x < 3, 0 below, 1 above.

    >>> hard_swish_derivative(jnp.array([-4.0, 0.0, 4.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    x = require_floats("hard_swish_derivative", x)
    return jnp.where(x <= -3, 0.0, jnp.where(x >= 3, 1.0, (2 * x + 3) / 6))


def _slopes(x: ArrayLike, where: str, kink: float, slopes: tuple[float, float]) -> jax.Array:
    x = require_floats(where, x)
    below, above = slopes
    return jnp.where(x <= kink, below, jnp.where(x > kink, above, x))


def _between(x: ArrayLike, where: str, low: float, high: float, slope: float) -> jax.Array:
    x = require_floats(where, x)
    return jnp.where((x <= low) | (x >= high), 0.0, jnp.where(x == x, slope, x))
