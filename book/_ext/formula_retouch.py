"""What math-core's MathML still needs before browsers draw it well: the book's colours, primes, arrows, tall brackets.

Each retouch was seen to be needed in Chromium 156 with STIX Two Math, and does no harm elsewhere.
"""

import re
from xml.etree.ElementTree import Element, SubElement

# math-core knows colours by name only, so each role borrows one: its name, what math-core writes for it, and the role's own.
ROLES = {
    "data": ("MidnightBlue", "#006896", "#0a49b8"),
    "parameter": ("Bittersweet", "#D04C17", "#c84312"),
    "hidden": ("JungleGreen", "#00B19D", "#0a7d5c"),
    "output": ("Mulberry", "#A83E9E", "#821d6f"),
    "error": ("Sepia", "#5D1601", "#4a3310"),
}
_STYLES = {f"color:{sentinel};": f"color:var(--nn-{role}, {light})" for role, (_name, sentinel, light) in ROLES.items()}
_PRIMES = {"\u2032", "\u2033", "\u2034", "\u2057"}


def retouch(root: Element) -> None:
    """Change a formula in place."""
    for element in root.iter():
        if element.get("style") in _STYLES:
            element.set("style", _STYLES[element.get("style")])
        if element.tag == "annotation":
            # The LaTeX that a reader copies should work elsewhere: without the book's own macros.
            element.text = re.sub(rf"\\({'|'.join(ROLES)})(?=\s*\{{)", "", element.text or "")
        elif element.tag in ("msup", "msubsup") and element[-1].tag == "mo" and element[-1].text in _PRIMES:
            _lower_prime(element)
        elif element.tag == "mover" and element[-1].text == "\u20d7":
            # The combining arrow hangs to the left of its letter; the real one is too long at full size.
            element[-1].text = "\u2192"
            element[-1].set("style", "font-size:0.6em")
    for element in root.iter():
        if element.tag in ("msub", "msup", "msubsup") and element[0].tag == "mo" and element[0].get("minsize"):
            _unpack_bracket(element)


def _lower_prime(script: Element) -> None:
    """Set a prime beside its letter: the character already stands high, and in a superscript it would fly."""
    base, prime = script[0], script[-1]
    prime.attrib |= {"form": "postfix", "lspace": "0", "rspace": "0"}
    primed = Element("mrow")
    primed.extend([base, prime])
    if script.tag == "msubsup":
        index = script[1]
        script.tag, script[:] = "msub", [primed, index]
    else:
        script.tag, script[:] = "mrow", [base, prime]


def _unpack_bracket(script: Element) -> None:
    r"""Keep the bracket of `\bigr)^2` out of the script's own stretching, which would let it drop below the line."""
    bracket = script[0]
    box = Element("mrow")
    box.append(bracket)
    SubElement(box, "mi")  # with an identifier beside it, the row is no operator any more
    script[0] = box
