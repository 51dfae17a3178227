"""Tokenisers: text to whole numbers and back, each a record with `encode` and `decode`.

Bytes need nothing but 256 numbers; characters need the list of those there are; byte pairs are learned from a text, and
make frequent words short. Ids come as NumPy arrays of int32. `to_data` gives what JSON can hold, `from_data` reads it.
"""

from nnbook.text.tokenizers.byte import ByteTokenizer
from nnbook.text.tokenizers.byte_pair import BytePairTokenizer
from nnbook.text.tokenizers.character import CharacterTokenizer

__all__ = ["BytePairTokenizer", "ByteTokenizer", "CharacterTokenizer"]
