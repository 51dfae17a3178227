"""Numbers quoted from cells, set as a book sets them: a true minus, powers of ten written out, a space before the per cent sign."""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>\d[\d,]*(?:\.\d+)?)(?:e(?P<power>[+-]?\d+))?(?P<percent>%?)")
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def typeset(text: str) -> str:
    """Set what Python's format made of a number; what is no number stays as it is.

    >>> typeset("-1.06"), typeset("18%"), typeset("6e-06"), typeset("1e+03"), typeset("XOR")
    ('−1.06', '18\\xa0%', '6\\xa0×\\xa010⁻⁶', '10³', 'XOR')
    """
    number = NUMBER.fullmatch(text)
    if number is None:
        return text
    written = number["digits"]
    if number["power"]:
        power = "10" + str(int(number["power"])).translate(RAISED)
        written = power if written == "1" else f"{written}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{power}"
    return number["sign"].replace("-", "−") + written + ("\N{NO-BREAK SPACE}%" if number["percent"] else "")


class Numerals(SphinxPostTransform):
    """Set every number that {glue:text} brought into the prose, for all builders."""

    default_priority = 520  # once the numbers of other pages have come in

    def run(self, **kwargs) -> None:
        """Write each quoted number anew."""
        for quoted in list(self.document.findall(nodes.inline)):
            if "pasted-text" in quoted["classes"]:
                quoted[:] = [nodes.Text(typeset(quoted.astext()))]


def setup(app) -> dict:
    """Run after myst-nb."""
    app.add_post_transform(Numerals)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
