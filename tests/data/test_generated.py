"""Moons, circles and spirals: the shapes of their sources, drawn from a key."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons

from nnbook.data import circles, spirals, two_moons

GENERATORS = [two_moons, circles, spirals]
each = pytest.mark.parametrize("generator", GENERATORS)


def as_set(inputs, labels):
    return sorted((int(label), *np.round(x, 4).tolist()) for x, label in zip(np.asarray(inputs), labels, strict=True))


@pytest.mark.parametrize(("ours", "theirs"), [(two_moons, make_moons), (circles, make_circles)])
@pytest.mark.parametrize("examples", [40, 41])
def test_without_noise_they_are_scikit_learns(ours, theirs, examples, key):
    data = ours(key, examples=examples, noise=0.0)
    settings = {"factor": 0.5} if ours is circles else {}
    inputs, labels = theirs(examples, shuffle=False, **settings)
    np.testing.assert_allclose(as_set(data.inputs, data.labels), as_set(inputs, labels), atol=2e-4)


def test_spirals_are_lang_and_witbrocks(key):
    i = np.arange(97)
    radius, angle = 6.5 * (104 - i) / 104, i * np.pi / 16
    arm = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1) / 6.5
    want = as_set(np.concatenate([arm, -arm]), np.repeat([0, 1], 97))
    data = spirals(key)
    np.testing.assert_allclose(as_set(data.inputs, data.labels), want, atol=2e-4)


@each
def test_shapes_and_halves(generator, key):
    data = generator(key, examples=11)
    assert data.inputs.shape == (11, 2)
    assert data.inputs.dtype == jnp.float32
    assert data.labels.dtype == jnp.int32
    assert int(data.labels.sum()) == 6


@each
def test_the_key_decides(generator, key):
    first, again = generator(key, noise=0.1), generator(key, noise=0.1)
    other = generator(jax.random.key(1), noise=0.1)
    np.testing.assert_array_equal(first.inputs, again.inputs)
    assert not jnp.allclose(first.inputs, other.inputs)


@each
def test_noise_is_a_standard_deviation(generator, key):
    # The same key gives the same order, so the difference is the noise alone.
    noise = generator(key, examples=4000, noise=0.2).inputs - generator(key, examples=4000, noise=0.0).inputs
    assert float(noise.std()) == pytest.approx(0.2, rel=0.03)
    assert float(noise.mean()) == pytest.approx(0, abs=0.01)


@each
def test_classes_come_mixed(generator, key):
    labels = np.asarray(generator(key, examples=200).labels)
    assert 60 < (np.diff(labels) != 0).sum() < 140


def test_the_inner_circle_has_the_radius_asked_for(key):
    data = circles(key, noise=0.0, factor=0.25)
    radius = jnp.linalg.norm(data.inputs, axis=1)
    np.testing.assert_allclose(radius, jnp.where(data.labels == 1, 0.25, 1.0), rtol=1e-5)


@each
@pytest.mark.usefixtures("untyped")
def test_bad_input(generator, key):
    name = generator.__name__
    with pytest.raises(TypeError, match=f"^{name}: got key of type int; wants one key"):
        generator(0)
    with pytest.raises(ValueError, match=f"^{name}: got examples=1; wants at least 2"):
        generator(key, examples=1)
    with pytest.raises(TypeError, match=f"^{name}: got examples=2.0 of type float; wants an int"):
        generator(key, examples=2.0)
    for noise in (-0.1, float("nan")):
        with pytest.raises(ValueError, match=f"^{name}: got noise=.*; wants a standard deviation"):
            generator(key, noise=noise)


@pytest.mark.parametrize("factor", [0.0, 1.0, -0.5])
def test_bad_factor(factor, key):
    with pytest.raises(ValueError, match=r"circles: got factor=.*; wants a number between 0 and 1"):
        circles(key, factor=factor)
