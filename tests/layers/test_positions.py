"""Positions say where a token stands, and what attention sees of them is the distance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import positions
from nnbook.layers.attention import attention_scores
from nnbook.layers.masks import causal_mask
from nnbook.layers.positions import (
    LearnedPositions,
    SinusoidalPositions,
    alibi_bias,
    alibi_slopes,
    rope,
    rope_halves,
    sinusoidal,
)

D = 16
ropes = pytest.mark.parametrize("turn", [rope, rope_halves])
few = settings(max_examples=15)


@few
@given(st.integers(0, 500), st.integers(0, 500))
def test_the_product_of_two_codes_depends_on_their_distance_only(p, k):
    code = np.asarray(sinusoidal(jnp.array([0, k, p, p + k]), d_model=D), np.float64)
    assert code[2] @ code[3] == pytest.approx(code[0] @ code[1], abs=1e-3)
    # Σ cos(k / 10000^(2i/d)), the formula of that product
    assert code[0] @ code[1] == pytest.approx(np.cos(k / 10000 ** (np.arange(0, D, 2) / D)).sum(), abs=1e-3)


@pytest.mark.parametrize("d_model", [2, 16, 64])
def test_the_square_of_a_codes_length_is_half_d(d_model):
    code = sinusoidal(jnp.arange(50), d_model=d_model)
    np.testing.assert_allclose((code**2).sum(-1), d_model / 2, rtol=1e-5)


def test_the_code_is_the_papers_formula():
    code = sinusoidal(jnp.array([0, 3, 200]), d_model=6)
    for row, p in zip(np.asarray(code), (0, 3, 200), strict=True):
        for i in range(3):
            angle = p / 10000 ** (2 * i / 6)
            assert row[2 * i] == pytest.approx(np.sin(angle), abs=1e-5)
            assert row[2 * i + 1] == pytest.approx(np.cos(angle), abs=1e-5)


def test_learned_positions_are_rows_and_end(key):
    params = positions.init_learned(key, length=300, d_model=D)
    assert float((params.table**2).mean()) == pytest.approx(0.5, rel=0.1)
    got = positions.apply(params, jnp.array([4, 299, 300]), d_model=D)
    np.testing.assert_array_equal(got[:2], params.table[jnp.array([4, 299])])
    assert jnp.isnan(got[2]).all()


def test_the_sinusoidal_record_is_empty_and_stands_for_the_code(key):
    params = positions.init_sinusoidal(key, length=3, d_model=D)
    assert jax.tree.leaves(params) == []
    places = jnp.arange(5)
    np.testing.assert_array_equal(positions.apply(params, places, d_model=D), sinusoidal(places, d_model=D))


@ropes
@few
@given(st.integers(0, 2**16), st.integers(0, 300))
def test_turned_scores_depend_on_the_distance_only(turn, seed, start):
    q, k = jax.random.normal(jax.random.key(seed), (2, 1, D))
    q, k = jnp.tile(q, (6, 1)), jnp.tile(k, (6, 1))  # the same content at every place
    scores = np.asarray(attention_scores(turn(q, start + jnp.arange(6)), turn(k, start + jnp.arange(6))))
    for distance in range(-5, 6):
        np.testing.assert_allclose(np.diag(scores, distance), np.diag(scores, distance)[0], atol=1e-3)
    np.testing.assert_allclose(np.diag(scores), (q[0] @ k[0]) / 4, atol=1e-3)


@ropes
def test_turning_keeps_lengths_and_place_0_and_the_dtype(turn, key):
    x = jax.random.normal(key, (2, 5, D))
    turned = turn(x, jnp.arange(5))
    np.testing.assert_allclose(jnp.linalg.norm(turned, axis=-1), jnp.linalg.norm(x, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(turned[:, 0], x[:, 0], atol=1e-6)
    assert not np.allclose(turned[:, 1], x[:, 1], atol=0.01)
    assert turn(x.astype(jnp.bfloat16), jnp.arange(5)).dtype == jnp.bfloat16


def test_rope_is_a_rotation_of_each_pair(key):
    x = jax.random.normal(key, (1, 4))
    turned = rope(x, jnp.array([3]))[0]
    for i, angle in enumerate((3.0, 3.0 / 100)):
        cos, sin = np.cos(angle), np.sin(angle)
        pair = np.array([[cos, -sin], [sin, cos]]) @ np.asarray(x[0, 2 * i : 2 * i + 2])
        np.testing.assert_allclose(turned[2 * i : 2 * i + 2], pair, atol=1e-6)


def test_the_two_pairings_are_one_function_with_the_parts_in_another_order(key):
    x, places = jax.random.normal(key, (2, 5, D)), jnp.arange(5)
    order = jnp.concatenate([jnp.arange(0, D, 2), jnp.arange(1, D, 2)])  # even parts first, then odd
    np.testing.assert_allclose(rope_halves(x[..., order], places), rope(x, places)[..., order], atol=1e-6)
    assert not np.allclose(rope_halves(x, places), rope(x, places), atol=0.1)


def test_slopes_of_eight_heads():
    np.testing.assert_array_equal(alibi_slopes(8), [1 / 2**i for i in range(1, 9)])
    np.testing.assert_allclose(alibi_slopes(16)[:2], [2**-0.5, 0.5], rtol=1e-6)


def test_alibi_lowers_scores_by_distance():
    bias = alibi_bias(8, 4)
    assert bias.shape == (8, 4, 4)
    np.testing.assert_array_equal(bias[0], -np.abs(np.subtract.outer(np.arange(4), np.arange(4))) / 2)
    np.testing.assert_allclose(bias[7], bias[0] / 128)
    np.testing.assert_array_equal(alibi_bias(8, 2, 5), alibi_bias(8, 5)[:, 3:])
    assert (bias[:, causal_mask(4)] <= 0).all()


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_odd_sizes(self, key):
        for call in (
            lambda: sinusoidal(jnp.arange(3), d_model=5),
            lambda: positions.init_sinusoidal(key, length=3, d_model=5),
            lambda: rope(jnp.ones((3, 5)), jnp.arange(3)),
        ):
            with pytest.raises(ShapeError, match="got 5 parts; wants an even number"):
                call()

    def test_positions_that_are_none(self):
        with pytest.raises(TypeError, match="sinusoidal: got positions of dtype float32; wants whole numbers"):
            sinusoidal(jnp.arange(3.0), d_model=4)
        with pytest.raises(ShapeError, match=r"sinusoidal: got positions of shape \(\)"):
            sinusoidal(jnp.array(3), d_model=4)

    @ropes
    def test_one_position_for_each_token(self, turn):
        with pytest.raises(
            ShapeError, match=rf"{turn.__name__}: got x of shape \(3, 4\) and positions of shape \(2,\)"
        ):
            turn(jnp.ones((3, 4)), jnp.arange(2))
        with pytest.raises(TypeError, match="got x of dtype int32"):
            turn(jnp.ones((3, 4), int), jnp.arange(3))

    def test_a_learned_table_that_does_not_fit(self):
        with pytest.raises(
            ShapeError, match=r"positions: got 4 tokens; wants at most 3, the rows.*sinusoidal and RoPE"
        ):
            positions.apply(LearnedPositions(jnp.ones((3, 2))), jnp.arange(4), d_model=2)
        with pytest.raises(ShapeError, match=r"a table of shape \(3, 2\); wants rows of d_model = 4"):
            positions.apply(LearnedPositions(jnp.ones((3, 2))), jnp.arange(2), d_model=4)
        with pytest.raises(ShapeError, match="even number"):
            positions.apply(SinusoidalPositions(), jnp.arange(2), d_model=3)

    def test_sizes(self, key):
        with pytest.raises(ValueError, match="init_learned: got length=0"):
            positions.init_learned(key, length=0, d_model=2)
        with pytest.raises(TypeError, match="init_sinusoidal: got key of type int"):
            positions.init_sinusoidal(0, length=1, d_model=2)
        with pytest.raises(ValueError, match="alibi_slopes: got heads=0"):
            alibi_slopes(0)
        with pytest.raises(ShapeError, match="alibi_bias: got 3 queries and 2 keys"):
            alibi_bias(2, 3, 2)
