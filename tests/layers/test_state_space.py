"""A state-space layer gives the same numbers step by step, by a scan, and as a convolution."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from nnbook import ShapeError
from nnbook.layers import state_space
from nnbook.layers.state_space import StateSpace

CHANNELS, STATES, TIME = 3, 4, 20


@pytest.fixture
def params(key):
    return state_space.init(key, channels=CHANNELS, states=STATES)


@pytest.fixture
def xs():
    return jax.random.normal(jax.random.key(1), (TIME, CHANNELS))


def step_by_step(params, xs):
    return jax.lax.scan(lambda state, x: state_space.step(params, state, x), state_space.initial_state(params), xs)[1]


def close(got, want, tolerance=1e-4):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), got, want)


def test_three_ways_one_answer_and_one_gradient(params, xs):
    def answer_and_gradient(apply):
        def loss(params, xs):
            return (apply(params, xs) ** 2).mean()

        return jax.jit(lambda params, xs: (apply(params, xs), jax.grad(loss, (0, 1))(params, xs)))(params, xs)

    recurrence = answer_and_gradient(step_by_step)
    close(answer_and_gradient(state_space.apply), recurrence)
    close(answer_and_gradient(state_space.apply_by_convolution), recurrence)


def test_it_solves_its_differential_equation(params, xs):
    """One step in real 2 × 2 blocks by scipy's matrix exponential, the input held still as a third, constant unknown."""
    channel, dt = 1, float(jnp.exp(params.log_step[1]))
    want = np.zeros(TIME)
    for n in range(STATES):
        decay, frequency = -float(jnp.exp(params.log_decay[channel, n])), float(params.frequency[channel, n])
        c = float(params.c_real[channel, n]), float(params.c_imaginary[channel, n])
        block = np.array([[decay, -frequency, 1.0], [frequency, decay, 0.0], [0.0, 0.0, 0.0]])
        turn, state = expm(dt * block), np.zeros(2)
        for t, u in enumerate(np.asarray(xs[:, channel])):
            state = (turn @ [*state, u])[:2]
            want[t] += 2 * (c[0] * state[0] - c[1] * state[1])
    want += float(params.d[channel]) * np.asarray(xs[:, channel])
    np.testing.assert_allclose(state_space.apply(params, xs)[:, channel], want, rtol=1e-4, atol=1e-5)


def test_short_steps_keep_their_digits(key):
    params = state_space.init(key, channels=2, states=STATES, shortest_step=1e-6, longest_step=1e-6)
    np.testing.assert_allclose(state_space.discretise(params)[1].real, 1e-6, rtol=1e-4)


def test_initial_values(key):
    params = state_space.init(key, channels=200, states=3)
    np.testing.assert_allclose(-jnp.exp(params.log_decay), -0.5, rtol=1e-6)
    np.testing.assert_allclose(params.frequency[7], np.pi * np.arange(3), rtol=1e-6)
    steps = jnp.exp(params.log_step)
    assert 0.001 <= steps.min() < 0.0012
    assert 0.08 < steps.max() <= 0.1
    assert float((params.c_real**2 + params.c_imaginary**2).mean()) == pytest.approx(1, rel=0.1)


def test_a_later_step_cannot_reach_an_earlier_answer(params, xs):
    apply = jax.jit(state_space.apply)
    changed = apply(params, xs.at[12].set(50.0))
    np.testing.assert_array_equal(changed[:12], apply(params, xs)[:12])
    assert not np.allclose(changed[12:], apply(params, xs)[12:])


def test_channels_do_not_mix(params, xs):
    changed = state_space.apply(params, xs.at[:, 0].set(0.0))
    np.testing.assert_array_equal(changed[:, 1:], state_space.apply(params, xs)[:, 1:])


def test_batches(params, xs):
    batch = jnp.stack([xs, -2 * xs])
    together = jax.vmap(state_space.apply, in_axes=(None, 0))(params, batch)
    close(together, jnp.stack([state_space.apply(params, x) for x in batch]), 1e-5)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_inputs(self, params):
        for apply in (state_space.apply, state_space.apply_by_convolution):
            with pytest.raises(
                ShapeError, match=r"^state_space: got xs of shape \(5, 4\); wants xs of shape \(time, 3\)"
            ):
                apply(params, jnp.ones((5, 4)))
        start = state_space.initial_state(params)
        with pytest.raises(ShapeError, match=r"^state_space: got x of shape \(4,\); wants x of shape \(3,\)"):
            state_space.step(params, start, jnp.ones(4))
        with pytest.raises(ShapeError, match=r"got a state of shape \(2, 4\); wants shape \(3, 4\).*initial_state"):
            state_space.step(params, start[:2], jnp.ones(3))
        with pytest.raises(ValueError, match=r"^state_space\.kernel: got length=0"):
            state_space.kernel(params, 0)

    @pytest.mark.parametrize("field", ["log_decay", "c_real", "d"])
    def test_weights(self, params, field):
        fields = vars(params) | {field: getattr(params, field)[:2]}
        with pytest.raises(
            ShapeError, match=r"^state_space: got log_decay of shape.*wants d and log_step \(channels,\)"
        ):
            state_space.apply(StateSpace(**fields), jnp.ones((5, 3)))

    def test_half_precision(self, params, xs):
        half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params)
        for apply in (state_space.apply, state_space.apply_by_convolution):
            with pytest.raises(TypeError, match=r"^state_space: got log_decay of dtype bfloat16; wants float32 or"):
                apply(half, xs.astype(jnp.bfloat16))
            with pytest.raises(TypeError, match=r"^state_space: got weights of dtype float32 and xs of dtype bfloat16"):
                apply(params, xs.astype(jnp.bfloat16))
        with pytest.raises(TypeError, match=r"^state_space: got weights of dtype float32 and x of dtype bfloat16"):
            state_space.step(params, state_space.initial_state(params), xs[0].astype(jnp.bfloat16))

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^state_space\.init: got key of type int; wants one key"):
            state_space.init(0, channels=1)
        with pytest.raises(ValueError, match=r"^state_space\.init: got states=0; wants at least 1"):
            state_space.init(key, channels=1, states=0)
        with pytest.raises(ValueError, match=r"shortest_step=0.2, longest_step=0.1; wants 0 < shortest_step"):
            state_space.init(key, channels=1, shortest_step=0.2)
