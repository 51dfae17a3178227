"""The decoder looks back only, goes on from its caches, and learns a text by heart."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook import ShapeError
from nnbook.layers import biased_multi_head, feed_forward, grouped_query, multi_head
from nnbook.layers.grouped_query import GroupedQueryAttention
from nnbook.layers.positions import init_learned, init_sinusoidal
from nnbook.models import block, decoder, published_transformers, stack
from nnbook.text.generation import generate
from nnbook.text.sampling import greedy
from nnbook.text.tokenizers import CharacterTokenizer
from nnbook.training.loop import fit
from nnbook.training.losses import cross_entropy
from tests.filled import filled

SIZES = {"vocabulary": 11, "context": 8, "d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
IDS = jnp.array([3, 1, 4, 1, 5, 9])
apply, step = jax.jit(decoder.apply), jax.jit(decoder.step)
KINDS = {
    "pre-norm": {},
    "post-norm": {"stacks": stack.init_post_norm, "positions": init_sinusoidal},
    "GPT-2": {"blocks": partial(block.init, attention=biased_multi_head.init, feed_forward=feed_forward.init_gelu)},
}
kinds = pytest.mark.parametrize("kind", KINDS)


def drawn(kind="pre-norm"):
    return filled(partial(decoder.init, **SIZES | KINDS[kind]))


@kinds
def test_a_later_token_cannot_reach_an_earlier_row(kind):
    params = drawn(kind)
    before = np.asarray(apply(params, IDS))
    for j in range(1, 6):
        after = np.asarray(apply(params, IDS.at[j].set(7)))
        np.testing.assert_array_equal(after[:j], before[:j])
        assert np.abs(after[j:] - before[j:]).max(-1).all()


@pytest.mark.parametrize("kind", ["pre-norm", "post-norm"])
def test_the_gradient_of_a_row_knows_no_later_token(kind):
    params = drawn(kind)
    x = jax.random.normal(jax.random.key(1), (6, 8))
    mask = jnp.tril(jnp.ones((6, 6), bool))
    slopes = jax.jit(jax.jacrev(lambda x: stack.apply(params.stack, x, mask)[:, 0]))(x)
    reach = jnp.abs(slopes).max(-1)  # row, token
    assert (reach[~mask] == 0).all()
    assert (reach[mask] > 0).all()


@kinds
def test_over_the_caches_it_is_the_same(kind):
    params = drawn(kind)
    caches, rows, start = decoder.init_caches(params, capacity=8), [], 0
    for t in (3, 1, 1, 1):
        logits, caches = step(params, IDS[start : start + t], caches)
        rows.append(logits)
        start += t
    np.testing.assert_allclose(jnp.concatenate(rows), apply(params, IDS), atol=1e-5)


def test_with_shared_heads_it_is_the_decoder_whose_keys_are_repeated():
    shared = partial(block.init, attention=partial(grouped_query.init, kv_heads=2))
    params = filled(partial(decoder.init, **SIZES | {"heads": 4, "blocks": shared}))
    repeated = jax.tree.map(
        lambda leaf: grouped_query.repeat_heads(leaf) if isinstance(leaf, GroupedQueryAttention) else leaf,
        params,
        is_leaf=lambda leaf: isinstance(leaf, GroupedQueryAttention),
    )
    assert isinstance(repeated.stack.blocks[1].attention, multi_head.MultiHeadAttention)
    want = apply(repeated, IDS)
    np.testing.assert_allclose(apply(params, IDS), want, atol=1e-5)
    caches = decoder.init_caches(params, capacity=8)
    assert {cache.keys.shape for cache in caches} == {(2, 8, 2)}
    first, caches = step(params, IDS[:4], caches)
    second, _ = step(params, IDS[4:], caches)
    np.testing.assert_allclose(jnp.concatenate([first, second]), want, atol=1e-5)


def test_beyond_its_room_it_says_nan():
    for kind, capacity in (("pre-norm", 20), ("post-norm", 8)):  # beyond the learned positions; beyond the caches
        params = drawn(kind)
        logits, caches = step(params, jnp.arange(8), decoder.init_caches(params, capacity=capacity))
        assert jnp.isfinite(logits).all()
        assert jnp.isnan(step(params, IDS[:1], caches)[0]).all()


def test_batches_of_texts_and_of_caches():
    params, batch = drawn(), jnp.stack([IDS, IDS[::-1]])
    many = jax.jit(jax.vmap(decoder.apply, in_axes=(None, 0)))(params, batch)
    np.testing.assert_allclose(many[1], apply(params, IDS[::-1]), atol=1e-5)
    empty = decoder.init_caches(params, capacity=8)
    logits, caches = jax.jit(jax.vmap(decoder.step, in_axes=(None, 0, None)))(params, batch, empty)
    np.testing.assert_allclose(logits, many, atol=1e-5)
    assert caches[0].length.tolist() == [6, 6]


def test_the_table_reads_and_writes():
    params = drawn()
    slope = jax.jit(jax.grad(lambda params: decoder.apply(params, IDS)[:, 0].sum()))(params)
    touched = jnp.abs(slope.input.embedding.table).max(-1) > 0
    assert touched[jnp.array([0, 3, 1, 4, 5, 9])].all()  # 0 is written, the others are read
    assert not touched[jnp.array([2, 6, 7, 8, 10])].any()


def test_it_learns_a_short_text_by_heart(key):
    text = "the cat sat on the mat. a dog ate the hat. "
    tokenizer = CharacterTokenizer.of(text)
    ids = jnp.asarray(tokenizer.encode(text))
    sizes = {"context": 64, "d_model": 32, "heads": 2, "layers": 2, "d_hidden": 64}
    params = jax.jit(partial(decoder.init, vocabulary=tokenizer.vocabulary, **sizes))(key)

    def loss(params, batch):
        return cross_entropy(decoder.apply(params, batch[0, :-1]), batch[0, 1:])

    trained = fit(loss, params, ids[None], optimizer=optax.adam(1e-2), steps=100)
    assert trained.losses[0] > 2
    assert trained.losses[-1] < 0.05

    @jax.jit
    def go_on(params, prompt):
        logits, caches = decoder.step(params, prompt, decoder.init_caches(params, capacity=64))

        def further(caches, token):
            logits, caches = decoder.step(params, token[None], caches)
            return logits[0], caches

        return generate(further, caches, logits[-1], steps=len(text) - 5, choose=greedy, key=key)

    assert tokenizer.decode(go_on(trained.params, ids[:5])) == text[5:]


@pytest.mark.usefixtures("untyped")
def test_bad_input():
    params = drawn()
    with pytest.raises(ShapeError, match="positions: got 9 tokens; wants at most 8"):
        decoder.apply(params, jnp.zeros(9, int))
    with pytest.raises(ShapeError, match=r"token_input: got ids of shape \(0,\)"):
        decoder.apply(params, IDS[:0])
    with pytest.raises(
        ShapeError, match=r"kv_cache.append: got keys of shape \(2, 6, 4\) for a cache of shape \(2, 4, 4\)"
    ):
        decoder.step(params, IDS, decoder.init_caches(params, capacity=4))
    with pytest.raises(TypeError, match=r"decoder\.init: got key of type int"):
        decoder.init(0, **SIZES)


class TestPublished:
    """Counted from shapes: nothing is allocated, or GPT-3 would need 698 GB."""

    @pytest.mark.parametrize(
        ("name", "count"),
        [
            ("Transformer base", 63_045_632),  # the paper prints 65 million
            ("Transformer base with biases", 63_082_496),
            ("Transformer big", 214_171_648),  # the paper prints 213 million
            ("BERT base", 109_482_240),
            ("BERT large", 335_141_888),
            ("GPT-2 small", 124_439_808),
            ("GPT-3", 174_604_259_328),
            ("ViT-B/16", 86_567_656),
        ],
    )
    def test_parameters(self, name, count):
        assert published_transformers.count(name) == count

    def test_every_model_is_counted_above(self):
        assert len(published_transformers.PUBLISHED) == 8
        assert all(model.printed and model.source for model in published_transformers.PUBLISHED.values())

    def test_gpt_2_without_the_biases_of_queries_keys_and_values(self):
        attention = [layer.attention for layer in published_transformers.shapes("GPT-2 small").stack.blocks]
        biases = sum(b.size for layer in attention for b in (layer.b_q, layer.b_k, layer.b_v))
        assert published_transformers.count("GPT-2 small") - biases == 124_412_160

    def test_a_name_that_is_not_there(self):
        with pytest.raises(ValueError, match="published: 'GPT-2' is not known; did you mean 'GPT-"):
            published_transformers.count("GPT-2")


@pytest.mark.parametrize("positions", [init_learned, init_sinusoidal])
def test_tied_and_shared_nothing_is_stored_twice(positions, key):
    params = jax.eval_shape(partial(decoder.init, **SIZES | {"positions": positions}), key)
    block_size = 4 * 64 + 2 * 8 * 16 + 16 + 8 + 4 * 8
    learned = 8 * 8 if positions is init_learned else 0
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == 11 * 8 + learned + 2 * block_size + 2 * 8
