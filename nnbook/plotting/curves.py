"""Curves: lines that carry their name at their end, and a second sign beside their colour."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnbook.plotting.palette import colour
from nnbook.plotting.style import LINE, SMALL, TEXT, THIN, picture_of

DASHES = {"solid": "-", "dashed": (0, (5, 2.5)), "dotted": (0, (1, 1.8)), "dash-dot": (0, (6, 2, 1, 2))}


def line(ax: Axes, x, y, name: str = "", *, role: str = "hidden", dash: str = "", width: float = LINE) -> Line2D:
    """Draw y over x in the colour of its role; what flows back (error) is dotted, as everywhere in the book.

    dash is "solid", "dashed", "dotted" or "dash-dot": two lines of one role differ by it. `name_lines` writes the names.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> line(ax, [-1, 0, 1], [0, 0, 1], "ReLU", role="data").get_color()
    '#0a49b8'
    """
    dash = dash or ("dotted" if role == "error" else "solid")
    if dash not in DASHES:
        raise ValueError(f"{dash!r} is no dash; the dashes are {', '.join(DASHES)}")
    (drawn,) = ax.plot(np.asarray(x), np.asarray(y), color=colour(role), linestyle=DASHES[dash], linewidth=width)
    drawn.set_label(name or "_unnamed")
    return drawn


def band(ax: Axes, x, low, high, *, role: str = "hidden") -> None:
    """Draw the range between low and high, such as the spread over seeds, as a tint.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> band(ax, [0, 1], low=[0.8, 0.9], high=[1.2, 1.1])
    >>> len(ax.collections)
    1
    """
    ax.fill_between(np.asarray(x), np.asarray(low), np.asarray(high), color=colour(role), alpha=0.16, linewidth=0)


def name_lines(ax: Axes, *, size: float = TEXT) -> None:
    """Write each line's name at its right end, in its colour, without letting names overlap.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> drawn = line(ax, [-1, 0, 1], [0, 0, 1], "ReLU")
    >>> name_lines(ax)
    >>> [text.get_text() for text in ax.texts if text.get_color() == drawn.get_color()]
    ['ReLU']
    """
    picture_of(ax).draw_without_rendering()
    named = [(str(drawn.get_label()), drawn) for drawn in ax.lines]
    named = [(name, drawn) for name, drawn in named if not name.startswith("_")]
    ends = [ax.transData.transform(last_point(drawn))[1] for _, drawn in named]
    points = 72 / ax.figure.dpi
    height = ax.bbox.height * points
    places = spread([(end - ax.bbox.y0) * points for end in ends], gap=1.25 * size)
    for (name, drawn), place in zip(named, places, strict=True):
        ax.annotate(
            name,
            (1, place / height),
            xycoords="axes fraction",
            xytext=(5, 0),
            textcoords="offset points",
            color=drawn.get_color(),
            fontsize=size,
            va="center",
            annotation_clip=False,
        )


def last_point(drawn: Line2D) -> np.ndarray:
    """The last point of a line that is a number.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> last_point(line(ax, [0, 1, 2], [5, 7, np.nan])).tolist()
    [1.0, 7.0]
    """
    points = np.asarray(drawn.get_xydata())
    return points[np.isfinite(points).all(axis=1)][-1]


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move places apart until neighbours keep the gap, keeping their order and, in each crowd, its middle.

    >>> spread([0.0, 1.0, 50.0], gap=10.0)
    [-4.5, 5.5, 50.0]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    crowds: list[list[int]] = []
    middle: list[float] = []
    for i in order:
        crowds.append([i])
        middle.append(places[i])
        while len(crowds) > 1 and middle[-1] - middle[-2] < gap * (len(crowds[-1]) + len(crowds[-2])) / 2:
            merged = crowds[-2] + crowds[-1]
            crowds[-2:] = [merged]
            middle[-2:] = [sum(places[j] for j in merged) / len(merged)]
    moved = [0.0] * len(places)
    for crowd, centre in zip(crowds, middle, strict=True):
        for rank, i in enumerate(crowd):
            moved[i] = centre + gap * (rank - (len(crowd) - 1) / 2)
    return moved


def mark(ax: Axes, x: float, y: float, text: str, *, role: str = "ink", right: bool = True) -> None:
    """Mark one point of a curve and say what is there, with its number.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> mark(ax, 0.0, 0.25, "steepest: 0.25", role="data")
    >>> ax.texts[-1].get_text()
    'steepest: 0.25'
    """
    ax.plot(
        [x], [y], marker="o", markersize=5, color=colour(role), markeredgecolor=colour("page"), markeredgewidth=THIN
    )
    ax.annotate(
        text,
        (x, y),
        xytext=(6 if right else -6, -4),
        textcoords="offset points",
        color=colour(role),
        fontsize=SMALL,
        ha="left" if right else "right",
        va="top",
    )


def key(ax: Axes, names: Sequence[str]) -> None:
    """Say above a plot which line is which: for small multiples, where a name at each line would be said too often.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> drawn = [line(ax, [0, 1], [0, slope], name) for name, slope in (("slow", 1), ("fast", 2))]
    >>> key(ax, ("slow", "fast"))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['slow', 'fast']
    """
    lines = {drawn.get_label(): drawn for drawn in ax.lines}
    # Not in the layout: it may reach over several plots, and stands beside the name of the y axis, which is.
    ax.legend(
        [lines[name] for name in names],
        names,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(names),
        frameon=False,
        fontsize=SMALL,
        labelcolor="linecolor",
        borderpad=0,
        borderaxespad=2.2 if ax.get_title(loc="left") else 0.4,
        handlelength=1.6,
        handletextpad=0.4,
        columnspacing=1.2,
    ).set_in_layout(False)
