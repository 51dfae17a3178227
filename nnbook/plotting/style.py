"""One look for every picture: sizes, line widths, and axes that carry a name and a unit.

Sizes are points of the printed page. A figure is as wide as the text block in print (120 mm), so a size here is the size
on paper; a phone shows it one to one, a laptop half as large again.
Nothing here touches pyplot: importing it inside a style would keep a reader's own bare plots from showing.
"""

from collections.abc import Sequence
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from nnbook.plotting.palette import ROLES, colour

PRINT_WIDTH = 340.0  # points: 120 mm
TEXT, SMALL = 10.0, 9.0
THIN, LINE, BOLD = 0.8, 1.5, 2.5

STYLE: dict[Any, Any] = {
    "axes.edgecolor": colour("rule"),
    "axes.facecolor": "none",
    "axes.formatter.useoffset": False,
    "axes.labelcolor": colour("muted"),
    "axes.labelsize": SMALL,
    "axes.linewidth": THIN,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": colour("ink"),
    "axes.titlelocation": "left",
    "axes.titlesize": TEXT,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "figure.facecolor": "none",
    "font.size": TEXT,
    "font.family": "DejaVu Sans",
    "hatch.linewidth": THIN,
    "lines.linewidth": LINE,
    "path.simplify_threshold": 0.2,
    "svg.fonttype": "none",
    "svg.hashsalt": "nnbook",
    "text.color": colour("ink"),
    "xtick.color": colour("rule"),
    "xtick.labelcolor": colour("muted"),
    "xtick.labelsize": SMALL,
    "xtick.major.size": 3,
    "ytick.color": colour("rule"),
    "ytick.labelcolor": colour("muted"),
    "ytick.labelsize": SMALL,
    "ytick.major.size": 3,
}

Name = tuple[str, str]
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def drawing(height: float, width: float = PRINT_WIDTH) -> Drawing:
    """An empty picture, sizes in points.

    >>> [float(72 * inches) for inches in drawing(height=180.0).get_size_inches()]
    [340.0, 180.0]
    """
    with mpl.rc_context(STYLE):
        return Drawing(figsize=(width / 72, height / 72), layout="constrained")


def axes(x: Name, y: Name, *, height: float = 200.0, width: float = PRINT_WIDTH) -> Axes:
    """A picture of one plot. Each axis is given as (name, unit), and the unit may be "no unit".

    >>> axes(("input x", "no unit"), ("output", "no unit")).get_xlabel()
    'input x (no unit)'

    Raises ValueError where an axis lacks its name or its unit.
    """
    return panels(1, 1, x, y, height=height, width=width)[0, 0]


def panels(
    rows: int, columns: int, x: Name, y: Name, *, height: float, width: float = PRINT_WIDTH, titles: Sequence[str] = ()
) -> np.ndarray:
    """A picture of rows × columns plots with the same axes, each named once.

    >>> panels(2, 3, ("input x", "no unit"), ("output", "no unit"), height=200.0).shape
    (2, 3)
    """
    x_label, y_label = axis_label(x), axis_label(y)
    grid = frames(rows, columns, height=height, width=width, titles=titles, share=True)
    for (row, column), ax in np.ndenumerate(grid):
        calm(ax)
        if columns == 1 and row == rows - 1:
            ax.set_xlabel(x_label)
        if column == 0 and row == 0:
            name_above(ax, y_label)
    if columns > 1:
        grid[0, 0].figure.supxlabel(x_label, fontsize=SMALL, color=colour("muted"))
    return grid


def frames(
    rows: int,
    columns: int,
    *,
    height: float,
    width: float = PRINT_WIDTH,
    titles: Sequence[str] = (),
    share: bool = False,
) -> np.ndarray:
    """Rows × columns of plots without axis names, for the families that name the axes themselves.

    >>> frames(1, 2, height=120.0, titles=["before", "after"])[0, 1].get_title(loc="left")
    'after'
    """
    figure = drawing(height, width)
    with mpl.rc_context(STYLE):
        grid = figure.subplots(rows, columns, sharex=share, sharey=share, squeeze=False)
        for ax, title in zip(grid.flat, titles, strict=False):
            ax.set_title(title, fontsize=TEXT if columns < 4 else SMALL)
    return grid


def name_above(ax: Axes, label: str) -> None:
    """Name the y axis above its upper end (and above the title), where it is read without turning the head.

    >>> ax = frames(1, 1, height=120.0)[0, 0]
    >>> name_above(ax, "loss (nats)")
    >>> ax.texts[-1].get_text()
    'loss (nats)'
    """
    offset = 1.9 * TEXT if ax.get_title(loc="left") else 0.5 * SMALL
    ax.annotate(
        label,
        (0, 1),
        (0, offset),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL,
        color=colour("muted"),
    )


def axis_label(name: Name) -> str:
    """The text of an axis: its name and its unit.

    >>> axis_label(("loss", "nats"))
    'loss (nats)'
    """
    if not (
        isinstance(name, tuple) and len(name) == 2 and all(isinstance(part, str) and part.strip() for part in name)
    ):
        raise ValueError(
            f'an axis is given as (name, unit), such as ("loss", "nats") or ("x₁", "no unit"); got {name!r}'
        )
    return f"{name[0]} ({name[1]})"


def calm(ax: Axes) -> None:
    """Few ticks, and lines that take the roles' colours where none is asked for.

    >>> ax = frames(1, 1, height=120.0)[0, 0]
    >>> calm(ax)
    >>> ax.plot([0, 1], [0, 1])[0].get_color() == colour(ROLES[0])
    True
    """
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.tick_params(color=colour("rule"), labelcolor=colour("muted"), labelsize=SMALL, width=THIN)
    ax.set_prop_cycle(color=[colour(role) for role in ROLES])


def log_axis(axis) -> None:
    """A logarithmic axis with powers of ten written in Unicode: `log_axis(ax.yaxis)`.

    >>> ax = frames(1, 1, height=120.0)[0, 0]
    >>> log_axis(ax.yaxis)
    >>> ax.get_yscale(), ax.yaxis.get_major_formatter()(0.001)
    ('log', '10⁻³')
    """
    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    axis.set_major_locator(LogLocator(numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: "10" + str(round(np.log10(value))).translate(SUPERSCRIPT)))
    axis.set_minor_formatter(NullFormatter())
    axis.set_tick_params(which="minor", length=0)


def zero_lines(ax: Axes, *, x: bool = True, y: bool = True) -> None:
    """Thin rules through zero.

    >>> ax = frames(1, 1, height=120.0)[0, 0]
    >>> zero_lines(ax, x=False)
    >>> len(ax.lines)
    1
    """
    if x:
        ax.axhline(0, color=colour("rule"), linewidth=THIN, zorder=0.5)
    if y:
        ax.axvline(0, color=colour("rule"), linewidth=THIN, zorder=0.5)


def picture_of(ax: Axes) -> Drawing:
    """The picture that a plot stands in.

    >>> picture = drawing(height=120.0)
    >>> picture_of(picture.subplots()) is picture
    True
    """
    return cast(Drawing, ax.get_figure(root=True))


def canvas(height: float, width: float = PRINT_WIDTH) -> Axes:
    """A picture without axes whose coordinates are points, y upwards: the ground of a diagram.

    >>> ax = canvas(height=80.0)
    >>> [float(end) for end in (*ax.get_xlim(), *ax.get_ylim())]
    [0.0, 340.0, 0.0, 80.0]
    """
    figure = drawing(height, width)
    figure.set_layout_engine("none")
    with mpl.rc_context(STYLE):
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    return ax
