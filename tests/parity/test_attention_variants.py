"""Grouped queries, windows, chunks and the kernel agree with jax.nn and Flax, forward and backward."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from nnbook.layers.attention import attend
from nnbook.layers.chunked_attention import attend_in_chunks
from nnbook.layers.flash_attention import flash_attend
from nnbook.layers.grouped_query import attend_in_groups
from nnbook.layers.masks import causal_mask, sliding_window_mask
from nnbook.layers.position_rules import causal, everywhere, sliding_window

HEADS, T, WIDTH, WINDOW = 4, 24, 16, 5


def normals(kv_heads=HEADS):
    keys = jax.random.split(jax.random.key(kv_heads), 3)
    return [jax.random.normal(key, (n, T, WIDTH)) for key, n in zip(keys, (HEADS, kv_heads, kv_heads), strict=True)]


def heads_last(attention):
    """There the heads are the last axis but one."""
    return lambda *qkv: jnp.swapaxes(attention(*(jnp.swapaxes(a, 0, 1) for a in qkv)), 0, 1)


def same(ours, theirs, qkv):
    def with_gradients(attention):
        def loss(*qkv):
            y = attention(*qkv)
            return jnp.sin(y).sum(), y

        return jax.jit(jax.value_and_grad(loss, (0, 1, 2), has_aux=True))(*qkv)

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5),
        with_gradients(ours),
        with_gradients(theirs),
    )


@pytest.mark.parametrize("kv_heads", [1, 2])
def test_grouped_queries_of_jax_nn(kv_heads):
    same(
        lambda q, k, v: attend_in_groups(q, k, v, causal_mask(T)),
        heads_last(lambda q, k, v: jax.nn.dot_product_attention(q, k, v, is_causal=True)),
        normals(kv_heads),
    )


def in_chunks(rule):
    return lambda q, k, v: attend_in_chunks(q, k, v, rule, chunk=10)


def in_a_kernel(rule):
    return lambda q, k, v: flash_attend(q, k, v, rule, block=16)


def masked(rule):
    mask = {everywhere: None, causal: causal_mask(T)}.get(rule, sliding_window_mask(T, WINDOW))
    return lambda q, k, v: attend(q, k, v, mask)


@pytest.mark.parametrize("ours", [masked, in_chunks, in_a_kernel])
def test_windows_of_jax_nn(ours):
    def theirs(q, k, v):
        return jax.nn.dot_product_attention(q, k, v, is_causal=True, local_window_size=(WINDOW - 1, 0))

    same(ours(sliding_window(WINDOW)), heads_last(theirs), normals())


@pytest.mark.parametrize("ours", [in_chunks, in_a_kernel])
@pytest.mark.parametrize("rule", [everywhere, causal])
def test_flax(ours, rule):
    def theirs(q, k, v):
        return nnx.dot_product_attention(
            q, k, v, mask=None if rule is everywhere else nnx.make_causal_mask(jnp.ones(T))
        )

    same(ours(rule), heads_last(theirs), normals())


def test_padding_of_jax_nn():
    valid = 13

    def theirs(q, k, v):
        lengths = {"query_seq_lengths": jnp.array([T]), "key_value_seq_lengths": jnp.array([valid])}
        return jax.nn.dot_product_attention(*(a[None] for a in (q, k, v)), **lengths)[0]

    same(
        lambda q, k, v: attend_in_chunks(q, k, v, everywhere, jnp.arange(T) < valid, chunk=10),
        heads_last(theirs),
        normals(),
    )
