"""One artificial neuron: weigh the inputs, add them up, add the bias, decide."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.activations import sigmoid
from nnbook.pytree import params


@params
class Neuron:
    """A weight for each input, and the bias: how far the neuron is from firing when nothing comes in.

    >>> Neuron(w=jnp.array([1.0, 1.0]), b=jnp.array(-1.5)).w.shape
    (2,)
    """

    w: Float[Array, "inputs"]
    b: Float[Array, ""]


def init(key: Key[Array, ""], *, inputs: int) -> Neuron:
    """Draw the weights from a normal distribution of variance 1 / inputs; the bias starts at 0.

    With inputs of variance 1 the pre-activation then has variance 1, however many inputs there are.
    Raises TypeError for a key that is not one, ValueError for fewer than one input.
    Source: LeCun et al. (1998), Efficient BackProp, eq. (16).

    >>> init(jax.random.key(0), inputs=3).w.shape
    (3,)
    """
    require_key("neuron.init", key)
    require_sizes("neuron.init", inputs=inputs)
    return Neuron(w=jax.random.normal(key, (inputs,)) / jnp.sqrt(inputs), b=jnp.zeros(()))


def pre_activation(params: Neuron, x: Float[Array, "inputs"]) -> Float[Array, ""]:
    r"""Weigh and add: z = w·x + b.

    Formula: z = \mathbf{w} \cdot \mathbf{x} + b
    x holds one number for each weight; z has the unit of w times x.
    Raises ShapeError if x has another length than w, TypeError if x is not made of floats.
    Source: Rosenblatt (1958); McCulloch and Pitts (1943) for equal weights.

    >>> float(pre_activation(Neuron(w=jnp.array([2.0, -1.0]), b=jnp.array(0.5)), jnp.array([3.0, 4.0])))
    2.5
    """
    x = require_floats("neuron", x)
    w = require_floats("neuron", params.w, "w")
    if w.ndim != 1 or w.shape[0] == 0:
        raise ShapeError("neuron", got=f"w of shape {w.shape}", want="one weight for each input, w of shape (inputs,)")
    if jnp.shape(params.b) != ():
        raise ShapeError("neuron", got=f"b of shape {jnp.shape(params.b)}", want="one bias, b of shape ()")
    if x.shape != w.shape:
        hint = "map over a batch with jax.vmap(apply, in_axes=(None, 0))" if x.ndim > 1 else ""
        raise ShapeError("neuron", got=f"x of shape {x.shape}", want=f"x of shape {w.shape}, as w has", hint=hint)
    return w @ x + params.b


def apply(
    params: Neuron,
    x: Float[Array, "inputs"],
    activation: Callable[[Float[Array, ""]], Float[Array, ""]] = sigmoid,
) -> Float[Array, ""]:
    r"""Answer with the activation of the pre-activation: y = φ(w·x + b).

    Formula: y = \varphi(\mathbf{w} \cdot \mathbf{x} + b)
    `activation=step` gives the threshold unit of the perceptron: fire or not.
    Raises as `pre_activation` does.
    Source: Rosenblatt (1958).

    >>> float(apply(Neuron(w=jnp.array([1.0, 1.0]), b=jnp.array(-2.0)), jnp.array([1.0, 1.0])))
    0.5
    """
    return activation(pre_activation(params, x))


def signed_distance(params: Neuron, x: Float[Array, "inputs"]) -> Float[Array, ""]:
    r"""Measure how far x lies from the boundary w·x + b = 0: (w·x + b) / ‖w‖, positive on the side w points to.

    Formula: \frac{\mathbf{w} \cdot \mathbf{x} + b}{\lVert \mathbf{w} \rVert}
    The distance has the unit of x. It is NaN or infinite for w = 0, where there is no boundary.
    Raises as `pre_activation` does.
    Source: Bishop (2006), Pattern Recognition and Machine Learning, eq. (4.7).

    >>> float(signed_distance(Neuron(w=jnp.array([3.0, 4.0]), b=jnp.array(-5.0)), jnp.array([0.0, 0.0])))
    -1.0
    """
    return pre_activation(params, x) / jnp.linalg.norm(params.w)


def decision_line(params: Neuron, reach: float = 10.0) -> Float[Array, "ends=2 inputs=2"]:
    """Give two points of the line where a neuron of two inputs changes its mind, for drawing it.

    The ends lie `reach` to both sides of the line's point nearest to the origin, in the unit of x; w is at a right
    angle to the line. All numbers are NaN for w = 0, where there is no line.
    Raises ShapeError unless there are exactly two weights.
    Source: Bishop (2006), section 4.1.1.

    >>> line = decision_line(Neuron(w=jnp.array([0.0, 2.0]), b=jnp.array(-1.0)), reach=1.0)
    >>> line.tolist()
    [[1.0, 0.5], [-1.0, 0.5]]
    """
    w = require_floats("decision_line", params.w, "w")
    if w.shape != (2,):
        raise ShapeError(
            "decision_line", got=f"w of shape {w.shape}", want="w of shape (2,)", hint="only two inputs have a line"
        )
    nearest = -params.b * w / (w @ w)
    along = jnp.array([w[1], -w[0]]) / jnp.linalg.norm(w)
    return jnp.stack([nearest + reach * along, nearest - reach * along])
