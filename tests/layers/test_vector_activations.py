"""Softmax shares out, gated units multiply."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnbook import ShapeError
from nnbook.layers.activations import glu, log_softmax, sigmoid, silu, softmax, softmax_jacobian, swiglu

vectors = arrays(np.float32, 5, elements=st.floats(-50, 50, width=32))
wild = arrays(np.float32, 5, elements=st.floats(-1e4, 1e4, width=32))
jacobian_by_jax = jax.jit(jax.jacobian(softmax))
gradients = jax.jit(lambda logits: [jax.grad(lambda z, f=f: f(z)[0])(logits) for f in (softmax, log_softmax)])


@given(wild, st.floats(1 / 64, 64, width=32))
def test_shares_sum_to_one_and_keep_the_order(logits, temperature):
    shares = np.asarray(softmax(logits, temperature))
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    assert (shares >= 0).all()
    assert (np.diff(shares[np.argsort(logits)]) >= 0).all()


@given(vectors, st.integers(-1000, 1000))
def test_adding_the_same_to_all_logits_changes_nothing(logits, shift):
    np.testing.assert_allclose(softmax(logits + np.float32(shift)), softmax(logits), atol=1e-3)


@given(vectors)
def test_log_softmax_is_the_logarithm(logits):
    np.testing.assert_allclose(np.exp(log_softmax(logits)), softmax(logits), rtol=1e-4, atol=1e-7)


@given(vectors, st.floats(0.25, 8, width=32))
def test_jacobian(logits, temperature):
    got = softmax_jacobian(logits, temperature)
    np.testing.assert_allclose(got, jacobian_by_jax(logits, temperature), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got.sum(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(got.sum(axis=1), 0, atol=1e-5)


@given(wild)
def test_gradients_stay_finite(logits):
    assert all(np.isfinite(gradient).all() for gradient in gradients(logits))


def test_temperature_from_one_winner_to_equal_shares():
    logits = jnp.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(softmax(logits, 0.01), [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(softmax(logits, 1e6), [1 / 3] * 3, atol=1e-5)
    np.testing.assert_allclose(softmax(logits, 2.0), softmax(logits / 2), rtol=1e-6)
    np.testing.assert_allclose(jax.jit(softmax)(logits, 2.0), softmax(logits / 2), rtol=1e-6)
    np.testing.assert_allclose(log_softmax(logits, 2.0), log_softmax(logits / 2), rtol=1e-6)


def test_a_logit_of_minus_infinity_gets_nothing_and_passes_no_nan():
    logits = jnp.array([0.0, -jnp.inf, 1.0])
    assert softmax(logits)[1] == 0
    assert all(np.isfinite(gradient[jnp.array([0, 2])]).all() for gradient in gradients(logits))
    assert jnp.isnan(softmax(jnp.full(3, -jnp.inf))).all()


def test_along_the_last_axis():
    logits = jnp.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_allclose(softmax(logits).sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(softmax(logits)[1, 2], softmax(logits[1, 2]), rtol=1e-6)


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.usefixtures("untyped")
def test_bad_input_to_softmax(function):
    name = function.__name__
    with pytest.raises(ShapeError, match=rf"^{name}: got logits of shape \(\); wants at least one logit"):
        function(jnp.array(1.0))
    with pytest.raises(ShapeError, match=rf"^{name}: got logits of shape \(2, 0\)"):
        function(jnp.ones((2, 0)))
    with pytest.raises(TypeError, match=rf"^{name}: got logits of dtype int32; wants floats"):
        function(jnp.arange(3))
    for temperature in (0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=rf"^{name}: got temperature=.*; wants more than 0"):
            function(jnp.ones(3), temperature)


@given(vectors, vectors)
def test_gates(value, gate):
    np.testing.assert_allclose(glu(value, gate), value * np.asarray(sigmoid(gate)), rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(swiglu(value, gate), value * np.asarray(silu(gate)), rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("function", [glu, swiglu])
@pytest.mark.usefixtures("untyped")
def test_bad_input_to_gates(function):
    with pytest.raises(ShapeError, match=r"value of shape \(2,\) and gate of shape \(3,\); wants equal shapes"):
        function(jnp.ones(2), jnp.ones(3))
    with pytest.raises(TypeError, match="got gate of dtype int32"):
        function(jnp.ones(2), jnp.ones(2, int))
