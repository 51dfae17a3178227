"""One neuron of two inputs whose line a reader moves over points."""

import math
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from nnbook.errors import ShapeError
from nnbook.layers.activations import activation_named
from nnbook.layers.neuron import Neuron, pre_activation
from nnbook.plotting import axes
from nnbook.plotting import points as points_family
from nnbook.plotting.figure import Figure
from nnbook.plotting.style import Name
from nnbook.widgets.widget import Widget, numbers

MOST_POINTS = 60  # each can be dragged, and has its place in the order of the keyboard
INPUTS: tuple[Name, Name] = (("x₁", "no unit"), ("x₂", "no unit"))
PointSet = tuple[np.ndarray, np.ndarray]


def neuron(
    params: Neuron,
    points,
    labels,
    *,
    question: str,
    alt: str,
    caption: str | None = None,
    label: str | None = None,
    activation: str = "step",
    activations: Sequence[str] = ("step", "sigmoid", "tanh", "relu"),
    inputs: tuple[Name, Name] = INPUTS,
    classes: tuple[str, str] = ("0", "1"),
    name: str = "these points",
    others: Mapping[str, tuple] | None = None,
) -> Widget:
    """A neuron with sliders for its weights and bias, over points [n, 2] with labels 0 and 1.

    inputs are the axes, each (name, unit). others are points to try besides, {name: (points, labels)}; name is what those
    of the start are called beside them.
    Raises ShapeError for weights or points that are not pairs, ValueError for labels other than 0 and 1, more than 60
    points, an activation that is not known or not offered, and what `Figure` and `Widget` refuse.

    >>> and_neuron = Neuron(w=jnp.array([1.0, 1.0]), b=jnp.array(-1.5))
    >>> corners, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    >>> widget = neuron(and_neuron, corners, labels, question="Are both on?", alt="A line cuts off one corner.")
    >>> widget.data["reference"]["y"]["step"]
    [0.0, 0.0, 0.0, 1.0]
    """
    sets = {
        set_name: point_set(*given, set_name) for set_name, given in {name: (points, labels), **(others or {})}.items()
    }
    points, labels = sets[name]
    if np.shape(params.w) != (2,):
        raise ShapeError(
            "widgets.neuron", got=f"w of shape {np.shape(params.w)}", want="w of shape (2,), one for each axis"
        )
    if activation not in activations:
        raise ValueError(
            f"the activation at the start, {activation!r}, is not among those offered: {', '.join(activations)}"
        )
    z = jax.vmap(pre_activation, in_axes=(None, 0))(params, jnp.asarray(points))
    ax = axes(*inputs, height=250)
    points_family.window(ax, np.concatenate([drawn for drawn, _ in sets.values()]), margin=0.2)
    data = {
        "inputs": [axis for axis, _ in inputs],
        "classes": list(classes),
        "w": numbers(params.w),
        "b": numbers(params.b),
        "activation": activation,
        "activations": list(activations),
        "points": numbers(points),
        "labels": labels.tolist(),
        "ranges": {
            "x1": numbers(ax.get_xlim()),
            "x2": numbers(ax.get_ylim()),
            "w": slider_range(np.asarray(params.w)),
            "b": slider_range(np.asarray(params.b)),
        },
        "reference": {
            "z": numbers(z),
            "y": {each: numbers(activation_named(each).function(z)) for each in activations},
        },
    }
    if others:
        data["sets"] = [
            {"name": key, "points": numbers(drawn), "labels": of.tolist()} for key, (drawn, of) in sets.items()
        ]
    points_family.decision(ax, params.w, float(params.b))
    points_family.classes(ax, points, labels, classes, size=1.6 if len(points) < 12 else 1.0)
    return Widget("neuron", data, Figure(ax, alt=alt, caption=caption, label=label), question)


def point_set(points, labels, name: str) -> PointSet:
    """Points as float32 [n, 2] and their labels as integers [n], or an error that says what is wrong.

    >>> points, labels = point_set([[0, 0], [1, 1]], [0, 1], name="the corners")
    >>> points.dtype.name, labels.tolist()
    ('float32', [0, 1])
    """
    points, labels = np.asarray(points, np.float32), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1] or not len(points):
        got = f"points of shape {points.shape} with labels of shape {labels.shape} for {name!r}"
        raise ShapeError("widgets.neuron", got=got, want="points of shape (n, 2) with labels of shape (n,), n ≥ 1")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"the labels of {name!r} are {np.unique(labels).tolist()}; a neuron's points have labels 0 and 1"
        )
    if len(points) > MOST_POINTS:
        raise ValueError(
            f"{name!r} has {len(points)} points; {MOST_POINTS} is the most a reader can drag: take a sample"
        )
    return points, labels.astype(int)


def slider_range(start: np.ndarray) -> list[float]:
    """From −m to m, where m is a whole number that leaves room around the value at the start.

    >>> slider_range(np.array([1.0, -3.0]))
    [-5.0, 5.0]
    """
    most = float(max(3, math.ceil(1.5 * np.abs(start).max())))
    return [-most, most]
