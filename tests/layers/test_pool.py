"""Pooling keeps the largest, or the mean, of what is there."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.pool import average_pool, global_average_pool, max_pool, max_pool_tiled
from nnbook.layers.windows import slide, taps

small = st.integers(1, 3)
few = settings(max_examples=5)  # each new shape is compiled anew
POOLS = [
    lambda x: max_pool(x, window=2, stride=1),
    lambda x: max_pool_tiled(x, window=2),
    lambda x: average_pool(x, window=2, stride=1),
    global_average_pool,
]


def image(seed=0, shape=(7, 8, 3)):
    return jax.random.normal(jax.random.key(seed), shape)


@few
@given(st.integers(0, 2**16), st.integers(1, 2), small, small, st.sampled_from(["SAME", "VALID", "pairs"]))
def test_what_each_window_sees(seed, axes, window, stride, padding):
    x = image(seed, (*(7, 8)[:axes], 3))
    padding = [(1, 0)] * axes if padding == "pairs" and window > 1 else "SAME" if padding == "pairs" else padding
    sliding = slide("pool", x.shape[:-1], kernel=window, stride=stride, padding=padding, dilation=1)
    seen = np.stack(taps(x, sliding, fill=float("nan")))
    got = max_pool(x, window=window, stride=stride, padding=padding)
    np.testing.assert_array_equal(got, np.nanmax(seen, axis=0))
    got = average_pool(x, window=window, stride=stride, padding=padding)
    np.testing.assert_allclose(got, np.nanmean(seen, axis=0), rtol=1e-5, atol=1e-6)


@few
@given(st.integers(0, 2**16), st.integers(1, 2), small)
def test_tiles_are_a_stride_as_long_as_the_window(seed, axes, window):
    x = image(seed, (*(7, 8)[:axes], 3))
    general = lambda x: max_pool(x, window=window, stride=window)  # noqa: E731
    tiled = lambda x: max_pool_tiled(x, window=window)  # noqa: E731
    np.testing.assert_array_equal(tiled(x), general(x))
    slopes = [jax.grad(lambda x, form=form: jnp.sin(form(x)).sum())(x) for form in (tiled, general)]
    np.testing.assert_array_equal(*slopes)


def test_tiles_need_not_be_square():
    x = image()
    want = max_pool(x, window=(2, 4), stride=(2, 4))
    np.testing.assert_array_equal(max_pool_tiled(x, window=(2, 4)), want)


def test_who_gets_the_gradient_where_several_are_largest():
    level = jnp.ones((2, 2, 1))
    first = jax.grad(lambda x: max_pool(x, window=2, stride=2).sum())(level)
    assert first.ravel().tolist() == [1, 0, 0, 0]
    shared = jax.grad(lambda x: max_pool_tiled(x, window=2).sum())(level)
    assert shared.ravel().tolist() == [0.25] * 4


def test_padding_never_wins_and_never_counts():
    x = -jnp.ones((3, 3, 1))
    for pool in (max_pool, average_pool):
        np.testing.assert_array_equal(pool(x, window=3, stride=2, padding="SAME"), -np.ones((2, 2, 1)))
    slopes = jax.grad(lambda x: average_pool(x, window=3, stride=1, padding="SAME").sum())(x)
    assert float(slopes.sum()) == pytest.approx(9)


def test_global_average():
    x = image()
    np.testing.assert_allclose(global_average_pool(x), np.asarray(x).mean((0, 1)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(global_average_pool(x[0]), np.asarray(x[0]).mean(0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(average_pool(x, window=(7, 8), stride=1)[0, 0], global_average_pool(x), atol=1e-6)


@pytest.mark.parametrize("pool", POOLS)
def test_batches_and_jit(pool):
    batch = image(1, (3, 6, 6, 2))
    mapped = jax.jit(jax.vmap(pool))(batch)
    np.testing.assert_allclose(mapped, jnp.stack([pool(x) for x in batch]), atol=1e-6)


@pytest.mark.parametrize("pool", POOLS)
def test_half_precision_stays_so(pool):
    assert pool(jnp.ones((4, 4, 1), jnp.bfloat16)).dtype == jnp.bfloat16


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("pool", POOLS)
def test_what_is_no_image_is_refused(pool):
    with pytest.raises(ShapeError, match=r"pool.*: got x of shape \(2, 4, 4, 1\); wants a signal.*jax\.vmap"):
        pool(jnp.ones((2, 4, 4, 1)))
    with pytest.raises(ShapeError, match=r"got x of shape \(4,\)"):
        pool(jnp.ones(4))
    with pytest.raises(ShapeError, match="not empty"):
        pool(jnp.ones((0, 4, 1)))
    with pytest.raises(TypeError, match="got x of dtype int32; wants floats"):
        pool(jnp.ones((4, 4, 1), int))


def test_a_window_larger_than_the_image_is_refused():
    with pytest.raises(ShapeError, match=r"^max_pool: got a window that reaches over \(5, 5\)"):
        max_pool(jnp.ones((4, 4, 1)), window=5, stride=1)
    with pytest.raises(ShapeError, match=r"^max_pool_tiled: got a window that reaches over \(5, 5\)"):
        max_pool_tiled(jnp.ones((4, 4, 1)), window=5)
