"""Data that comes with other packages, and what is said where the package is missing."""

import sys

import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.data import digits


def test_digits():
    data = digits()
    assert data.inputs.shape == (1797, 64)
    assert data.inputs.dtype == jnp.float32
    assert data.labels.dtype == jnp.int32
    assert (float(data.inputs.min()), float(data.inputs.max())) == (0, 1)
    assert not (data.inputs * 16 % 1).any()
    assert set(np.unique(data.labels)) == set(range(10))


def test_the_images_are_upright():
    data = digits()
    images = data.inputs.reshape(-1, 8, 8)
    mean_one, mean_seven = (images[data.labels == label].mean(axis=0) for label in (1, 7))
    assert mean_one[:, 3:5].mean() > 4 * mean_one[:, [0, 1, 6, 7]].mean()  # a one is a pillar
    assert mean_seven[0, 2:6].mean() > 2 * mean_seven[7, 4:].mean()  # a seven has its beam on top


def test_a_missing_package_says_which_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"digits: needs scikit-learn\. Hint: it is in the extra `data`"):
        digits()
