"""Heat maps: a matrix whose rows and columns have names, with its numbers in the cells where they fit."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import ScaledTranslation

from nnbook.plotting.palette import READABLE_OPACITY, colour, ink_on, magnitude, signed
from nnbook.plotting.style import SMALL, Name, axis_label
from nnbook.plotting.svg import CRISP

LEVELS, STRIP = 64, 32
MOST_CELLS = 400  # more are drawn without gaps, in half as many colours
RISE = (-0.5, -0.5, 0.5, 0.5, -0.5)
Paint = tuple[str, float]  # a colour and its opacity


def heatmap(
    ax: Axes,
    matrix,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    row_name: Name | None = None,
    column_name: Name | None = None,
    most: float | None = None,
    diverging: bool = False,
    numbers: str = "",
) -> None:
    """Draw a matrix [rows, columns]: magnitudes from 0 in cividis, or signed numbers from parameter through page to data.

    numbers is a format such as ".2f", or "" for none; most is the number that gets the full colour (by default the
    largest there is); NaN and minus infinity are left open. row_name and column_name are (name, unit), as of axes.
    Raises ValueError where the names do not fit the matrix, or a magnitude is negative.

    >>> from nnbook.plotting import frames
    >>> ax = frames(1, 1, height=120)[0, 0]
    >>> heatmap(ax, [[0.9, 0.1], [0.5, 0.5]], rows=["I", "am"], columns=["I", "am"], numbers=".1f")
    >>> [text.get_text() for text in ax.texts]
    ['0.9', '0.1', '0.5', '0.5']
    """
    matrix = np.asarray(matrix, float)
    if matrix.shape != (len(rows), len(columns)):
        raise ValueError(
            f"a matrix of shape {matrix.shape} wants as many names; got {len(rows)} rows, {len(columns)} columns"
        )
    finite = np.isfinite(matrix)
    if not diverging and (matrix[finite] < 0).any():
        raise ValueError("a magnitude is negative: draw signed numbers with diverging=True")
    most = most or float(np.abs(matrix[finite]).max(initial=0)) or 1.0
    opacity = READABLE_OPACITY if numbers else 1.0
    few = matrix.size <= MOST_CELLS
    levels = LEVELS if few else LEVELS // 2
    paints: dict[Paint, list[tuple[int, int]]] = {}
    for row, column in np.argwhere(finite).tolist():
        level = round(matrix[row, column] / most * levels) / levels
        paint = signed(level, opacity) if diverging else (magnitude(level), 1.0)
        paints.setdefault(paint, []).append((row, column))
    for (fill, alpha), cells in paints.items():
        edge = {"edgecolor": colour("page"), "linewidth": 1.5} if few else {"linewidth": 0, "gid": CRISP}
        ax.add_patch(PathPatch(cell_path(cells, join=not few), facecolor=(fill, alpha), clip_on=False, **edge))
        for row, column in cells if numbers else ():
            ink = colour("ink") if diverging else ink_on(fill)
            write(ax, row, column, printed(matrix[row, column], numbers), ink)
    for row, column in np.argwhere(~finite).tolist():
        if numbers:
            write(ax, row, column, "−∞" if np.isneginf(matrix[row, column]) else "–", colour("muted"))
    label_sides(ax, rows, columns, row_name, column_name)


def cell_path(cells: Sequence[tuple[int, int]], *, join: bool = False) -> Path:
    """The cells (row, column) as one path: one element on the page, however many cells share a colour.

    With join, neighbours in a row become one rectangle, which is right where no gap is drawn between cells.

    >>> len(cell_path([(0, 0), (0, 1)])), len(cell_path([(0, 0), (0, 1)], join=True))
    (10, 5)
    """
    runs: list[list[int]] = []
    for row, column in sorted(cells):
        if join and runs and runs[-1][0] == row and runs[-1][2] == column:
            runs[-1][2] += 1
        else:
            runs.append([row, column, column + 1])
    corners = [
        (x - 0.5, row + y)
        for row, left, right in runs
        for x, y in zip((left, right, right, left, left), RISE, strict=True)
    ]
    return Path(corners, [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(runs))


def printed(number: float, form: str) -> str:
    """A number with a true minus sign, and none before zero.

    >>> printed(-1.26, ".1f"), printed(-0.01, ".1f")
    ('−1.3', '0.0')
    """
    text = format(number, form)
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def write(ax: Axes, row: int, column: int, text: str, ink: str) -> None:
    """Write into a cell.

    >>> from nnbook.plotting import frames
    >>> ax = frames(1, 1, height=120)[0, 0]
    >>> write(ax, row=0, column=1, text="0.5", ink=colour("ink"))
    >>> ax.texts[-1].get_position()
    (1, 0)
    """
    ax.text(column, row, text, color=ink, fontsize=SMALL, ha="center", va="center_baseline")


def label_sides(
    ax: Axes, rows: Sequence[str], columns: Sequence[str], row_name: Name | None, column_name: Name | None
) -> None:
    """Names of the rows on the left, of the columns at the bottom, and no lines around.

    >>> from nnbook.plotting import frames
    >>> ax = frames(1, 1, height=120)[0, 0]
    >>> label_sides(ax, ["I", "am"], ["I", "am"], ("query", "token"), ("key", "token"))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('key (token)', 'query (token)')
    """
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0, labelsize=SMALL, labelcolor=colour("ink"))
    ax.spines[:].set_visible(False)
    for name, set_label in ((row_name, ax.set_ylabel), (column_name, ax.set_xlabel)):
        if name:
            set_label(axis_label(name), color=colour("muted"), fontsize=SMALL)


def colour_key(ax: Axes, low: float, high: float, name: Name, *, diverging: bool = False) -> None:
    """A strip under a heat map without numbers: which number has which colour.

    >>> from nnbook.plotting import frames
    >>> ax = frames(1, 1, height=120)[0, 0]
    >>> colour_key(ax, 0.0, 1.0, ("weight", "no unit"))
    >>> len(ax.child_axes)
    1
    """
    under = ax.transAxes + ScaledTranslation(0, -5.5 * SMALL / 72, ax.figure.dpi_scale_trans)
    strip = ax.inset_axes((0.0, 0.0, 0.5, 0.05), transform=under)
    for i in range(STRIP):
        level = low + (high - low) * (i + 0.5) / STRIP
        fill, alpha = (
            signed(level / max(abs(low), abs(high))) if diverging else (magnitude((level - low) / (high - low)), 1.0)
        )
        strip.add_patch(PathPatch(cell_path([(0, i)]), facecolor=(fill, alpha), linewidth=0, gid=CRISP, clip_on=False))
    strip.set(xlim=(-0.5, STRIP - 0.5), ylim=(-0.5, 0.5), yticks=[], facecolor="none")
    strip.set_xticks([-0.5, STRIP - 0.5], [printed(end, "g") for end in (low, high)])
    strip.tick_params(length=0, labelsize=SMALL, labelcolor=colour("muted"))
    strip.spines[:].set_visible(False)
    strip.set_title(axis_label(name), fontsize=SMALL, color=colour("muted"), loc="left", pad=3)
