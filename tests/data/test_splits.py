"""A split cuts once, loses nothing, and depends on its key alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.data import Dataset, digits, split, stratified_split

# The class of each example, at least two of each.
class_lists = st.lists(st.integers(0, 3), min_size=1, max_size=12).map(lambda labels: sorted(labels * 2))
shares = st.floats(0.05, 0.95)


@settings(max_examples=6)  # each size is compiled anew
@given(st.integers(2, 20), shares)
def test_every_example_is_in_one_part(examples, share):
    parts = split(jax.random.key(0), jnp.arange(examples), test_share=share)
    assert sorted([*parts.train.tolist(), *parts.test.tolist()]) == list(range(examples))
    assert len(parts.test) == min(max(int(share * examples + 0.5), 1), examples - 1)


@settings(max_examples=6)  # each size is compiled anew
@given(class_lists, shares)
def test_every_class_is_split_alike(labels, share):
    labels = jnp.array(labels)
    data = {"row": jnp.arange(len(labels)), "label": labels}
    parts = stratified_split(jax.random.key(0), data, labels, test_share=share)
    assert sorted([*parts.train["row"].tolist(), *parts.test["row"].tolist()]) == list(range(len(labels)))
    for label, members in zip(*np.unique(labels, return_counts=True), strict=True):
        tests = int((parts.test["label"] == label).sum())
        assert tests == min(max(int(share * members + 0.5), 1), members - 1)


@pytest.mark.parametrize("stratified", [False, True])
def test_the_key_decides_and_both_parts_come_shuffled(stratified, key):
    labels = jnp.repeat(jnp.arange(2), 50)
    data = Dataset(inputs=jnp.arange(100.0)[:, None], labels=labels)

    def cut(key):
        return stratified_split(key, data, labels) if stratified else split(key, data)

    first, again, other = cut(key), cut(key), cut(jax.random.key(1))
    jax.tree.map(np.testing.assert_array_equal, first, again)
    assert not np.array_equal(first.test.inputs, other.test.inputs)
    for part in first:
        assert isinstance(part, Dataset)
        np.testing.assert_array_equal(part.labels, part.inputs[:, 0] >= 50)  # labels stay with their inputs
        assert (np.diff(part.inputs[:, 0]) < 0).any()
        assert (np.diff(part.labels) < 0).any()  # the classes are mixed


def test_digits_80_to_20():
    data = digits()
    train, test = stratified_split(jax.random.key(0), data, data.labels)
    assert abs(len(test.labels) - 0.2 * 1797) <= 5
    assert len(train.labels) + len(test.labels) == 1797
    shares = [np.bincount(part.labels) / len(part.labels) for part in (train, test)]
    np.testing.assert_allclose(shares[0], shares[1], atol=0.002)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_share(self, key):
        for share in (0.0, 1.0, float("nan"), 20):
            with pytest.raises(ValueError, match=r"^split: got test_share=.*; wants a number between 0 and 1"):
                split(key, jnp.arange(4), test_share=share)

    def test_key(self):
        with pytest.raises(TypeError, match=r"^stratified_split: got key of type int; wants one key"):
            stratified_split(0, jnp.arange(4), jnp.zeros(4, int))

    def test_too_few(self, key):
        with pytest.raises(ValueError, match=r"^split: got 1 examples; wants at least 2"):
            split(key, jnp.arange(1))
        with pytest.raises(ValueError, match=r"^stratified_split: got 1 examples of class 7; wants at least 2"):
            stratified_split(key, jnp.arange(3), jnp.array([0, 7, 0]))

    def test_labels(self, key):
        with pytest.raises(TypeError, match=r"^stratified_split: got labels of dtype float32; wants class numbers"):
            stratified_split(key, jnp.arange(3), jnp.ones(3))
        with pytest.raises(
            ShapeError, match=r"^stratified_split: got labels of shape \(4,\); wants one label for each of 3"
        ):
            stratified_split(key, jnp.arange(3), jnp.zeros(4, int))

    def test_rows(self, key):
        with pytest.raises(ShapeError, match=r"^split: got data\[0\] of shape \(3,\), data\[1\] of shape \(4,\)"):
            split(key, (jnp.ones(3), jnp.ones(4)))
