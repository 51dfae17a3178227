"""Pictures: the palette, the figure object, and one module a family of pictures.

>>> from nnbook import plotting
>>> ax = plotting.axes(("input x", "no unit"), ("output", "no unit"))
>>> drawn = plotting.curves.line(ax, [-1, 0, 1], [0, 0, 1], "ReLU")
>>> plotting.curves.name_lines(ax)
>>> plotting.Figure(ax, alt="Flat up to 0, then straight up.", caption="ReLU has one kink.", label="relu-kink").label
'relu-kink'
"""

from nnbook.plotting import curves, diagrams, heatmaps, points
from nnbook.plotting.figure import Figure
from nnbook.plotting.palette import colour
from nnbook.plotting.style import axes, canvas, drawing, frames, log_axis, panels, zero_lines

__all__ = [
    "Figure",
    "axes",
    "canvas",
    "colour",
    "curves",
    "diagrams",
    "drawing",
    "frames",
    "heatmaps",
    "log_axis",
    "panels",
    "points",
    "zero_lines",
]
