"""The grammar of the diagrams: a unit is a circle, a tensor a rounded rectangle, an operation a pill, data an arrow.

Draw on `canvas(height)`, whose coordinates are points. Each shape is returned as a `Shape`, whose sides arrows join.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from nnbook.plotting.palette import colour
from nnbook.plotting.style import BOLD, LINE, SMALL, TEXT, THIN

Point = tuple[float, float]
TINT = 0.12


@dataclass(frozen=True)
class Shape:
    """Where a drawn shape lies: its middle and its half sizes, in points.

    >>> Shape(x=50.0, y=40.0, half_width=14.0, half_height=10.0).right
    (64.0, 40.0)
    """

    x: float
    y: float
    half_width: float
    half_height: float

    @property
    def left(self) -> Point:
        """The middle of its left side."""
        return self.x - self.half_width, self.y

    @property
    def right(self) -> Point:
        """The middle of its right side."""
        return self.x + self.half_width, self.y

    @property
    def top(self) -> Point:
        """The middle of its upper side."""
        return self.x, self.y + self.half_height

    @property
    def bottom(self) -> Point:
        """The middle of its lower side."""
        return self.x, self.y - self.half_height


def unit(
    ax: Axes,
    x: float,
    y: float,
    text: str = "",
    *,
    role: str = "hidden",
    radius: float = 14.0,
    level: float | None = None,
) -> Shape:
    """Draw a unit: a circle, doubled for an output, filled from below to level (0 to 1) where its amount is known.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> unit(ax, 50, 40, "h₁", level=0.7).right
    (64.0, 40)
    """
    ax.add_patch(Circle((x, y), radius, facecolor=colour("page"), edgecolor="none", zorder=2))
    rim = Circle((x, y), radius, facecolor="none", edgecolor=colour(role), linewidth=LINE, zorder=4)
    if level is not None:
        height = 2 * radius * min(max(level, 0.0), 1.0)
        amount = Rectangle(
            (x - radius, y - radius), 2 * radius, height, facecolor=colour(role), alpha=0.25, linewidth=0
        )
        amount.set_zorder(3)
        ax.add_patch(amount)
        amount.set_clip_path(Circle((x, y), radius, transform=ax.transData))
    ax.add_patch(rim)
    if role == "output":
        ax.add_patch(Circle((x, y), radius - 2.6, facecolor="none", edgecolor=colour(role), linewidth=THIN, zorder=4))
    write(ax, x, y, text, size=TEXT)
    return Shape(x, y, radius, radius)


def tensor(
    ax: Axes,
    x: float,
    y: float,
    name: str,
    shape: str = "",
    *,
    role: str = "data",
    width: float = 56.0,
    height: float = 30.0,
) -> Shape:
    """Draw a tensor: a rounded rectangle with its shape under it, in small type.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> tensor(ax, 50, 40, "x", "t × d", role="data").left
    (22.0, 40)
    """
    box(ax, x, y, width, height, rounding=5.0, role=role, tint=TINT)
    if role == "output":
        box(ax, x, y, width - 5, height - 5, rounding=3.0, role=role, line=THIN)
    write(ax, x, y, name, size=TEXT, role=role)
    if shape:
        write(ax, x, y - height / 2 - 0.85 * SMALL, shape, size=SMALL, role="muted")
    return Shape(x, y, width / 2, height / 2)


def operation(ax: Axes, x: float, y: float, name: str, *, width: float = 64.0, height: float = 22.0) -> Shape:
    """Draw an operation: a pill with its name.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> operation(ax, 50, 40, "softmax").top
    (50, 51.0)
    """
    box(ax, x, y, width, height, rounding=height / 2, role="muted", line=THIN)
    write(ax, x, y, name, size=TEXT)
    return Shape(x, y, width / 2, height / 2)


def arrow(ax: Axes, start: Point, end: Point, *, role: str = "ink", bend: float = 0.0) -> None:
    """Draw data that moves from start to end; bend curves the arrow, as a share of its length.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> arrow(ax, tensor(ax, 50, 40, "x").right, operation(ax, 150, 40, "softmax").left)
    """
    join(ax, start, end, role=role, line=LINE, dash="-", bend=bend)


def gradient_arrow(ax: Axes, start: Point, end: Point, *, bend: float = 0.0) -> None:
    """Draw a gradient that flows back from start to end: dotted, in the colour of the error.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> gradient_arrow(ax, (150, 40), (50, 40), bend=0.2)
    """
    join(ax, start, end, role="error", line=LINE, dash=(0, (1, 1.8)), bend=bend)


def weight(
    ax: Axes, start: Point, end: Point, value: float, *, largest: float, number: str = "", share: float = 0.5
) -> None:
    """Draw a weight: as wide as it is large beside the largest, dashed where it is negative, its number beside it.

    number is a format such as "+.1f", or "" for none; share says where along the line the number stands.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> weight(ax, unit(ax, 50, 40).right, unit(ax, 150, 40).left, -0.5, largest=1.0, number="+.1f")
    >>> ax.texts[-1].get_text()
    '−0.5'
    """
    size = min(abs(value) / largest, 1.0) if largest > 0 else 0.0
    ax.plot(
        *np.transpose([start, end]),
        color=colour("parameter"),
        linewidth=THIN + (BOLD + THIN) * size,
        linestyle="-" if value >= 0 else (0, (3, 1.6)),
        zorder=1,
    )
    if number:
        x, y = np.asarray(start) + share * (np.asarray(end) - np.asarray(start))
        patch = {"boxstyle": "round,pad=0.15", "facecolor": colour("page"), "edgecolor": "none"}
        write(ax, x, y, format(value, number).replace("-", "−"), size=SMALL, role="parameter", box=patch)


def write(
    ax: Axes, x: float, y: float, text: str, *, size: float = TEXT, role: str = "ink", box=None, align: str = "center"
) -> None:
    """Write a word of the diagram with its middle (or the side that align names) at (x, y).

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> write(ax, 50, 40, "d_model", role="muted")
    >>> ax.texts[-1].get_text()
    'd_model'
    """
    if text:
        ax.text(x, y, text, color=colour(role), fontsize=size, ha=align, va="center_baseline", bbox=box, zorder=5)


def box(
    ax: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    rounding: float,
    role: str,
    line: float = LINE,
    tint: float = 0.0,
) -> None:
    """Draw a rounded rectangle that hides what lies behind it.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> box(ax, 50, 40, width=60, height=30, rounding=5.0, role="hidden")
    >>> len(ax.patches)  # the ground that hides, and the rim
    2
    """
    style = f"round,pad=0,rounding_size={rounding}"
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(
        FancyBboxPatch(corner, width, height, boxstyle=style, facecolor=colour("page"), edgecolor="none", zorder=2)
    )
    fill = (colour(role), tint) if tint else "none"
    rim = FancyBboxPatch(
        corner, width, height, boxstyle=style, facecolor=fill, edgecolor=colour(role), linewidth=line, zorder=3
    )
    ax.add_patch(rim)


def join(ax: Axes, start: Point, end: Point, *, role: str, line: float, dash, bend: float) -> None:
    """Draw an arrow of one line style, whose head is always solid.

    >>> from nnbook.plotting import canvas
    >>> ax = canvas(height=80)
    >>> join(ax, (50, 40), (150, 40), role="ink", line=LINE, dash="-", bend=0.0)
    """
    curve = f"arc3,rad={bend}"
    common = {"color": colour(role), "shrinkA": 2, "shrinkB": 2, "connectionstyle": curve, "linewidth": line}
    if dash != "-":
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-", "linestyle": dash, **common})
    head = {"arrowstyle": "-|>,head_width=0.22,head_length=0.42", "mutation_scale": 11, **common}
    ax.annotate("", end, start, arrowprops=head if dash == "-" else {**head, "linewidth": 0})
