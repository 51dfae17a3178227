"""Attention keeps its promises: weights are shares, masks hide, order of tokens does not matter."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.attention import attend, attend_unscaled, attention_scores, attention_weights, unscaled_scores
from nnbook.layers.masks import causal_mask, cross_mask, padding_mask, valid_tokens

sizes = st.integers(1, 6)
few_shapes = settings(max_examples=8)  # each new shape is compiled anew
seeds = st.integers(0, 2**16)


def normals(seed, *shapes):
    keys = jax.random.split(jax.random.key(seed), len(shapes))
    return [jax.random.normal(key, shape) for key, shape in zip(keys, shapes, strict=True)]


@few_shapes
@given(seeds, sizes, sizes, sizes, sizes)
def test_weights_of_a_query_sum_to_one(seed, t, s, d_k, heads):
    q, k = normals(seed, (heads, t, d_k), (heads, s, d_k))
    weights = attention_weights(attention_scores(q, k))
    assert weights.shape == (heads, t, s)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6)


@given(seeds, st.floats(0.01, 100))
def test_a_number_of_the_result_lies_between_the_values(seed, spread):
    q, k, v = normals(seed, (4, 8), (5, 8), (5, 3))
    averages, v = np.asarray(attend(spread * q, k, v)), np.asarray(v)
    assert (averages <= v.max(0) + 1e-5).all()
    assert (averages >= v.min(0) - 1e-5).all()


@given(seeds, st.permutations(range(5)))
def test_the_order_of_keys_with_their_values_does_not_matter(seed, order):
    q, k, v = normals(seed, (3, 4), (5, 4), (5, 2))
    order = jnp.array(order)
    np.testing.assert_allclose(attend(q, k[order], v[order]), attend(q, k, v), atol=1e-5)


@given(seeds, st.permutations(range(5)))
def test_reordering_the_queries_reorders_the_results(seed, order):
    q, k, v = normals(seed, (5, 4), (4, 4), (4, 2))
    order = jnp.array(order)
    np.testing.assert_allclose(attend(q[order], k, v), attend(q, k, v)[order], atol=1e-5)


@given(seeds, st.integers(1, 5))
def test_a_later_token_cannot_reach_an_earlier_result(seed, j):
    q, k, v = normals(seed, (6, 4), (6, 4), (6, 3))
    changed = [a.at[j].set(100.0) for a in (q, k, v)]
    before, after = (np.asarray(attend(*qkv, causal_mask(6))) for qkv in ((q, k, v), changed))
    np.testing.assert_array_equal(after[:j], before[:j])
    assert not np.array_equal(after[j], before[j])


def test_without_a_mask_a_later_token_does_reach_an_earlier_result():
    q, k, v = normals(0, (3, 4), (3, 4), (3, 3))
    assert not np.array_equal(attend(q, k, v.at[2].set(100.0))[0], attend(q, k, v)[0])


@given(seeds, st.integers(1, 5))
def test_padding_never_reaches_a_result(seed, length):
    q, k, v = normals(seed, (3, 4), (6, 4), (6, 3))
    valid = valid_tokens(length, 6)
    mask = cross_mask(3, valid)
    other_padding = attend(q, jnp.where(valid[:, None], k, 1e30), jnp.where(valid[:, None], v, -1e30), mask)
    np.testing.assert_array_equal(other_padding, attend(q, k, v, mask))
    np.testing.assert_allclose(attend(q, k, v, mask), attend(q, k[:length], v[:length]), atol=1e-6)


def test_masks_combine():
    mask = causal_mask(4) & padding_mask(valid_tokens(3, 4))
    want = [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 0]]
    np.testing.assert_array_equal(mask, np.array(want, bool))


@few_shapes
@given(sizes, sizes)
def test_a_decoder_that_goes_on_sees_what_it_saw_in_one_go(t, seen):
    np.testing.assert_array_equal(causal_mask(t, seen + t), causal_mask(seen + t)[seen:])


def test_lengths_of_a_batch_by_vmap():
    valid = jax.vmap(lambda length: valid_tokens(length, 3))(jnp.array([1, 3]))
    np.testing.assert_array_equal(valid, [[True, False, False], [True, True, True]])


def test_a_query_that_may_look_at_nothing_is_nan_and_spoils_no_other():
    weights = attention_weights(jnp.zeros((2, 2)), jnp.array([[False, False], [True, True]]))
    assert jnp.isnan(weights[0]).all()
    np.testing.assert_array_equal(weights[1], [0.5, 0.5])


def test_what_a_query_without_keys_does_to_gradients_and_what_helps():
    q, k, v = normals(2, (3, 4), (3, 4), (3, 2))
    seen = jnp.array([True, True, False])
    empty_row = seen[:, None] & seen[None, :]

    def slopes(mask):
        # The loss leaves the third result out, and still its NaN goes back to every value.
        return jax.grad(lambda qkv: jnp.where(seen[:, None], attend(*qkv, mask), 0).sum())((q, k, v))

    of_q, of_k, of_v = slopes(empty_row)
    assert jnp.isfinite(of_q).all()
    assert jnp.isfinite(of_k).all()
    assert jnp.isnan(of_v).all()
    with_itself = slopes(empty_row | jnp.eye(3, dtype=bool))
    want = jax.grad(lambda qkv: attend(*qkv).sum())((q[:2], k[:2], v[:2]))
    for got, slope in zip(with_itself, want, strict=True):
        np.testing.assert_allclose(got[:2], slope, atol=1e-6)
        np.testing.assert_array_equal(got[2], 0)


def test_the_scores_of_a_query_without_keys_have_the_gradient_0():
    scores, mask = normals(2, (2, 3))[0], jnp.array([[False] * 3, [True] * 3])
    slope = jax.grad(lambda scores: jnp.square(attention_weights(scores, mask))[1].sum())(scores)
    np.testing.assert_array_equal(slope[0], 0)
    assert jnp.isfinite(slope[1]).all()


def test_the_bias_is_added_to_the_scores_before_the_mask():
    scores, bias = jnp.zeros((1, 3)), jnp.array([[0.0, jnp.log(3.0), 50.0]])
    weights = attention_weights(scores, mask=jnp.array([[True, True, False]]), bias=bias)
    np.testing.assert_allclose(weights, [[0.25, 0.75, 0.0]], atol=1e-6)


@pytest.mark.parametrize("leading", [(), (1,), (3,), (2, 1), (2, 3)])
def test_a_mask_may_leave_out_leading_axes(leading):
    scores = normals(1, (2, 3, 4, 5))[0]
    mask = jnp.ones((*leading, 4, 5), bool).at[..., 4].set(False)
    bias = jnp.zeros((*leading, 4, 5)).at[..., 3].set(-jnp.inf)
    weights = attention_weights(scores, mask, bias)
    np.testing.assert_allclose(weights[..., :3], jax.nn.softmax(scores[..., :3]), atol=1e-6)
    np.testing.assert_array_equal(weights[..., 3:], 0)


@pytest.mark.parametrize("d_k", [4, 64, 512])
def test_the_root_of_d_k_keeps_the_variance_at_one(d_k):
    q, k = normals(7, (512, d_k), (512, d_k))
    assert float(unscaled_scores(q, k).var()) == pytest.approx(d_k, rel=0.1)
    assert float(attention_scores(q, k).var()) == pytest.approx(1, rel=0.1)


def test_without_scaling_attention_is_that_of_larger_queries():
    q, k, v = normals(3, (2, 16), (5, 16), (5, 3))
    np.testing.assert_allclose(attend_unscaled(q, k, v), attend(4 * q, k, v), atol=1e-5)


@given(seeds)
def test_compiled_and_mapped_it_is_the_same(seed):
    q, k, v = normals(seed, (3, 4, 4), (3, 5, 4), (3, 5, 2))
    one_by_one = jnp.stack([attend(*example) for example in zip(q, k, v, strict=True)])
    np.testing.assert_allclose(jax.vmap(attend)(q, k, v), one_by_one, atol=1e-6)
    np.testing.assert_allclose(attend(q, k, v), one_by_one, atol=1e-6)
    np.testing.assert_allclose(jax.jit(attend)(q, k, v), one_by_one, atol=1e-6)


def test_it_keeps_the_dtype():
    q, k, v = (a.astype(jnp.bfloat16) for a in normals(0, (2, 4), (3, 4), (3, 5)))
    assert attend(q, k, v).dtype == jnp.bfloat16


ROW = jnp.ones((2, 4))


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize(
    ("q", "k", "v", "message"),
    [
        (ROW, jnp.ones((3, 5)), jnp.ones((3, 2)), r"q of shape \(2, 4\), k of shape \(3, 5\).*d_k"),
        (ROW, ROW, jnp.ones((3, 4)), r"k of shape \(2, 4\), v of shape \(3, 4\); wants one value for each key"),
        (ROW, ROW, jnp.ones(2), "one value for each key"),
        (ROW[:0], ROW, ROW, "at least one row"),
        (ROW, ROW[:0], ROW[:0], "at least one row"),
        (ROW[0], ROW, ROW, r"q of shape \(4,\)"),
        (jnp.ones((2, 3, 4)), ROW, ROW, "before the last two.*heads first"),
    ],
)
def test_shapes_that_do_not_fit_are_named(q, k, v, message):
    with pytest.raises(ShapeError, match=message):
        attend(q, k, v)
    with pytest.raises(ShapeError, match=message):
        attend_unscaled(q, k, v)


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("position", range(3))
def test_whole_numbers_are_refused(position):
    tokens = [ROW, ROW, ROW]
    tokens[position] = ROW.astype(int)
    with pytest.raises(TypeError, match=f"got {'qkv'[position]} of dtype int32; wants floats"):
        attend(*tokens)


@pytest.mark.usefixtures("untyped")
def test_a_mask_of_numbers_is_refused_with_a_hint_at_bias():
    with pytest.raises(TypeError, match=r"mask of dtype float32; wants booleans.*bias="):
        attention_weights(jnp.zeros((2, 2)), jnp.tril(jnp.ones((2, 2))))


@pytest.mark.usefixtures("untyped")
def test_a_bias_that_is_no_float_is_refused():
    with pytest.raises(TypeError, match=r"bias of booleans; wants floats.*mask="):
        attention_weights(jnp.zeros((2, 2)), bias=jnp.ones((2, 2), bool))
    with pytest.raises(TypeError, match="got bias of dtype int32; wants floats"):
        attention_weights(jnp.zeros((2, 2)), bias=jnp.ones((2, 2), int))


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("shape", [(3, 2), (3,), (2, 2, 3), (5, 1, 2, 3)])
def test_a_mask_or_bias_of_another_shape_is_refused(shape):
    with pytest.raises(ShapeError, match=r"mask of shape .* for scores of shape \(1, 2, 3\).*causal_mask"):
        attention_weights(jnp.zeros((1, 2, 3)), jnp.ones(shape, bool))
    with pytest.raises(ShapeError, match=r"bias of shape .* for scores of shape \(1, 2, 3\)"):
        attention_weights(jnp.zeros((1, 2, 3)), bias=jnp.ones(shape))


@pytest.mark.parametrize(("t", "s"), [(0, None), (3, 2), (-1, 4)])
def test_a_causal_mask_without_a_key_for_each_query_is_refused(t, s):
    with pytest.raises(ShapeError, match="a key for each"):
        causal_mask(t, s)


@pytest.mark.usefixtures("untyped")
def test_what_is_not_one_text_is_refused():
    with pytest.raises(TypeError, match=r"padding_mask: got valid of dtype int32.*token != PAD"):
        padding_mask(jnp.array([1, 1, 0]))
    with pytest.raises(ShapeError, match=r"cross_mask: got valid of shape \(2, 3\).*jax.vmap"):
        cross_mask(2, jnp.ones((2, 3), bool))
    with pytest.raises(ShapeError, match=r"padding_mask: got valid of shape \(0,\)"):
        padding_mask(jnp.ones(0, bool))
    with pytest.raises(ShapeError, match="got 0 queries"):
        cross_mask(0, jnp.ones(3, bool))
    with pytest.raises(ShapeError, match="at least one place"):
        valid_tokens(1, 0)
