"""Backpropagation by hand: the gradient of a multilayer perceptron without automatic differentiation.

The activation and its derivative are handed in side by side, as `nnbook.layers.activations` has them:
`sigmoid` and `sigmoid_derivative`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnbook.errors import ShapeError
from nnbook.layers.activations import relu, relu_derivative
from nnbook.layers.linear import Linear
from nnbook.models import mlp
from nnbook.models.mlp import MLP, Signal

Elementwise = Callable[[jax.Array], jax.Array]


def deltas(
    params: MLP,
    signals: tuple[Signal, ...],
    gradient: Float[Array, "outputs"],
    derivative: Elementwise = relu_derivative,
) -> tuple[Float[Array, "units"], ...]:
    """Send the gradient at the outputs back: δ of every layer, the slope of the loss with its pre-activation.

    The last layer has no activation, so its δ is the gradient itself; each before it weighs the δ behind it by the
    weights it was sent through, and by its own slope: δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ φ′(zˡ). First layer first; each δ has the
    unit of the loss per unit of z.
    Raises ShapeError if gradient is not one number for each output, or signals not those of the params.
    Source: Rumelhart, Hinton and Williams (1986), eq. (5) and (7); Nielsen (2015), chapter 2, (BP1) and (BP2).

    >>> network = MLP(layers=(Linear(w=jnp.eye(2), b=jnp.zeros(2)), Linear(w=jnp.array([[3.0, 5.0]]), b=jnp.zeros(1))))
    >>> seen = mlp.signals(network, jnp.array([1.0, -1.0]))
    >>> [delta.tolist() for delta in deltas(network, seen, jnp.array([2.0]))]
    [[6.0, 0.0], [2.0]]
    """
    if len(signals) != len(params.layers):
        raise ShapeError(
            "backpropagation",
            got=f"signals of {len(signals)} layers for a network of {len(params.layers)}",
            want="those that mlp.signals gives for these params",
        )
    outputs = signals[-1].pre_activation.shape
    if gradient.shape != outputs:
        raise ShapeError(
            "backpropagation",
            got=f"a gradient of shape {gradient.shape}",
            want=f"one of shape {outputs}, as the outputs have",
            hint="one example at a time; for a batch, use jax.vmap",
        )
    delta, backwards = gradient, [gradient]
    for layer, signal in zip(params.layers[:0:-1], signals[-2::-1], strict=True):
        delta = (layer.w.T @ delta) * derivative(signal.pre_activation)
        backwards.append(delta)
    return tuple(backwards[::-1])


def gradients(
    params: MLP,
    x: Float[Array, "inputs"],
    gradient: Float[Array, "outputs"],
    activation: Elementwise = relu,
    derivative: Elementwise = relu_derivative,
) -> MLP:
    """Pass x forward and the gradient of the loss at the outputs back: how the loss changes with every weight and bias.

    A weight's slope is the δ of the neuron it leads to times the activation it comes from, ∂L/∂Wˡ = δˡ (aˡ⁻¹)ᵀ; a
    bias's is δ itself. For cross-entropy the gradient at the logits is share − label, for the mean of squares
    2 (prediction − target) / outputs. Raises ShapeError if x or gradient does not fit the network.
    Source: Rumelhart, Hinton and Williams (1986), eq. (6); Nielsen (2015), chapter 2, (BP3) and (BP4).

    >>> network = mlp.init(jax.random.key(0), sizes=(2, 8, 1))
    >>> gradients(network, jnp.ones(2), jnp.ones(1)).layers[1].b.tolist()
    [1.0]
    """
    seen = mlp.signals(params, x, activation)
    comes_from = (x, *(signal.activation for signal in seen[:-1]))
    return MLP(
        layers=tuple(
            Linear(w=jnp.outer(delta, a), b=delta)
            for delta, a in zip(deltas(params, seen, gradient, derivative), comes_from, strict=True)
        )
    )
