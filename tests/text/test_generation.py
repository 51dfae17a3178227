"""Writing on with a cache, by reading again, and in beams; beam search misses nothing if it is wide enough."""

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.models import decoder
from nnbook.text.generation import beam_search, generate, length_penalty, rereading
from nnbook.text.sampling import greedy, sample, sample_top_k
from tests.filled import filled

SIZES = {"vocabulary": 11, "context": 12, "d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
PROMPT = jnp.array([3, 1, 4])
STEPS = 8


def cached(params, prompt):
    """Step, state and first logits of a decoder over its caches."""
    logits, caches = decoder.step(params, prompt, decoder.init_caches(params, capacity=prompt.size + STEPS))

    def step(caches, token):
        logits, caches = decoder.step(params, token[None], caches)
        return logits[0], caches

    return step, caches, logits[-1]


def uncached(params, prompt):
    return rereading(partial(decoder.apply, params), prompt, capacity=prompt.size + STEPS)


@pytest.mark.parametrize("choose", [greedy, sample, partial(sample_top_k, k=3)], ids=["greedy", "sample", "top k"])
def test_with_and_without_a_cache_the_text_is_the_same(choose, key):
    params = filled(partial(decoder.init, **SIZES))
    texts = [
        jax.jit(lambda params, start=start: generate(*start(params, PROMPT), steps=STEPS, choose=choose, key=key))(
            params
        )
        for start in (cached, uncached)
    ]
    np.testing.assert_array_equal(*texts)
    ids = jnp.concatenate([PROMPT, texts[0]])
    if choose is greedy:
        np.testing.assert_array_equal(jax.jit(decoder.apply)(params, ids)[2:-1].argmax(-1), texts[0])


def test_read_again_a_text_beyond_its_capacity_is_nan(key):
    step, state, logits = rereading(lambda ids: jax.nn.one_hot(ids + 1, 9), jnp.array([1, 2]), capacity=4)
    for token in (3, 4):
        logits, state = jax.jit(step)(state, jnp.array(token))
        assert logits.argmax() == token + 1
    for token in (5, 6):
        logits, state = jax.jit(step)(state, jnp.array(token))
        assert jnp.isnan(logits).all()


def test_the_key_decides(key):
    step, state, logits = lambda state, token: (jnp.zeros(50), state), (), jnp.zeros(50)
    run = jax.jit(lambda key: generate(step, state, logits, steps=20, choose=sample, key=key))
    first, other = jax.random.split(key)
    np.testing.assert_array_equal(run(first), run(first))
    assert (run(first) != run(other)).any()


# A toy: what comes next depends on the last two tokens. Token 0 is the end.
TABLE = jax.nn.log_softmax(2 * jax.random.normal(jax.random.key(5), (3, 3, 3)))


def follow(last_two, token):
    last_two = jnp.array([last_two[1], token])
    return TABLE[last_two[0], last_two[1]], last_two


def every_text(steps, alpha):
    """All texts that end with 0 or are as long as they may be, each with its log-probability and score, best first."""
    found = []
    for length in range(1, steps + 1):
        for text in itertools.product(range(3), repeat=length):
            if 0 in text[:-1] or (text[-1] != 0 and length < steps):
                continue
            before, total = (1, 1), 0.0
            for token in text:
                total += float(TABLE[before[0], before[1], token])
                before = (before[1], token)
            found.append((total / float(length_penalty(jnp.array(length), alpha)), total, text))
    return sorted(found, reverse=True)


def search(beams, alpha, steps=4):
    start = jnp.array([1, 1])
    run = jax.jit(lambda: beam_search(follow, start, TABLE[1, 1], beams=beams, steps=steps, end=0, alpha=alpha))
    return run()


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
def test_wide_enough_it_finds_every_text_in_order(alpha):
    want = every_text(4, alpha)
    beams = search(len(want), alpha)
    np.testing.assert_allclose(beams.scores, [score for score, _, _ in want], atol=1e-5)
    np.testing.assert_allclose(beams.log_probabilities, [total for _, total, _ in want], atol=1e-5)
    for tokens, length, (_, _, text) in zip(beams.tokens.tolist(), beams.lengths.tolist(), want, strict=True):
        assert tuple(tokens[:length]) == text
        assert not any(tokens[length:])


def test_one_beam_is_greedy_and_more_are_no_worse(key):
    one = search(1, 0.0)
    path = generate(follow, jnp.array([1, 1]), TABLE[1, 1], steps=4, choose=greedy, key=key).tolist()
    if 0 in path:
        path = path[: path.index(0)] + [0] * (4 - path.index(0))
    assert one.tokens[0].tolist() == path
    assert search(4, 0.0).log_probabilities[0] >= one.log_probabilities[0]


def test_the_length_penalty_prefers_longer_texts():
    assert length_penalty(jnp.array(1), alpha=0.7) == 1
    assert length_penalty(jnp.array(13), alpha=0.5) == pytest.approx(3**0.5)
    assert search(30, 3.0).lengths[0] >= search(30, 0.0).lengths[0]


def test_beams_carry_their_caches():
    params = filled(partial(decoder.init, **SIZES))

    @partial(jax.jit, static_argnames="start")
    def run(params, start):
        return beam_search(*start(params, PROMPT), beams=3, steps=5, end=0)

    with_caches, by_rereading = run(params, cached), run(params, uncached)
    np.testing.assert_array_equal(with_caches.tokens, by_rereading.tokens)
    np.testing.assert_allclose(with_caches.scores, by_rereading.scores, atol=1e-4)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_generate(self, key):
        with pytest.raises(ValueError, match="generate: got steps=0"):
            generate(follow, jnp.array([1, 1]), TABLE[1, 1], steps=0, choose=greedy, key=key)
        with pytest.raises(TypeError, match="generate: got key of type int"):
            generate(follow, jnp.array([1, 1]), TABLE[1, 1], steps=1, choose=greedy, key=0)

    def test_rereading(self):
        for prompt in (jnp.zeros(0, int), jnp.zeros(3, int), jnp.zeros((1, 1), int)):
            with pytest.raises(
                ShapeError, match=r"rereading: got a prompt of shape .* from 1 to 2 tokens, the capacity"
            ):
                rereading(lambda ids: jnp.ones((2, 3)), prompt, capacity=2)
        with pytest.raises(TypeError, match="rereading: got a prompt of dtype float32"):
            rereading(lambda ids: jnp.ones((2, 3)), jnp.ones(2), capacity=2)

    def test_beam_search(self):
        with pytest.raises(ValueError, match="beam_search: got end=3; wants a token, from 0 to 2"):
            beam_search(follow, (), jnp.ones(3), beams=2, steps=1, end=3)
        with pytest.raises(ValueError, match="beam_search: got beams=0"):
            beam_search(follow, (), jnp.ones(3), beams=0, steps=1, end=0)
        with pytest.raises(ShapeError, match=r"beam_search: got logits of shape \(1, 3\)"):
            beam_search(follow, (), jnp.ones((1, 3)), beams=2, steps=1, end=0)
