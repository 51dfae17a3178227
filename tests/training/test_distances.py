"""The energy distance is a distance, and the one SciPy computes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from nnbook import ShapeError
from nnbook.training.metrics import energy_distance

distance = jax.jit(energy_distance)
seeds = st.integers(0, 2**16)


def clouds(seed, *shapes):
    random = np.random.default_rng(seed)
    return [random.normal(loc=place, size=shape).astype(np.float32) for place, shape in enumerate(shapes)]


@settings(max_examples=20)
@given(seeds)
def test_scipy_on_a_line(seed):
    x, y = clouds(seed, (20, 1), (35, 1))
    # SciPy takes the root, and another way: the area between the two distribution functions.
    want = scipy.stats.energy_distance(x[:, 0], y[:, 0]) ** 2
    assert float(distance(x, y)) == pytest.approx(want, abs=1e-5)


@pytest.mark.parametrize("sizes", [(1, 1), (130, 75)])
def test_all_pairs_in_space(sizes):
    x, y = (100 * cloud for cloud in clouds(sizes[0], (sizes[0], 3), (sizes[1], 3)))
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    want = 2 * cdist(x64, y64).mean() - cdist(x64, x64).mean() - cdist(y64, y64).mean()
    assert float(energy_distance(jnp.asarray(x), jnp.asarray(y))) == pytest.approx(want, rel=1e-4)


@settings(max_examples=20)
@given(seeds, st.floats(0.125, 8))
def test_what_makes_it_a_distance(seed, scale):
    x, y = clouds(seed, (20, 2), (30, 2))
    apart = float(distance(x, y))
    assert apart > 0
    assert float(distance(y, x)) == pytest.approx(apart, abs=1e-5)
    assert float(distance(x, x)) == pytest.approx(0, abs=1e-6)
    shift = np.ones_like(x[:1])
    assert float(distance(x + shift, y + shift)) == pytest.approx(apart, abs=1e-4)
    scaled = distance(jnp.float32(scale) * x, jnp.float32(scale) * y)
    assert float(scaled) == pytest.approx(scale * apart, rel=1e-4)


def test_two_samples_of_one_distribution_are_nearer_than_others():
    x, y = clouds(0, (130, 2), (130, 2))
    more = clouds(1, (130, 2))[0]
    within = 2 * cdist(x, x).mean() / 130
    assert 0.2 * within < float(distance(x, more)) < 3 * within < float(distance(x, y))


def test_its_gradient_has_no_hole_where_points_meet():
    x = jnp.array([[0.0, 0.0], [1.0, 0.0]])
    gradient = jax.grad(energy_distance)(x, x)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)
    away = jax.grad(lambda shift: energy_distance(x + shift * jnp.ones_like(x), x))(jnp.array(0.5))
    assert float(away) > 0


@pytest.mark.usefixtures("untyped")
def test_bad_input():
    with pytest.raises(ShapeError, match=r"energy_distance: got x of shape \(3, 2\) and y of shape \(3, 4\)"):
        energy_distance(jnp.ones((3, 2)), jnp.ones((3, 4)))
    with pytest.raises(ShapeError, match=r"one point a row.*flatten"):
        energy_distance(jnp.ones((3, 2, 2)), jnp.ones((3, 2, 2)))
    with pytest.raises(ShapeError, match="at least one each"):
        energy_distance(jnp.ones((0, 2)), jnp.ones((3, 2)))
    with pytest.raises(TypeError, match="got y of dtype int32; wants floats"):
        energy_distance(jnp.ones((3, 2)), jnp.ones((3, 2), int))
