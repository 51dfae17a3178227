"""How wide a formula will be, near enough to know which ones have to scroll on a phone.

A region that scrolls has to be reachable by keyboard, one that does not should not stop the tab key. Without a script on
the page that has to be decided when the book is built.
"""

from xml.etree.ElementTree import Element

# The text column of a 320-pixel screen is 288 pixels, 18 em at 16 pixels; a number and its link take some of it.
WIDE_FORMULA = 13.5  # em
_SCRIPT = 0.71  # a script is 71 % of its base, TeX's and the browsers' rule
_MARGIN = 0.08  # an operator's or a glyph's own bearing


def width(element: Element) -> float:
    """Estimate the width of a MathML element in em, from the number of characters and the layout rules."""
    children = [width(child) for child in element]
    match element.tag:
        case "mi" | "mn" | "mtext":
            return 0.52 * len(element.text or "") + _MARGIN
        case "mo":
            return _operator(element)
        case "mspace":
            return _length(element.get("width", "0"))
        case "mfrac" | "munder" | "mover" | "munderover":
            scale = 1.0 if element.tag == "mfrac" else _SCRIPT
            return max([children[0], *(scale * child for child in children[1:])]) + 2 * _MARGIN
        case "msub" | "msup":
            return children[0] + _SCRIPT * children[1]
        case "msubsup":
            return children[0] + _SCRIPT * max(children[1:])
        case "msqrt" | "mroot":
            return sum(children) + 0.9
        case "mtable":
            rows = [[width(cell) for cell in row] for row in element]
            columns = max((len(row) for row in rows), default=0)
            return sum(max((row[i] for row in rows if i < len(row)), default=0) for i in range(columns)) + 0.8 * columns
        case _:
            return sum(children)


def _operator(element: Element) -> float:
    text = element.text or ""
    if text in "\u2061\u2062\u2063\u2064":  # invisible operators
        return 0.1
    if text in "()[]{}|‖∣,.;!′″":
        return 0.4
    return 0.6 * len(text) + 0.5  # a sign and the space on both its sides


def _length(value: str) -> float:
    return float(value.removesuffix("em")) if value.endswith("em") else 0.0
