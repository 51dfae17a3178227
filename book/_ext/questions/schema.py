"""What may stand in `book/questions/<chapter>.yaml`: the fields every question has, and the seven types."""

from typing import Annotated, Literal

from content_files import Strict, problem
from pydantic import Field, model_validator

from questions.parts import (
    Blank,
    Computed,
    Extra,
    Item,
    Mistake,
    NumberKey,
    Option,
    Pair,
    Printed,
    Slug,
    Source,
    Swap,
    Text,
    WrongText,
    check_choices,
)


class Question(Strict):
    """What every question has. Texts are MyST; `prompt` is one paragraph, all else may be several."""

    id: Slug = Field(description="Permanent: readers' progress is stored under it. Never reuse one.")
    rev: int = Field(
        ge=1, description="Raise it by one only when the meaning changes; old answers then no longer count."
    )
    concepts: list[Slug] = Field(
        min_length=1, description="Glossary terms, with hyphens, that the score counts it for."
    )
    source: Source = Field(description="Where the book settles it: docname#target or docname#heading-slug.")
    prompt: Text
    setup: Text | None = Field(None, description="What stands between prompt and answers: code, a table, a formula.")
    hint: Text = Field(description="Helps a reader who was wrong once, without giving the answer.")
    explanation: Text
    tip: Text = Field(description="One sentence to remember it by.")
    numbers: dict[Slug, Computed] = Field(
        {}, description="Further numbers for the texts, written {computed}`name:.3g`."
    )


class Single(Question):
    """Exactly one option is right."""

    type: Literal["single"]
    options: list[Option] = Field(min_length=2, max_length=8)

    @model_validator(mode="after")
    def _one_correct(self) -> "Single":
        return check_choices(self, self.options, one=True)


class Multiple(Question):
    """Every right option must be chosen and no wrong one."""

    type: Literal["multiple"]
    options: list[Option] = Field(min_length=2, max_length=8)

    @model_validator(mode="after")
    def _some_correct(self) -> "Multiple":
        return check_choices(self, self.options, one=False)


class Numeric(Question, NumberKey):
    """A number, worked out by the reader, by `compute` and by the person who typed `expect`."""

    type: Literal["numeric"]
    unit: str = Field("", description="Shown after the entry; plain text.")


class Predict(Question):
    """What does this program print? It is run in a kernel of its own, and its output compared with the key."""

    type: Literal["predict"]
    code: Text = Field(description="A whole program, imports included. It must print the same on every machine.")
    options: list[Printed] | None = Field(None, min_length=2, max_length=8)
    expect: Text | None = Field(None, description="Without options: what it prints, typed by a person.")
    wrong: list[WrongText] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_key(self) -> "Predict":
        if (self.options is None) == (self.expect is None):
            raise problem('give either "options" (one of them correct) or "expect" (what the program prints)')
        if self.options is None:
            return self
        if self.wrong:
            raise problem('"wrong" belongs to "expect"; with options each wrong one has its own feedback', ("wrong",))
        return check_choices(self, self.options, one=True)


class Order(Question):
    """Items to be put in order; they are written in the right order and shown in another."""

    type: Literal["order"]
    items: list[Item] = Field(min_length=3, max_length=8)
    wrong: list[Swap] = Field(min_length=1)

    @model_validator(mode="after")
    def _swaps_are_wrong(self) -> "Order":
        keys = [item.key for item in self.items]
        if len(set(keys)) < len(keys):
            raise problem("two items have the same key; give each its own", ("items",))
        for index, swap in enumerate(self.wrong):
            for key in (swap.puts, swap.before):
                if key not in keys:
                    raise problem(f'no item has the key "{key}"; known: {", ".join(keys)}', ("wrong", index))
            if keys.index(swap.puts) <= keys.index(swap.before):
                raise problem(
                    f'"{swap.puts}" before "{swap.before}" is the right order; a mistake must not be', ("wrong", index)
                )
        return self


class Match(Question):
    """Pairs to be put together; `extras` are right-hand sides that belong to nothing."""

    type: Literal["match"]
    pairs: list[Pair] = Field(min_length=2, max_length=8)
    extras: list[Extra] = Field(default_factory=list)
    wrong: list[Mistake] = Field(default_factory=list)

    @model_validator(mode="after")
    def _mistakes_are_wrong(self) -> "Match":
        keys = [pair.key for pair in self.pairs] + [extra.key for extra in self.extras]
        if len(set(keys)) < len(keys):
            raise problem("two pairs or extras have the same key; give each its own", ("pairs",))
        if not self.extras and not self.wrong:
            raise problem('foresee at least one mistake: give "wrong" or "extras" with misconception and feedback')
        for index, mistake in enumerate(self.wrong):
            if mistake.left not in keys[: len(self.pairs)] or mistake.right not in keys:
                raise problem(
                    f"a mistake names keys of pairs (right: also of extras): {', '.join(keys)}", ("wrong", index)
                )
            if mistake.left == mistake.right:
                raise problem(
                    f'"{mistake.left}" with "{mistake.right}" is right; a mistake must not be', ("wrong", index)
                )
        return self


class Cloze(Question):
    """A text with blanks, written {blank}`key`."""

    type: Literal["cloze"]
    text: Text
    blanks: dict[Slug, Blank] = Field(min_length=1, max_length=6)

    @model_validator(mode="after")
    def _every_blank_once(self) -> "Cloze":
        for key in self.blanks:
            if self.text.count(f"{{blank}}`{key}`") != 1:
                raise problem(f"write {{blank}}`{key}` exactly once in the text", ("text",))
        if self.text.count("{blank}`") != len(self.blanks):
            raise problem(f"the text has a blank that is not described; described: {', '.join(self.blanks)}", ("text",))
        return self


AnyQuestion = Annotated[
    Single | Multiple | Numeric | Predict | Order | Match | Cloze,
    Field(discriminator="type", description="One question."),
]


class QuestionFile(Strict):
    """The questions of one chapter."""

    preamble: str = Field("", description="Python run before every `compute`: its imports.")
    questions: list[AnyQuestion] = Field(min_length=1)
