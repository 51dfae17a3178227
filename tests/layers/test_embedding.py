"""An embedding is a table: one row a token, read and, tied, written with."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import embedding
from nnbook.layers.embedding import Embedding

TABLE = Embedding(table=jax.random.normal(jax.random.key(0), (7, 4)))
apply = jax.jit(embedding.apply)


@settings(max_examples=10)
@given(st.lists(st.integers(0, 6), min_size=5, max_size=5))
def test_it_is_one_hot_vectors_times_the_table(ids):
    ids = jnp.array(ids)
    np.testing.assert_allclose(apply(TABLE, ids), jax.nn.one_hot(ids, 7) @ TABLE.table, atol=1e-6)


def test_ids_may_have_any_shape():
    assert apply(TABLE, jnp.array(3)).shape == (4,)
    assert apply(TABLE, jnp.zeros((2, 3), int)).shape == (2, 3, 4)
    np.testing.assert_array_equal(apply(TABLE, jnp.array([3, 6], jnp.uint8)), TABLE.table[jnp.array([3, 6])])


@pytest.mark.parametrize("outside", [-1, 7, -8, 1000])
def test_an_id_outside_the_table_gives_nan_and_spoils_no_other(outside):
    rows = apply(TABLE, jnp.array([2, outside]))
    np.testing.assert_array_equal(rows[0], TABLE.table[2])
    assert jnp.isnan(rows[1]).all()


def test_only_the_rows_looked_up_are_learned():
    slope = jax.jit(jax.grad(lambda params: embedding.apply(params, jnp.array([5, 1, 5])).sum()))(TABLE)
    np.testing.assert_array_equal(slope.table[:, 0], [0, 1, 0, 0, 0, 2, 0])


def test_tied_logits_are_dot_products_with_the_rows():
    hidden = jax.random.normal(jax.random.key(1), (3, 4))
    np.testing.assert_allclose(embedding.logits(TABLE, hidden), hidden @ TABLE.table.T, atol=1e-6)
    assert embedding.logits(TABLE, hidden[0]).shape == (7,)


def test_rows_start_with_length_one(key):
    rows = embedding.init(key, vocabulary=500, d_model=64).table
    assert float((rows**2).sum(-1).mean()) == pytest.approx(1, rel=0.05)


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    with pytest.raises(TypeError, match=r"embedding: got ids of dtype float32; wants whole numbers.*argmax"):
        embedding.apply(TABLE, jnp.array([1.0]))
    with pytest.raises(TypeError, match=r"embedding: got ids of dtype bool; wants whole numbers.*astype"):
        embedding.apply(TABLE, jnp.array([True]))
    with pytest.raises(ShapeError, match=r"embedding.logits: got hidden of shape \(3, 5\); wants d_model = 4"):
        embedding.logits(TABLE, jnp.ones((3, 5)))
    with pytest.raises(TypeError, match="got hidden of dtype int32"):
        embedding.logits(TABLE, jnp.ones((3, 4), int))
    with pytest.raises(ValueError, match=r"embedding\.init: got vocabulary=0"):
        embedding.init(key, vocabulary=0, d_model=3)
    with pytest.raises(TypeError, match=r"embedding\.init: got key of type int"):
        embedding.init(0, vocabulary=2, d_model=3)
