"""The model nerve cell: silent below its threshold, and as fast as its formula says above."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook.errors import ShapeError
from nnbook.layers.integrate_and_fire import firing_rate, firing_rate_formula

rate = jax.jit(firing_rate)


@given(st.floats(0.0, 1.0, width=32))
def test_it_is_silent_up_to_its_threshold(drive):
    assert float(rate(jnp.float32(drive))) == 0.0
    assert float(firing_rate_formula(jnp.float32(drive))) == 0.0


@given(st.floats(1.25, 4.0, width=32))
def test_counted_spikes_follow_the_formula(drive):
    counted, exact = float(rate(jnp.float32(drive))), float(firing_rate_formula(jnp.float32(drive)))
    assert counted == pytest.approx(exact, abs=1 + 0.01 * exact)  # a count of whole spikes in one second


def test_the_rate_never_falls_and_never_passes_one_spike_a_rest():
    rates = np.asarray(firing_rate_formula(jnp.linspace(0.0, 1000.0, 4001)))
    assert (np.diff(rates) >= 0).all()
    assert rates[-1] < 1000.0 / 2.0


def test_the_formula_has_a_finite_gradient_on_both_sides():
    slopes = jax.vmap(jax.grad(firing_rate_formula))(jnp.array([0.0, 0.5, 1.5, 3.0]))
    assert np.isfinite(slopes).all()
    assert slopes[:2].tolist() == [0.0, 0.0]


def test_bad_input_is_answered(untyped):
    with pytest.raises(ShapeError, match=r"firing_rate: got drive of shape \(3,\); wants one number"):
        firing_rate(jnp.zeros(3))
    for function in (firing_rate, firing_rate_formula):
        with pytest.raises(TypeError, match="drive"):
            function(jnp.int32(2))
