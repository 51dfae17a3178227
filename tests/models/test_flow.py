"""Flow matching: straight ways, a loss whose best answer is their mean, samplers of first and second order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.models import flow
from nnbook.models.flow import euler_step, midpoint_step

numbers = st.floats(-3, 3, width=32)
MEAN, DEVIATION = 1.5, 0.4


def exact(x, time):
    """The mean velocity at x on the ways from standard normal noise to normal data, as linear regression has it.

    x = (1 − t) z + t y and y − z are jointly normal, with covariance t s² − (1 − t) and Var x = (1 − t)² + t² s².
    """
    slope = (time * DEVIATION**2 - (1 - time)) / ((1 - time) ** 2 + time**2 * DEVIATION**2)
    return MEAN + slope * (x - time * MEAN)


@given(numbers, numbers, st.floats(0, 1, width=32), st.sampled_from([0.0, 0.01]))
def test_the_way_is_straight_and_its_velocity_is_its_slope(noise, x1, time, sigma_min):
    noise, x1 = jnp.array([noise]), jnp.array([x1])
    where = flow.path(noise, x1, time, sigma_min=sigma_min)
    velocity = flow.path_velocity(noise, x1, sigma_min=sigma_min)
    np.testing.assert_allclose(where, noise + time * velocity, atol=1e-5)
    np.testing.assert_allclose(flow.path(noise, x1, 0.0, sigma_min=sigma_min), noise, atol=1e-6)
    np.testing.assert_allclose(flow.path(noise, x1, 1.0, sigma_min=sigma_min), x1 + sigma_min * noise, atol=1e-5)


@pytest.mark.parametrize(("step", "order"), [(euler_step, 1), (midpoint_step, 2)])
def test_normal_noise_becomes_normal_data_and_the_error_falls_with_the_order(step, order):
    # The exact flow takes x to m + s x: any start must arrive there.
    start = jnp.array([-2.0, -0.5, 0.0, 1.0, 2.0])
    want = MEAN + DEVIATION * start
    errors = [float(jnp.abs(flow.sample(exact, start, steps=steps, step=step)[-1] - want).max()) for steps in (16, 32)]
    assert errors[1] < 0.06
    assert np.log2(errors[0] / errors[1]) > order - 0.2


def test_half_way_the_distribution_is_that_of_the_ways():
    start = jnp.linspace(-2, 2, 5)
    way = flow.sample(exact, start, steps=100)
    want = 0.5 * MEAN + start * (0.25 + 0.25 * DEVIATION**2) ** 0.5
    np.testing.assert_allclose(way[50], want, atol=1e-3)
    np.testing.assert_allclose(way[0], start)


def test_to_a_single_point_one_step_is_enough():
    arrived = flow.sample(lambda x, time: (MEAN - x) / (1 - time), jnp.array([-1.0, 2.0]), steps=1, step=euler_step)
    np.testing.assert_allclose(arrived[-1], MEAN, atol=1e-6)


def test_samplers_on_a_known_equation():
    # dx/dt = x has the solution e^t.
    euler = flow.sample(lambda x, time: x, jnp.array(1.0), steps=10, step=euler_step)
    np.testing.assert_allclose(euler, 1.1 ** np.arange(11), rtol=1e-5)
    midpoint = flow.sample(lambda x, time: x, jnp.array(1.0), steps=10)
    np.testing.assert_allclose(midpoint, 1.105 ** np.arange(11), rtol=1e-5)
    # dx/dt = 2t has the solution t², which the midpoint meets exactly.
    np.testing.assert_allclose(flow.sample(lambda x, time: 2 * time, jnp.array(0.0), steps=4)[-1], 1, rtol=1e-6)


def test_the_best_answer_is_the_mean_velocity(key):
    x1 = MEAN + DEVIATION * jax.random.normal(key, (20000,))
    keys = jax.random.split(jax.random.key(1), 20000)

    @jax.jit
    def loss(scale, shift):
        def velocity(x, time):
            return (1 + scale) * exact(x, time) + shift

        return jax.vmap(lambda x, key: flow.velocity_loss(velocity, x, key=key))(x1, keys).mean()

    best = float(loss(0.0, 0.0))
    assert best > 0.3  # ways cross, so no answer is right for all
    for scale, shift in ((0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.0, -0.1)):
        assert float(loss(scale, shift)) > best
    slopes = jax.grad(loss, argnums=(0, 1))(0.0, 0.0)
    np.testing.assert_allclose(slopes, 0, atol=0.06)


def test_compiled_it_is_the_same(key):
    x1 = jnp.array([1.0, -1.0])
    eager = flow.velocity_loss(exact, x1, key=key)
    compiled = jax.jit(lambda x1, key: flow.velocity_loss(exact, x1, key=key))(x1, key)
    np.testing.assert_allclose(compiled, eager, rtol=1e-5)
    assert float(flow.velocity_loss(exact, x1, key=jax.random.key(5))) != pytest.approx(float(eager))


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    with pytest.raises(ShapeError, match=r"flow\.path: got noise of shape \(2,\) and x1 of shape \(3,\)"):
        flow.path(jnp.ones(2), jnp.ones(3), 0.5)
    with pytest.raises(ShapeError, match=r"flow\.path_velocity: got noise of shape \(2,\) and x1 of shape \(3,\)"):
        flow.path_velocity(jnp.ones(2), jnp.ones(3))
    with pytest.raises(ShapeError, match=r"velocity_loss: got x1 of shape \(2,\) and answer of shape \(3,\)"):
        flow.velocity_loss(lambda x, time: jnp.ones(3), jnp.ones(2), key=key)
    with pytest.raises(TypeError, match="velocity_loss: got key of type int"):
        flow.velocity_loss(lambda x, time: x, jnp.ones(2), key=0)
    with pytest.raises(ValueError, match=r"flow\.sample: got steps=0; wants at least 1"):
        flow.sample(lambda x, time: x, jnp.ones(2), steps=0)
    with pytest.raises(TypeError, match=r"flow\.sample: got start of dtype int32"):
        flow.sample(lambda x, time: x, jnp.ones(2, int), steps=1)
