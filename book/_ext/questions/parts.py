"""The parts questions are made of. A wrong answer that was foreseen names its misconception and answers it."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from content_files import Strict, problem
from pydantic import Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Source = Annotated[str, StringConstraints(pattern=r"^[^#\s]+#[^#\s]+$")]
Parent = TypeVar("Parent")


def close(got: float, want: float, tol: float) -> bool:
    """Tell whether |got − want| ≤ tol · (1 + |want|), the book's rule everywhere."""
    return abs(got - want) <= tol * (1 + abs(want))


class Computed(Strict):
    """A number with two witnesses: what `compute` gives in the execution step, and what a person typed."""

    compute: Text = Field(description="A Python expression that gives one number; the preamble has been run.")
    expect: float
    tol: float = Field(1e-3, gt=0, description="They agree when |compute − expect| ≤ tol · (1 + |expect|).")


class Foreseen(Strict):
    """A wrong answer that was foreseen."""

    misconception: Slug = Field(description="Its id in book/misconceptions.yaml.")
    feedback: Text = Field(description="What the belief behind this answer gets wrong; never only the right answer.")


class WrongNumber(Foreseen):
    """A number a reader with this belief arrives at."""

    value: float


class WrongText(Foreseen):
    """A text a reader with this belief arrives at."""

    value: Text


class NumberKey(Computed):
    """A number asked for, with the wrong numbers that were foreseen."""

    wrong: list[WrongNumber] = Field(min_length=1)

    @model_validator(mode="after")
    def _wrong_is_wrong(self) -> "NumberKey":
        for index, foreseen in enumerate(self.wrong):
            if close(foreseen.value, self.expect, 2 * self.tol):
                raise problem(
                    f"the wrong value {foreseen.value:g} counts as right beside {self.expect:g} ± {self.tol:g}; "
                    "change the question's numbers so that the misconception shows",
                    ("wrong", index),
                )
        return self


class Choice(Strict):
    """What any option has: right, or wrong with a misconception and feedback of its own."""

    correct: bool = False
    misconception: Slug | None = None
    feedback: Text | None = None

    @model_validator(mode="after")
    def _wrong_teaches(self) -> "Choice":
        if self.correct and self.misconception:
            raise problem("a correct option names no misconception; remove one of the two", ("misconception",))
        if not self.correct and not self.feedback:
            raise problem('this wrong option has no "feedback"; say what the belief behind it gets wrong')
        if not self.correct and not self.misconception:
            raise problem(
                'this wrong option has no "misconception"; name one of book/misconceptions.yaml, or add it there'
            )
        return self


class Option(Choice):
    """An option to choose; its text is one paragraph of MyST."""

    text: Text


class Printed(Choice):
    """An output to choose, shown as code."""

    prints: Text


class Item(Strict):
    """One item to be put in its place."""

    key: Slug
    text: Text
    feedback: Text = Field(description="Why it stands where it does.")


class Swap(Foreseen):
    """A mistake: item `puts` somewhere before item `before`."""

    puts: Slug
    before: Slug


class Pair(Strict):
    """A left and a right side that belong together."""

    key: Slug
    left: Text
    right: Text
    feedback: Text = Field(description="Why they belong together.")


class Extra(Foreseen):
    """A right side that belongs to no left one."""

    key: Slug
    right: Text


class Mistake(Foreseen):
    """A wrong pair: the left side of one, the right side of another."""

    left: Slug
    right: Slug


class ChoiceBlank(Strict):
    """A blank to fill from a list. Its options are plain text: nothing else fits a list of the browser."""

    kind: Literal["choice"]
    options: list[Option] = Field(min_length=2, max_length=8)

    @model_validator(mode="after")
    def _one_correct(self) -> "ChoiceBlank":
        return check_choices(self, self.options, one=True)


class NumberBlank(NumberKey):
    """A blank to fill with a number."""

    kind: Literal["number"]


class WordBlank(Strict):
    """A blank to fill with a word; upper and lower case count the same."""

    kind: Literal["word"]
    words: list[Text] = Field(min_length=1, description="All that is right; the first is shown as the answer.")
    wrong: list[WrongText] = Field(min_length=1)


Blank = Annotated[ChoiceBlank | NumberBlank | WordBlank, Field(discriminator="kind")]


def check_choices(question: Parent, options: Sequence[Choice], *, one: bool) -> Parent:
    """Give the question back if its options have a key: one right answer, or (one=False) at least one."""
    right = [index for index, option in enumerate(options) if option.correct]
    if not right:
        raise problem('no option is correct; mark the right one with "correct: true"', ("options",))
    if one and len(right) > 1:
        raise problem(
            f"{len(right)} options are correct (numbers {', '.join(str(index + 1) for index in right)}), but only one may be; "
            'make the others wrong, or use "type: multiple"',
            ("options", right[1]),
        )
    if len(right) == len(options) and not one:
        raise problem("every option is correct, so there is nothing to tell apart; add a wrong one", ("options",))
    return question
