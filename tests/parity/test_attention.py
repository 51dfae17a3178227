"""The same weights in Flax, Equinox and jax.nn give the same attention and the same gradients."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from nnbook.layers import multi_head
from nnbook.layers.attention import attend
from nnbook.layers.masks import causal_mask, cross_mask, valid_tokens

T, S, D_MODEL, HEADS = 4, 6, 12, 3
MASKS = {
    "no mask": None,
    "causal": causal_mask(T, S),
    "padding": cross_mask(T, valid_tokens(4, S)),
    "both": causal_mask(T, S) & cross_mask(T, valid_tokens(4, S)),
}


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5), got, want)


@pytest.fixture
def layer(key):
    return multi_head.init(key, d_model=D_MODEL, heads=HEADS)


@pytest.fixture
def tokens():
    return jax.random.normal(jax.random.key(1), (T, D_MODEL)), jax.random.normal(jax.random.key(2), (S, D_MODEL))


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("biased", [False, True], ids=["no bias", "bias"])
def test_jax_nn(mask, biased):
    keys = jax.random.split(jax.random.key(3), 4)
    q, k, v = (jax.random.normal(key, (HEADS, n, 5)) for key, n in zip(keys, (T, S, S), strict=False))
    bias = jax.random.normal(keys[3], (HEADS, T, S)) if biased else None

    def theirs(q, k, v):  # there the heads are the last axis but one, and masks and biases have all axes
        wide = None if mask is None else jnp.broadcast_to(mask, (HEADS, T, S))
        q, k, v = (jnp.swapaxes(a, 0, 1) for a in (q, k, v))
        return jnp.swapaxes(jax.nn.dot_product_attention(q, k, v, mask=wide, bias=bias), 0, 1)

    close(attend(q, k, v, mask, bias), theirs(q, k, v))
    ours = jax.grad(lambda *qkv: (attend(*qkv, mask, bias) ** 2).sum(), (0, 1, 2))(q, k, v)
    close(ours, jax.grad(lambda *qkv: (theirs(*qkv) ** 2).sum(), (0, 1, 2))(q, k, v))


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_flax(layer, tokens, mask):
    peer = nnx.MultiHeadAttention(num_heads=HEADS, in_features=D_MODEL, use_bias=False, decode=False, rngs=nnx.Rngs(0))
    for name, w in (("query", layer.w_q), ("key", layer.w_k), ("value", layer.w_v)):
        getattr(peer, name).kernel[...] = jnp.swapaxes(w, 0, 1)
    peer.out.kernel[...] = layer.w_o

    def loss(peer, x, context):
        return (peer(x, context, mask=None if mask is None else mask[None]) ** 2).sum()

    x, context = tokens
    close(multi_head.apply_cross(layer, x, context, mask), peer(x, context, mask=None if mask is None else mask[None]))
    ours = jax.grad(lambda layer: (multi_head.apply_cross(layer, x, context, mask) ** 2).sum())(layer)
    theirs = nnx.grad(loss)(peer, x, context)
    for name, w in (("query", ours.w_q), ("key", ours.w_k), ("value", ours.w_v)):
        close(w, jnp.swapaxes(theirs[name].kernel[...], 0, 1))
    close(ours.w_o, theirs.out.kernel[...])


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize(("d_k", "d_v"), [(None, None), (2, 5)])
def test_equinox(key, tokens, mask, d_k, d_v):
    layer = multi_head.init(key, d_model=D_MODEL, heads=HEADS, d_k=d_k, d_v=d_v)
    peer = eqx.nn.MultiheadAttention(HEADS, D_MODEL, qk_size=d_k, vo_size=d_v, key=key)

    def copied(w):  # (heads, inputs, outputs) → (heads · outputs, inputs)
        return jnp.swapaxes(w, 1, 2).reshape(-1, D_MODEL)

    where = lambda m: [m.query_proj.weight, m.key_proj.weight, m.value_proj.weight, m.output_proj.weight]  # noqa: E731
    weights = [copied(layer.w_q), copied(layer.w_k), copied(layer.w_v), layer.w_o.reshape(-1, D_MODEL).T]
    peer = eqx.tree_at(where, peer, weights)

    x, context = tokens
    close(multi_head.apply_cross(layer, x, context, mask), peer(x, context, context, mask))
    ours = jax.grad(lambda layer: (multi_head.apply_cross(layer, x, context, mask) ** 2).sum())(layer)
    theirs = where(eqx.filter_grad(lambda peer: (peer(x, context, context, mask) ** 2).sum())(peer))
    close([copied(ours.w_q), copied(ours.w_k), copied(ours.w_v), ours.w_o.reshape(-1, D_MODEL).T], theirs)
