"""Every activation is its formula, every derivative its slope, and neither overflows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from nnbook.layers import activations
from nnbook.layers.activations import ACTIVATIONS

GRID = jnp.linspace(-12, 12, 24_001)
EXTREMES = jnp.array([-1e4, -1e3, -100.0, -50.0, 50.0, 100.0, 1e3, 1e4])
numbers = st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
each = pytest.mark.parametrize("name", ACTIVATIONS)

# As a book prints them, in double precision and without any care for overflow.
PRINTED = {
    "step": lambda x: (x >= 0).astype(float),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "relu": lambda x: np.maximum(0, x),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "gelu": lambda x: x * ndtr(x),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "relu6": lambda x: np.minimum(np.maximum(0, x), 6),
    "hard_sigmoid": lambda x: np.minimum(np.maximum(0, x + 3), 6) / 6,
    "hard_tanh": lambda x: np.minimum(np.maximum(-1, x), 1),
    "hard_swish": lambda x: x * np.minimum(np.maximum(0, x + 3), 6) / 6,
}


def slope_by_jax(function, x):
    return jax.vmap(jax.grad(function))(x)


def test_the_table_holds_what_the_chapter_lists():
    assert set(ACTIVATIONS) == set(PRINTED)
    for name, activation in ACTIVATIONS.items():
        assert activation.function is getattr(activations, name)
        assert activation.derivative is getattr(activations, f"{name}_derivative")


@each
def test_value_is_the_printed_formula(name):
    want = PRINTED[name](np.asarray(GRID, np.float64))
    np.testing.assert_allclose(ACTIVATIONS[name].function(GRID), want, rtol=2e-6, atol=1e-6)


@each
def test_derivative_is_the_gradient(name):
    activation = ACTIVATIONS[name]
    kinks = jnp.array([0.0, *activation.kinks])
    for x in (GRID, EXTREMES, kinks):
        np.testing.assert_allclose(activation.derivative(x), slope_by_jax(activation.function, x), rtol=1e-5, atol=2e-6)


@each
def test_derivative_is_the_slope_of_the_printed_formula(name):
    kinks = np.array(ACTIVATIONS[name].kinks)
    x = np.linspace(-8, 8, 401)
    x = x[(np.abs(x[:, None] - kinks) > 0.01).all(axis=1)]
    printed, h = PRINTED[name], 1e-5
    want = (printed(x + h) - printed(x - h)) / (2 * h)
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(jnp.asarray(x, jnp.float32)), want, atol=1e-5)


@each
def test_nothing_overflows(name):
    activation = ACTIVATIONS[name]
    assert jnp.isfinite(activation.function(EXTREMES)).all()
    assert jnp.isfinite(activation.derivative(EXTREMES)).all()
    assert jnp.isfinite(slope_by_jax(activation.function, EXTREMES)).all()
    assert jnp.isfinite(slope_by_jax(jax.grad(activation.function), EXTREMES)).all()


@each
def test_nan_is_not_hidden(name):
    nan = jnp.array([jnp.nan])
    assert jnp.isnan(ACTIVATIONS[name].function(nan)).all()
    if name != "step":  # its slope is 0 whatever comes
        assert jnp.isnan(ACTIVATIONS[name].derivative(nan)).all()


@each
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32])
def test_shape_and_dtype_stay(name, dtype):
    x = jnp.linspace(-3, 3, 6, dtype=dtype).reshape(2, 3)
    for function in (ACTIVATIONS[name].function, ACTIVATIONS[name].derivative):
        assert function(x).shape == (2, 3)
        assert function(x).dtype == dtype


@each
def test_a_python_float_will_do(name):
    assert ACTIVATIONS[name].function(0.5).shape == ()
    assert ACTIVATIONS[name].derivative(0.5).shape == ()


@each
def test_range_and_largest_slope(name):
    activation = ACTIVATIONS[name]
    y = np.asarray(activation.function(jnp.concatenate([GRID, EXTREMES])))
    for bound, extreme in zip(activation.range, (y.min(), y.max()), strict=True):
        if np.isinf(bound):
            assert np.sign(bound) * extreme >= 100
        else:
            assert extreme == pytest.approx(bound, abs=1e-5)
    slope = np.abs(np.asarray(activation.derivative(GRID))).max()
    assert slope == pytest.approx(activation.largest_slope, abs=1e-3)
    assert slope <= activation.largest_slope + 1e-6


@each
def test_kinks_are_where_value_or_slope_jumps(name):
    activation = ACTIVATIONS[name]
    jumps = np.zeros(len(GRID) - 1, bool)
    for function in (activation.function, activation.derivative):
        jumps |= np.abs(np.diff(np.asarray(function(GRID)))) > 0.02
    places = np.asarray(GRID)[:-1][jumps]
    assert all(np.abs(np.array(activation.kinks) - place).min(initial=np.inf) < 0.002 for place in places)
    assert all(np.abs(places - kink).min(initial=np.inf) < 0.002 for kink in activation.kinks)


@pytest.mark.parametrize("name", [*ACTIVATIONS, "softmax", "log_softmax", "glu", "swiglu"])
def test_docstring_says_what_a_reader_asks(name):
    text = getattr(activations, name).__doc__
    for part in ("Derivative:", "Range:", "Used:", "Weakness:", "Source:"):
        assert part in text


@given(numbers)
def test_sigmoid_and_its_mirror_share_one(x):
    assert float(activations.sigmoid(x) + activations.sigmoid(-x)) == pytest.approx(1, abs=1e-6)
    assert float(activations.sigmoid_derivative(x)) <= 0.25


@given(numbers)
def test_the_relatives_of_the_sigmoid(x):
    close = pytest.approx
    assert float(activations.tanh(x)) == close(2 * float(activations.sigmoid(2 * x)) - 1, abs=1e-6)
    assert float(activations.softplus(x) - activations.softplus(-x)) == close(x, rel=1e-6, abs=1e-6)
    assert float(activations.silu(x) - activations.silu(-x)) == close(x, rel=1e-6, abs=1e-6)
    assert float(activations.gelu(x) - activations.gelu(-x)) == close(x, rel=1e-6, abs=1e-6)


@given(numbers, numbers)
@pytest.mark.parametrize("name", ["step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softplus"])
def test_monotone(name, x, y):
    low, high = sorted((x, y))
    assert ACTIVATIONS[name].function(low) <= ACTIVATIONS[name].function(high) + 1e-6


def test_constants_can_be_chosen():
    x = jnp.array([-2.0, 3.0])
    assert activations.leaky_relu(x, 0.5).tolist() == [-1.0, 3.0]
    assert activations.leaky_relu_derivative(x, 0.5).tolist() == [0.5, 1.0]
    np.testing.assert_allclose(activations.elu(x, alpha=2.0), [2 * np.expm1(-2), 3], rtol=1e-6)
    np.testing.assert_allclose(activations.elu_derivative(x, alpha=2.0), [2 * np.exp(-2), 1], rtol=1e-6)


def test_gelu_tanh_differs_from_gelu_by_less_than_it_says():
    gap = jnp.abs(activations.gelu_tanh(GRID) - activations.gelu(GRID)).max()
    assert 0.0004 < gap < 0.0005


@each
@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("bad", [2, True, jnp.arange(3)], ids=["int", "bool", "array of ints"])
def test_whole_numbers_are_refused_by_name(name, bad):
    for function in (ACTIVATIONS[name].function, ACTIVATIONS[name].derivative):
        with pytest.raises(TypeError, match=rf"^{function.__name__}: got x of dtype .*; wants floats"):
            function(bad)


def test_an_unknown_name_is_answered_with_the_nearest():
    assert activations.activation_named("gelu") is ACTIVATIONS["gelu"]
    with pytest.raises(ValueError, match="'reluu' is not known; did you mean 'relu'"):
        activations.activation_named("reluu")
