"""A Hopfield network remembers, falls in energy, and forgets when it is overfull."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.models import hopfield
from nnbook.models.hopfield import Hopfield

UNITS = 24
seeds = st.integers(0, 2**16)
some = settings(max_examples=25)
energy = jax.jit(hopfield.energy)
update_unit = jax.jit(hopfield.update_unit)
recall = jax.jit(partial(hopfield.recall, sweeps=10))


def signs(seed, *shape):
    return jnp.asarray(np.random.default_rng(seed).choice([-1.0, 1.0], shape).astype(np.float32))


def symmetric(seed):
    """Weights that no Hebb's rule made: the energy must fall for any symmetric ones without self-pull."""
    w = np.random.default_rng(seed).normal(size=(UNITS, UNITS)).astype(np.float32)
    w = w + w.T
    np.fill_diagonal(w, 0)
    return Hopfield(w=jnp.asarray(w))


def test_hebbs_rule_written_out():
    patterns = np.asarray(signs(0, 3, UNITS), np.float64)
    want = sum(np.outer(pattern, pattern) for pattern in patterns) / UNITS
    np.fill_diagonal(want, 0)
    np.testing.assert_allclose(hopfield.store(jnp.asarray(patterns, jnp.float32)).w, want, atol=1e-6)


@some
@given(seeds)
def test_energy_written_out(seed):
    params, state = symmetric(seed), signs(seed, UNITS)
    w, s = np.asarray(params.w, np.float64), np.asarray(state, np.float64)
    want = -sum(w[i, j] * s[i] * s[j] for i in range(UNITS) for j in range(i))
    assert float(energy(params, state)) == pytest.approx(want, abs=1e-4)


@some
@given(seeds)
def test_energy_never_rises_under_asynchronous_updates(seed):
    params, state = symmetric(seed), signs(seed + 1, UNITS)
    before = float(energy(params, state))
    for unit in np.random.default_rng(seed).integers(0, UNITS, 30):
        state = update_unit(params, state, unit)
        after = float(energy(params, state))
        assert after <= before + 1e-3
        before = after


@some
@given(seeds)
def test_a_sweep_visits_every_unit_once_and_recall_settles_downhill(seed):
    params, start = symmetric(seed), signs(seed + 1, UNITS)
    run = recall(params, start, key=jax.random.key(seed))
    assert run.energies.shape == (11,)
    assert float(run.energies[0]) == pytest.approx(float(energy(params, start)), abs=1e-3)
    assert (np.diff(run.energies) <= 1e-3).all()
    # At rest every unit already stands where it is pulled.
    np.testing.assert_array_equal(hopfield.update_synchronous(params, run.state), run.state)


def test_a_sweep_is_single_updates_in_an_order_of_its_key(key):
    params, state = symmetric(3), signs(4, UNITS)
    want = state
    for unit in jax.random.permutation(key, UNITS):
        want = update_unit(params, want, unit)
    np.testing.assert_array_equal(hopfield.sweep(params, state, key=key), want)


def test_a_unit_without_pull_stays():
    idle = Hopfield(w=jnp.zeros((3, 3)))
    state = jnp.array([1.0, -1.0, 1.0])
    np.testing.assert_array_equal(hopfield.update_unit(idle, state, 1), state)
    np.testing.assert_array_equal(hopfield.update_synchronous(idle, state), state)


@some
@given(seeds)
def test_a_single_pattern_and_its_negative_are_minima_that_draw_half_of_everything(seed):
    pattern, start = signs(seed, UNITS), signs(seed + 1, UNITS)
    before = float(hopfield.overlap(start, pattern))
    # The unit that moves first does not count itself: nearer to the middle it may decide otherwise.
    assume(abs(before) > 2 / UNITS)
    run = recall(hopfield.store(pattern[None]), start, key=jax.random.key(seed))
    np.testing.assert_array_equal(run.state, np.sign(before) * pattern)


def test_recalls_from_a_distortion(key):
    patterns = signs(0, 5, 200)
    flipped = jnp.where(jnp.arange(200) < 40, -patterns[2], patterns[2])
    run = hopfield.recall(hopfield.store(patterns), flipped, key=key, sweeps=5)
    assert float(hopfield.overlap(flipped, patterns[2])) == pytest.approx(0.6)
    assert float(hopfield.overlap(run.state, patterns[2])) >= 0.99


@jax.jit
def settle(params, states, keys):
    return jax.vmap(lambda state, key: hopfield.recall(params, state, key=key, sweeps=15).state)(states, keys)


@pytest.mark.parametrize(("load", "low", "high"), [(0.10, 0.985, 1.0), (0.138, 0.90, 0.99), (0.20, 0.4, 0.7)])
def test_what_the_memory_holds_breaks_down_near_0138_n(load, low, high, key):
    # Amit, Gutfreund and Sompolinsky (1985): the overlap at rest is near 0.97 at 0.138 N, and falls off a cliff after.
    units = 500
    patterns = jnp.where(jax.random.bernoulli(key, shape=(round(load * units), units)), 1.0, -1.0)
    params = hopfield.store(patterns)
    probed = patterns[:20]
    at_rest = settle(params, probed, jax.random.split(jax.random.key(1), len(probed)))
    mean = float(jax.vmap(hopfield.overlap)(at_rest, probed).mean())
    assert low <= mean <= high


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_patterns(self):
        with pytest.raises(ShapeError, match=r"hopfield\.store: got patterns of shape \(4,\).*pattern\[None\]"):
            hopfield.store(jnp.ones(4))
        with pytest.raises(ShapeError, match="at least one"):
            hopfield.store(jnp.ones((0, 4)))
        with pytest.raises(TypeError, match="got patterns of dtype int32; wants floats"):
            hopfield.store(jnp.ones((2, 4), int))

    def test_states(self, key):
        params = hopfield.store(jnp.ones((1, 4)))
        uses = (
            hopfield.energy,
            hopfield.update_synchronous,
            lambda params, state: hopfield.update_unit(params, state, 0),
            lambda params, state: hopfield.sweep(params, state, key=key),
            lambda params, state: hopfield.recall(params, state, key=key),
        )
        for use in uses:
            with pytest.raises(ShapeError, match=r"hopfield: got w of shape \(4, 4\) and a state of shape \(3,\)"):
                use(params, jnp.ones(3))
            with pytest.raises(ShapeError, match=r"one state at a time; for several, use jax\.vmap"):
                use(params, jnp.ones((2, 4)))
            with pytest.raises(TypeError, match="got state of dtype int32; wants floats"):
                use(params, jnp.ones(4, int))
        with pytest.raises(ShapeError, match=r"w of shape \(3, 4\)"):
            hopfield.energy(Hopfield(w=jnp.ones((3, 4))), jnp.ones(3))

    def test_keys_and_sweeps(self, key):
        params = hopfield.store(jnp.ones((1, 4)))
        with pytest.raises(TypeError, match=r"hopfield\.sweep: got key of type int"):
            hopfield.sweep(params, jnp.ones(4), key=0)
        with pytest.raises(TypeError, match=r"hopfield\.recall: got key of type int"):
            hopfield.recall(params, jnp.ones(4), key=0)
        with pytest.raises(ValueError, match=r"hopfield\.recall: got sweeps=0"):
            hopfield.recall(params, jnp.ones(4), key=key, sweeps=0)

    def test_overlap(self):
        with pytest.raises(ShapeError, match=r"overlap: got state of shape \(3,\) and pattern of shape \(4,\)"):
            hopfield.overlap(jnp.ones(3), jnp.ones(4))
