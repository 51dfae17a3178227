"""A linear layer: as many neurons side by side as there are outputs, before their activation."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.pytree import params


@params
class Linear:
    """Row i of w holds the weights of neuron i, b[i] its bias.

    >>> Linear(w=jnp.ones((2, 3)), b=jnp.zeros(2)).w.shape
    (2, 3)
    """

    w: Float[Array, "outputs inputs"]
    b: Float[Array, "outputs"]


def lecun_normal(key: Key[Array, ""], *, inputs: int, outputs: int) -> Float[Array, "outputs inputs"]:
    r"""Draw normal weights of variance 1 / inputs: what comes out varies as much as what goes in.

    Formula: w_{ij} \sim \mathcal{N}\bigl(0,\; 1 / n_\text{in}\bigr)
    For linear layers, and for tanh and SELU.
    Source: LeCun et al. (1998), Efficient BackProp, eq. (16).

    >>> lecun_normal(jax.random.key(0), inputs=3, outputs=2).shape
    (2, 3)
    """
    return _normal("lecun_normal", key, inputs, outputs, variance=lambda: 1 / inputs)


def xavier_normal(key: Key[Array, ""], *, inputs: int, outputs: int) -> Float[Array, "outputs inputs"]:
    r"""Draw normal weights of variance 2 / (inputs + outputs): a compromise between signal and gradient.

    Formula: w_{ij} \sim \mathcal{N}\Bigl(0,\; \frac{2}{n_\text{in} + n_\text{out}}\Bigr)
    For tanh and sigmoid.
    Source: Glorot and Bengio (2010), eq. (12).

    >>> xavier_normal(jax.random.key(0), inputs=3, outputs=2).shape
    (2, 3)
    """
    return _normal("xavier_normal", key, inputs, outputs, variance=lambda: 2 / (inputs + outputs))


def xavier_uniform(key: Key[Array, ""], *, inputs: int, outputs: int) -> Float[Array, "outputs inputs"]:
    r"""Draw uniform weights between ±√(6 / (inputs + outputs)), of the same variance as `xavier_normal`.

    Formula: w_{ij} \sim \mathcal{U}(-a, a), \quad a = \sqrt{\frac{6}{n_\text{in} + n_\text{out}}}
    For tanh and sigmoid.
    Source: Glorot and Bengio (2010), eq. (16).

    >>> w = xavier_uniform(jax.random.key(0), inputs=300, outputs=300)
    >>> round(float(jnp.abs(w).max()), 2)  # √(6 / 600)
    0.1
    """
    require_key("xavier_uniform", key)
    require_sizes("xavier_uniform", inputs=inputs, outputs=outputs)
    bound = (6 / (inputs + outputs)) ** 0.5
    return jax.random.uniform(key, (outputs, inputs), minval=-bound, maxval=bound)


def he_normal(key: Key[Array, ""], *, inputs: int, outputs: int) -> Float[Array, "outputs inputs"]:
    r"""Draw normal weights of variance 2 / inputs: the 2 makes up for the half that ReLU cuts away.

    Formula: w_{ij} \sim \mathcal{N}\bigl(0,\; 2 / n_\text{in}\bigr)
    For ReLU and its relatives.
    Source: He et al. (2015), eq. (10).

    >>> w = he_normal(jax.random.key(0), inputs=200, outputs=200)
    >>> round(float(w.var()), 2)  # 2 / 200
    0.01
    """
    return _normal("he_normal", key, inputs, outputs, variance=lambda: 2 / inputs)


def _normal(where: str, key: Key[Array, ""], inputs: int, outputs: int, variance: Callable[[], float]) -> jax.Array:
    require_key(where, key)
    require_sizes(where, inputs=inputs, outputs=outputs)
    return variance() ** 0.5 * jax.random.normal(key, (outputs, inputs))


def init(key: Key[Array, ""], *, inputs: int, outputs: int, weights: Callable[..., jax.Array] = lecun_normal) -> Linear:
    """Draw the weights by the function given, such as `he_normal`; the biases start at 0.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), inputs=3, outputs=2).b.tolist()
    [0.0, 0.0]
    """
    require_key("linear.init", key)
    require_sizes("linear.init", inputs=inputs, outputs=outputs)
    return Linear(w=weights(key, inputs=inputs, outputs=outputs), b=jnp.zeros(outputs))


def apply(params: Linear, x: Float[Array, "inputs"]) -> Float[Array, "outputs"]:
    r"""Weigh and add, for every neuron at once: z = W x + b.

    Formula: \mathbf{z} = W \mathbf{x} + \mathbf{b}
    Raises ShapeError if x, w and b do not fit, TypeError if x is not made of floats.
    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, eq. (6.40).

    >>> layer = Linear(w=jnp.array([[1.0, 2.0], [0.0, -1.0]]), b=jnp.array([0.5, 0.0]))
    >>> apply(layer, jnp.array([3.0, 1.0])).tolist()
    [5.5, -1.0]
    """
    x = require_floats("linear", x)
    w, b = require_floats("linear", params.w, "w"), require_floats("linear", params.b, "b")
    if w.ndim != 2 or 0 in w.shape or b.shape != w.shape[:1]:
        raise ShapeError(
            "linear",
            got=f"w of shape {w.shape} and b of shape {b.shape}",
            want="w of shape (outputs, inputs) and b of shape (outputs,)",
        )
    if x.shape != w.shape[1:]:
        hint = ""
        if x.ndim > 1:
            hint = "map over a batch with jax.vmap(apply, in_axes=(None, 0))"
        elif x.shape == w.shape[:1]:
            hint = "w holds one row for each output; is it transposed?"
        raise ShapeError(
            "linear",
            got=f"x of shape {x.shape}",
            want=f"x of shape {w.shape[1:]}, the inputs of w {w.shape}",
            hint=hint,
        )
    return w @ x + b
