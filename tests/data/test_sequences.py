"""The tasks of memory are what their sources say: where the answer stands, and what a guess costs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.data.sequences import adding, recall


def test_two_numbers_are_marked_one_in_each_half(key):
    data = adding(key, examples=200, length=11)
    assert data.inputs.shape == (200, 11, 2)
    numbers, marks = np.asarray(data.inputs[:, :, 0]), np.asarray(data.inputs[:, :, 1])
    assert set(np.unique(marks)) == {0.0, 1.0}
    np.testing.assert_array_equal(marks[:, :5].sum(axis=1), 1)
    np.testing.assert_array_equal(marks[:, 5:].sum(axis=1), 1)
    assert (marks.sum(axis=0) > 0).all()  # no place is left out
    np.testing.assert_allclose(data.targets, (numbers * marks).sum(axis=1), rtol=1e-6)
    assert numbers.min() >= 0
    assert numbers.max() < 1


def test_always_saying_one_costs_a_sixth(key):
    targets = adding(key, examples=20_000, length=2).targets
    assert float(((targets - 1) ** 2).mean()) == pytest.approx(1 / 6, rel=0.03)


def test_the_first_symbol_is_asked_for(key):
    data = recall(key, examples=800, lag=5)
    assert data.inputs.shape == (800, 6, 8)
    assert data.targets.dtype == jnp.int32
    np.testing.assert_array_equal(data.inputs.sum(axis=2), 1)
    np.testing.assert_array_equal(data.inputs[:, 0].argmax(axis=1), data.targets)


def test_later_symbols_say_nothing_of_the_first(key):
    data = recall(key, examples=8000, lag=2)
    shares = np.bincount(np.asarray(data.targets), minlength=8) / 8000
    np.testing.assert_allclose(shares, 1 / 8, atol=0.015)
    for t in (1, 2):
        agreement = (data.inputs[:, t].argmax(axis=1) == data.targets).mean()
        assert float(agreement) == pytest.approx(1 / 8, abs=0.015)


@pytest.mark.parametrize("generator", [adding, recall])
def test_the_key_decides(generator, key):
    first, again, other = generator(key), generator(key), generator(jax.random.key(1))
    np.testing.assert_array_equal(first.inputs, again.inputs)
    assert not jnp.allclose(first.inputs, other.inputs)


@pytest.mark.parametrize("generator", [adding, recall])
@pytest.mark.usefixtures("untyped")
def test_bad_input(generator, key):
    name = generator.__name__
    with pytest.raises(TypeError, match=f"^{name}: got key of type int; wants one key"):
        generator(0)
    with pytest.raises(ValueError, match=f"^{name}: got examples=0; wants at least 1"):
        generator(key, examples=0)


def test_nothing_to_remember(key):
    with pytest.raises(ValueError, match=r"^adding: got length=1; wants at least 2"):
        adding(key, length=1)
    with pytest.raises(ValueError, match=r"^recall: got lag=0; wants at least 1"):
        recall(key, lag=0)
    with pytest.raises(ValueError, match=r"^recall: got symbols=1; wants at least 2"):
        recall(key, symbols=1)
