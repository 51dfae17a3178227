"""The table of activations: for each its function, its slope, its formulas and the numbers a reader remembers."""

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Array, Float

from nnbook.layers.activations import piecewise, self_gated, smooth

Elementwise = Callable[[Float[Array, "*shape"]], Float[Array, "*shape"]]


@dataclass(frozen=True)
class Activation:
    """One activation of a single number, with its default constants.

    `formula` and `slope` are LaTeX in x. `range` is the smallest closed interval that holds all values, and
    `largest_slope` the least upper bound of |f′|; both are without unit. `kinks` are the x where value or slope jumps.

    >>> ACTIVATIONS["sigmoid"].range, ACTIVATIONS["sigmoid"].largest_slope
    ((0, 1), 0.25)
    """

    title: str
    function: Elementwise
    derivative: Elementwise
    formula: str
    slope: str
    range: tuple[float, float]
    largest_slope: float
    kinks: tuple[float, ...] = ()


_ALL = math.inf
_SELU_FLOOR = smooth.SELU_SCALE * smooth.SELU_ALPHA

ACTIVATIONS: dict[str, Activation] = {
    "step": Activation(
        "step", piecewise.step, piecewise.step_derivative,
        r"\begin{cases} 1 & x \ge 0 \\ 0 & x < 0 \end{cases}", r"0 \text{ if } x < 0 \text{ or } x > 0",
        (0, 1), 0, (0,),
    ),
    "sigmoid": Activation(
        "sigmoid", smooth.sigmoid, smooth.sigmoid_derivative,
        r"\sigma(x) = \frac{1}{1 + e^{-x}}", r"\sigma(x)\,\bigl(1 - \sigma(x)\bigr)",
        (0, 1), 1 / 4,
    ),
    "tanh": Activation(
        "tanh", smooth.tanh, smooth.tanh_derivative,
        r"\tanh x = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}", r"1 - \tanh^2 x",
        (-1, 1), 1,
    ),
    "relu": Activation(
        "ReLU", piecewise.relu, piecewise.relu_derivative,
        r"\max(0, x)", r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
        (0, _ALL), 1, (0,),
    ),
    "leaky_relu": Activation(
        "leaky ReLU", piecewise.leaky_relu, piecewise.leaky_relu_derivative,
        r"\begin{cases} x & x > 0 \\ 0.01\,x & x \le 0 \end{cases}",
        r"\begin{cases} 1 & x > 0 \\ 0.01 & x \le 0 \end{cases}",
        (-_ALL, _ALL), 1, (0,),
    ),
    "elu": Activation(
        "ELU", smooth.elu, smooth.elu_derivative,
        r"\begin{cases} x & x > 0 \\ e^{x} - 1 & x \le 0 \end{cases}",
        r"\begin{cases} 1 & x > 0 \\ e^{x} & x \le 0 \end{cases}",
        (-1, _ALL), 1,
    ),
    "selu": Activation(
        "SELU", smooth.selu, smooth.selu_derivative,
        r"\lambda \begin{cases} x & x > 0 \\ \alpha\,(e^{x} - 1) & x \le 0 \end{cases}",
        r"\lambda \begin{cases} 1 & x > 0 \\ \alpha\,e^{x} & x \le 0 \end{cases}",
        (-_SELU_FLOOR, _ALL), _SELU_FLOOR, (0,),
    ),
    "gelu": Activation(
        "GELU", self_gated.gelu, self_gated.gelu_derivative,
        r"x\,\Phi(x)", r"\Phi(x) + x\,n(x)",
        (-0.16997121, _ALL), 1.12890415,
    ),
    "gelu_tanh": Activation(
        "GELU (tanh)", self_gated.gelu_tanh, self_gated.gelu_tanh_derivative,
        r"\tfrac{1}{2}\,x\,\bigl(1 + \tanh u\bigr),\; u = \sqrt{2/\pi}\,(x + 0.044715\,x^3)",
        r"\tfrac{1}{2}\,(1 + \tanh u) + \tfrac{1}{2}\,x\,(1 - \tanh^2 u)\,u'",
        (-0.17004075, _ALL), 1.12899307,
    ),
    "silu": Activation(
        "SiLU (swish)", self_gated.silu, self_gated.silu_derivative,
        r"x\,\sigma(x)", r"\sigma(x)\,\bigl(1 + x\,(1 - \sigma(x))\bigr)",
        (-0.27846454, _ALL), 1.09983932,
    ),
    "softplus": Activation(
        "softplus", smooth.softplus, smooth.softplus_derivative,
        r"\ln(1 + e^{x})", r"\sigma(x)",
        (0, _ALL), 1,
    ),
    "mish": Activation(
        "mish", self_gated.mish, self_gated.mish_derivative,
        r"x \tanh s,\; s = \ln(1 + e^{x})", r"\tanh s + x\,(1 - \tanh^2 s)\,\sigma(x)",
        (-0.30884341, _ALL), 1.08849816,
    ),
    "relu6": Activation(
        "ReLU6", piecewise.relu6, piecewise.relu6_derivative,
        r"\min(\max(0, x), 6)", r"\begin{cases} 1 & 0 < x < 6 \\ 0 & \text{otherwise} \end{cases}",
        (0, 6), 1, (0, 6),
    ),
    "hard_sigmoid": Activation(
        "hard sigmoid", piecewise.hard_sigmoid, piecewise.hard_sigmoid_derivative,
        r"\tfrac{1}{6} \min(\max(0, x + 3), 6)",
        r"\begin{cases} \tfrac{1}{6} & -3 < x < 3 \\ 0 & \text{otherwise} \end{cases}",
        (0, 1), 1 / 6, (-3, 3),
    ),
    "hard_tanh": Activation(
        "hard tanh", piecewise.hard_tanh, piecewise.hard_tanh_derivative,
        r"\min(\max(-1, x), 1)", r"\begin{cases} 1 & -1 < x < 1 \\ 0 & \text{otherwise} \end{cases}",
        (-1, 1), 1, (-1, 1),
    ),
    "hard_swish": Activation(
        "hard swish", piecewise.hard_swish, piecewise.hard_swish_derivative,
        r"\tfrac{1}{6}\,x \min(\max(0, x + 3), 6)",
        r"\begin{cases} 0 & x \le -3 \\ \tfrac{1}{6}(2x + 3) & -3 < x < 3 \\ 1 & x \ge 3 \end{cases}",
        (-0.375, _ALL), 1.5, (-3, 3),
    ),
}  # fmt: skip


def activation_named(name: str) -> Activation:
    """Look an activation up by its name in `ACTIVATIONS`.

    Raises ValueError for a name that is not there, with the nearest one that is.

    >>> activation_named("sigmoid").largest_slope
    0.25
    >>> activation_named("sigmoyd")
    Traceback (most recent call last):
        ...
    ValueError: activation 'sigmoyd' is not known; did you mean 'sigmoid'?
    """
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    near = difflib.get_close_matches(name, ACTIVATIONS, n=1, cutoff=0)
    raise ValueError(f"activation {name!r} is not known; did you mean {near[0]!r}?")
