"""A block built of Flax's own parts, with the same weights, gives the same numbers and the same gradients."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from nnbook.layers import biased_multi_head, feed_forward, norm
from nnbook.layers.embedding import Embedding
from nnbook.layers.masks import causal_mask
from nnbook.layers.positions import LearnedPositions
from nnbook.models import block, decoder
from nnbook.models.block import post_norm, pre_norm
from nnbook.models.decoder import Decoder
from nnbook.models.stack import PreNormStack
from nnbook.models.token_input import TokenInput
from tests.filled import filled

T, D, HEADS, HIDDEN = 4, 6, 2, 10
ACTIVATIONS = {"relu": jax.nn.relu, "gelu": partial(jax.nn.gelu, approximate=False)}


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=5e-5, atol=5e-5), got, want)


def drawn(kind, seed=0):
    """A block with biases in attention, every number of it drawn."""
    kinds = {"relu": feed_forward.init_relu, "gelu": feed_forward.init_gelu}
    init = partial(block.init, attention=biased_multi_head.init, feed_forward=kinds[kind])
    return filled(partial(init, d_model=D, heads=HEADS, d_hidden=HIDDEN), seed)


class FlaxBlock(nnx.Module):
    def __init__(self, kind, rngs):
        self.attention = nnx.MultiHeadAttention(num_heads=HEADS, in_features=D, decode=False, rngs=rngs)
        self.inner, self.outer = nnx.Linear(D, HIDDEN, rngs=rngs), nnx.Linear(HIDDEN, D, rngs=rngs)
        self.attention_norm, self.feed_forward_norm = (
            nnx.LayerNorm(D, epsilon=norm.EPSILON, rngs=rngs) for _ in range(2)
        )
        self.kind = kind

    def think(self, x):
        return self.outer(ACTIVATIONS[self.kind](self.inner(x)))

    def pre_norm(self, x, mask):
        x = x + self.attention(self.attention_norm(x), mask=mask)
        return x + self.think(self.feed_forward_norm(x))

    def post_norm(self, x, mask):
        x = self.attention_norm(x + self.attention(x, mask=mask))
        return self.feed_forward_norm(x + self.think(x))


def copied(params):
    """The leaves of our block, under the names and in the shapes that Flax gives them."""
    weights = params.attention.weights
    swapped = {"query": weights.w_q, "key": weights.w_k, "value": weights.w_v}
    biases = {"query": params.attention.b_q, "key": params.attention.b_k, "value": params.attention.b_v}
    attention = {name: {"kernel": jnp.swapaxes(w, 0, 1), "bias": biases[name]} for name, w in swapped.items()}
    layers = {"inner": params.feed_forward.inner, "outer": params.feed_forward.outer}
    norms = {"attention_norm": params.attention_norm, "feed_forward_norm": params.feed_forward_norm}
    return {
        "attention": attention | {"out": {"kernel": weights.w_o, "bias": params.attention.b_o}},
        **{name: {"kernel": layer.w.T, "bias": layer.b} for name, layer in layers.items()},
        **{name: {"scale": layer.scale, "bias": layer.shift} for name, layer in norms.items()},
    }


def flax_block(kind):
    form, state, rest = nnx.split(FlaxBlock(kind, nnx.Rngs(0)), nnx.Param, ...)

    def run(method, arrays, x, mask):
        filled = jax.tree.map_with_path(lambda path, _: at(arrays, path), state)
        return getattr(nnx.merge(form, filled, rest), method)(x, mask)

    return run


def at(arrays, path):
    for part in path:
        if not hasattr(part, "key"):
            break
        arrays = arrays[part.key]
    return arrays


X = jax.random.normal(jax.random.key(7), (T, D))


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("residual", [pre_norm, post_norm])
def test_a_block(kind, residual):
    params, run = drawn(kind), flax_block(kind)

    def ours(params, x):
        return block.apply(params, x, causal_mask(T), residual=residual)

    def theirs(arrays, x):
        return run(residual.__name__, arrays, x, causal_mask(T)[None])

    def both(function):
        return jax.jit(lambda p, x: (function(p, x), jax.grad(lambda p, x: (function(p, x) ** 3).sum(), (0, 1))(p, x)))

    got, (slopes, slope) = both(ours)(params, X)
    want, (their_slopes, their_slope) = both(theirs)(copied(params), X)
    close(got, want)
    close(slope, their_slope)
    close(copied(slopes), their_slopes)


def test_a_decoder_of_two_blocks_from_ids_to_logits():
    table, places = jax.random.normal(jax.random.key(8), (9, D)), jax.random.normal(jax.random.key(9), (T, D))
    blocks, final = (drawn("gelu", 1), drawn("gelu", 3)), norm.LayerNorm(scale=jnp.arange(1.0, 7), shift=jnp.ones(D))
    embedded = TokenInput(embedding=Embedding(table), positions=LearnedPositions(places))
    ids, run = jnp.array([5, 0, 8, 5]), flax_block("gelu")
    got = jax.jit(decoder.apply)(Decoder(input=embedded, stack=PreNormStack(blocks, final)), ids)
    x = D**0.5 * table[ids] + places
    for layer in blocks:
        x = run("pre_norm", copied(layer), x, causal_mask(T)[None])
    peer = nnx.LayerNorm(D, epsilon=norm.EPSILON, rngs=nnx.Rngs(0))
    peer.scale[...], peer.bias[...] = final.scale, final.shift
    close(got, peer(x) @ table.T)
