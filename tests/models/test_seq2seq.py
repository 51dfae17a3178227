"""The encoder-decoder: the writer sees what it wrote and the whole source, and of both no padding and no future."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers.masks import valid_tokens
from nnbook.layers.positions import init_learned
from nnbook.models import seq2seq, stack
from tests.filled import filled

SIZES = {"vocabulary": 11, "context": 8, "d_model": 8, "heads": 2, "layers": 2, "d_hidden": 16}
SOURCE, TARGET = jnp.array([3, 1, 4, 1, 5]), jnp.array([1, 9, 2, 6])
KINDS = {"paper": {}, "pre-norm": {"stacks": stack.init_pre_norm, "positions": init_learned}}
kinds = pytest.mark.parametrize("kind", KINDS)
apply = jax.jit(seq2seq.apply, static_argnames="dropout_rate")


def drawn(kind="paper"):
    return filled(partial(seq2seq.init, **SIZES | KINDS[kind]))


@kinds
def test_the_target_is_causal_and_the_source_is_seen(kind):
    params = drawn(kind)
    before = np.asarray(apply(params, SOURCE, TARGET))
    assert before.shape == (4, 11)
    for j in range(1, 4):
        after = np.asarray(apply(params, SOURCE, TARGET.at[j].set(7)))
        np.testing.assert_array_equal(after[:j], before[:j])
        assert np.abs(after[j:] - before[j:]).max(-1).all()
    for j in range(5):  # every row sees every token of the source
        assert np.abs(np.asarray(apply(params, SOURCE.at[j].set(7), TARGET)) - before).max(-1).all()


@kinds
def test_padding_of_the_source_cannot_be_seen(kind):
    params, valid = drawn(kind), valid_tokens(3, 5)
    got = apply(params, SOURCE, TARGET, valid)
    np.testing.assert_array_equal(apply(params, SOURCE.at[3:].set(0), TARGET, valid), got)
    np.testing.assert_allclose(apply(params, SOURCE[:3], TARGET), got, atol=1e-5)
    assert not np.allclose(apply(params, SOURCE, TARGET), got, atol=0.01)


def test_it_is_reading_then_writing():
    params, valid = drawn(), valid_tokens(3, 5)
    memory = jax.jit(seq2seq.encode)(params, SOURCE, valid)
    got = jax.jit(seq2seq.decode)(params, TARGET, memory, valid)
    np.testing.assert_allclose(got, apply(params, SOURCE, TARGET, valid), atol=1e-6)


def test_one_table_for_both_texts_and_the_logits():
    params = drawn()
    slope = jax.jit(jax.grad(lambda params: seq2seq.apply(params, SOURCE, TARGET)[:, 0].sum()))(params)
    touched = jnp.abs(slope.input.embedding.table).max(-1) > 0
    assert touched.tolist() == [True, True, True, True, True, True, True, False, False, True, False]
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))


def test_batches_and_dropout(key):
    params = drawn()
    many = jax.jit(jax.vmap(seq2seq.apply, in_axes=(None, 0, 0)))
    sources, targets = jnp.stack([SOURCE, SOURCE[::-1]]), jnp.stack([TARGET, TARGET])
    np.testing.assert_allclose(many(params, sources, targets)[1], apply(params, SOURCE[::-1], TARGET), atol=1e-5)
    dropped = apply(params, SOURCE, TARGET, dropout_rate=0.5, key=key)
    np.testing.assert_array_equal(apply(params, SOURCE, TARGET, dropout_rate=0.5, key=key), dropped)
    assert not np.allclose(dropped, apply(params, SOURCE, TARGET), atol=0.1)


@pytest.mark.usefixtures("untyped")
def test_bad_input():
    params = drawn()
    with pytest.raises(ShapeError, match=r"token_input: got ids of shape \(1, 5\)"):
        seq2seq.apply(params, SOURCE[None], TARGET)
    with pytest.raises(ShapeError, match=r"mask of shape \(4, 4\) for scores of shape \(2, 5, 5\)"):
        seq2seq.apply(params, SOURCE, TARGET, jnp.ones(4, bool))
    with pytest.raises(ShapeError, match=r"multi_head: got context of shape \(5, 7\)"):
        seq2seq.decode(params, TARGET, jnp.ones((5, 7)))
    with pytest.raises(TypeError, match=r"seq2seq\.init: got key of type int"):
        seq2seq.init(0, **SIZES)
