"""The reference cards of the activations, as MyST: formula, slope, values, use and weakness, each from its one source."""

import re
from collections.abc import Mapping, Sequence
from typing import SupportsFloat

from nnbook.layers import activations
from nnbook.layers.activations import ACTIVATIONS
from nnbook.widgets.plain_text import plain_range

WORDS = re.compile(r"^\s*(Used|Weakness): (.*)\.$", re.MULTILINE)

# Those of several numbers: title, function, formula, slope, values, and largest slope, as MyST.
VECTORS = {
    "softmax": (
        "softmax", activations.softmax, r"\mathbf{p},\quad p_i = \frac{e^{x_i / T}}{\sum_j e^{x_j / T}}",
        r"\tfrac{1}{T}\,\bigl(\operatorname{diag} \mathbf{p} - \mathbf{p}\,\mathbf{p}^{\top}\bigr)",
        "from 0 to 1, adding up to 1", "{} / T",
    ),
    "log_softmax": (
        "log-softmax", activations.log_softmax, r"\ln \mathbf{p},\quad \ln p_i = \tfrac{x_i}{T} - \ln \sum_j e^{x_j / T}",
        r"\tfrac{1}{T}\,\bigl(I - \mathbf{1}\,\mathbf{p}^{\top}\bigr)", "from −∞ to 0", "{} / T",
    ),
    "glu": (
        "GLU", activations.glu, r"v\,\sigma(g)", r"v'\,\sigma(g) + v\,\sigma'(g)\,g'",
        "from −∞ to ∞, where the value $v$ and the gate $g$ are linear layers of $x$", "no bound; it grows with the value",
    ),
    "swiglu": (
        "SwiGLU", activations.swiglu, r"v\,s(g),\quad s(g) = g\,\sigma(g)", r"v'\,s(g) + v\,s'(g)\,g'",
        "from −∞ to ∞", "no bound; it grows with value and gate",
    ),
}  # fmt: skip


class Markdown(str):
    """Text that a notebook shows as Markdown.

    >>> Markdown("**bold**")._repr_markdown_()
    '**bold**'
    """

    def _repr_markdown_(self) -> str:
        return str(self)


def activation_cards(names: Sequence[str], largest_slopes: Mapping[str, SupportsFloat]) -> Markdown:
    """A grid of cards, one for each named activation, with the largest slope that was measured.

    The names are those of `ACTIVATIONS` and `VECTORS`; use and weakness are lines of the function's docstring.
    Raises KeyError for a name that is in neither, or has no measured slope where it needs one.

    >>> print(activation_cards(["tanh"], {"tanh": 1.0}).splitlines()[2])
    :::{grid-item-card} tanh
    """
    return Markdown(
        "::::{grid} 1 1 2 2\n:gutter: 2\n" + "".join(_card(name, largest_slopes) for name in names) + "::::\n"
    )


def _card(name: str, largest_slopes: Mapping[str, SupportsFloat]) -> str:
    if name in ACTIVATIONS:
        entry = ACTIVATIONS[name]
        facts = entry.title, entry.function, entry.formula, entry.slope, plain_range(*entry.range), "{}"
    else:
        facts = VECTORS[name]
    title, function, formula, slope, values, largest = facts
    if "{}" in largest:
        largest = largest.format(f"{float(largest_slopes[name]):.3g}")
    # What is abbreviated in a formula stands on a line of its own, or it would not fit a phone.
    formula = "$$\n\n$$".join(formula.split(r",\; "))
    words = "\n\n".join(f"**{word}**: {text}." for word, text in WORDS.findall(function.__doc__ or ""))
    return f"""\
:::{{grid-item-card}} {title}
$$f(x) = {formula}$$

$$f'(x) = {slope}$$

**Values**: {values}.

**Largest slope**: {largest}.

{words}
:::
"""
