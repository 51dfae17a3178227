"""Attention in chunks is attention, in memory that does not grow with the square of the text."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.attention import attend
from nnbook.layers.chunked_attention import attend_in_chunks
from nnbook.layers.masks import causal_mask, cross_mask, sliding_window_mask, valid_tokens
from nnbook.layers.online_softmax import absorb, average, log_sum_exp, nothing_seen
from nnbook.layers.position_rules import causal, everywhere, sliding_window

chunked = jax.jit(attend_in_chunks, static_argnames=("rule", "chunk"))


def normals(seed, t, s, batch=(2,), d_k=4, d_v=3):
    keys = jax.random.split(jax.random.key(seed), 3)
    shapes = (*batch, t, d_k), (*batch, s, d_k), (*batch, s, d_v)
    return [jax.random.normal(key, shape) for key, shape in zip(keys, shapes, strict=True)]


def with_gradients(attention):
    def loss(q, k, v):
        y = attention(q, k, v)
        return jnp.sin(y).sum(), y

    return jax.jit(jax.value_and_grad(loss, (0, 1, 2), has_aux=True))


def close(got, want, tol=1e-5):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=tol, atol=tol), got, want)


@pytest.mark.parametrize(
    ("t", "s", "chunk", "rule", "mask"),
    [
        (6, 6, 3, everywhere, None),
        (7, 7, 3, causal, causal_mask(7)),
        (4, 11, 4, causal, causal_mask(4, 11)),
        (9, 4, 2, everywhere, None),
        (9, 9, 2, sliding_window(3), sliding_window_mask(9, 3)),
        (5, 5, 100, causal, causal_mask(5)),
    ],
)
def test_it_is_attention_forward_and_backward(t, s, chunk, rule, mask):
    qkv = normals(t, t, s)
    close(
        with_gradients(lambda q, k, v: attend_in_chunks(q, k, v, rule, chunk=chunk))(*qkv),
        with_gradients(lambda q, k, v: attend(q, k, v, mask))(*qkv),
    )


@settings(max_examples=5)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 8), st.integers(0, 2**16))
def test_lengths_need_not_fill_the_chunks(t, s, chunk, seed):
    q, k, v = normals(seed, t, s, batch=())
    close(chunked(q, k, v, chunk=chunk), attend(q, k, v))


def test_padding_is_left_out():
    # The last chunk holds nothing but padding.
    q, k, v = normals(0, 5, 9)
    valid = valid_tokens(4, 9)
    spoiled = q, jnp.where(valid[:, None], k, 1e30), jnp.where(valid[:, None], v, -1e30)
    got = with_gradients(lambda q, k, v: attend_in_chunks(q, k, v, everywhere, valid, chunk=2))(*spoiled)
    want = with_gradients(lambda q, k, v: attend(q, k, v, cross_mask(5, valid)))(q, k, v)
    close(got, want)
    assert not got[1][1][:, 4:].any()
    assert not got[1][2][:, 4:].any()


def test_lengths_of_a_batch_by_vmap():
    q, k, v = normals(1, 5, 5, batch=(3, 2))
    valid = jax.vmap(lambda length: valid_tokens(length, 5))(jnp.array([1, 3, 5]))
    got = jax.vmap(lambda q, k, v, valid: chunked(q, k, v, causal, valid, chunk=2))(q, k, v, valid)
    masks = jax.vmap(lambda valid: causal_mask(5) & cross_mask(5, valid))(valid)
    close(got, jax.vmap(attend)(q, k, v, masks))


def test_a_query_that_may_look_at_nothing_is_nan_and_spoils_no_gradient():
    q, k, v = normals(2, 5, 3, batch=())  # the first two queries stand before all keys

    def rest(attention):
        return with_gradients(lambda q, k, v: attention(q, k, v)[2:])(q, k, v)

    assert jnp.isnan(chunked(q, k, v, causal, chunk=2)[:2]).all()
    got = rest(lambda q, k, v: attend_in_chunks(q, k, v, causal, chunk=2))
    want = with_gradients(lambda q, k, v: attend(q, k, v, causal_mask(3)))(q[2:], k, v)
    close((got[0], got[1][0][2:], got[1][1:]), (want[0], want[1][0], want[1][1:]))
    assert not got[1][0][:2].any()


def test_large_scores_do_not_overflow():
    q, k, v = normals(3, 4, 6)
    got = with_gradients(lambda q, k, v: attend_in_chunks(100 * q, 100 * k, v, chunk=2))(q, k, v)
    close(got, with_gradients(lambda q, k, v: attend(100 * q, 100 * k, v))(q, k, v), tol=1e-4)


def test_it_keeps_the_dtype_and_adds_up_in_float32():
    q, k, v = (a.astype(jnp.bfloat16) for a in normals(4, 40, 40))
    got = chunked(q, k, v, chunk=8)
    assert got.dtype == jnp.bfloat16
    assert jax.eval_shape(jax.grad(lambda k: attend_in_chunks(q, k, v).sum()), k).dtype == jnp.bfloat16
    exact = attend(*(a.astype(jnp.float32) for a in (q, k, v)))
    ours, plain = (jnp.abs(y.astype(jnp.float32) - exact).max() for y in (got, attend(q, k, v)))
    assert ours <= 1.1 * plain


def test_the_gradient_has_a_gradient():
    q, k, v = normals(5, 4, 4, batch=())

    def slope(attention):
        return jax.jit(jax.grad(lambda q: (jax.grad(lambda q: jnp.sin(attention(q, k, v)).sum())(q) ** 2).sum()))(q)

    close(slope(lambda q, k, v: attend_in_chunks(q, k, v, chunk=3)), slope(attend), tol=1e-4)


def temporary_bytes(attention, n, gradient):
    shapes = [jax.ShapeDtypeStruct((n, 64), jnp.float32)] * 3
    function = jax.grad(lambda *qkv: attention(*qkv).sum(), (0, 1, 2)) if gradient else attention
    return jax.jit(function).lower(*shapes).compile().memory_analysis().temp_size_in_bytes


def in_chunks(q, k, v):
    return attend_in_chunks(q, k, v, causal)


def test_forward_memory_does_not_grow():
    sizes = [temporary_bytes(in_chunks, n, gradient=False) for n in (512, 1024, 2048)]
    assert len(set(sizes)) == 1
    assert sizes[0] < 2**18
    naive = [temporary_bytes(attend, n, gradient=False) for n in (512, 1024)]
    assert naive[1] > 3.9 * naive[0], "the measure sees no square where there is one"


def test_gradient_memory_grows_no_faster_than_the_text():
    small, middle, large = (temporary_bytes(in_chunks, n, gradient=True) for n in (512, 1024, 2048))
    assert large < 2.05 * middle < 2.05**2 * small
    assert large < 2**21  # the scores alone are 2²⁴ bytes
    naive = [temporary_bytes(attend, n, gradient=True) for n in (512, 1024)]
    assert naive[1] > 3.9 * naive[0], "the measure sees no square where there is one"


def test_no_array_of_all_scores_is_made():
    n = 300
    shape = jax.ShapeDtypeStruct((n, 8), jnp.float32)
    text = str(jax.make_jaxpr(jax.grad(lambda *qkv: in_chunks(*qkv).sum(), (0, 1, 2)))(shape, shape, shape))
    assert f"[{n},8]" in text
    assert f"[{n},{n}]" not in text


def test_the_log_sum_exp_and_the_average_of_what_was_seen():
    q, k, v = normals(6, 3, 7, batch=())
    seen = nothing_seen(q, d_v=3)
    for part in (slice(0, 2), slice(2, 3), slice(3, 7)):
        seen = absorb(seen, q, k[part], v[part], jnp.ones((1, 1), bool))
    scores = q @ k.T
    close(log_sum_exp(seen)[:, 0], jax.nn.logsumexp(scores, axis=-1))
    close(average(seen), jax.nn.softmax(scores) @ v)


@pytest.mark.parametrize(
    ("rule", "mask"),
    [(everywhere, jnp.ones((4, 6), bool)), (causal, causal_mask(4, 6)), (sliding_window(3), sliding_window_mask(4, 3, 6))],
)  # fmt: skip
def test_rules_are_masks(rule, mask):
    np.testing.assert_array_equal(rule(jnp.arange(2, 6)[:, None], jnp.arange(6)[None, :]), mask)


def test_equal_windows_are_one_rule():
    assert sliding_window(7) is sliding_window(7)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_shapes_are_those_of_attention(self):
        with pytest.raises(ShapeError, match="the same last axis, d_k"):
            attend_in_chunks(jnp.ones((2, 4)), jnp.ones((3, 5)), jnp.ones((3, 2)))
        with pytest.raises(TypeError, match="got q of dtype int32"):
            attend_in_chunks(jnp.ones((2, 4), int), jnp.ones((3, 4)), jnp.ones((3, 2)))

    def test_valid(self):
        rows = jnp.ones((3, 4))
        with pytest.raises(TypeError, match="attend_in_chunks: got valid of dtype int32; wants booleans"):
            attend_in_chunks(rows, rows, rows, everywhere, jnp.ones(3, int))
        with pytest.raises(ShapeError, match=r"valid of shape \(2,\) for k of shape \(3, 4\); wants shape \(3,\)"):
            attend_in_chunks(rows, rows, rows, everywhere, jnp.ones(2, bool))

    def test_sizes(self):
        rows = jnp.ones((3, 4))
        with pytest.raises(ValueError, match="attend_in_chunks: got chunk=0; wants at least 1"):
            attend_in_chunks(rows, rows, rows, chunk=0)
        with pytest.raises(ValueError, match="sliding_window: got window=0; wants at least 1"):
            sliding_window(0)
