"""What a check leaves behind: one claim, the number measured for it, and the words to show them in."""

import math
from dataclasses import dataclass
from typing import Any

Number = bool | int | float


@dataclass(frozen=True)
class Check:
    """One claim measured: what was got, what was wanted, whether it held.

    relation is "equal", "below", "above" or "between"; want is the number or bound, or (lo, hi) for "between".
    For arrays got and want are the pair that fits worst, at index `where`, and size counts the numbers compared.

    >>> check = Check("one and one", got=2, want=2, tol=0.0, source="", relation="equal", margin=0.0, held=True)
    >>> print(check)
    ✓ one and one: got 2, want 2
    """

    claim: str
    got: Number
    want: Number | tuple[Number, Number]
    tol: float
    source: str
    relation: str
    margin: float
    held: bool
    size: int = 1
    where: tuple[int, ...] = ()

    @property
    def wanted(self) -> str:
        """What was wanted, in words: `1 ± 0.02`, `below 0.5 by more than 0.1`, `between 4 and 5`."""
        return self._wanted(short)

    def _wanted(self, show) -> str:
        if isinstance(self.want, tuple):
            return f"between {show(self.want[0])} and {show(self.want[1])}"
        if self.relation == "equal":
            allowed = self.tol * (1 + abs(self.want)) if math.isfinite(self.want) else 0.0
            return show(self.want) + (f" ± {short(allowed)}" if allowed else "")
        return f"{self.relation} {show(self.want)}" + (f" by more than {show(self.margin)}" if self.margin else "")

    def __str__(self) -> str:
        """The line that is printed: claim, both numbers, source."""
        # Three digits say enough of a check that held; one that failed shows all it has, or the two may look alike.
        show = short if self.held else repr
        source = f" ({self.source})" if self.source else ""
        if self.held and self.size > 1 and self.got == self.want:
            return f"✓ {self.claim}: all {self.size} numbers as wanted{source}"
        where = f" at [{', '.join(map(str, self.where))}]" if self.where and not self.held else ""
        where += f" (the worst of {self.size})" if self.size > 1 else ""
        mark = "✓" if self.held else "✗"
        return f"{mark} {self.claim}: got {show(self.got)}{where}, want {self._wanted(show)}{source}"

    def as_json(self) -> dict[str, Any]:
        """The record the evidence page is made of. Infinities, which JSON lacks, are the strings "inf" and "-inf"."""
        want = [_plain(bound) for bound in self.want] if isinstance(self.want, tuple) else _plain(self.want)
        return {
            "claim": self.claim,
            "got": _plain(self.got),
            "want": want,
            "tol": self.tol,
            "source": self.source,
            "relation": self.relation,
            "margin": self.margin,
            "wanted": self.wanted,
            "size": self.size,
        }


def short(number: Number) -> str:
    """Three significant digits for a fraction, all digits for a whole number: results differ beyond that by machine.

    >>> short(0.123456), short(124439808), short(65536.0), short(True)
    ('0.123', '124439808', '65536', 'True')
    """
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        number = int(number)
    return f"{number:.3g}" if isinstance(number, float) else str(number)


def _plain(number: Number) -> Number | str:
    return str(number) if isinstance(number, float) and not math.isfinite(number) else number
