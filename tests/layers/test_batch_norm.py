"""Batch normalisation: mean 0 and variance 1 while training, a fixed line for each channel afterwards."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import batch_norm
from nnbook.layers.batch_norm import BatchNorm, BatchNormState


@pytest.fixture
def layer():
    return batch_norm.init(channels=3), batch_norm.init_state(channels=3)


def batch(seed=0, shape=(16, 4, 5, 3)):
    return 3 + 2 * jax.random.normal(jax.random.key(seed), shape)


@pytest.mark.parametrize("shape", [(16, 3), (16, 5, 3), (16, 4, 5, 3)])
def test_each_channel_gets_mean_0_and_variance_1(layer, shape):
    y, _ = batch_norm.apply_training(*layer, batch(0, shape))
    over = tuple(range(y.ndim - 1))
    np.testing.assert_allclose(y.mean(over), 0, atol=1e-5)
    np.testing.assert_allclose(y.var(over), 1, rtol=1e-4)


@settings(max_examples=10)
@given(st.integers(0, 2**16), st.floats(0.1, 100), st.floats(-10, 10))
def test_the_scale_and_shift_of_what_comes_in_do_not_matter(seed, factor, shift):
    layer, state, x = batch_norm.init(channels=3), batch_norm.init_state(channels=3), batch(seed, (8, 3))
    y, _ = batch_norm.apply_training(layer, state, x, epsilon=1e-10)
    same, _ = batch_norm.apply_training(layer, state, factor * x + shift, epsilon=1e-10)
    np.testing.assert_allclose(same, y, atol=2e-3)


def test_scale_and_shift_are_learned_numbers(layer):
    _, state = layer
    learned = BatchNorm(scale=jnp.array([1.0, 2.0, 0.0]), shift=jnp.array([0.0, 1.0, -1.0]))
    y, _ = batch_norm.apply_training(learned, state, batch())
    np.testing.assert_allclose(y.mean((0, 1, 2)), learned.shift, atol=1e-5)
    np.testing.assert_allclose(y.std((0, 1, 2)), learned.scale, rtol=1e-4)


def test_the_running_averages_take_the_unbiased_variance(layer):
    params, state = layer
    x = batch(1, (4, 3))
    for momentum in (0.0, 0.9, 1.0):
        _, moved = batch_norm.apply_training(params, state, x, momentum=momentum)
        np.testing.assert_allclose(moved.mean, (1 - momentum) * np.mean(x, 0), rtol=1e-5)
        want = momentum + (1 - momentum) * np.var(x, 0, ddof=1)
        np.testing.assert_allclose(moved.variance, want, rtol=1e-5)


def test_the_averages_settle_on_the_distribution(layer):
    params, state = layer

    def step(state, key):
        x = 3 + 2 * jax.random.normal(key, (64, 3))
        return batch_norm.apply_training(params, state, x).state, None

    state, _ = jax.lax.scan(step, state, jax.random.split(jax.random.key(0), 200))
    np.testing.assert_allclose(state.mean, 3, atol=0.2)
    np.testing.assert_allclose(state.variance, 4, rtol=0.1)


def test_afterwards_it_is_a_fixed_line(layer):
    params, state = layer
    _, state = batch_norm.apply_training(params, state, batch(), momentum=0.0)
    x = batch(1, (4, 5, 3))
    want = (np.asarray(x) - np.asarray(state.mean)) / np.sqrt(np.asarray(state.variance) + 1e-5)
    np.testing.assert_allclose(batch_norm.apply(params, state, x), want, rtol=1e-5, atol=1e-5)
    # The batch's own averages, momentum 0, and next to no n − 1: training and answering then agree.
    trained, _ = batch_norm.apply_training(params, state, batch())
    answered = jax.vmap(batch_norm.apply, in_axes=(None, None, 0))(params, state, batch())
    np.testing.assert_allclose(answered, trained, rtol=0.01, atol=0.01)


def test_no_gradient_passes_the_averages(layer):
    params, state = layer

    def look(x):
        return sum(leaf.sum() for leaf in jax.tree.leaves(batch_norm.apply_training(params, state, x).state))

    assert not jax.grad(look)(batch()).any()


def test_the_gradient_is_blind_to_a_common_shift_and_scale(layer):
    x, weights = batch(2, (8, 3)), jax.random.normal(jax.random.key(9), (8, 3))
    slope = jax.grad(lambda x: (weights * batch_norm.apply_training(*layer, x).y).sum())(x)
    np.testing.assert_allclose(slope.sum(0), 0, atol=1e-4)
    np.testing.assert_allclose((slope * (x - x.mean(0, keepdims=True))).sum(0), 0, atol=1e-3)


def test_equal_numbers_give_zeros_and_a_finite_gradient(layer):
    y, _ = batch_norm.apply_training(*layer, jnp.ones((4, 3)))
    np.testing.assert_array_equal(y, np.zeros((4, 3)))
    slope = jax.grad(lambda x: jnp.sin(batch_norm.apply_training(*layer, x).y).sum())(jnp.ones((4, 3)))
    assert jnp.isfinite(slope).all()


def test_jit(layer):
    eager, compiled = batch_norm.apply_training(*layer, batch()), jax.jit(batch_norm.apply_training)(*layer, batch())
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), eager, compiled)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_channels(self, layer):
        with pytest.raises(ShapeError, match=r"^batch_norm: got x of shape \(4, 2\), params and state of \(3,\)"):
            batch_norm.apply_training(*layer, jnp.ones((4, 2)))
        with pytest.raises(ShapeError, match="the last axis of x"):
            batch_norm.apply(*layer, jnp.ones((3, 4)))
        with pytest.raises(ShapeError, match=r"params and state of \(2,\), \(3,\)"):
            batch_norm.apply(layer[0], BatchNormState(mean=jnp.zeros(2), variance=jnp.ones(2)), jnp.ones(3))

    @pytest.mark.parametrize("shape", [(3,), (1, 3)])
    def test_one_number_a_channel_has_no_variance(self, layer, shape):
        with pytest.raises(ShapeError, match=r"at least two numbers for each channel.*apply answers one example"):
            batch_norm.apply_training(*layer, jnp.ones(shape))

    def test_numbers(self, layer):
        with pytest.raises(ValueError, match=r"momentum=1.5; wants 0 to 1"):
            batch_norm.apply_training(*layer, batch(), momentum=1.5)
        with pytest.raises(ValueError, match=r"epsilon=0.0; wants more than 0"):
            batch_norm.apply(*layer, batch()[0], epsilon=0.0)
        with pytest.raises(TypeError, match="batch_norm: got x of dtype int32; wants floats"):
            batch_norm.apply(*layer, jnp.ones(3, int))

    @pytest.mark.parametrize("init", [batch_norm.init, batch_norm.init_state])
    def test_init(self, init):
        with pytest.raises(ValueError, match=rf"^batch_norm\.{init.__name__}: got channels=0; wants at least 1"):
            init(channels=0)
