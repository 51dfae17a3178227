"""Multi-head attention: its shapes, its symmetries, its steps, and its answers to bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import multi_head
from nnbook.layers.attention import attend
from nnbook.layers.masks import causal_mask, cross_mask, padding_mask, valid_tokens

seeds = st.integers(0, 2**16)
mapped = jax.vmap(multi_head.apply, in_axes=(None, 0))
compiled = jax.jit(mapped)


def layer_and_tokens(seed, t=5, **sizes):
    key_layer, key_x = jax.random.split(jax.random.key(seed))
    params = multi_head.init(key_layer, **{"d_model": 8, "heads": 2} | sizes)
    return params, jax.random.normal(key_x, (t, params.w_q.shape[1]))


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
def test_sizes_of_the_heads_are_free(heads, d_model, d_k, d_v):
    sizes = {"d_model": d_model, "heads": heads, "d_k": d_k, "d_v": d_v}
    params = jax.eval_shape(lambda: multi_head.init(jax.random.key(0), **sizes))
    assert params.w_q.shape == params.w_k.shape == (heads, d_model, d_k)
    assert params.w_v.shape == (heads, d_model, d_v)
    assert params.w_o.shape == (heads, d_v, d_model)
    x = jax.ShapeDtypeStruct((3, d_model), jnp.float32)
    assert jax.eval_shape(multi_head.apply, params, x).shape == x.shape


def shapes_of(**sizes):
    return jax.eval_shape(lambda: multi_head.init(jax.random.key(0), **sizes))


@pytest.mark.parametrize("heads", [1, 2, 3, 12])
def test_by_default_all_heads_together_cost_one_wide_head(heads):
    assert sum(w.size for w in jax.tree.leaves(shapes_of(d_model=12, heads=heads))) == 4 * 12 * 12


def test_the_parts_of_queries_keys_and_values_start_with_the_variance_of_the_input(key):
    params, x = layer_and_tokens(1, t=512, d_model=64, heads=4)
    steps = multi_head.attention_steps(params, x, x)
    for projected in (steps.q, steps.k, steps.v):
        assert float(projected.var()) == pytest.approx(1, rel=0.1)


@given(seeds)
def test_the_steps_are_attention_head_by_head(seed):
    params, x = layer_and_tokens(seed, d_v=3)
    mask = causal_mask(5)
    steps = multi_head.attention_steps(params, x, x, mask)
    for head in range(2):
        q, k, v = (x @ w[head] for w in (params.w_q, params.w_k, params.w_v))
        np.testing.assert_allclose(steps.q[head], q, atol=1e-5)
        np.testing.assert_allclose(steps.scores[head], q @ k.T / np.sqrt(4), atol=1e-5)
        np.testing.assert_allclose(steps.weights[head].sum(-1), 1, atol=1e-6)
        np.testing.assert_allclose(steps.averages[head], attend(q, k, v, mask), atol=1e-5)
    side_by_side = jnp.concatenate(list(steps.averages), axis=-1)  # Concat(head_1, …, head_h) W^O
    np.testing.assert_allclose(steps.output, side_by_side @ params.w_o.reshape(6, 8), atol=1e-5)
    np.testing.assert_array_equal(multi_head.apply(params, x, mask), steps.output)


@given(seeds, st.permutations(range(5)))
def test_without_positions_reordering_the_tokens_reorders_the_results(seed, order):
    params, x = layer_and_tokens(seed)
    order = jnp.array(order)
    np.testing.assert_allclose(multi_head.apply(params, x[order]), multi_head.apply(params, x)[order], atol=1e-5)


@given(seeds, st.integers(1, 4))
def test_a_later_token_cannot_reach_an_earlier_result(seed, j):
    params, x = layer_and_tokens(seed)
    before, after = (np.asarray(multi_head.apply(params, y, causal_mask(5))) for y in (x, x.at[j].set(100.0)))
    np.testing.assert_array_equal(after[:j], before[:j])
    assert not np.array_equal(after[j], before[j])


@given(seeds, st.sampled_from([2, 4]))
def test_padding_of_the_context_never_reaches_the_result(seed, length):
    params, x = layer_and_tokens(seed, t=3)
    context = jax.random.normal(jax.random.key(seed), (5, 8))
    valid = valid_tokens(length, 5)
    mask = cross_mask(3, valid)
    got = multi_head.apply_cross(params, x, jnp.where(valid[:, None], context, 1e6), mask)
    np.testing.assert_array_equal(got, multi_head.apply_cross(params, x, context, mask))
    np.testing.assert_allclose(got, multi_head.apply_cross(params, x, context[:length]), atol=1e-5)


def test_padding_of_the_text_itself_reaches_no_token():
    params, x = layer_and_tokens(2)
    mask = padding_mask(valid_tokens(3, 5))
    got = multi_head.apply(params, x.at[3:].set(-50.0), mask)
    np.testing.assert_array_equal(got[:3], multi_head.apply(params, x, mask)[:3])


def test_looking_at_oneself_is_cross_attention_with_oneself():
    params, x = layer_and_tokens(3)
    np.testing.assert_array_equal(multi_head.apply(params, x), multi_head.apply_cross(params, x, x))


def test_each_head_may_have_a_bias_of_its_own():
    params, x = layer_and_tokens(4)
    bias = jnp.zeros((2, 5, 5)).at[1, :, 0].set(50.0)
    steps = multi_head.attention_steps(params, x, x, bias=bias)
    np.testing.assert_allclose(steps.weights[1, :, 0], 1, atol=1e-6)
    np.testing.assert_array_equal(steps.weights[0], multi_head.attention_steps(params, x, x).weights[0])


@given(seeds)
def test_compiled_and_mapped_it_is_the_same(seed):
    params, _ = layer_and_tokens(seed)
    batch = jax.random.normal(jax.random.key(seed), (3, 5, 8))
    one_by_one = jnp.stack([multi_head.apply(params, x) for x in batch])
    np.testing.assert_allclose(mapped(params, batch), one_by_one, atol=1e-5)
    np.testing.assert_allclose(compiled(params, batch), one_by_one, atol=1e-5)


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"key": 0}, TypeError, r"jax.random.key\(0\)"),
        ({"heads": 3}, ShapeError, r"d_model = 8, heads = 3; wants heads that divide d_model.*d_k="),
        ({"heads": 0}, ValueError, "heads=0"),
        ({"d_model": 0}, ValueError, "d_model=0"),
        ({"d_k": 0}, ValueError, "d_k=0"),
        ({"d_v": -1}, ValueError, "d_v=-1"),
        ({"heads": 2.0}, TypeError, "heads=2.0 of type float"),
    ],
)
def test_sizes_and_keys_that_cannot_be(change, error, message):
    arguments = {"key": jax.random.key(0), "d_model": 8, "heads": 2} | change
    with pytest.raises(error, match=message):
        multi_head.init(arguments.pop("key"), **arguments)


def test_heads_that_do_not_divide_are_welcome_with_their_own_size():
    assert shapes_of(d_model=8, heads=3, d_k=4).w_o.shape == (3, 4, 8)


@pytest.mark.usefixtures("untyped")
def test_tokens_that_do_not_fit_are_named():
    params, x = layer_and_tokens(0)
    with pytest.raises(ShapeError, match=r"x of shape \(5, 7\); wants shape \(tokens, 8\)"):
        multi_head.apply(params, x[:, :7])
    with pytest.raises(ShapeError, match=r"context of shape \(0, 8\)"):
        multi_head.apply_cross(params, x, x[:0])
    with pytest.raises(ShapeError, match=r"x of shape \(1, 5, 8\).*jax.vmap"):
        multi_head.apply(params, x[None])
    with pytest.raises(ShapeError, match=r"mask of shape \(4, 4\) for scores of shape \(2, 5, 5\)"):
        multi_head.apply(params, x, causal_mask(4))
    with pytest.raises(TypeError, match="got context of dtype int32"):
        multi_head.apply_cross(params, x, x.astype(int))
