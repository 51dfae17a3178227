"""The roles of colour: the same in every formula, figure, widget and card.

In matplotlib the light set is drawn. In the page's SVG each role becomes its CSS variable, so that one picture is right
on a light and on a dark page. The variables stand in book/_static/css/roles.css with the same values.
"""

from types import MappingProxyType

import matplotlib as mpl
from matplotlib.colors import to_hex

LIGHT = MappingProxyType(
    {
        "data": "#0a49b8",
        "parameter": "#c84312",
        "hidden": "#0a7d5c",
        "output": "#821d6f",
        "error": "#4a3310",
        "ink": "#1b1f24",
        "muted": "#57606a",
        "rule": "#c9d1d9",
        "page": "#ffffff",
    }
)
DARK = MappingProxyType(
    {
        "data": "#9bbfe8",
        "parameter": "#ec7546",
        "hidden": "#55e6b0",
        "output": "#c084fc",
        "error": "#ffe96b",
        "ink": "#e6e8eb",
        "muted": "#9aa4ae",
        "rule": "#3a4048",
        "page": "#131416",
    }
)
ROLES = ("data", "parameter", "hidden", "output", "error")

# Ink on a colour that is the same on both pages. Not pure black and white: those are matplotlib's words for ink and page.
FIXED_DARK, FIXED_LIGHT = "#010101", "#fefefe"

CIVIDIS = tuple(to_hex(mpl.colormaps["cividis"](i)) for i in range(256))

# Up to this opacity the page's ink is readable (4.5 : 1) on either end of the signed map, on both pages; 0.505 was measured.
READABLE_OPACITY = 0.5


def colour(role: str) -> str:
    """The sentinel colour of a role, which the page's SVG replaces by the CSS variable.

    >>> colour("data")
    '#0a49b8'
    """
    if role not in LIGHT:
        raise ValueError(f"{role!r} is no role of colour; the roles are {', '.join(LIGHT)}")
    return LIGHT[role]


def css(sentinel: str) -> str:
    """The CSS value of a colour that matplotlib drew.

    >>> css("#0a49b8"), css("#000000"), css("#00224e")
    ('var(--nn-data,#0a49b8)', 'var(--nn-ink,#1b1f24)', '#00224e')

    Raises ValueError for a colour that means nothing: neither a role, nor cividis, nor ink on cividis.
    """
    for role, value in LIGHT.items():
        if sentinel == value:
            return f"var(--nn-{role},{value})"
    if sentinel == "#000000":
        return css(LIGHT["ink"])
    if sentinel in CIVIDIS or sentinel in (FIXED_DARK, FIXED_LIGHT):
        return sentinel
    raise ValueError(
        f"the colour {sentinel} is none of the roles ({', '.join(LIGHT)}), and would stay as it is on a dark page; "
        "draw with nnbook.plotting.colour(role)"
    )


def magnitude(level: float) -> str:
    """The colour of a magnitude from 0 to 1: cividis, which reads the same without colour vision.

    >>> magnitude(0.0), magnitude(1.0)
    ('#00224e', '#fee838')
    """
    return CIVIDIS[round(255 * min(max(level, 0.0), 1.0))]


def signed(level: float, most: float = 1.0) -> tuple[str, float]:
    """The colour and opacity of a signed magnitude from −1 (parameter) through 0 (the page) to 1 (data).

    >>> signed(-0.5), signed(1.0)
    (('#c84312', 0.5), ('#0a49b8', 1.0))
    """
    return colour("data" if level >= 0 else "parameter"), round(most * min(abs(level), 1.0), 3)


def luminance(hexadecimal: str) -> float:
    """Relative luminance of a colour, 0 for black to 1 for white. Source: WCAG 2.2.

    >>> luminance("#000000"), luminance("#ffffff")
    (0.0, 1.0)
    """
    channels = [int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21. Source: WCAG 2.2.

    >>> contrast("#ffffff", "#000000")
    21.0
    """
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ink_on(fixed: str) -> str:
    """Dark or light ink, whichever reads better on a colour that is the same on both pages.

    >>> ink_on("#00224e") == FIXED_LIGHT, ink_on("#fee838") == FIXED_DARK
    (True, True)
    """
    return max((FIXED_DARK, FIXED_LIGHT), key=lambda ink: contrast(ink, fixed))
