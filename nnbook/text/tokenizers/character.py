"""Characters as tokens: the list of those there are has to be known."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nnbook.text.tokenizers.checks import AnyIds, Ids, field, known_ids, require_tokenizer


@dataclass(frozen=True)
class CharacterTokenizer:
    """A token is a character; its id is its place in `characters`.

    >>> tokenizer = CharacterTokenizer.of("banana")
    >>> tokenizer.characters, tokenizer.encode("nab").tolist()
    ('abn', [2, 0, 1])
    """

    characters: str

    def __post_init__(self):
        """Refuse a list in which a character stands twice."""
        if len(set(self.characters)) != len(self.characters) or not self.characters:
            raise ValueError(
                f"CharacterTokenizer: got {self.characters!r}; wants each character once, and at least one"
            )

    @classmethod
    def of(cls, text: str) -> "CharacterTokenizer":
        """Take the characters of a text, in the order of their code points."""
        return cls("".join(sorted(set(text))))

    @property
    def vocabulary(self) -> int:
        """How many characters there are."""
        return len(self.characters)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {character: place for place, character in enumerate(self.characters)}

    def encode(self, text: str) -> Ids:
        """Give the id of each character.

        Raises ValueError for one that is not in the list.
        """
        unknown = sorted(set(text) - self._places.keys())
        if unknown:
            raise ValueError(
                f"CharacterTokenizer: got {unknown[0]!r}, which is none of its {self.vocabulary} characters. "
                "Hint: leave it out of the text, or make the tokenizer of a text that has it"
            )
        return np.array([self._places[character] for character in text], dtype=np.int32)

    def decode(self, ids: AnyIds) -> str:
        """Give the text back.

        Raises ValueError for an id past the list, TypeError for one that is no whole number.
        """
        return "".join(self.characters[i] for i in known_ids("CharacterTokenizer", ids, self.vocabulary))

    def to_data(self) -> dict[str, Any]:
        """Give the record as JSON can hold it."""
        return {"tokenizer": "characters", "characters": self.characters}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "CharacterTokenizer":
        """Read what `to_data` gave. Raises ValueError for anything else, also for another tokenizer's data."""
        require_tokenizer("CharacterTokenizer", data, "characters")
        return cls(field("CharacterTokenizer", data, "characters", str))
