"""Grouped-query attention is multi-head attention whose key and value heads are shared."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import grouped_query, multi_head
from nnbook.layers.attention import attend
from nnbook.layers.grouped_query import attend_in_groups
from nnbook.layers.masks import causal_mask, cross_mask, sliding_window_mask, valid_tokens

HEADS = 4
MASKS = {
    "no mask": None,
    "causal": causal_mask(5),
    "one for each head": jnp.stack([sliding_window_mask(5, window) for window in (1, 2, 3, 4)]),
}


def layer_and_tokens(kv_heads, **sizes):
    keys = jax.random.split(jax.random.key(kv_heads))
    layer = grouped_query.init(keys[0], d_model=8, heads=HEADS, kv_heads=kv_heads, **sizes)
    return layer, jax.random.normal(keys[1], (5, 8))


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5), got, want)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("kv_heads", [1, 2])
def test_repeated_heads_are_multi_head_attention(kv_heads, mask):
    layer, x = layer_and_tokens(kv_heads, d_k=3, d_v=2)

    def ours(layer, x):
        y = grouped_query.apply(layer, x, mask)
        return (y**2).sum(), y

    def repeated(layer, x):
        y = multi_head.apply(grouped_query.repeat_heads(layer), x, mask)
        return (y**2).sum(), y

    got, want = (jax.jit(jax.value_and_grad(loss, (0, 1), has_aux=True))(layer, x) for loss in (ours, repeated))
    close(got, want)


def test_queries_meet_the_heads_in_order():
    # Heads 0 and 1 ask the first keys and values, heads 2 and 3 the second.
    q, k, v = (jax.random.normal(key, shape) for key, shape in zip(jax.random.split(jax.random.key(0), 3),
               ((4, 3, 6), (2, 5, 6), (2, 5, 2)), strict=True))  # fmt: skip
    got = attend_in_groups(q, k, v)
    for head in range(4):
        close(got[head], attend(q[head], k[head // 2], v[head // 2]))


def test_a_bias_for_each_head():
    layer, x = layer_and_tokens(2)
    bias = jax.random.normal(jax.random.key(5), (HEADS, 5, 5))
    want = multi_head.apply(grouped_query.repeat_heads(layer), x, causal_mask(5), bias)
    close(grouped_query.apply(layer, x, causal_mask(5), bias), want)


def test_padding_of_the_context_never_reaches_the_result():
    layer, x = layer_and_tokens(2)
    context, valid = jax.random.normal(jax.random.key(9), (7, 8)), valid_tokens(4, 7)
    got = grouped_query.apply_cross(layer, x, jnp.where(valid[:, None], context, 1e6), cross_mask(5, valid))
    close(got, grouped_query.apply_cross(layer, x, context[:4]))


def test_compiled_and_mapped_it_is_the_same():
    layer, _ = layer_and_tokens(2)
    batch = jax.random.normal(jax.random.key(3), (3, 5, 8))
    one_by_one = jnp.stack([grouped_query.apply(layer, x) for x in batch])
    close(jax.jit(jax.vmap(grouped_query.apply, in_axes=(None, 0)))(layer, batch), one_by_one)


@pytest.mark.parametrize(("kv_heads", "numbers"), [(1, 2 * 12 * 12 + 2 * 12 * 3), (4, 4 * 12 * 12)])
def test_fewer_heads_are_fewer_weights(kv_heads, numbers):
    layer = jax.eval_shape(lambda: grouped_query.init(jax.random.key(0), d_model=12, heads=4, kv_heads=kv_heads))
    assert sum(w.size for w in jax.tree.leaves(layer)) == numbers


def test_the_parts_of_queries_keys_and_values_start_with_the_variance_of_the_input(key):
    layer = grouped_query.init(key, d_model=64, heads=4, kv_heads=2)
    x = jax.random.normal(jax.random.key(1), (512, 64))
    for w in (layer.w_q, layer.w_k, layer.w_v):
        assert float(jnp.einsum("tm,hmk->htk", x, w).var()) == pytest.approx(1, rel=0.1)


def test_pooled_heads_are_the_mean_of_their_group(key):
    layer = multi_head.init(key, d_model=8, heads=4)
    pooled = grouped_query.pool_heads(layer, kv_heads=2)
    close(pooled.w_k[1], (layer.w_k[2] + layer.w_k[3]) / 2)
    close(pooled.w_v[0], (layer.w_v[0] + layer.w_v[1]) / 2)
    x = jax.random.normal(key, (5, 8))
    unchanged = grouped_query.pool_heads(layer, kv_heads=4)
    close(grouped_query.apply(unchanged, x), multi_head.apply(layer, x))


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"key": 0}, TypeError, r"grouped_query.init: got key of type int"),
            ({"kv_heads": 3}, ShapeError, r"heads = 4, kv_heads = 3; wants kv_heads that divide heads"),
            ({"kv_heads": 8}, ShapeError, r"heads = 4, kv_heads = 8"),
            ({"kv_heads": 0}, ValueError, "kv_heads=0"),
            ({"heads": 6}, ShapeError, r"d_model = 8, heads = 6; wants heads that divide d_model.*d_k="),
            ({"d_k": 0}, ValueError, "d_k=0"),
            ({"d_v": 1.0}, TypeError, "d_v=1.0 of type float"),
        ],
    )
    def test_sizes_and_keys(self, change, error, message):
        arguments = {"key": jax.random.key(0), "d_model": 8, "heads": 4, "kv_heads": 2} | change
        with pytest.raises(error, match=message):
            grouped_query.init(arguments.pop("key"), **arguments)

    def test_pooling(self, key):
        layer = multi_head.init(key, d_model=8, heads=4)
        with pytest.raises(ShapeError, match="pool_heads: got heads = 4, kv_heads = 3"):
            grouped_query.pool_heads(layer, kv_heads=3)

    def test_tokens(self):
        layer, x = layer_and_tokens(2)
        with pytest.raises(ShapeError, match=r"grouped_query: got x of shape \(5, 7\); wants shape \(tokens, 8\)"):
            grouped_query.apply(layer, x[:, :7])
        with pytest.raises(ShapeError, match=r"x of shape \(1, 5, 8\).*jax.vmap"):
            grouped_query.apply(layer, x[None])
        with pytest.raises(ShapeError, match=r"context of shape \(0, 8\)"):
            grouped_query.apply_cross(layer, x, x[:0])
        with pytest.raises(TypeError, match="got x of dtype int32"):
            grouped_query.apply(layer, x.astype(int))
        with pytest.raises(ShapeError, match=r"mask of shape \(4, 4\) for scores of shape \(4, 5, 5\)"):
            grouped_query.apply(layer, x, causal_mask(4))

    @pytest.mark.parametrize(
        ("k", "v", "message"),
        [
            ((2, 5, 6), (2, 4, 3), "v of shape"),
            ((5, 6), (5, 3), "one example at a time"),
            ((3, 5, 6), (3, 5, 3), "heads = 4, kv_heads = 3"),
            ((2, 5, 7), (2, 5, 3), "the same last axis, d_k"),
        ],
    )
    def test_keys_and_values(self, k, v, message):
        with pytest.raises(ShapeError, match=message):
            attend_in_groups(jnp.ones((4, 3, 6)), jnp.ones(k), jnp.ones(v))
