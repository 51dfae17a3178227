"""The modern Hopfield network falls in energy, and its update is attention."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.attention import attend
from nnbook.models import modern_hopfield

PATTERNS, UNITS = 6, 8
seeds = st.integers(0, 2**16)
sharpness = st.sampled_from([0.1, 1.0, 5.0])


def normals(seed):
    keys = jax.random.split(jax.random.key(seed), 2)
    return jax.random.normal(keys[0], (PATTERNS, UNITS)), jax.random.normal(keys[1], (UNITS,))


@settings(max_examples=15)
@given(seeds)
def test_the_update_is_attention(seed):
    patterns, state = normals(seed)
    want = attend(state[None], patterns, patterns)[0]
    np.testing.assert_allclose(modern_hopfield.update(patterns, state, beta=UNITS**-0.5), want, atol=1e-6)
    sharper = attend(3 * state[None], patterns, patterns)[0]
    np.testing.assert_allclose(modern_hopfield.update(patterns, state, beta=3 * UNITS**-0.5), sharper, atol=1e-6)


@settings(max_examples=15)
@given(seeds, sharpness)
def test_energy_is_never_negative_and_never_rises(seed, beta):
    patterns, state = normals(seed)
    before = float(modern_hopfield.energy(patterns, state, beta=beta))
    for _ in range(4):
        state = modern_hopfield.update(patterns, state, beta=beta)
        after = float(modern_hopfield.energy(patterns, state, beta=beta))
        assert -1e-5 <= after <= before + 1e-5
        before = after


@settings(max_examples=15)
@given(seeds, sharpness)
def test_the_update_leaves_where_the_energy_has_no_slope(seed, beta):
    # The energy's slope is the state less its update: they rest at the same places.
    patterns, state = normals(seed)
    slope = jax.grad(modern_hopfield.energy, argnums=1)(patterns, state, beta=beta)
    np.testing.assert_allclose(slope, state - modern_hopfield.update(patterns, state, beta=beta), atol=1e-5)


def test_one_update_finds_the_nearest_pattern():
    patterns, _ = normals(0)
    noisy = patterns[3] + 0.2 * normals(1)[1]
    np.testing.assert_allclose(modern_hopfield.update(patterns, noisy, beta=20.0), patterns[3], atol=1e-3)


def test_it_holds_more_patterns_than_units(key):
    patterns = jnp.where(jax.random.bernoulli(key, shape=(100, 32)), 1.0, -1.0)
    flipped = jnp.where(jnp.arange(32) < 4, -patterns, patterns)
    found = jax.vmap(lambda state: modern_hopfield.update(patterns, state, beta=2.0))(flipped)
    np.testing.assert_array_equal(jnp.sign(found), patterns)


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("use", [modern_hopfield.energy, modern_hopfield.update])
def test_bad_input(use):
    with pytest.raises(ShapeError, match=r"patterns of shape \(3, 4\) and a state of shape \(3,\)"):
        use(jnp.ones((3, 4)), jnp.ones(3))
    with pytest.raises(ShapeError, match=r"one state at a time; for several, use jax\.vmap"):
        use(jnp.ones((3, 4)), jnp.ones((2, 4)))
    with pytest.raises(ValueError, match=r"modern_hopfield: got beta=0\.0; wants a number above 0"):
        use(jnp.ones((3, 4)), jnp.ones(4), beta=0.0)
    with pytest.raises(TypeError, match="got state of dtype int32"):
        use(jnp.ones((3, 4)), jnp.ones(4, int))
