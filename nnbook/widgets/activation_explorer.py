"""The activation explorer: read value and slope of a curve, and compare several."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from nnbook.layers.activations import ACTIVATIONS, activation_named
from nnbook.plotting import curves, panels, zero_lines
from nnbook.plotting.figure import Figure
from nnbook.widgets.plain_text import plain_range, plain_text
from nnbook.widgets.widget import Widget, numbers

COLUMNS = 4
SHOWN = 4.0  # the static picture goes from −4 to 4


def activations(
    names: Sequence[str] = tuple(ACTIVATIONS),
    *,
    question: str,
    alt: str,
    caption: str | None = None,
    label: str | None = None,
    shown: Sequence[str] | None = None,
    low: float = -6.0,
    high: float = 6.0,
    steps: int = 96,
) -> Widget:
    """Curves of the named activations with their slopes, from low to high in steps; shown are those drawn at the start.

    Raises ValueError for a name that is not known, one shown that is not named, low not under high, no names,
    and what `Figure` and `Widget` refuse.

    >>> widget = activations(["tanh", "relu"], question="Which one saturates?", alt="The curves of tanh and ReLU.")
    >>> widget.data["facts"]["tanh"]["range"]
    'from −1 to 1'
    """
    shown = list(names[:2] if shown is None else shown)
    strangers = [name for name in shown if name not in names]
    if not names or strangers or not low < high or steps < 1:
        raise ValueError(
            f"activations from {low:g} to {high:g} in {steps} steps, of {list(names)}, showing {shown}: wants names, "
            "shown among them, and low under high"
        )
    table = {name: activation_named(name) for name in names}
    grid = jnp.linspace(low, high, steps + 1, dtype=jnp.float32)
    values = {name: entry.function(grid) for name, entry in table.items()}
    slopes = {name: entry.derivative(grid) for name, entry in table.items()}
    data = {
        "names": list(names),
        "shown": shown,
        "grid": numbers(grid),
        "values": {name: numbers(value) for name, value in values.items()},
        "slopes": {name: numbers(slope) for name, slope in slopes.items()},
        "facts": {
            name: {
                "title": entry.title,
                "formula": plain_text(entry.formula),
                "slope": plain_text(entry.slope),
                "range": plain_range(*entry.range),
            }
            for name, entry in table.items()
        },
    }
    figure = Figure(small_multiples(table, grid, values, slopes), alt=alt, caption=caption, label=label)
    return Widget("activations", data, figure, question)


def small_multiples(table: dict, grid, values: dict, slopes: dict):
    """One small plot for each activation: the curve, and its slope dotted.

    >>> x = jnp.linspace(-4.0, 4.0, 9)
    >>> table = {"relu": activation_named("relu")}
    >>> picture = small_multiples(table, x, {"relu": jnp.maximum(x, 0)}, {"relu": (x > 0).astype(float)})
    >>> picture.axes[0].get_title(loc="left")
    'ReLU'
    """
    columns = min(COLUMNS, len(table))
    rows = -(-len(table) // columns)
    titles = [entry.title for entry in table.values()]
    x = np.asarray(grid)
    seen = (x >= -SHOWN) & (x <= SHOWN)
    plots = panels(rows, columns, ("input x", "no unit"), ("output", "no unit"), height=52 + 76 * rows, titles=titles)
    for ax, (name, entry) in zip(plots.flat, table.items(), strict=False):
        zero_lines(ax, y=False)
        draw_pieces(ax, x[seen], np.asarray(slopes[name])[seen], entry.kinks, "slope", role="error")
        draw_pieces(
            ax, x[seen], np.asarray(values[name])[seen], entry.kinks if name == "step" else (), "value", role="hidden"
        )
        ax.set(xlim=(-SHOWN, SHOWN), ylim=(-1.4, 3.4))
        ax.set_xticks([-3, 0, 3])
        ax.set_yticks([-1, 0, 1, 2, 3])
    for ax in plots.flat[len(table) :]:
        ax.set_axis_off()
    curves.key(plots[0, -1], ("value", "slope"))
    return plots[0, 0].figure


def draw_pieces(ax, x: np.ndarray, y: np.ndarray, kinks: Sequence[float], name: str, *, role: str) -> None:
    """Draw a curve that jumps at kinks in pieces, since a line across a jump would be a slope that is not there.

    >>> ax = panels(1, 1, ("input x", "no unit"), ("output", "no unit"), height=120)[0, 0]
    >>> x = np.linspace(-1.0, 1.0, 5)
    >>> draw_pieces(ax, x, (x >= 0).astype(float), kinks=(0,), name="step", role="hidden")
    >>> len(ax.lines)  # one on each side of the jump
    2
    """
    for i, side in enumerate(np.unique(np.searchsorted(kinks, x))):
        part = (np.searchsorted(kinks, x) == side) & ~np.isin(x, kinks)
        curves.line(ax, x[part], y[part], name if i == 0 else "", role=role)
