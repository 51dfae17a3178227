"""What is drawn follows the shares, and what was cut off is never drawn."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.text.sampling import greedy, sample, sample_top_k, sample_top_p, top_k, top_p

LOGITS = jnp.log(jnp.array([0.1, 0.4, 0.2, 0.3]))
few = settings(max_examples=20)
rows = st.lists(st.floats(-5, 5, width=32, allow_subnormal=False), min_size=6, max_size=6)
cut_to_k, cut_to_p = jax.jit(top_k, static_argnames="k"), jax.jit(top_p, static_argnames="p")


def shares(choose, count=4000):
    keys = jax.random.split(jax.random.key(0), count)
    drawn = jax.jit(jax.vmap(lambda key: choose(LOGITS, key=key)))(keys)
    return np.bincount(drawn, minlength=4) / count


def test_greedy_takes_the_first_of_the_largest():
    assert greedy(LOGITS) == 1
    assert greedy(jnp.array([0.0, 2.0, 2.0])) == 1
    assert greedy(LOGITS, key=jax.random.key(1)) == 1
    assert greedy(LOGITS).dtype == jnp.int32


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_sampling_follows_the_shares(temperature):
    want = jax.nn.softmax(LOGITS / temperature)
    np.testing.assert_allclose(shares(partial(sample, temperature=temperature)), want, atol=0.03)


def test_towards_zero_temperature_is_greedy():
    np.testing.assert_array_equal(shares(partial(sample, temperature=1e-3), count=100), [0, 1, 0, 0])


def test_the_k_best_share_everything():
    np.testing.assert_allclose(shares(partial(sample_top_k, k=2)), [0, 4 / 7, 0, 3 / 7], atol=0.03)
    np.testing.assert_array_equal(shares(partial(sample_top_k, k=1), count=50), [0, 1, 0, 0])


def test_the_nucleus_shares_everything():
    np.testing.assert_allclose(shares(partial(sample_top_p, p=0.65)), [0, 4 / 7, 0, 3 / 7], atol=0.03)
    np.testing.assert_array_equal(shares(partial(sample_top_p, p=0.3), count=50), [0, 1, 0, 0])
    np.testing.assert_allclose(shares(partial(sample_top_p, p=1.0)), [0.1, 0.4, 0.2, 0.3], atol=0.03)


def test_the_temperature_acts_before_the_nucleus_is_cut():
    assert shares(partial(sample_top_p, p=0.45, temperature=0.5), count=200)[1] == 1  # its share is 16/30 then
    assert shares(partial(sample_top_p, p=0.45), count=200)[3] > 0


@few
@given(rows, st.sampled_from([1, 3, 6]))
def test_top_k_keeps_the_k_largest_as_they_are(logits, k):
    logits = jnp.array(logits)
    kept = np.asarray(cut_to_k(logits, k=k))
    stays = np.isfinite(kept)
    least = np.sort(np.asarray(logits))[-k]
    np.testing.assert_array_equal(stays, np.asarray(logits) >= least)
    np.testing.assert_array_equal(kept[stays], np.asarray(logits)[stays])


@few
@given(rows, st.sampled_from([0.1, 0.6, 0.95]))
def test_the_nucleus_is_the_smallest_set_with_its_probability(logits, p):
    logits = jnp.array(logits)
    stays = np.isfinite(np.asarray(cut_to_p(logits, p=p)))
    probabilities = np.asarray(jax.nn.softmax(logits), np.float64)
    assert probabilities[stays].sum() >= p - 1e-5
    least = probabilities[stays].min()
    assert probabilities[stays & (probabilities > least)].sum() < p + 1e-5  # without the least it is not enough
    assert stays[probabilities > least].all()


def test_coarse_logits_are_drawn_as_fairly_as_fine_ones():
    drawn = jax.jit(jax.vmap(lambda key: sample(jnp.zeros(200, jnp.bfloat16), key=key)))
    assert float(drawn(jax.random.split(jax.random.key(0), 4000)).mean()) == pytest.approx(99.5, abs=4)
    drawn = jax.jit(jax.vmap(lambda key: sample_top_p(jnp.zeros(200, jnp.bfloat16), key=key, p=0.9, temperature=0.7)))
    assert float(drawn(jax.random.split(jax.random.key(0), 4000)).mean()) == pytest.approx(99.5, abs=4)


def test_the_nucleus_of_coarse_logits_has_its_probability():
    logits = -0.25 * jnp.arange(200).astype(jnp.bfloat16)  # all exact
    got = top_p(logits, p=0.999)
    assert got.dtype == jnp.bfloat16
    np.testing.assert_array_equal(got.astype(jnp.float32), top_p(logits.astype(jnp.float32), p=0.999))


def test_the_nucleus_of_probability_one_is_everything():
    logits = jnp.array([0.0, -30.0, -jnp.inf, -1.0, -80.0])
    np.testing.assert_array_equal(top_p(logits, p=1.0), logits)
    np.testing.assert_array_equal(top_p(logits, p=1), logits)


def test_a_batch_by_vmap():
    keys = jax.random.split(jax.random.key(0), 2)
    tokens = jax.vmap(lambda row, key: sample_top_k(row, key=key, k=1))(jnp.stack([LOGITS, -LOGITS]), keys)
    assert tokens.tolist() == [1, 0]


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize(
        "choose",
        [greedy, sample, partial(sample_top_k, k=1), partial(sample_top_p, p=0.5)],
        ids=["greedy", "all", "k", "p"],
    )
    def test_logits(self, choose, key):
        with pytest.raises(ShapeError, match=r"got logits of shape \(2, 3\); wants one row.*jax.vmap"):
            choose(jnp.ones((2, 3)), key=key)
        with pytest.raises(ShapeError, match=r"got logits of shape \(0,\)"):
            choose(jnp.ones(0), key=key)
        with pytest.raises(TypeError, match="got logits of dtype int32; wants floats"):
            choose(jnp.ones(3, int), key=key)

    def test_numbers(self, key):
        with pytest.raises(ValueError, match="top_k: got k=5 for 4 tokens; wants at most as many"):
            top_k(LOGITS, k=5)
        with pytest.raises(ValueError, match="top_k: got k=0"):
            top_k(LOGITS, k=0)
        for p in (0.0, 1.1, float("nan")):
            with pytest.raises(ValueError, match=f"top_p: got p={p}; wants a probability"):
                top_p(LOGITS, p=p)
        with pytest.raises(ValueError, match=r"sample: got temperature=0.0; wants more than 0.*greedy"):
            sample(LOGITS, key=key, temperature=0.0)
        with pytest.raises(ValueError, match=r"sample_top_p: got temperature=-1"):
            sample_top_p(LOGITS, key=key, p=0.5, temperature=-1)
        with pytest.raises(TypeError, match="sample: got key of type int"):
            sample(LOGITS, key=0)
