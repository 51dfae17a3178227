"""Points in the plane: two classes by colour and shape, and the line or curve that parts them."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes

from nnbook.plotting.palette import colour
from nnbook.plotting.style import LINE, SMALL, TEXT, THIN

MARKS = (("s", "data", 5.0), ("o", "output", 5.6))  # label 0 is square, label 1 is round
TINT = 0.12


def classes(ax: Axes, points, labels, names: Sequence[str] = ("0", "1"), *, size: float = 1.0) -> None:
    """Draw points with label 0 as squares and points with label 1 as discs, and name both above the plot.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("x₁", "no unit"), ("x₂", "no unit"))
    >>> classes(ax, [[0, 0], [1, 1]], labels=[0, 1], names=("no", "yes"))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['no', 'yes']
    """
    points, labels = np.asarray(points), np.asarray(labels).astype(int)
    for label, (mark, role, diameter) in enumerate(MARKS):
        chosen = points[labels == label]
        ax.plot(
            chosen[:, 0],
            chosen[:, 1],
            linestyle="none",
            marker=mark,
            markersize=diameter * size,
            color=colour(role),
            markeredgecolor=colour("page"),
            markeredgewidth=THIN / 2,
            label=names[label],
            zorder=3,
        )
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        frameon=False,
        fontsize=SMALL,
        labelcolor="linecolor",
        borderpad=0,
        borderaxespad=0.3,
        handlelength=1,
        handletextpad=0.2,
        columnspacing=1.2,
    ).set_in_layout(False)


def window(ax: Axes, points, margin: float = 0.15) -> None:
    """Show all points with a margin, and both axes at one scale, so that right angles look right.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("x₁", "no unit"), ("x₂", "no unit"))
    >>> window(ax, [[0, 0], [1, 1]], margin=0.5)
    >>> [float(limit) for limit in ax.get_xlim()]
    [-0.5, 1.5]
    """
    points = np.asarray(points)
    low, high = points.min(axis=0), points.max(axis=0)
    room = margin * max(high - low)
    ax.set(xlim=(low[0] - room, high[0] + room), ylim=(low[1] - room, high[1] + room))
    ax.set_aspect("equal", adjustable="box")


def decision(ax: Axes, w, b: float, *, arrow: bool = True) -> None:
    """Draw the line w·x + b = 0, the half plane where the neuron says 1, and w, which stands on the line.

    Set the limits of the axes first (`window`): the half plane fills them. With w = 0 there is no line: one answer fills all.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("x₁", "no unit"), ("x₂", "no unit"))
    >>> window(ax, [[0, 0], [1, 1]])
    >>> decision(ax, w=[1.0, 1.0], b=-1.5)  # AND
    >>> ax.texts[-1].get_text()
    'w'
    """
    w, b = np.asarray(w, float), float(b)
    x_limits, y_limits = ax.get_xlim(), ax.get_ylim()
    corners = np.array([(x, y) for x, y in zip(np.repeat(x_limits, 2), (*y_limits, *y_limits[::-1]), strict=True)])
    side = half_plane(corners, w, b)
    if len(side):
        ax.fill(*side.T, color=colour("output"), alpha=TINT, linewidth=0, zorder=0.4)
    length = np.hypot(*w)
    if length > 0:
        along, foot = np.array([w[1], -w[0]]) / length, -b * w / length**2
        reach = np.hypot(np.ptp(x_limits), np.ptp(y_limits)) + np.hypot(*foot)
        ends = np.stack([foot - reach * along, foot + reach * along])
        ax.plot(*ends.T, color=colour("parameter"), linewidth=LINE, zorder=2)
        if arrow:
            weight_arrow(ax, crossing(corners, w, b), w / length)
    ax.set(xlim=x_limits, ylim=y_limits)


def half_plane(corners: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """The part of a convex polygon where w·x + b > 0, as a polygon (which may be empty).

    >>> corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    >>> half_plane(corners, w=np.array([1.0, 0.0]), b=0.0).tolist()  # the right half
    [[0.0, -1.0], [1.0, -1.0], [1.0, 1.0], [0.0, 1.0]]
    """
    kept: list[np.ndarray] = []
    for here, after in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        z_here, z_after = w @ here + b, w @ after + b
        if z_here > 0:
            kept.append(here)
        if (z_here > 0) != (z_after > 0):
            kept.append(here + (after - here) * z_here / (z_here - z_after))
    return np.array(kept).reshape(-1, 2)


def crossing(corners: np.ndarray, w: np.ndarray, b: float) -> np.ndarray | None:
    """The middle of the part of the line that a polygon shows, or None where the line passes it by.

    >>> corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    >>> crossing(corners, w=np.array([1.0, 0.0]), b=-0.5).tolist()
    [0.5, 0.0]
    >>> crossing(corners, w=np.array([1.0, 0.0]), b=-5.0) is None
    True
    """
    z = corners @ w + b
    cuts = [
        corners[i] + (corners[(i + 1) % len(z)] - corners[i]) * z[i] / (z[i] - z[(i + 1) % len(z)])
        for i in range(len(z))
        if (z[i] > 0) != (z[(i + 1) % len(z)] > 0)
    ]
    return np.mean(cuts, axis=0) if cuts else None


def weight_arrow(ax: Axes, foot: np.ndarray | None, direction: np.ndarray) -> None:
    """Draw w from its foot on the line; it points to the side where the neuron says 1.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("x₁", "no unit"), ("x₂", "no unit"))
    >>> weight_arrow(ax, foot=np.array([0.5, 0.5]), direction=np.array([1.0, 0.0]))
    >>> ax.texts[-1].get_text()
    'w'
    """
    if foot is None:
        return
    tip = foot + direction * 0.16 * min(np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim()))
    ax.annotate(
        "",
        tuple(tip),
        tuple(foot),
        arrowprops={"arrowstyle": "-|>", "color": colour("parameter"), "linewidth": LINE, "shrinkA": 0, "shrinkB": 0},
    )
    ax.annotate(
        "w",
        tuple(tip),
        xytext=tuple(8 * direction),
        textcoords="offset points",
        ha="center",
        va="center",
        color=colour("parameter"),
        fontsize=TEXT,
        fontweight="bold",
    )


def boundary(ax: Axes, decide: Callable[[np.ndarray], np.ndarray], *, resolution: int = 100) -> None:
    """Draw where decide, given points [n, 2], crosses from negative to positive, and tint where it is positive.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("x₁", "no unit"), ("x₂", "no unit"))
    >>> ax.set(xlim=(-2, 2), ylim=(-2, 2)) and boundary(ax, lambda points: 1 - (points**2).sum(axis=1))
    >>> len(ax.collections)  # the tinted disc and its rim
    2
    """
    across = np.linspace(*ax.get_xlim(), resolution)
    up = np.linspace(*ax.get_ylim(), resolution)
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    z = np.asarray(decide(grid.reshape(-1, 2))).reshape(resolution, resolution)
    if z.max() > 0:
        ax.contourf(across, up, z, levels=[0, z.max()], colors=[colour("output")], alpha=TINT, zorder=0.4)
    if z.min() < 0 < z.max():
        ax.contour(across, up, z, levels=[0], colors=[colour("parameter")], linewidths=LINE, zorder=2)
