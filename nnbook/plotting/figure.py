"""The figure object: one picture that is right on a light page, on a dark page, on paper and in a notebook."""

import base64
import hashlib
import html
import io
import re

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Drawing
from matplotlib.text import Text

from nnbook.plotting.style import PRINT_WIDTH, SMALL, STYLE
from nnbook.plotting.svg import page_svg

MIME = "application/vnd.nnbook.figure+json"
PNG_DOTS_PER_INCH = 200
# On a laptop a point of the picture is 1.6 CSS pixels, so that its 10-point text is as large as the page's (16 pixels, 1 rem).
REM_PER_POINT = 1.6 / 16
LABEL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Figure:
    """A picture with the words that stand for it.

    drawing is a matplotlib figure, or anything with a `figure` (axes). alt says what the picture shows, for who cannot see
    it. caption is MyST. label makes the figure a target of {numref}, and is the prefix of the ids in its SVG.

    Raises ValueError where alt is missing, caption is empty, label is no label, a text would print under 9 points, a text
    holds TeX, or a colour is none of the roles.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> Figure(ax, alt="An empty plot.").svg.startswith("<svg")
    True
    >>> Figure(ax, alt="")
    Traceback (most recent call last):
        ...
    ValueError: a figure wants alt text: say in a sentence or two what it shows, Figure(..., alt='…')
    """

    def __init__(self, drawing, *, alt: str = "", caption: str | None = None, label: str | None = None):
        """Draw every form at once, so that what is wrong is said in the cell that drew it."""
        if not (isinstance(alt, str) and alt.strip()):
            raise ValueError("a figure wants alt text: say in a sentence or two what it shows, Figure(..., alt='…')")
        if caption is not None and not caption.strip():
            raise ValueError("the caption is empty: say the figure's one point first, or leave the caption out")
        if label is not None and not LABEL.fullmatch(label):
            raise ValueError(f"the label {label!r} is not lower-case words joined by hyphens, such as 'neuron-line'")
        self.alt, self.caption, self.label = " ".join(alt.split()), caption, label
        picture: Drawing = drawing if isinstance(drawing, Drawing) else drawing.figure
        with mpl.rc_context(STYLE):
            readable(picture)
            self.width = float(picture.get_figwidth() * 72 * REM_PER_POINT)
            self.svg = self._svg(picture)
            self.png = self._png(picture)

    def _svg(self, picture: Drawing) -> str:
        file = io.StringIO()
        FigureCanvasSVG(picture).print_svg(file, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        drawn = file.getvalue()
        prefix = self.label or "figure-" + hashlib.sha256(drawn.encode()).hexdigest()[:8]
        return page_svg(drawn, prefix=prefix, alt=self.alt, width=self.width)

    def _png(self, picture: Drawing) -> bytes:
        file = io.BytesIO()
        picture.set_dpi(PNG_DOTS_PER_INCH)
        picture.set_facecolor("white")
        FigureCanvasAgg(picture).print_png(file, metadata={"Software": None})
        picture.set_facecolor("none")
        return file.getvalue()

    def data(self, markup: str | None = None) -> dict:
        """What the book's extension wants to know; markup is the element of a widget whose static picture this is."""
        return {
            "svg": self.svg,
            "alt": self.alt,
            "caption": self.caption,
            "label": self.label,
            "html": markup,
            "width": round(self.width * 16),
        }

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        return bundle(self)


def bundle(figure: Figure, markup: str | None = None) -> tuple[dict, dict]:
    """The forms of a figure, for Jupyter: the book takes its own, a notebook the HTML, a paper the PNG.

    >>> from nnbook.plotting import axes
    >>> figure = Figure(axes(("input x", "no unit"), ("output", "no unit")), alt="An empty plot.")
    >>> sorted(bundle(figure)[0])[1:]
    ['image/png', 'text/html', 'text/plain']
    """
    caption = f"<figcaption>{html.escape(figure.caption)}</figcaption>" if figure.caption else ""
    # A notebook has no variables of ours: the picture keeps its light colours, so its ground is white there.
    page = f'<figure style="background:#ffffff;color:#1b1f24;margin:0;padding:0.5rem">{figure.svg}{caption}</figure>'
    data = {
        MIME: figure.data(markup),
        "image/png": base64.b64encode(figure.png).decode(),
        "text/html": page,
        "text/plain": figure.alt,
    }
    # The mark tells the book's extension that the other forms belong to a figure, so that it need not store them.
    return data, {MIME: {}}


def readable(picture: Drawing) -> None:
    """Raise ValueError for a text that would print under 9 points, or that holds TeX.

    >>> from nnbook.plotting import axes
    >>> ax = axes(("input x", "no unit"), ("output", "no unit"))
    >>> small = ax.set_title("too small", fontsize=6)
    >>> readable(ax.figure)
    Traceback (most recent call last):
        ...
    ValueError: the text 'too small' would print at 6.0 points; the least is 9: make it larger, or the figure narrower
    """
    picture.draw_without_rendering()
    # The layout is found; keep it, for it costs most of the time, and PNG and SVG should not differ.
    picture.set_layout_engine("none")
    scale = min(1.0, PRINT_WIDTH / (picture.get_figwidth() * 72))
    for text in picture.findobj(Text):
        words = text.get_text().strip()
        if not words or not text.get_visible():
            continue
        if "$" in words:
            raise ValueError(
                f"the text {words!r} holds TeX, which the page cannot set in its own type: write Unicode, as in x₁"
            )
        printed = float(text.get_fontsize()) * scale
        if printed < SMALL - 1e-6:
            raise ValueError(
                f"the text {words!r} would print at {printed:.1f} points; the least is {SMALL:g}: "
                "make it larger, or the figure narrower"
            )
