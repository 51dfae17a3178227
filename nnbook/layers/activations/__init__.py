"""Activation functions, each beside the derivative that was worked out by hand.

`piecewise` holds those made of straight lines, `smooth` the sigmoid and its relatives, `self_gated` those in which
x is its own gate, `vectors` those that look at several numbers at once. `ACTIVATIONS` is the table of all that take
a single number.
"""

from nnbook.layers.activations.piecewise import (
    hard_sigmoid,
    hard_sigmoid_derivative,
    hard_swish,
    hard_swish_derivative,
    hard_tanh,
    hard_tanh_derivative,
    leaky_relu,
    leaky_relu_derivative,
    relu,
    relu6,
    relu6_derivative,
    relu_derivative,
    step,
    step_derivative,
)
from nnbook.layers.activations.self_gated import (
    gelu,
    gelu_derivative,
    gelu_tanh,
    gelu_tanh_derivative,
    mish,
    mish_derivative,
    silu,
    silu_derivative,
)
from nnbook.layers.activations.smooth import (
    elu,
    elu_derivative,
    selu,
    selu_derivative,
    sigmoid,
    sigmoid_derivative,
    softplus,
    softplus_derivative,
    tanh,
    tanh_derivative,
)
from nnbook.layers.activations.table import ACTIVATIONS, Activation, activation_named
from nnbook.layers.activations.vectors import glu, log_softmax, softmax, softmax_jacobian, swiglu

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "activation_named",
    "elu",
    "elu_derivative",
    "gelu",
    "gelu_derivative",
    "gelu_tanh",
    "gelu_tanh_derivative",
    "glu",
    "hard_sigmoid",
    "hard_sigmoid_derivative",
    "hard_swish",
    "hard_swish_derivative",
    "hard_tanh",
    "hard_tanh_derivative",
    "leaky_relu",
    "leaky_relu_derivative",
    "log_softmax",
    "mish",
    "mish_derivative",
    "relu",
    "relu6",
    "relu6_derivative",
    "relu_derivative",
    "selu",
    "selu_derivative",
    "sigmoid",
    "sigmoid_derivative",
    "silu",
    "silu_derivative",
    "softmax",
    "softmax_jacobian",
    "softplus",
    "softplus_derivative",
    "step",
    "step_derivative",
    "swiglu",
    "tanh",
    "tanh_derivative",
]
