"""Every epoch sees the examples in a new order, each at most once, with whatever belongs to them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.batches import count_examples, shuffled_batches, take
from nnbook.data import Dataset


@pytest.mark.parametrize(("examples", "batch_size", "steps"), [(1, 1, 3), (9, 9, 2), (9, 4, 5), (5, 2, 1)])
def test_an_epoch_sees_no_row_twice(examples, batch_size, steps, key):
    batches = shuffled_batches(key, examples=examples, batch_size=batch_size, steps=steps)
    assert batches.shape == (steps, batch_size)
    per_epoch = examples // batch_size
    for start in range(0, steps, per_epoch):
        epoch = np.asarray(batches)[start : start + per_epoch].ravel()
        assert len(set(epoch)) == len(epoch)
        assert set(epoch) <= set(range(examples))


def test_epochs_differ_and_leave_out_different_rows(key):
    epochs = np.asarray(shuffled_batches(key, examples=5, batch_size=4, steps=40))
    assert len({tuple(epoch) for epoch in epochs}) > 30
    assert set(np.unique(epochs)) == set(range(5))


@pytest.mark.parametrize("first", range(6))
def test_batches_from_a_later_step_on_are_those_of_the_long_run(first, key):
    whole = shuffled_batches(key, examples=9, batch_size=4, steps=7)
    part = shuffled_batches(key, examples=9, batch_size=4, steps=7 - first, first=first)
    np.testing.assert_array_equal(part, whole[first:])


def test_the_key_decides_the_order(key):
    first, again = (shuffled_batches(key, examples=50, batch_size=5, steps=10) for _ in range(2))
    other = shuffled_batches(jax.random.key(1), examples=50, batch_size=5, steps=10)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first.ravel(), np.arange(50))


def test_a_batch_keeps_labels_with_their_inputs():
    data = Dataset(inputs=jnp.arange(12.0).reshape(6, 2), labels=jnp.arange(6))
    batch = take(data, jnp.array([4, 0, 4]))
    assert isinstance(batch, Dataset)
    assert batch.inputs.tolist() == [[8, 9], [0, 1], [8, 9]]
    assert batch.labels.tolist() == [4, 0, 4]


def test_an_epoch_compiled_sees_all_there_is(key):
    data = jnp.arange(8.0)
    batches = shuffled_batches(key, examples=8, batch_size=2, steps=4)
    seen = jax.jit(lambda rows: jax.lax.scan(lambda seen, rows: (seen, take(data, rows)), 0, rows)[1])(batches)
    assert sorted(seen.ravel().tolist()) == list(range(8))


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    with pytest.raises(ValueError, match=r"^shuffled_batches: got batch_size=7 for 6 examples; wants at most as many"):
        shuffled_batches(key, examples=6, batch_size=7, steps=1)
    with pytest.raises(ValueError, match=r"^shuffled_batches: got batch_size=0; wants at least 1"):
        shuffled_batches(key, examples=6, batch_size=0, steps=1)
    with pytest.raises(TypeError, match=r"^shuffled_batches: got key of type int; wants one key"):
        shuffled_batches(0, examples=6, batch_size=2, steps=1)


@pytest.mark.parametrize(
    ("data", "got"),
    [
        ((jnp.ones(3), jnp.ones((4, 2))), r"data\[0\] of shape \(3,\), data\[1\] of shape \(4, 2\)"),
        ({"x": jnp.ones((0, 2))}, r"data\['x'\] of shape \(0, 2\)"),
        (jnp.array(1.0), r"data of shape \(\)"),
        ((), "no arrays"),
    ],
)
def test_rows_that_do_not_belong_together(data, got):
    with pytest.raises(ShapeError, match=f"^split: got {got}; wants arrays with one row for each example"):
        count_examples("split", data)
