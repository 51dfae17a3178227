"""The sentence of Part 4 is small enough to compute by hand, and means what its docstring says."""

import numpy as np
import pytest

from nnbook.data import TOKENS, VOCABULARY, four_tokens
from nnbook.layers.attention import attend, unscaled_scores


def test_every_token_is_in_the_vocabulary():
    assert set(TOKENS) <= set(VOCABULARY)
    assert four_tokens().x.tolist() == [list(VOCABULARY[token]) for token in TOKENS]


def test_the_scores_are_whole_numbers():
    sentence = four_tokens()
    scores = unscaled_scores(sentence.x @ sentence.w_q, sentence.x @ sentence.w_k)
    assert scores.tolist() == [[0, 4, 0, -4], [4, 0, -2, 0], [0, 4, 0, -4], [-4, 0, 2, 0]]


@pytest.mark.parametrize(("quality", "sign"), [("old", 1), ("young", -1), ("tired", 1)])
@pytest.mark.parametrize("living", ["cats", "dogs", "children"])
def test_what_lives_takes_home_the_age_of_its_quality(quality, sign, living):
    sentence = four_tokens()
    x = np.array([VOCABULARY[word] for word in (quality, living, "drink", "milk")], np.float32)
    age = attend(*(x @ w for w in (sentence.w_q, sentence.w_k, sentence.w_v)))[1, 0]
    assert np.sign(age) == sign
