"""What is kept is what would be computed again: attention over the cache is full causal attention."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import biased_multi_head, grouped_query, kv_cache, multi_head
from nnbook.layers.attention import attend
from nnbook.layers.biased_multi_head import BiasedMultiHeadAttention
from nnbook.layers.grouped_query import GroupedQueryAttention
from nnbook.layers.masks import causal_mask
from nnbook.layers.positions import alibi_bias

T, CAPACITY, HEADS = 6, 8, 2
Q, K, V = (jax.random.normal(jax.random.key(seed), (HEADS, T, d)) for seed, d in enumerate((4, 4, 3)))
append, attend_cached = jax.jit(kv_cache.append), jax.jit(kv_cache.attend_cached)
apply_cached = jax.jit(kv_cache.apply_cached)


def empty():
    return kv_cache.init(heads=HEADS, capacity=CAPACITY, d_k=4, d_v=3)


def biased(key):
    keys = jax.random.split(key, 5)
    layer = multi_head.init(keys[0], d_model=8, heads=HEADS, d_v=3)
    b_q, b_k, b_v = (jax.random.normal(k, (HEADS, d)) for k, d in zip(keys[1:4], (4, 4, 3), strict=True))
    return BiasedMultiHeadAttention(layer, b_q, b_k, b_v, jax.random.normal(keys[4], (8,)))


LAYERS = {
    "no biases": biased(jax.random.key(9)).weights,
    "biases": biased(jax.random.key(9)),
    "grouped": grouped_query.init(jax.random.key(9), d_model=8, heads=4, kv_heads=HEADS, d_v=3),
}
layers = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def full(layer, x, mask):
    modules = {BiasedMultiHeadAttention: biased_multi_head, GroupedQueryAttention: grouped_query}
    return jax.jit(modules.get(type(layer), multi_head).apply)(layer, x, mask)


@pytest.mark.parametrize("cuts", [[6], [1] * 6, [3, 1, 2]])
def test_in_any_portions_it_is_full_causal_attention(cuts):
    cache, results, start = empty(), [], 0
    for t in cuts:
        rows = slice(start, start + t)
        cache = append(cache, K[:, rows], V[:, rows])
        results.append(attend_cached(cache, Q[:, rows]))
        start += t
    assert cache.length == T
    np.testing.assert_allclose(jnp.concatenate(results, axis=1), attend(Q, K, V, causal_mask(T)), atol=1e-6)


@layers
@pytest.mark.parametrize("cuts", [[6], [4, 1, 1]])
def test_a_layer_over_its_cache_is_the_layer(layer, cuts, key):
    x = jax.random.normal(key, (T, 8))
    cache, results, start = kv_cache.init_for(layer, capacity=CAPACITY), [], 0
    for t in cuts:
        output, cache = apply_cached(layer, x[start : start + t], cache)
        results.append(output)
        start += t
    np.testing.assert_allclose(jnp.concatenate(results), full(layer, x, causal_mask(T)), atol=1e-5)


def test_shared_heads_are_kept_once_and_give_what_repeated_ones_give(key):
    layer, x = LAYERS["grouped"], jax.random.normal(key, (T, 8))
    output, cache = apply_cached(layer, x, kv_cache.init_for(layer, capacity=CAPACITY))
    assert cache.keys.shape == (HEADS, CAPACITY, 2)
    assert cache.values.shape == (HEADS, CAPACITY, 3)
    repeated = grouped_query.repeat_heads(layer)
    want, large = apply_cached(repeated, x, kv_cache.init_for(repeated, capacity=CAPACITY))
    np.testing.assert_allclose(output, want, atol=1e-5)
    np.testing.assert_allclose(large.keys, jnp.repeat(cache.keys, 2, axis=0), atol=1e-6)


def test_each_head_of_queries_has_a_bias_of_its_own_over_the_cache(key):
    layer, x = LAYERS["grouped"], jax.random.normal(key, (T, 8))
    bias = jnp.pad(alibi_bias(4, T), ((0, 0), (0, 0), (0, CAPACITY - T)))
    got, _ = apply_cached(layer, x, kv_cache.init_for(layer, capacity=CAPACITY), bias)
    np.testing.assert_allclose(got, grouped_query.apply(layer, x, causal_mask(T), alibi_bias(4, T)), atol=1e-5)


def test_biases_are_what_a_constant_input_would_add(key):
    layer, x = LAYERS["biases"], jax.random.normal(key, (T, 8))
    np.testing.assert_allclose(
        full(biased_multi_head.with_zero_biases(layer.weights), x, causal_mask(T)),
        full(layer.weights, x, causal_mask(T)),
        atol=1e-6,
    )
    wide = lambda w, b: jnp.concatenate([w, b[:, None, :]], axis=1)  # noqa: E731
    weights = layer.weights
    w_o = jnp.concatenate([weights.w_o, jnp.zeros((HEADS, 3, 1))], axis=-1)
    wider = multi_head.MultiHeadAttention(
        wide(weights.w_q, layer.b_q), wide(weights.w_k, layer.b_k), wide(weights.w_v, layer.b_v), w_o
    )
    with_one = jnp.concatenate([x, jnp.ones((T, 1))], axis=-1)
    got = full(wider, with_one, causal_mask(T))[:, :8] + layer.b_o[None]
    np.testing.assert_allclose(full(layer, x, causal_mask(T)), got, atol=1e-5)


def test_a_bias_on_the_scores_goes_over_the_whole_cache():
    cache = append(empty(), K, V)
    bias = jnp.pad(alibi_bias(HEADS, T), ((0, 0), (0, 0), (0, CAPACITY - T)))
    want = attend(Q, K, V, causal_mask(T), alibi_bias(HEADS, T))
    np.testing.assert_allclose(kv_cache.attend_cached(cache, Q, bias), want, atol=1e-6)


@settings(max_examples=5)
@given(st.sampled_from([-1e30, -1.0, 1e30]))
def test_the_empty_places_cannot_be_seen(filling):
    cache = append(empty(), K[:, :3], V[:, :3])
    filled = kv_cache.KVCache(
        keys=cache.keys.at[:, 3:].set(filling), values=cache.values.at[:, 3:].set(filling), length=cache.length
    )
    np.testing.assert_array_equal(attend_cached(filled, Q[:, :1]), attend_cached(cache, Q[:, :1]))


def test_what_overflows_is_nan_and_stays_so():
    cache = append(append(empty(), K, V), K[:, :2], V[:, :2])
    assert jnp.isfinite(attend_cached(cache, Q[:, :1])).all()
    over = append(cache, K[:, :1], V[:, :1])
    assert jnp.isnan(attend_cached(over, Q[:, :1])).all()
    over = append(over, K[:, :1], V[:, :1])
    assert jnp.isnan(attend_cached(over, Q[:, :1])).all()


def test_caches_of_a_batch_by_vmap():
    many = jax.vmap(partial(kv_cache.append, empty()))(jnp.stack([K, 2 * K]), jnp.stack([V, V]))
    np.testing.assert_array_equal(many.keys[1], append(empty(), 2 * K, V).keys)
    assert many.length.tolist() == [T, T]


def test_a_cache_has_the_dtype_of_its_layer():
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), LAYERS["biases"])
    cache = kv_cache.init_for(half, capacity=2)
    assert cache.keys.dtype == cache.values.dtype == jnp.bfloat16
    assert append(cache, K[:, :1].astype(jnp.bfloat16), V[:, :1].astype(jnp.bfloat16)).keys.dtype == jnp.bfloat16


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize(
        ("keys", "values", "message"),
        [
            (K[..., :3], V, r"keys of shape \(2, 6, 3\) for a cache of shape \(2, 8, 4\); wants shape \(2, t, 4\)"),
            (K, V[:1], r"values of shape \(1, 6, 3\)"),
            (K[:, :2], V, r"keys and values"),
            (K[0], V[0], r"keys of shape \(6, 4\)"),
            (jnp.ones((2, 9, 4)), jnp.ones((2, 9, 3)), "t from 1 to 8"),
            (K[:, :0], V[:, :0], "t from 1 to 8"),
        ],
    )
    def test_what_does_not_fit_the_cache(self, keys, values, message):
        with pytest.raises(ShapeError, match=message):
            kv_cache.append(empty(), keys, values)

    def test_sizes(self):
        with pytest.raises(ValueError, match=r"kv_cache\.init: got capacity=0"):
            kv_cache.init(heads=1, capacity=0, d_k=1)

    def test_another_kind_of_attention(self):
        message = (
            r"kv_cache\.{}: got attention of type dict; wants MultiHeadAttention, BiasedMultiHeadAttention or GroupedQ"
        )
        with pytest.raises(TypeError, match=message.format("init_for")):
            kv_cache.init_for({}, capacity=2)
        with pytest.raises(TypeError, match=message.format("apply_cached")):
            kv_cache.apply_cached({}, jnp.ones((3, 8)), empty())

    def test_queries_that_no_heads_of_the_cache_serve(self):
        with pytest.raises(ShapeError, match="kv_heads that divide heads"):
            kv_cache.attend_cached(append(empty(), K, V), jnp.ones((3, 1, 4)))

    def test_another_dtype(self):
        half = K.astype(jnp.bfloat16), V.astype(jnp.bfloat16)
        with pytest.raises(
            TypeError,
            match=r"^kv_cache\.append: got cache of dtype float32 and keys of dtype bfloat16; wants one dtype",
        ):
            kv_cache.append(empty(), *half)
        with pytest.raises(TypeError, match=r"cache of dtype float32 and values of dtype bfloat16"):
            kv_cache.append(empty(), K, half[1])

    def test_tokens_that_do_not_fit(self):
        layer = LAYERS["biases"]
        with pytest.raises(ShapeError, match=r"biased_multi_head: got x of shape \(3, 7\); wants shape \(tokens, 8\)"):
            biased_multi_head.apply(layer, jnp.ones((3, 7)))
        with pytest.raises(ShapeError, match=r"context of shape \(2, 3, 8\).*jax.vmap"):
            biased_multi_head.apply_cross(layer, jnp.ones((3, 8)), jnp.ones((2, 3, 8)))
        with pytest.raises(TypeError, match="got x of dtype int32"):
            kv_cache.apply_cached(layer, jnp.ones((3, 8), int), kv_cache.init_for(layer, capacity=4))
