"""The encoder sees the whole text, no padding, and without positions no order."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.masks import valid_tokens
from nnbook.layers.positions import init_learned, init_sinusoidal
from nnbook.models import bert, encoder, stack
from tests.filled import filled

SIZES = {"vocabulary": 11, "context": 6, "d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
IDS = jnp.array([3, 1, 4, 1, 5])
apply = jax.jit(encoder.apply, static_argnames="dropout_rate")
run = jax.jit(stack.apply)


def drawn(stacks=stack.init_pre_norm, positions=init_learned, seed=0):
    return filled(partial(encoder.init, stacks=stacks, positions=positions, **SIZES), seed)


@settings(max_examples=8)
@given(st.integers(0, 2**16), st.permutations(range(5)))
def test_without_positions_reordering_the_tokens_reorders_the_results(seed, order):
    params, x = drawn().stack, jax.random.normal(jax.random.key(seed), (5, 8))
    order = jnp.array(order)
    np.testing.assert_allclose(run(params, x[order]), run(params, x)[order], atol=1e-5)


@pytest.mark.parametrize("positions", [init_learned, init_sinusoidal])
def test_with_positions_the_order_is_seen(positions):
    params, order = drawn(positions=positions), jnp.array([1, 0, 2, 3, 4])
    assert not np.allclose(apply(params, IDS[order]), apply(params, IDS)[order], atol=0.01)


def test_every_token_sees_every_other():
    params = drawn()
    changed = jnp.abs(apply(params, IDS.at[4].set(9)) - apply(params, IDS)).max(-1)
    assert (changed > 1e-4).all()


@pytest.mark.parametrize("stacks", [stack.init_pre_norm, stack.init_post_norm])
def test_padding_cannot_be_seen(stacks):
    params, valid = drawn(stacks), valid_tokens(3, 5)
    got = apply(params, IDS, valid)
    np.testing.assert_array_equal(apply(params, IDS.at[3:].set(0), valid)[:3], got[:3])
    np.testing.assert_allclose(apply(params, IDS[:3]), got[:3], atol=1e-5)
    assert not np.allclose(apply(params, IDS)[:3], got[:3], atol=0.01)


def test_an_empty_text_spoils_all_gradients_and_what_helps():
    params, texts = drawn(), jnp.stack([IDS, IDS])
    valid = jax.vmap(valid_tokens, in_axes=(0, None))(jnp.array([3, 0]), 5)

    @jax.jit
    def slopes(seen):
        def loss(params):
            hidden = jax.vmap(encoder.apply, in_axes=(None, 0, 0))(params, texts, seen)
            return jnp.where(valid[..., None], hidden, 0).sum()

        return jax.grad(loss)(params)

    assert all(jnp.isnan(leaf).all() for leaf in jax.tree.leaves(slopes(valid).stack.blocks[1]))
    want = jax.jit(jax.grad(lambda params: encoder.apply(params, IDS, valid[0])[:3].sum()))(params)
    with_a_token = slopes(valid.at[:, 0].set(True))
    jax.tree.map(lambda got, slope: np.testing.assert_allclose(got, slope, rtol=1e-4, atol=1e-4), with_a_token, want)


def test_sinusoidal_positions_have_no_end_and_learned_ones_do():
    long = jnp.zeros(9, int)
    assert jnp.isfinite(apply(drawn(positions=init_sinusoidal), long)).all()
    with pytest.raises(ShapeError, match="got 9 tokens; wants at most 6"):
        encoder.apply(drawn(), long)


def test_dropout_is_drawn_from_the_key(key):
    params = drawn()
    dropped = apply(params, IDS, dropout_rate=0.5, key=key)
    assert not np.allclose(dropped, apply(params, IDS), atol=0.1)
    np.testing.assert_array_equal(apply(params, IDS, dropout_rate=0.5, key=key), dropped)
    with pytest.raises(TypeError, match=r"dropout: got rate=0.5 but no key"):
        encoder.apply(params, IDS, dropout_rate=0.5)


def test_batches_and_gradients():
    params, batch = drawn(), jnp.stack([IDS, IDS[::-1]])
    many = jax.jit(jax.vmap(encoder.apply, in_axes=(None, 0)))
    np.testing.assert_allclose(many(params, batch)[1], apply(params, IDS[::-1]), atol=1e-5)
    slopes = jax.jit(jax.grad(lambda params: (encoder.apply(params, IDS) ** 3).sum()))(params)
    assert all(jnp.isfinite(leaf).all() and jnp.abs(leaf).max() > 0 for leaf in jax.tree.leaves(slopes))


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    params = drawn()
    with pytest.raises(ShapeError, match=r"token_input: got ids of shape \(1, 5\); wants shape \(t,\).*jax.vmap"):
        encoder.apply(params, IDS[None])
    with pytest.raises(TypeError, match="embedding: got ids of dtype float32"):
        encoder.apply(params, IDS.astype(float))
    with pytest.raises(ShapeError, match=r"mask of shape \(4, 4\)"):
        encoder.apply(params, IDS, jnp.ones(4, bool))
    with pytest.raises(TypeError, match=r"encoder\.init: got key of type int"):
        encoder.init(0, **SIZES)
    with pytest.raises(ValueError, match=r"token_input\.init: got context=0"):
        encoder.init(key, **SIZES | {"context": 0})


class TestBERT:
    PARAMS = filled(partial(bert.init, **SIZES))
    SEGMENTS = jnp.array([0, 0, 1, 1, 1])

    def test_segments_are_seen_and_padding_is_not(self):
        run, valid = jax.jit(bert.apply), valid_tokens(4, 5)
        got = run(self.PARAMS, IDS, self.SEGMENTS, valid)
        np.testing.assert_array_equal(run(self.PARAMS, IDS.at[4].set(0), self.SEGMENTS, valid)[:4], got[:4])
        assert not np.allclose(run(self.PARAMS, IDS, 1 - self.SEGMENTS, valid)[:4], got[:4], atol=0.01)
        assert run(self.PARAMS, IDS, self.SEGMENTS).shape == (5, 8)

    def test_the_pooler_reads_the_first_token(self):
        hidden = jax.random.normal(jax.random.key(1), (5, 8))
        want = jnp.tanh(self.PARAMS.pooler.w @ hidden[0] + self.PARAMS.pooler.b)
        np.testing.assert_allclose(bert.pool(self.PARAMS, hidden), want, atol=1e-6)

    @pytest.mark.usefixtures("untyped")
    def test_bad_input(self):
        with pytest.raises(ShapeError, match=r"bert: got ids of shape \(5,\) and segments of shape \(4,\)"):
            bert.apply(self.PARAMS, IDS, self.SEGMENTS[:4])
        with pytest.raises(TypeError, match=r"bert\.init: got key of type int"):
            bert.init(0, **SIZES)
