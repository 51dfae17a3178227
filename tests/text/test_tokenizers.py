"""Every text comes back from its tokens, and byte pairs are what the paper's algorithm gives."""

import itertools
import json
import re
import time
from collections import Counter
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook.text.tokenizers import BytePairTokenizer, ByteTokenizer, CharacterTokenizer

TEXT = "the low lower lowest newer newest wider widest new new new the the " * 3
PAIRS = BytePairTokenizer.train(TEXT, merges=40)


@given(st.text())
def test_every_text_comes_back(text):
    for tokenizer in (ByteTokenizer(), PAIRS):
        ids = tokenizer.encode(text)
        assert ids.dtype == np.int32
        assert ((ids >= 0) & (ids < tokenizer.vocabulary)).all()
        assert tokenizer.decode(ids) == text
        assert tokenizer.decode(jnp.asarray(ids)) == text
    if text:
        characters = CharacterTokenizer.of(text)
        assert characters.decode(characters.encode(text)) == text


@given(st.text(alphabet="ab c\n", max_size=30))
def test_byte_pairs_of_any_text_read_any_other(text):
    tokenizer = BytePairTokenizer.train(text, merges=5)
    for other in (text, text[::-1], TEXT):
        assert tokenizer.decode(tokenizer.encode(other)) == other
    assert len(tokenizer.encode(text)) <= len(text)


def naive(words: dict[str, int], merges: int) -> list[tuple[str, str]]:
    """Algorithm 1 of Sennrich et al. (2016) as it stands there: count all pairs anew for each merge."""
    vocabulary = {tuple(word): count for word, count in words.items()}
    learned = []
    for _ in range(merges):
        pairs = Counter()
        for word, count in vocabulary.items():
            for pair in pairwise(word):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        learned.append(best)
        merged = {}
        for word, count in vocabulary.items():
            parts, i = [], 0
            while i < len(word):
                both = word[i : i + 2] == best
                parts.append(best[0] + best[1] if both else word[i])
                i += 2 if both else 1
            merged[tuple(parts)] = count
        vocabulary = merged
    return learned


def test_the_merges_are_those_of_the_papers_algorithm():
    # Up to the fifth merge, ties between letters fall alike by code point and by id.
    words = {"low": 50, "lower": 21, "newest": 63, "widest": 34}
    text = "\n".join(word for word, count in words.items() for _ in range(count))
    tokenizer = BytePairTokenizer.train(text, merges=5)
    ours = [tuple(tokenizer.tokens[part].decode() for part in pair) for pair in tokenizer.merges]
    assert ours == naive(words, 5)


def test_ties_go_to_the_smaller_ids_and_the_order_of_words_does_not_matter():
    assert BytePairTokenizer.train("cd\ncd\nab\nab", merges=1).merges == ((97, 98),)
    first = BytePairTokenizer.train("wider\nnewer\nlower\nnewest", merges=9)
    assert len(first.merges) == 3  # er, ew, new
    assert BytePairTokenizer.train("newest\nlower\nwider\nnewer", merges=9) == first


def test_it_stops_when_nothing_is_left_to_merge():
    assert BytePairTokenizer.train("abc", merges=5).merges == ()
    assert len(BytePairTokenizer.train("aaaa aaaa", merges=50).merges) < 5
    assert BytePairTokenizer.train("", merges=5).vocabulary == 256


def test_frequent_words_become_one_token_and_no_token_reaches_across_two():
    assert len(PAIRS.encode(" new")) == 1
    assert len(PAIRS.encode(TEXT)) < len(TEXT) / 3
    assert not any(b" " in token[1:] for token in PAIRS.tokens)


def test_a_token_cut_inside_a_letter_leaves_a_mark():
    assert ByteTokenizer().decode(ByteTokenizer().encode("né")[:2]) == "n\N{REPLACEMENT CHARACTER}"
    assert PAIRS.decode([0xC3]) == "\N{REPLACEMENT CHARACTER}"


def test_through_json_they_are_the_same():
    for tokenizer in (ByteTokenizer(), PAIRS, CharacterTokenizer.of(TEXT)):
        data = json.loads(json.dumps(tokenizer.to_data()))
        assert type(tokenizer).from_data(data) == tokenizer


def test_it_learns_from_a_book_in_no_time():
    words = np.random.default_rng(0).integers(0, 3000, 20000)
    text = " ".join(f"{word:b}".translate({48: "ab", 49: "ck"}) for word in words)
    start = time.process_time()
    assert BytePairTokenizer.train(text, merges=200).vocabulary == 456
    assert time.process_time() - start < 10


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize("tokenizer", [ByteTokenizer(), PAIRS, CharacterTokenizer("abc")])
    def test_ids(self, tokenizer):
        with pytest.raises(
            ValueError, match=f"got id {tokenizer.vocabulary}; wants ids from 0 to {tokenizer.vocabulary - 1}"
        ):
            tokenizer.decode([0, tokenizer.vocabulary])
        with pytest.raises(ValueError, match="got id -1"):
            tokenizer.decode(jnp.array([-1]))
        with pytest.raises(TypeError, match="got ids of dtype float64; wants whole numbers"):
            tokenizer.decode([0.5])
        assert tokenizer.decode([]) == ""

    def test_characters(self):
        with pytest.raises(ValueError, match=r"CharacterTokenizer: got 'd', which is none of its 3 characters"):
            CharacterTokenizer("abc").encode("bad")
        with pytest.raises(ValueError, match="got 'aba'; wants each character once"):
            CharacterTokenizer("aba")
        with pytest.raises(ValueError, match="at least one"):
            CharacterTokenizer("")

    def test_merges(self):
        with pytest.raises(ValueError, match=r"got merge 0 of \(256, 1\); wants two tokens made before it"):
            BytePairTokenizer(((256, 1),))
        with pytest.raises(ValueError, match="a merge that stands twice"):
            BytePairTokenizer(((1, 2), (1, 2)))
        with pytest.raises(ValueError, match=r"BytePairTokenizer\.train: got merges=0"):
            BytePairTokenizer.train("a", merges=0)

    def test_data(self):
        for kind in (ByteTokenizer, CharacterTokenizer, BytePairTokenizer):
            for other in ([1], None, "bytes"):
                with pytest.raises(ValueError, match=f"{kind.__name__}: got data of type .*; wants what to_data gave"):
                    kind.from_data(other)
        with pytest.raises(ValueError, match="BytePairTokenizer: got data without 'merges'; wants what to_data gave"):
            BytePairTokenizer.from_data({"tokenizer": "byte pairs", "characters": "abc"})
        with pytest.raises(ValueError, match="CharacterTokenizer: got characters of type list; wants str"):
            CharacterTokenizer.from_data({"tokenizer": "characters", "characters": ["a"]})
        with pytest.raises(ValueError, match="BytePairTokenizer: got merges of type str; wants list"):
            BytePairTokenizer.from_data({"tokenizer": "byte pairs", "merges": "ab"})

    def test_data_of_another_tokenizer(self):
        tokenizers = (ByteTokenizer(), CharacterTokenizer("abc"), PAIRS)
        for ours, theirs in itertools.permutations(tokenizers, 2):
            name = theirs.to_data()["tokenizer"]
            with pytest.raises(ValueError, match=f"{type(ours).__name__}: got data of tokenizer '{name}'; wants '"):
                type(ours).from_data(ours.to_data() | {"tokenizer": name})
        with pytest.raises(ValueError, match="CharacterTokenizer: got data without 'tokenizer'"):
            CharacterTokenizer.from_data({"characters": "abc"})

    @pytest.mark.parametrize(
        "merge", [1, "ab", [97.5, 98], [97, 98, 99], [97], [True, 98], None, {97: 98}, ["a", "b"]], ids=str
    )
    def test_data_whose_merges_are_none(self, merge):
        data = {"tokenizer": "byte pairs", "merges": [[97, 98], merge]}
        message = f"BytePairTokenizer: got merge 1 of {merge!r}; wants two tokens, whole numbers"
        with pytest.raises(ValueError, match=re.escape(message)):
            BytePairTokenizer.from_data(data)

    def test_data_whose_merges_make_no_tokens(self):
        for merges, message in (([[300, 97]], "got merge 0"), ([[97, 98]] * 2, "a merge that stands twice")):
            with pytest.raises(ValueError, match=message):
                BytePairTokenizer.from_data({"tokenizer": "byte pairs", "merges": merges})
