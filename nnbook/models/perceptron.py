"""Rosenblatt's perceptron: a neuron that fires or not, and learns only from its mistakes."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key, Num

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.layers import neuron
from nnbook.layers.activations import step
from nnbook.layers.neuron import Neuron


class History(NamedTuple):
    """What `fit` found, and the way there; mistakes[-1] = 0 means that the last epoch went without one.

    `after` holds the neuron as it was after each epoch, along a first axis.
    """

    params: Neuron
    after: Neuron
    mistakes: Int[Array, "epochs"]


def init(key: Key[Array, ""], *, inputs: int) -> Neuron:
    """Draw a neuron at random, as `neuron.init` does; from which weights the rule starts does not matter to it.

    >>> init(jax.random.key(0), inputs=2).w.shape
    (2,)
    """
    return neuron.init(key, inputs=inputs)


def predict(params: Neuron, x: Float[Array, "inputs"]) -> Float[Array, ""]:
    """Fire, 1, if w·x + b ≥ 0; else stay silent, 0.

    Raises ShapeError if x has another length than w.
    Source: Rosenblatt (1958).

    >>> float(predict(Neuron(w=jnp.array([1.0, 1.0]), b=jnp.array(-1.5)), jnp.array([1.0, 1.0])))
    1.0
    """
    return neuron.apply(params, x, activation=step)


def update(params: Neuron, x: Float[Array, "inputs"], label: Num[Array, ""], learning_rate: float = 1.0) -> Neuron:
    """Learn from one example: w ← w + η (y − ŷ) x and b ← b + η (y − ŷ).

    The label y is 0 or 1. Nothing changes where the prediction ŷ was right. Raises as `predict` does.
    Source: Rosenblatt (1962), Principles of Neurodynamics; Bishop (2006), eq. (4.55).

    >>> silent = Neuron(w=jnp.zeros(2), b=jnp.array(-1.0))
    >>> update(silent, jnp.array([1.0, 0.0]), jnp.array(1)).w.tolist()
    [1.0, 0.0]
    """
    error = label.astype(x.dtype) - predict(params, x)
    return Neuron(w=params.w + learning_rate * error * x, b=params.b + learning_rate * error)


def fit(
    params: Neuron,
    inputs: Float[Array, "examples inputs"],
    labels: Num[Array, "examples"],
    *,
    epochs: int,
    learning_rate: float = 1.0,
) -> History:
    """Show all examples in their order, `epochs` times over, and update after each.

    If a line separates the two classes, the mistakes stop after finitely many (see `mistake_bound`); if none does,
    as with XOR, they never stop.
    Raises ShapeError if inputs and labels differ in number or are empty, ValueError for fewer than one epoch.
    Source: Rosenblatt (1962); convergence, Novikoff (1962).

    >>> from nnbook.data import logic_gate
    >>> gate = logic_gate("AND")
    >>> start = Neuron(w=jnp.zeros(2), b=jnp.zeros(()))
    >>> fit(start, gate.inputs, gate.labels, epochs=6).mistakes.tolist()
    [2, 3, 3, 2, 1, 0]
    """
    require_sizes("perceptron.fit", epochs=epochs)
    inputs = require_floats("perceptron.fit", inputs, "inputs")
    _require_examples("perceptron.fit", inputs, labels)

    def visit(neuron: Neuron, example):
        x, label = example
        return update(neuron, x, label, learning_rate), predict(neuron, x) != label.astype(x.dtype)

    def epoch(neuron: Neuron, _):
        neuron, wrong = jax.lax.scan(visit, neuron, (inputs, labels))
        return neuron, (neuron, wrong.sum())

    params = jax.tree.map(lambda leaf: require_floats("perceptron.fit", leaf, "params").astype(inputs.dtype), params)
    final, (after, mistakes) = jax.lax.scan(epoch, params, length=epochs)
    return History(final, after, mistakes)


def mistake_bound(
    separator: Neuron, inputs: Float[Array, "examples inputs"], labels: Num[Array, "examples"]
) -> Float[Array, ""]:
    """Bound the mistakes `fit` makes from w = 0, b = 0: (R/γ)².

    R is the longest example and γ the margin of the separator, both counted with the bias as one more weight on a
    constant input of 1. The separator has to put every example on its right side; otherwise the bound is NaN.
    Raises ShapeError if inputs and labels differ in number or are empty.
    Source: Novikoff (1962), On convergence proofs on perceptrons.

    >>> from nnbook.data import logic_gate
    >>> gate = logic_gate("AND")
    >>> round(float(mistake_bound(Neuron(w=jnp.array([2.0, 2.0]), b=jnp.array(-3.0)), gate.inputs, gate.labels)))
    51
    """
    inputs = require_floats("mistake_bound", inputs, "inputs")
    _require_examples("mistake_bound", inputs, labels)
    side = 2 * labels.astype(inputs.dtype) - 1
    scores = jax.vmap(neuron.pre_activation, in_axes=(None, 0))(separator, inputs)
    length = jnp.sqrt(separator.w @ separator.w + separator.b**2)
    margin = (side * scores).min() / length
    longest = jnp.sqrt((inputs**2).sum(axis=1) + 1).max()
    return jnp.where(margin > 0, (longest / margin) ** 2, jnp.nan)


def _require_examples(where: str, inputs: jax.Array, labels: jax.Array) -> None:
    if inputs.ndim != 2 or 0 in inputs.shape or labels.shape != inputs.shape[:1]:
        raise ShapeError(
            where,
            got=f"inputs of shape {inputs.shape} and labels of shape {labels.shape}",
            want="inputs of shape (examples, inputs) and one label for each example, at least one",
        )
