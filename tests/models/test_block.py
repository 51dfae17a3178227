"""A block: where its norms stand, what its parts may be, and what reaches what."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import biased_multi_head, feed_forward, grouped_query, kv_cache, multi_head, norm
from nnbook.layers.dropout import dropout
from nnbook.layers.masks import causal_mask
from nnbook.models import block, stack
from nnbook.models.block import post_norm, pre_norm
from tests.filled import filled

T, S, D = 5, 4, 8
X = jax.random.normal(jax.random.key(1), (T, D))
CONTEXT = jax.random.normal(jax.random.key(2), (S, D))
KINDS = {
    "first": {},
    "GPT-2": {"attention": biased_multi_head.init, "feed_forward": feed_forward.init_gelu},
    "LLaMA": {"feed_forward": feed_forward.init_swiglu, "norm": norm.init_rms_norm},
    "multi-query": {"attention": partial(grouped_query.init, kv_heads=1)},
}
kinds = pytest.mark.parametrize("kind", KINDS)
residuals = pytest.mark.parametrize("residual", [pre_norm, post_norm])
apply = jax.jit(block.apply, static_argnames=("residual", "dropout_rate"))
apply_cross = jax.jit(block.apply_cross, static_argnames=("residual", "dropout_rate"))


def drawn(kind, init=block.init, seed=0):
    return filled(partial(init, d_model=D, heads=2, d_hidden=16, **KINDS[kind]), seed)


def attend(params, x, context, mask=None):
    modules = {
        multi_head.MultiHeadAttention: multi_head,
        biased_multi_head.BiasedMultiHeadAttention: biased_multi_head,
        grouped_query.GroupedQueryAttention: grouped_query,
    }
    return modules[type(params)].apply_cross(params, x, context, mask)


@kinds
def test_pre_norm_spelt_out(kind):
    mask = causal_mask(T)

    @jax.jit
    def spelt_out(p):
        x = norm.apply(p.attention_norm, X)
        x = X + attend(p.attention, x, x, mask)
        return x + feed_forward.apply(p.feed_forward, norm.apply(p.feed_forward_norm, x))

    np.testing.assert_allclose(apply(drawn(kind), X, mask, residual=pre_norm), spelt_out(drawn(kind)), atol=1e-5)


@kinds
def test_post_norm_spelt_out(kind):
    mask = causal_mask(T)

    @jax.jit
    def spelt_out(p):
        x = norm.apply(p.attention_norm, X + attend(p.attention, X, X, mask))
        return norm.apply(p.feed_forward_norm, x + feed_forward.apply(p.feed_forward, x))

    np.testing.assert_allclose(apply(drawn(kind), X, mask, residual=post_norm), spelt_out(drawn(kind)), atol=1e-5)


@pytest.mark.parametrize("kind", ["first", "GPT-2", "multi-query"])
def test_cross_attention_stands_between(kind):
    p, mask = drawn(kind, block.init_cross), causal_mask(T)

    @jax.jit
    def spelt_out(p):
        x = norm.apply(p.block.attention_norm, X + attend(p.block.attention, X, X, mask))
        x = norm.apply(p.cross_norm, x + attend(p.cross_attention, x, CONTEXT))
        x = norm.apply(p.block.feed_forward_norm, x + feed_forward.apply(p.block.feed_forward, x))
        y = norm.apply(p.block.attention_norm, X)
        y = X + attend(p.block.attention, y, y, mask)
        y = y + attend(p.cross_attention, norm.apply(p.cross_norm, y), CONTEXT)
        return x, y + feed_forward.apply(p.block.feed_forward, norm.apply(p.block.feed_forward_norm, y))

    for residual, want in zip((post_norm, pre_norm), spelt_out(p), strict=True):
        np.testing.assert_allclose(apply_cross(p, X, CONTEXT, mask, residual=residual), want, atol=1e-5)


@residuals
@kinds
def test_over_the_cache_it_is_the_same(kind, residual):
    p = drawn(kind)
    step = jax.jit(partial(block.apply_cached, residual=residual))
    cache, rows = kv_cache.init_for(p.attention, capacity=7), []
    for cut in (slice(0, 3), slice(3, 4), slice(4, 5)):
        row, cache = step(p, X[cut], cache)
        rows.append(row)
    np.testing.assert_allclose(jnp.concatenate(rows), apply(p, X, causal_mask(T), residual=residual), atol=1e-5)


def test_pre_norm_leaves_the_way_along_the_residuals_free():
    p = drawn("first")
    silent = jax.tree.map(jnp.zeros_like, p)
    np.testing.assert_array_equal(apply(silent, X, residual=pre_norm), X)
    np.testing.assert_array_equal(apply(silent, X, residual=post_norm), 0)  # the last scale is 0


@residuals
def test_dropout_falls_on_what_the_parts_add(residual, key):
    p = drawn("first")
    plain = apply(p, X, residual=residual)
    np.testing.assert_array_equal(apply(p, X, residual=residual, dropout_rate=0.0, key=key), plain)
    dropped = apply(p, X, residual=residual, dropout_rate=0.5, key=key)
    assert not np.allclose(dropped, plain, atol=0.01)
    np.testing.assert_array_equal(apply(p, X, residual=residual, dropout_rate=0.5, key=key), dropped)
    first, second = jax.random.split(key)

    def look(x):
        return dropout(multi_head.apply(p.attention, x), rate=0.5, key=first)

    def work(x):
        return dropout(feed_forward.apply(p.feed_forward, x), rate=0.5, key=second)

    want = jax.jit(lambda x: residual(p.feed_forward_norm, residual(p.attention_norm, x, look), work))
    np.testing.assert_allclose(dropped, want(X), atol=1e-5)


def test_cross_attention_drops_too(key):
    p = drawn("first", block.init_cross)
    plain = apply_cross(p, X, CONTEXT, residual=pre_norm)
    assert not np.allclose(apply_cross(p, X, CONTEXT, residual=pre_norm, dropout_rate=0.5, key=key), plain, atol=0.01)


@pytest.mark.parametrize("init", [stack.init_pre_norm, stack.init_post_norm])
@kinds
def test_a_stack_is_its_blocks_one_after_the_other(kind, init):
    blocks = (drawn(kind, seed=3), drawn(kind, seed=4))
    layers = init(jax.random.key(0), layers=1, draw=lambda key: drawn(kind, seed=5))
    pre = isinstance(layers, stack.PreNormStack)
    layers = stack.PreNormStack(blocks, layers.final_norm) if pre else stack.PostNormStack(blocks)
    residual = pre_norm if pre else post_norm
    want = apply(blocks[1], apply(blocks[0], X, residual=residual), residual=residual)
    if pre:
        want = norm.apply(layers.final_norm, want)
    np.testing.assert_allclose(jax.jit(stack.apply)(layers, X), want, atol=1e-5)


def test_a_fresh_stack_gives_numbers_of_size_one(key):
    draw = jax.jit(partial(block.init, d_model=D, heads=2, d_hidden=16))
    for init in (stack.init_pre_norm, stack.init_post_norm):
        layers = init(key, layers=3, draw=draw)
        assert float((jax.jit(stack.apply)(layers, X) ** 2).mean()) == pytest.approx(1, rel=1e-3)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_sizes_and_keys(self, key):
        with pytest.raises(ValueError, match=r"block\.init: got d_hidden=0"):
            block.init(key, d_model=8, heads=2, d_hidden=0)
        with pytest.raises(TypeError, match=r"block\.init: got key of type int"):
            block.init(0, d_model=8, heads=2, d_hidden=4)
        with pytest.raises(TypeError, match=r"block\.init_cross: got key of type int"):
            block.init_cross(0, d_model=8, heads=2, d_hidden=4)
        for apply_one, context in ((block.apply, ()), (block.apply_cross, (CONTEXT,))):
            params = drawn("first", block.init_cross if context else block.init)
            with pytest.raises(TypeError, match=rf"block\.{apply_one.__name__}: got key of type int; wants one key"):
                apply_one(params, X, *context, residual=pre_norm, dropout_rate=0.1, key=0)
        with pytest.raises(ShapeError, match="heads that divide d_model"):
            block.init(key, d_model=8, heads=3, d_hidden=4)
        with pytest.raises(ValueError, match=r"stack\.init_pre_norm: got layers=0"):
            stack.init_pre_norm(key, layers=0, draw=lambda key: None)

    def test_the_part_that_does_not_fit_is_named(self):
        with pytest.raises(ShapeError, match=r"layer_norm: got x of shape \(5, 7\)"):
            block.apply(drawn("first"), jnp.ones((5, 7)), residual=pre_norm)
        with pytest.raises(ShapeError, match=r"multi_head: got context of shape \(4, 7\)"):
            block.apply_cross(drawn("first", block.init_cross), X, jnp.ones((4, 7)), residual=pre_norm)

    def test_another_kind_of_attention(self):
        p = drawn("first")
        other = block.Block({}, p.feed_forward, p.attention_norm, p.feed_forward_norm)
        with pytest.raises(TypeError, match=r"block: got attention of type dict; wants MultiHeadAttention, Biased"):
            block.apply(other, X, residual=pre_norm)

    def test_one_text_or_two(self):
        layers = stack.PostNormStack((drawn("first", block.init_cross),))
        with pytest.raises(
            TypeError, match=r"stack: got blocks of type CrossBlock; wants Block. Hint: apply looks at one"
        ):
            stack.apply(layers, X)
        with pytest.raises(TypeError, match="got blocks of type Block; wants CrossBlock"):
            stack.apply_cross(stack.PostNormStack((drawn("first"),)), X, CONTEXT)
