"""Bytes as tokens: nothing has to be learned or listed."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbook.text.tokenizers.checks import AnyIds, Ids, known_ids, require_tokenizer

BYTES = 256


@dataclass(frozen=True)
class ByteTokenizer:
    """A token is a byte of the text in UTF-8: 256 tokens write every text there is.

    >>> ByteTokenizer().encode("né").tolist()
    [110, 195, 169]
    >>> ByteTokenizer().decode([110, 195, 169])
    'né'
    """

    @property
    def vocabulary(self) -> int:
        """How many tokens there are: 256."""
        return BYTES

    def encode(self, text: str) -> Ids:
        """Give the bytes of the text."""
        return np.frombuffer(text.encode("utf-8"), dtype=np.uint8).astype(np.int32)

    def decode(self, ids: AnyIds) -> str:
        """Give the text back; bytes that are no UTF-8, such as half a letter, become �.

        Raises ValueError for an id that is no byte, TypeError for one that is no whole number.
        """
        return bytes(known_ids("ByteTokenizer", ids, BYTES)).decode("utf-8", errors="replace")

    def to_data(self) -> dict[str, Any]:
        """Give the record as JSON can hold it."""
        return {"tokenizer": "bytes"}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "ByteTokenizer":
        """Read what `to_data` gave. Raises ValueError for anything else, also for another tokenizer's data."""
        require_tokenizer("ByteTokenizer", data, "bytes")
        return cls()
