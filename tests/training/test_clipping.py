"""Clipping shortens what is too long and leaves the rest alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnbook.training.clipping import clip_by_global_norm, clip_by_value, global_norm

vectors = arrays(np.float32, 4, elements=st.floats(-1e3, 1e3, width=32)).map(jnp.asarray)


def tree(vector):
    return {"w": vector[:3], "b": vector[3]}


@given(vectors)
def test_the_norm_is_that_of_all_numbers_in_one_row(vector):
    assert float(global_norm(tree(vector))) == pytest.approx(np.linalg.norm(np.float64(vector)), rel=1e-5, abs=1e-20)


@given(vectors, st.floats(0.1, 100))
def test_what_is_clipped_keeps_its_direction(vector, max_norm):
    clipped, length = clip_by_global_norm(tree(vector), max_norm=max_norm), np.linalg.norm(np.float64(vector))
    want = np.float64(vector) * min(1, max_norm / max(length, 1e-30))
    np.testing.assert_allclose(jnp.append(clipped["w"], clipped["b"]), want, rtol=1e-5, atol=1e-6)


@given(vectors, st.floats(0.1, 100))
def test_by_value(vector, max_value):
    np.testing.assert_allclose(
        clip_by_value(vector, max_value=max_value),
        np.clip(np.asarray(vector), -max_value, max_value),
        rtol=1e-6,
        atol=1e-30,
    )


def test_a_gradient_of_zero_stays_and_has_a_derivative():
    zero = jnp.zeros(3)
    np.testing.assert_array_equal(clip_by_global_norm(zero, max_norm=1.0), zero)
    assert jnp.isfinite(jax.grad(global_norm)(zero)).all()
    np.testing.assert_array_equal(jax.jacrev(lambda g: clip_by_global_norm(g, max_norm=1.0))(zero), jnp.eye(3))


def test_half_precision_has_no_room_for_squares_but_the_norm_does():
    g = jnp.full(4, 1000.0, jnp.float16)
    clipped = clip_by_global_norm(g, max_norm=1.0)
    assert clipped.dtype == jnp.float16
    np.testing.assert_allclose(clipped, 0.5, rtol=1e-3)


def test_what_is_not_finite_shows():
    assert jnp.isnan(clip_by_global_norm(jnp.array([jnp.nan, 1.0]), max_norm=1.0)).all()
    assert jnp.isnan(clip_by_global_norm(jnp.array([jnp.inf, 1.0]), max_norm=1.0)).any()


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_a_bound_that_is_not_positive_is_refused(bound):
    with pytest.raises(ValueError, match=r"^clip_by_global_norm: got max_norm=.*; wants more than 0"):
        clip_by_global_norm(jnp.ones(1), max_norm=bound)
    with pytest.raises(ValueError, match=r"^clip_by_value: got max_value=.*; wants more than 0"):
        clip_by_value(jnp.ones(1), max_value=bound)
