"""Eight bits a weight: the error stays within its bound, and within half a step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import linear, quantized
from nnbook.layers.linear import Linear

seeds = st.integers(0, 2**16)


def layer_and_input(seed, spread=1.0):
    keys = jax.random.split(jax.random.key(seed), 3)
    layer = linear.init(keys[0], inputs=16, outputs=8)
    return Linear(w=spread * layer.w, b=jax.random.normal(keys[1], (8,))), jax.random.normal(keys[2], (16,))


@given(seeds, st.floats(1e-3, 1e3))
def test_each_weight_is_at_most_half_a_step_away(seed, spread):
    layer, _ = layer_and_input(seed, spread)
    rounded = quantized.quantize(layer)
    away = jnp.abs(quantized.dequantize(rounded).w - layer.w)
    assert (away <= rounded.steps[:, None] * (0.5 + 1e-4)).all()
    np.testing.assert_array_equal(quantized.dequantize(rounded).b, layer.b)


@given(seeds, st.floats(1e-3, 1e3))
def test_the_error_stays_within_its_bound(seed, spread):
    layer, x = layer_and_input(seed, spread)
    rounded = quantized.quantize(layer)
    error = jnp.abs(quantized.apply(rounded, x) - linear.apply(layer, x))
    bound = quantized.error_bound(rounded, x)
    assert (error <= bound * (1 + 1e-4) + 1e-5).all()


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_weights_of_half_precision_are_rounded_no_worse(dtype):
    for layer, x in [layer_and_input(int(seed), 1e-3) for seed in range(10)]:
        half = Linear(w=layer.w.astype(dtype), b=layer.b.astype(dtype))
        exact = half.w.astype(jnp.float32)
        rounded = quantized.quantize(half)
        np.testing.assert_array_equal(jnp.abs(rounded.w.astype(int)).max(1), 127)
        away = jnp.abs(quantized.dequantize(rounded).w - exact)
        assert (away <= rounded.steps[:, None] * (0.5 + 1e-4)).all()
        x = x.astype(dtype)
        got = quantized.apply(rounded, x)
        assert got.dtype == dtype
        wide, b = x.astype(jnp.float32), half.b.astype(jnp.float32)
        rounding = 2 * float(jnp.finfo(dtype).eps) * (jnp.abs(exact) @ jnp.abs(wide) + jnp.abs(b))
        error = jnp.abs(got.astype(jnp.float32) - (exact @ wide + b))
        assert (error <= quantized.error_bound(rounded, x) + rounding).all()


def test_the_bound_is_reached_when_all_errors_agree():
    # One weight sets the step to 1, the others are half a step off, the same way, and so are the inputs.
    layer = Linear(w=jnp.array([[127.0, 0.499, 0.499, 0.499]]), b=jnp.zeros(1))
    x = jnp.array([0.0, 1.0, 1.0, 1.0])
    rounded = quantized.quantize(layer)
    error = jnp.abs(quantized.apply(rounded, x) - linear.apply(layer, x))
    assert float(error[0]) == pytest.approx(float(quantized.error_bound(rounded, x)[0]), rel=0.01)


def test_a_typical_error_is_far_smaller():
    layer, x = layer_and_input(0)
    rounded = quantized.quantize(layer)
    error = jnp.abs(quantized.apply(rounded, x) - linear.apply(layer, x))
    assert float(error.mean()) < 0.3 * float(quantized.error_bound(rounded, x).mean())


def test_it_is_the_linear_layer_of_the_rounded_weights():
    layer, x = layer_and_input(1)
    rounded = quantized.quantize(layer)
    want = linear.apply(quantized.dequantize(rounded), x)
    np.testing.assert_allclose(quantized.apply(rounded, x), want, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(jax.jit(quantized.apply)(rounded, x), want, rtol=1e-5, atol=1e-5)
    batch = jax.vmap(quantized.apply, in_axes=(None, 0))(rounded, jnp.stack([x, -x]))
    np.testing.assert_allclose(batch[0], want, rtol=1e-5, atol=1e-5)


def test_the_whole_range_is_used_row_by_row():
    layer = Linear(w=jnp.array([[1.0, -0.5], [-1000.0, 1.0]]), b=jnp.zeros(2))
    assert quantized.quantize(layer).w.tolist() == [[127, -64], [-127, 0]]
    assert quantized.quantize(layer).w.dtype == jnp.int8


def test_weights_that_are_steps_come_back_exactly():
    w = jnp.arange(-127.0, 128.0)[None, :]
    np.testing.assert_array_equal(quantized.dequantize(quantized.quantize(Linear(w=w, b=jnp.zeros(1)))).w, w)


def test_a_row_of_zeros_stays_zero():
    layer = Linear(w=jnp.array([[0.0, 0.0], [1.0, 2.0]]), b=jnp.array([3.0, 0.0]))
    assert float(quantized.apply(quantized.quantize(layer), jnp.ones(2))[0]) == 3.0


def test_x_has_a_gradient_still():
    layer, x = layer_and_input(2)
    rounded = quantized.quantize(layer)
    got = jax.grad(lambda x: quantized.apply(rounded, x).sum())(x)
    np.testing.assert_allclose(got, quantized.dequantize(rounded).w.sum(0), rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize(("w", "b"), [((3,), (3,)), ((2, 3), (3,)), ((2, 0), (2,))])
    def test_weights(self, w, b):
        with pytest.raises(ShapeError, match=r"quantize: got w of shape .* wants w of shape \(outputs, inputs\)"):
            quantized.quantize(Linear(w=jnp.ones(w), b=jnp.ones(b)))
        with pytest.raises(TypeError, match="quantize: got w of dtype int32"):
            quantized.quantize(Linear(w=jnp.ones((2, 3), int), b=jnp.ones(2)))

    def test_x(self):
        rounded = quantized.quantize(Linear(w=jnp.ones((2, 3)), b=jnp.ones(2)))
        for function in (quantized.apply, quantized.error_bound):
            with pytest.raises(ShapeError, match=r"quantized: got x of shape \(2,\); wants x of shape \(3,\)"):
                function(rounded, jnp.ones(2))
            with pytest.raises(ShapeError, match=r"jax\.vmap\(apply, in_axes=\(None, 0\)\)"):
                function(rounded, jnp.ones((4, 3)))
            with pytest.raises(TypeError, match="quantized: got x of dtype int32"):
                function(rounded, jnp.ones(3, int))
