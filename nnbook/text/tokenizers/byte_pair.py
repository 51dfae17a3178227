"""Byte pairs as tokens: learned from a text, so that frequent words become short."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from nnbook.errors import require_sizes
from nnbook.text.tokenizers.byte import BYTES
from nnbook.text.tokenizers.checks import AnyIds, Ids, field, known_ids, require_tokenizer

Pair = tuple[int, int]

# Merges stay within a word and the one space before it. Every character is of one of the four kinds, so nothing is lost.
_WORDS = re.compile(r" ?\w+| ?[^\w\s]+|\s+(?!\S)|\s+")


@dataclass(frozen=True)
class BytePairTokenizer:
    """A token is a byte, or two tokens that were often neighbours: merge i is token 256 + i.

    >>> tokenizer = BytePairTokenizer.train("low low lower lowest", merges=3)
    >>> [tokenizer.decode([i]) for i in tokenizer.encode("lowest low")]
    ['low', 'e', 's', 't', ' low']
    """

    merges: tuple[Pair, ...]

    def __post_init__(self):
        """Refuse a merge of tokens that are not there yet, or one that stands twice."""
        for place, pair in enumerate(self.merges):
            if not all(0 <= part < BYTES + place for part in pair):
                raise ValueError(f"BytePairTokenizer: got merge {place} of {pair}; wants two tokens made before it")
        if len(set(self.merges)) != len(self.merges):
            raise ValueError("BytePairTokenizer: got a merge that stands twice; wants each pair once")

    @classmethod
    def train(cls, text: str, *, merges: int) -> "BytePairTokenizer":
        """Merge the most frequent pair of neighbouring tokens into a new token, again and again.

        Pairs are counted within words, so that no token reaches across two. Of equally frequent pairs the one with the
        smaller ids is merged. It stops early when no pair is left that occurs twice.
        Raises ValueError for fewer than one merge.
        Source: Sennrich, Haddow and Birch (2016), algorithm 1; on bytes, Radford et al. (2019), section 2.2.

        >>> BytePairTokenizer.train("aaab aaab", merges=2).merges
        ((97, 97), (97, 98))
        """
        require_sizes("BytePairTokenizer.train", merges=merges)
        counted = Counter(_WORDS.findall(text))
        words, counts = [list(word.encode("utf-8")) for word in counted], list(counted.values())
        frequency: Counter[Pair] = Counter()
        holders: defaultdict[Pair, set[int]] = defaultdict(set)  # in which words a pair stands, or once stood
        for place, word in enumerate(words):
            for pair in pairwise(word):
                frequency[pair] += counts[place]
                holders[pair].add(place)
        learned: list[Pair] = []
        while len(learned) < merges and frequency:
            best = min(frequency, key=lambda pair: (-frequency[pair], pair))
            if frequency[best] < 2:
                break
            for place in holders.pop(best):
                for pair in pairwise(words[place]):
                    frequency[pair] -= counts[place]
                words[place] = _merged(words[place], best, BYTES + len(learned))
                for pair in pairwise(words[place]):
                    frequency[pair] += counts[place]
                    holders[pair].add(place)
            frequency = +frequency  # without the pairs that no longer stand anywhere
            learned.append(best)
        return cls(tuple(learned))

    @property
    def vocabulary(self) -> int:
        """How many tokens there are: 256 bytes and the merges."""
        return BYTES + len(self.merges)

    @cached_property
    def _ranks(self) -> dict[Pair, int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def tokens(self) -> tuple[bytes, ...]:
        """The bytes that each token stands for."""
        made = [bytes([byte]) for byte in range(BYTES)]
        for first, second in self.merges:
            made.append(made[first] + made[second])
        return tuple(made)

    def encode(self, text: str) -> Ids:
        """Give the tokens of the text: within each word, the merges that were learned first are made first."""
        word_tokens = cache(self._encode_word)
        return np.array([token for word in _WORDS.findall(text) for token in word_tokens(word)], dtype=np.int32)

    def _encode_word(self, word: str) -> list[int]:
        parts = list(word.encode("utf-8"))
        while len(parts) > 1:
            first = min(pairwise(parts), key=lambda pair: self._ranks.get(pair, len(self.merges)))
            if first not in self._ranks:
                break
            parts = _merged(parts, first, BYTES + self._ranks[first])
        return parts

    def decode(self, ids: AnyIds) -> str:
        """Give the text back; a token cut inside a letter leaves �.

        Raises ValueError for an id past the vocabulary, TypeError for one that is no whole number.
        """
        known = known_ids("BytePairTokenizer", ids, self.vocabulary)
        return b"".join(self.tokens[i] for i in known).decode("utf-8", errors="replace")

    def to_data(self) -> dict[str, Any]:
        """Give the record as JSON can hold it."""
        return {"tokenizer": "byte pairs", "merges": [list(pair) for pair in self.merges]}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "BytePairTokenizer":
        """Read what `to_data` gave. Raises ValueError for anything else, also for another tokenizer's data."""
        require_tokenizer("BytePairTokenizer", data, "byte pairs")
        merges = field("BytePairTokenizer", data, "merges", list)
        for place, pair in enumerate(merges):
            # bool is a kind of int, but no token.
            if not isinstance(pair, list | tuple) or len(pair) != 2 or any(type(part) is not int for part in pair):
                raise ValueError(
                    f"BytePairTokenizer: got merge {place} of {pair!r}; wants two tokens, whole numbers, as to_data gave"
                )
        return cls(tuple((first, second) for first, second in merges))


def _merged(parts: list[int], pair: Pair, token: int) -> list[int]:
    """Put the token in the place of every occurrence of the pair, from the left."""
    merged, place = [], 0
    while place < len(parts):
        if tuple(parts[place : place + 2]) == pair:
            merged.append(token)
            place += 2
        else:
            merged.append(parts[place])
            place += 1
    return merged
