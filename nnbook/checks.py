"""`check` asserts a claim of the book and records it.

A claim is a sentence with a number or a verdict. `check` is the only way a cell asserts one, so that what the text
says, what `python -m nnbook run` reports and what the evidence page lists are the same measurement.
"""

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from nnbook.jupyter import displayer
from nnbook.records import Check

# A number, an array, or nested lists of numbers; what is none of these gets a better answer below than a type gives.
Numbers = Any
MIME_TYPE = "application/vnd.nnbook.check+json"

_recordings: list[list[Check]] = []


class CheckError(AssertionError):
    """A claim that did not hold. The message has both numbers; `record` is the `Check`, None if the shapes differ."""

    def __init__(self, message: str, record: Check | None = None):
        """Keep the record beside the message."""
        super().__init__(message)
        self.record = record


def check(
    claim: str,
    got: Numbers,
    want: Numbers | None = None,
    tol: SupportsFloat = 0.0,
    source: str = "",
    *,
    below: Numbers | None = None,
    above: Numbers | None = None,
    between: Sequence[SupportsFloat] | None = None,
    margin: SupportsFloat = 0.0,
) -> None:
    """Assert that got is what the claim says, and record the measurement.

    Say what is wanted in one of four ways:

    - `want=`: |got − want| ≤ tol · (1 + |want|). With tol = 0 the two are equal.
    - `below=`, `above=`: a verdict. got is on that side of the bound, by more than margin, in got's unit.
    - `between=(lo, hi)`: lo ≤ got ≤ hi, both ends included.

    Numbers and booleans (compared as 0 and 1, in float64), or arrays of any shape, compared element by element: want
    has got's shape, a bound has it or is one number. NaN never passes. An infinity equals only itself. source names
    where the wanted number comes from: "Vaswani et al. (2017), section 3.2.1".

    Inside Jupyter the check shows itself and leaves a record for the evidence page; inside `recording()` it is
    collected; elsewhere it prints one line.

    Raises CheckError if the claim does not hold or the shapes differ, TypeError for what is not a number, ValueError
    if nothing can be compared: no numbers at all, no claim, no or two ways of saying what is wanted, negative tol.

    >>> check("two thirds", got=2 / 3, want=0.667, tol=1e-3)
    ✓ two thirds: got 0.667, want 0.667 ± 0.00167
    >>> check("Adam beats SGD", got=0.12, below=0.5, margin=0.1, source="this chapter")
    ✓ Adam beats SGD: got 0.12, want below 0.5 by more than 0.1 (this chapter)
    >>> check("modes found", got=5, between=(6, 8))
    Traceback (most recent call last):
        ...
    nnbook.checks.CheckError: ✗ modes found: got 5, want between 6 and 8
    """
    tol, margin = float(tol), float(margin)
    relation, wanted = _relation(claim, tol, margin, want=want, below=below, above=above, between=between)
    measured = _numbers("got", got)
    bounds = [_numbers(relation, bound) for bound in wanted]
    for bound in bounds:
        if bound.shape != measured.shape and (relation == "equal" or bound.ndim > 0):
            name = "want" if relation == "equal" else relation
            raise CheckError(f"✗ {claim}: got has shape {measured.shape}, {name} has shape {bound.shape}")

    values = measured.astype(np.float64).ravel()
    limits = [np.broadcast_to(bound.astype(np.float64), measured.shape).ravel() for bound in bounds]
    held, misfit = _compare(relation, values, limits, tol, margin)
    worst = np.unravel_index(np.argmax(misfit), measured.shape)  # NaN counts as the largest
    picked = [bound[worst if bound.ndim else ()].item() for bound in bounds]
    record = Check(
        claim=claim,
        got=measured[worst].item(),
        want=picked[0] if relation != "between" else (picked[0], picked[1]),
        tol=tol,
        source=source,
        relation=relation,
        margin=margin,
        held=bool(held.all()),
        size=measured.size,
        where=tuple(int(i) for i in worst),
    )
    _publish(record)
    if not record.held:
        raise CheckError(str(record), record)


@contextmanager
def recording() -> Generator[list[Check]]:
    """Collect the checks made inside the block, held or not, instead of showing them. The innermost block gets them.

    >>> with recording() as checks:
    ...     check("one and one", got=1 + 1, want=2)
    >>> checks[0].held
    True
    """
    collected: list[Check] = []
    _recordings.append(collected)
    try:
        yield collected
    finally:
        # By identity: two empty lists are equal.
        _recordings[:] = [other for other in _recordings if other is not collected]


def _relation(claim, tol, margin, **ways) -> tuple[str, list[Numbers]]:
    """Which of the four ways was used, and its bounds; ValueError with what to write instead."""
    if not claim.strip():
        raise ValueError("check: got no claim; wants the sentence that is measured")
    given = {way: bound for way, bound in ways.items() if bound is not None}
    if len(given) != 1:
        raise ValueError(
            f"check {claim!r}: got {' and '.join(given) or 'nothing to compare with'}; "
            "wants one of want=, below=, above=, between=(lo, hi)"
        )
    (way, bound) = given.popitem()
    if not (0 <= tol < math.inf and 0 <= margin < math.inf):
        raise ValueError(f"check {claim!r}: got tol {tol}, margin {margin}; wants finite numbers ≥ 0")
    if tol and way != "want":
        raise ValueError(f"check {claim!r}: tol belongs to want=; {way}= has no tolerance")
    if margin and way not in ("below", "above"):
        raise ValueError(f"check {claim!r}: margin belongs to below= and above=; want= takes a tol")
    if way == "between":
        bounds = list(bound)
        if len(bounds) != 2 or not bounds[0] <= bounds[1]:
            raise ValueError(f"check {claim!r}: got between={bound!r}; wants (lo, hi) with lo ≤ hi")
        return way, bounds
    return ("equal" if way == "want" else way), [bound]


def _numbers(name: str, value: Numbers) -> NDArray:
    """The value as an array of booleans, integers or floats (bfloat16 and its like become float64)."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        if array.dtype.kind != "V" or array.dtype.names:
            raise TypeError(f"check: {name} is {array.dtype}; wants real numbers or booleans")
        array = array.astype(np.float64)
    if array.size == 0:
        raise ValueError(f"check: {name} has shape {array.shape}; a check of no numbers would hold whatever happens")
    return array


def _compare(relation, values, limits, tol, margin) -> tuple[NDArray, NDArray]:
    """Element by element: does it hold, and by how much does it miss (the larger the worse)?"""
    with np.errstate(invalid="ignore"):
        match relation:
            case "equal":
                (want,) = limits
                same = values == want
                misfit = np.where(same, 0.0, np.abs(values - want) / (1 + np.abs(want)))
                near = np.abs(values - want) <= tol * (1 + np.abs(want))
                return same | (near & np.isfinite(values) & np.isfinite(want)), misfit
            case "below":
                return limits[0] - values > margin, values - limits[0]
            case "above":
                return values - limits[0] > margin, limits[0] - values
            case _:
                lo, hi = limits
                return (lo <= values) & (values <= hi), np.maximum(lo - values, values - hi)


def _publish(record: Check) -> None:
    if _recordings:
        _recordings[-1].append(record)
    elif record.held:
        if display := displayer():
            display({MIME_TYPE: record.as_json(), "text/plain": str(record)}, raw=True)
        else:
            print(record)
