"""What every widget is: an element's name, its data, its static figure, and the question it answers."""

import json
import re

import numpy as np

from nnbook.plotting.figure import Figure, bundle

TAG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Widget:
    """A cell's interactive output: the element nn-tag with its data, around the figure that stands for it.

    Raises ValueError where the question is none, or tag cannot name an element.

    >>> from nnbook.plotting import axes
    >>> picture = Figure(axes(("x", "no unit"), ("y", "no unit")), alt="An empty plot.")
    >>> Widget("neuron", {"b": 0.5}, picture, question="Which side?").markup
    '<nn-neuron class="nn-widget"><script type="application/json" class="nn-widget-data">{"question":"Which side?","b":0.5}</script></nn-neuron>'
    """

    def __init__(self, tag: str, data: dict, figure: Figure, question: str):
        """Keep the data with the question in front, as the browser gets them."""
        if not TAG.fullmatch(tag):
            raise ValueError(f"{tag!r} cannot name an element: lower-case words joined by hyphens, such as 'neuron'")
        if not question.strip().endswith("?"):
            raise ValueError(f"a widget answers a question, and says it: {question!r} does not end in a question mark")
        self.tag, self.figure, self.question = tag, figure, question.strip()
        self.data = {"question": self.question, **data}

    @property
    def markup(self) -> str:
        """The element without its static figure, which the book's extension puts in."""
        # "<" cannot stand in the data as it is: "</script>" would end it.
        data = json.dumps(self.data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
        script = f'<script type="application/json" class="nn-widget-data">{data}</script>'
        return f'<nn-{self.tag} class="nn-widget">{script}</nn-{self.tag}>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict, dict]:
        return bundle(self.figure, self.markup)


def numbers(array):
    """An array as nested lists of the shortest decimals that give its float32 back; null for minus infinity.

    >>> numbers(np.array([0.1, -np.inf], dtype=np.float32))
    [0.1, None]
    """
    array = np.asarray(array, np.float32)
    if array.ndim:
        return [numbers(row) for row in array]
    return None if np.isneginf(array) else float(str(array))
