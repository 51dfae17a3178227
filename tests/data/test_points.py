"""The ring and the roll have the shape that their docstrings promise."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.data.points import ring_centres, ring_of_gaussians, swiss_roll


@pytest.mark.parametrize(("modes", "radius"), [(8, 2.0), (3, 1.0), (1, 0.5)])
def test_centres_are_roots_of_unity(modes, radius):
    want = radius * np.exp(2j * np.pi * np.arange(modes) / modes)
    np.testing.assert_allclose(ring_centres(modes=modes, radius=radius), np.stack([want.real, want.imag], 1), atol=1e-6)


def test_heaps_are_equally_large_and_mixed(key):
    data = ring_of_gaussians(key, examples=803)
    assert data.inputs.shape == (803, 2)
    assert data.labels.dtype == jnp.int32
    counts = np.bincount(np.asarray(data.labels), minlength=8)
    assert counts.min() == 100
    assert counts.max() == 101
    assert (np.diff(np.asarray(data.labels)) != 0).mean() > 0.75


def test_heaps_lie_around_their_centres(key):
    data = ring_of_gaussians(key, examples=8000, modes=5, radius=3.0, sigma=0.2)
    away = np.asarray(data.inputs - ring_centres(modes=5, radius=3.0)[data.labels])
    np.testing.assert_allclose(away.std(axis=0), 0.2, rtol=0.03)
    np.testing.assert_allclose(away.mean(axis=0), 0, atol=0.01)
    for mode in range(5):
        np.testing.assert_allclose(away[np.asarray(data.labels) == mode].mean(axis=0), 0, atol=0.03)


def test_within_three_deviations_lie_as_many_as_the_docstring_of_coverage_says(key):
    data = ring_of_gaussians(key, examples=8000)
    away = jnp.linalg.norm(data.inputs - ring_centres()[data.labels], axis=1)
    assert float((away <= 0.15).mean()) == pytest.approx(1 - np.exp(-4.5), abs=0.003)


def test_without_noise_the_roll_is_a_spiral_of_archimedes(key):
    points = np.asarray(swiss_roll(key, examples=4000, noise=0.0), np.float64)
    angle = 7 * np.hypot(*points.T)
    assert angle.min() >= 1.5 * np.pi - 1e-4
    assert angle.max() <= 4.5 * np.pi + 1e-4
    np.testing.assert_allclose(points * 7, np.stack([angle * np.cos(angle), angle * np.sin(angle)], 1), atol=1e-4)
    # Evenly along the angle, as scikit-learn draws it: the quartiles are those of an even distribution.
    np.testing.assert_allclose(np.quantile(angle, [0.25, 0.5, 0.75]) / np.pi, [2.25, 3.0, 3.75], atol=0.25)


def test_the_roll_can_be_compared_with_standard_normal_noise(key):
    points = swiss_roll(key, examples=4000)
    np.testing.assert_allclose(points.std(axis=0), 1, atol=0.1)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=0.3)


def test_noise_is_a_standard_deviation(key):
    noise = swiss_roll(key, examples=4000, noise=0.2) - swiss_roll(key, examples=4000, noise=0.0)
    assert float(noise.std()) == pytest.approx(0.2, rel=0.03)
    assert float(noise.mean()) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("draw", [lambda key: ring_of_gaussians(key).inputs, swiss_roll])
def test_the_key_decides(draw, key):
    np.testing.assert_array_equal(draw(key), draw(key))
    assert not jnp.allclose(draw(key), draw(jax.random.key(1)))


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    for draw in (ring_of_gaussians, swiss_roll):
        name = draw.__name__
        with pytest.raises(TypeError, match=f"^{name}: got key of type int; wants one key"):
            draw(0)
        with pytest.raises(ValueError, match=f"^{name}: got examples=0; wants at least 1"):
            draw(key, examples=0)
        with pytest.raises(TypeError, match=f"^{name}: got examples=2.0 of type float; wants an int"):
            draw(key, examples=2.0)
    for spread in (-0.1, float("nan")):
        with pytest.raises(ValueError, match=r"^ring_of_gaussians: got sigma=.*; wants a standard deviation"):
            ring_of_gaussians(key, sigma=spread)
        with pytest.raises(ValueError, match=r"^swiss_roll: got noise=.*; wants a standard deviation"):
            swiss_roll(key, noise=spread)
    with pytest.raises(ValueError, match=r"^ring_centres: got radius=0; wants a number above 0"):
        ring_of_gaussians(key, radius=0)
    with pytest.raises(ValueError, match=r"^ring_centres: got modes=0; wants at least 1"):
        ring_centres(modes=0)
