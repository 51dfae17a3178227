"""What a network does to signals and gradients before it has learned anything, and which units take no part."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from nnbook.errors import ShapeError, require_sizes
from nnbook.layers.activations import relu
from nnbook.models import mlp
from nnbook.models.mlp import MLP

Elementwise = Callable[[jax.Array], jax.Array]


def gradient_lengths(
    params: MLP, x: Float[Array, "inputs"], gradient: Float[Array, "outputs"], activation: Elementwise = relu
) -> Float[Array, "layers"]:
    """Send a gradient back from the outputs, and give its length at the pre-activation of every layer, first layer first.

    The last number is the length of `gradient` itself, in whose unit all are given.
    Raises ShapeError if x or gradient does not fit the network.
    Source: Rumelhart, Hinton and Williams (1986), eq. (4) to (7).

    >>> network = mlp.init(jax.random.key(0), sizes=(2, 8, 1))
    >>> gradient_lengths(network, jnp.ones(2), jnp.ones(1)).shape
    (2,)
    """
    outputs, back = jax.vjp(lambda params: mlp.apply(params, x, activation), params)
    if gradient.shape != outputs.shape:
        raise ShapeError(
            "gradient_lengths",
            got=f"a gradient of shape {gradient.shape}",
            want=f"one of shape {outputs.shape}, as the outputs have",
        )
    # z = W x + b, so the slope with the bias is the slope with z.
    (slopes,) = back(gradient)
    return jnp.stack([jnp.linalg.norm(layer.b) for layer in slopes.layers])


def expected_gradient_factors(activation: Elementwise, *, gain: float, layers: int) -> Float[Array, "layers"]:
    """Predict by how much each layer multiplies the length of a gradient: √(gain · mean of φ′(z)²), first layer first.

    gain is inputs · variance of a weight: 1 for `lecun_normal`, 2 for `he_normal`. The inputs have mean square 1, the
    layers are wide and as many in as out, so that every pre-activation is normal with the variance that the layer
    before gives it. Without unit.
    Raises ValueError for a gain that is not positive or for no layers.
    Source: He et al. (2015), section 2.2, there for ReLU.

    >>> [round(float(factor), 3) for factor in expected_gradient_factors(relu, gain=1.0, layers=2)]
    [0.707, 0.707]
    """
    require_sizes("expected_gradient_factors", layers=layers)
    if not gain > 0:
        raise ValueError(f"expected_gradient_factors: got gain={gain}; wants more than 0")
    factors, mean_square = [], jnp.ones(())
    for _ in range(layers):
        spread = jnp.sqrt(gain * mean_square)
        factors.append(jnp.sqrt(gain * mean_over_normal(lambda z: _slope(activation, z) ** 2, spread)))
        mean_square = mean_over_normal(lambda z: activation(z) ** 2, spread)
    return jnp.stack(factors)


def mean_over_normal(
    function: Elementwise, spread: Float[Array, ""] | float = 1.0, mean: Float[Array, ""] | float = 0.0
) -> Float[Array, ""]:
    """Average function(z) over normal z with this mean and standard deviation, by adding up over a grid.

    Good to about five digits for a function with kinks, and for one that grows no faster than a polynomial.
    Source: the definition of a mean, as a Riemann sum.

    >>> round(float(mean_over_normal(lambda z: z**2, spread=3.0)), 3)
    9.0
    """
    # Half steps off zero, so that no point lies on a kink there; past 8 standard deviations nothing counts in float32.
    standard = (jnp.arange(-4000.0, 4000.0) + 0.5) / 500
    density = jnp.exp(-(standard**2) / 2)
    return (density * function(mean + spread * standard)).sum() / density.sum()


def dead_units(
    params: MLP, inputs: Float[Array, "examples inputs"], activation: Elementwise = relu
) -> tuple[Bool[Array, "units"], ...]:
    """Find the hidden units whose activation has slope 0 on every example: no gradient passes them.

    One array for each hidden layer, True for a dead unit.
    Raises ShapeError if the inputs are no batch, or do not fit the network.
    Source: Maas, Hannun and Ng (2013), section 2.

    >>> network = mlp.init(jax.random.key(0), sizes=(2, 8, 1))
    >>> [int(dead.sum()) for dead in dead_units(network, jnp.eye(2))]
    [1]
    """
    if inputs.ndim != 2 or len(inputs) == 0:
        raise ShapeError(
            "dead_units", got=f"inputs of shape {inputs.shape}", want="one row for each example, at least one"
        )
    seen = jax.vmap(lambda x: mlp.signals(params, x, activation))(inputs)
    return tuple((_slope(activation, layer.pre_activation) == 0).all(axis=0) for layer in seen[:-1])


def _slope(activation: Elementwise, z: jax.Array) -> jax.Array:
    # Forward mode: one number in, one out, for every element at once.
    return jax.jvp(activation, (z,), (jnp.ones_like(z),))[1]
