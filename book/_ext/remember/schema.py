"""What may stand in the files a reader remembers by: misconceptions, glossary, notation and cards."""

import re

from content_files import Strict, problem
from pydantic import Field, field_validator
from questions.parts import Computed, Slug, Source, Text

SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


class Misconception(Strict):
    """A named wrong belief, listed once; the distractors of questions point to it."""

    id: Slug
    belief: Text = Field(
        description="The belief as one who holds it would say it; plain text, one sentence, no full stop."
    )
    truth: Text = Field(description="What is so instead, in one or two sentences.")
    source: Source = Field(description="Where the book settles it: docname#target.")


class MisconceptionFile(Strict):
    """`book/misconceptions.yaml`."""

    misconceptions: list[Misconception] = Field(min_length=1)


class Term(Strict):
    """A term of the glossary."""

    term: Text = Field(description="Plain text, as it is written inside a sentence.")
    also: list[Text] = Field([], description="Other names of the same thing; each can be referred to.")
    definition: Text = Field(description="One or two sentences.")
    source: Source | None = Field(None, description="Where the book explains it.")

    @field_validator("definition")
    @classmethod
    def _short(cls, definition: str) -> str:
        sentences = len(SENTENCE_END.findall(re.sub(r"\b(e\.g|i\.e|vs)\.", r"\1", definition)))
        if sentences > 2:
            raise problem(
                f"the definition has {sentences} sentences; a reader looks it up in passing: keep to one or two"
            )
        return definition

    @property
    def slug(self) -> str:
        """The concept's name in questions and in the reader's score."""
        return slug(self.term)


class GlossaryFile(Strict):
    """`book/glossary.yaml`."""

    terms: list[Term] = Field(min_length=1)


class Symbol(Strict):
    """A symbol of the notation table."""

    symbol: Text = Field(description="In mathematics: $x$.")
    meaning: Text
    shape: Text | None = Field(None, description="Its shape or range.")
    code: Text | None = Field(None, description="Its name in nnbook's code.")
    source: Source | None = Field(None, description="Where it is met first.")


class NotationFile(Strict):
    """`book/notation.yaml`."""

    symbols: list[Symbol] = Field(min_length=1)


class Card(Strict):
    """One pin-worthy fact with its picture and its hook."""

    id: Slug = Field(description="Permanent: readers' progress and the Anki deck know the card by it.")
    rev: int = Field(ge=1)
    name: Text
    definition: Text = Field(description="One line.")
    picture: Slug | None = Field(None, description="The label of a figure of the book.")
    formula: Text = Field(description="One formula or shape, as MyST.")
    hook: Text = Field(description="What it is like, so that it sticks.")
    breaks: Text = Field(description="Where the hook breaks.")
    source: Source
    numbers: dict[Slug, Computed] = Field({}, description="Numbers for the texts, written {computed}`name:.3g`.")


class CardFile(Strict):
    """`book/cards/<chapter>.yaml`."""

    preamble: str = Field("", description="Python run before every `compute`: its imports.")
    cards: list[Card] = Field(min_length=1)


def slug(term: str) -> str:
    """Write a term as an id: 'Weighted sum' → 'weighted-sum'."""
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")
