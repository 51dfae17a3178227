"""Short LaTeX as plain text with Unicode signs, for places that hold text only."""

import math
import re

SIGNS = {
    "alpha": "α", "lambda": "λ", "sigma": "σ", "pi": "π", "phi": "φ", "varphi": "φ", "Phi": "Φ",
    "le": "≤", "ge": "≥", "cdot": "·", "infty": "∞", "tanh": "tanh", "min": "min", "max": "max", "ln": "ln",
    "bigl": "", "bigr": "", "left": "", "right": "", ",": " ", ";": " ",
}  # fmt: skip
RAISED = str.maketrans("0123456789+-−()xn", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ˣⁿ")
VULGAR = {"1/2": "½", "1/3": "⅓", "1/4": "¼", "1/6": "⅙", "1/8": "⅛"}
ONE_WORD = re.compile(r"[^\s+-]+")
BRACED = r"\{([^{}]*)\}"


def plain_text(latex: str) -> str:
    """A formula as text.

    >>> plain_text(r"\\frac{1}{1 + e^{-x}}")
    '1 / (1 + e⁻ˣ)'
    >>> plain_text(r"\\begin{cases} x & x > 0 \\\\ 0 & x \\le 0 \\end{cases}")
    'x if x > 0, 0 if x ≤ 0'

    Raises ValueError for a command that has no sign here.
    """
    text = re.sub(r"\\begin\{cases\}(.*?)\\end\{cases\}(?=$)", lambda match: cases(match, latex), latex)
    text = re.sub(r"\\text" + BRACED, r"\1", text)
    text = re.sub(r"\^(?:" + BRACED + r"|(\S))", lambda match: (match[1] or match[2]).translate(RAISED), text)
    text = re.sub(r"\\sqrt" + BRACED, r"√(\1)", text)
    text = re.sub(r"\\t?frac" + BRACED + BRACED, fraction, text)
    text = re.sub(r"\\([A-Za-z]+|[,;])", lambda match: sign(match[1], latex), text)
    return re.sub(r"\s+", " ", text.replace("-", "−")).strip()


def cases(match: re.Match, latex: str) -> str:
    """The branches of a function, in the order of the formula; in brackets where a factor stands before them.

    >>> latex = r"\\begin{cases} 1 & x \\ge 0 \\\\ 0 & x < 0 \\end{cases}"
    >>> cases(re.search(r"cases\\}(.*?)\\\\end", latex), latex)
    '(1 if x \\\\ge 0, 0 if x < 0)'
    """
    branches = [branch.split("&") for branch in match[1].split(r"\\")]
    text = ", ".join(
        f"{value.strip()} otherwise" if "otherwise" in when else f"{value.strip()} if {when.strip()}"
        for value, when in branches
    )
    return f"({text})" if match.start() else text


def fraction(match: re.Match) -> str:
    """A fraction: one sign where there is one, else upper part / lower part.

    >>> fraction(re.search(BRACED + BRACED, "{1}{2}")), fraction(re.search(BRACED + BRACED, "{x + 3}{6}"))
    ('½', '(x + 3) / 6')
    """
    return VULGAR.get(f"{match[1]}/{match[2]}") or f"{term(match[1])} / {term(match[2])}"


def term(part: str) -> str:
    """A part of a fraction, in brackets unless it is one word.

    >>> term("x"), term("x + 3")
    ('x', '(x + 3)')
    """
    return part if ONE_WORD.fullmatch(part) else f"({part})"


def sign(command: str, latex: str) -> str:
    """The sign of a command.

    >>> sign("ge", r"x \\ge 0")
    '≥'
    """
    if command not in SIGNS:
        raise ValueError(
            f"no plain sign for \\{command}, in {latex!r}: add it to SIGNS in nnbook/widgets/plain_text.py"
        )
    return SIGNS[command]


def plain_range(low: float, high: float) -> str:
    """Where the values lie.

    >>> plain_range(-0.27846454, math.inf)
    'from −0.278 to ∞'
    """

    def end(value: float) -> str:
        return ("∞" if math.isinf(value) else f"{abs(value):.3g}").join(("−" if value < 0 else "", ""))

    return f"from {end(low)} to {end(high)}"
