"""The way back: with the exact noise the samplers return the data, DDIM at η = 1 is DDPM, at η = 0 it is no chance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.models.diffusion import linear_schedule, posterior_variance, schedule
from nnbook.models.diffusion_sampling import (
    ancestral_step,
    ddim,
    ddim_step,
    ddim_times,
    ddim_variance,
    ddpm,
    guided_noise,
)

FEW = linear_schedule(steps=20, first=1e-3, last=0.5)
MANY = linear_schedule(steps=300, first=1e-4, last=0.05)
some = settings(max_examples=20)
step_numbers = st.integers(1, 20)
numbers = st.floats(-3, 3, width=32)


def exact(made, mean, deviation):
    """The mean of the noise in x_t, for data that are normal: what a perfect network would answer."""

    def denoise(x, t):
        alpha_bar, noise = made.alpha_bar[t], made.noise_variance[t]
        return jnp.sqrt(noise) * (x - jnp.sqrt(alpha_bar) * mean) / (alpha_bar * deviation**2 + noise)

    return denoise


@some
@given(step_numbers, numbers, numbers, numbers)
def test_ddim_with_eta_1_is_one_step_of_ddpm(t, x, predicted, noise):
    x, predicted, noise = jnp.array([x]), jnp.array([predicted]), jnp.array([noise])
    variance = posterior_variance(FEW)[t]
    assert float(ddim_variance(FEW, t, t - 1, eta=1.0)) == pytest.approx(float(variance), abs=1e-6)
    want = ancestral_step(FEW, x, t, predicted, noise, variance)
    got = ddim_step(FEW, x, t, t - 1, predicted, noise, eta=1.0)
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-3)


@some
@given(step_numbers, numbers, numbers)
def test_the_mean_of_an_ancestral_step_is_that_of_equation_11(t, x, predicted):
    got = ancestral_step(FEW, jnp.array([x]), t, jnp.array([predicted]), jnp.zeros(1), jnp.array(0.0))
    beta = np.linspace(1e-3, 0.5, 20)
    alpha_bar = np.prod(1 - beta[:t])
    want = (x - beta[t - 1] / np.sqrt(1 - alpha_bar) * predicted) / np.sqrt(1 - beta[t - 1])
    np.testing.assert_allclose(got, [want], rtol=1e-4, atol=1e-3)


def test_ddim_variance_written_out():
    alpha_bar = np.concatenate([[1], np.cumprod(1 - np.linspace(1e-3, 0.5, 20))])
    for t, s, eta in ((20, 10, 0.5), (7, 3, 1.0), (1, 0, 1.0)):
        want = eta**2 * (1 - alpha_bar[s]) / (1 - alpha_bar[t]) * (1 - alpha_bar[t] / alpha_bar[s])
        assert float(ddim_variance(FEW, t, s, eta=eta)) == pytest.approx(want, rel=1e-4, abs=1e-7)
    assert float(ddim_variance(FEW, 20, 10, eta=0.0)) == 0


def test_whole_samplers_agree_at_eta_1(key):
    start = jax.random.normal(jax.random.key(3), (6, 2))
    denoise = exact(FEW, 1.0, 0.5)
    way = ddim(denoise, FEW, start, steps=20, eta=1.0, key=key)
    np.testing.assert_allclose(way, ddpm(denoise, FEW, start, key=key), rtol=1e-3, atol=1e-3)


@jax.jit
def four_ways(start, key, mean, deviation):
    denoise = exact(MANY, mean, deviation)
    return {
        "ddpm": ddpm(denoise, MANY, start, key=key)[-1],
        "ddpm, beta": ddpm(denoise, MANY, start, key=key, variance=MANY.beta)[-1],
        "ddim": ddim(denoise, MANY, start, steps=100)[-1],
        "between": ddim(denoise, MANY, start, steps=100, eta=0.5, key=key)[-1],
    }


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (1.5, 0.3)])
def test_with_the_exact_score_of_a_normal_distribution_that_distribution_returns(mean, deviation, key):
    start = jax.random.normal(jax.random.key(1), (5000,))
    for name, samples in four_ways(start, key, jnp.array(mean), jnp.array(deviation)).items():
        assert float(samples.mean()) == pytest.approx(mean, abs=0.05), name
        assert float(samples.std()) == pytest.approx(deviation, rel=0.05), name


def test_the_two_variances_are_each_exact_for_their_own_data(key):
    start = jax.random.normal(jax.random.key(1), (5000,))
    # The variance β for standard normal data: every step keeps the variance at 1, however large it is.
    kept = ddpm(exact(FEW, 0.0, 1.0), FEW, start, key=key, variance=FEW.beta)
    np.testing.assert_allclose(kept.std(axis=1)[:-1], 1, atol=0.05)
    # The posterior's for data that are one point: x_t is then distributed as `diffuse` makes it.
    one_point = ddpm(
        exact(FEW, 2.0, 0.0), FEW, jnp.sqrt(FEW.noise_variance[20]) * start + 2 * jnp.sqrt(FEW.alpha_bar[20]), key=key
    )
    np.testing.assert_allclose(one_point.std(axis=1), jnp.sqrt(FEW.noise_variance[::-1]), atol=0.02)
    np.testing.assert_allclose(one_point[-1], 2, atol=1e-3)


def test_ddim_with_eta_0_is_deterministic(key):
    start, denoise = jax.random.normal(jax.random.key(1), (5,)), exact(FEW, 1.0, 0.5)
    without = ddim(denoise, FEW, start, steps=7)
    np.testing.assert_array_equal(ddim(denoise, FEW, start, steps=7), without)
    np.testing.assert_array_equal(ddim(denoise, FEW, start, steps=7, key=key), without)
    drawn = ddim(denoise, FEW, start, steps=7, eta=1.0, key=key)
    assert not np.allclose(drawn[-1], ddim(denoise, FEW, start, steps=7, eta=1.0, key=jax.random.key(9))[-1])


def test_ddpm_depends_on_its_key_and_on_nothing_else(key):
    start, denoise = jnp.ones(3), exact(FEW, 1.0, 0.5)
    first = ddpm(denoise, FEW, start, key=key)
    np.testing.assert_array_equal(ddpm(denoise, FEW, start, key=key), first)
    assert not np.allclose(ddpm(denoise, FEW, start, key=jax.random.key(9))[-1], first[-1])
    np.testing.assert_allclose(jax.jit(lambda start: ddpm(denoise, FEW, start, key=key))(start), first, atol=1e-5)
    assert first.shape == (21, 3)
    np.testing.assert_array_equal(first[0], start)


def test_the_denoiser_is_asked_at_the_steps_of_the_way():
    def tell(x, t):  # answers the step number, as noise; the way then shows which was asked
        return t.astype(x.dtype) * jnp.ones_like(x)

    made = schedule(jnp.array([0.75, 0.75]))
    way = ddim(tell, made, jnp.zeros(1), steps=2)
    x1 = ddim_step(made, jnp.zeros(1), 2, 1, jnp.full(1, 2.0), jnp.zeros(1))
    np.testing.assert_allclose(way[1], x1, rtol=1e-5)
    np.testing.assert_allclose(way[2], ddim_step(made, x1, 1, 0, jnp.full(1, 1.0), jnp.zeros(1)), rtol=1e-5)


@pytest.mark.parametrize("steps", [1, 3, 7, 20])
def test_stops_go_from_the_last_to_0_and_never_back(steps):
    times = np.asarray(ddim_times(FEW, steps=steps))
    assert times[0] == 20
    assert times[-1] == 0
    assert (np.diff(times) < 0).all()


@given(numbers, numbers)
def test_guidance_is_a_straight_line_through_both(unconditional, conditional):
    u, c = jnp.array([unconditional]), jnp.array([conditional])
    np.testing.assert_allclose(guided_noise(u, c, scale=0.0), c, atol=1e-6)
    np.testing.assert_allclose(guided_noise(u, c, scale=-1.0), u, atol=1e-6)
    np.testing.assert_allclose(guided_noise(u, c, scale=3.0), c + 3 * (c - u), atol=1e-4)
    np.testing.assert_allclose(guided_noise(c, c, scale=3.0), c, atol=1e-5)


def test_guidance_moves_samples_away_from_what_holds_for_all(key):
    start = jax.random.normal(key, (2000,))
    everything, one_class = exact(FEW, 0.0, 1.0), exact(FEW, 1.0, 0.5)

    def guided(scale):
        return lambda x, t: guided_noise(everything(x, t), one_class(x, t), scale=scale)

    plain, pushed = (ddim(guided(scale), FEW, start, steps=20)[-1] for scale in (0.0, 2.0))
    assert float(pushed.mean()) > float(plain.mean()) + 0.1
    assert float(pushed.std()) < float(plain.std())


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_keys(self):
        with pytest.raises(TypeError, match="ddpm: got key of type int"):
            ddpm(lambda x, t: x, FEW, jnp.ones(2), key=0)
        with pytest.raises(TypeError, match="ddim: got key of type NoneType; wants one key"):
            ddim(lambda x, t: x, FEW, jnp.ones(2), steps=5, eta=0.5)

    def test_steps(self):
        with pytest.raises(ValueError, match="ddim_times: got steps=21; wants at most 20"):
            ddim(lambda x, t: x, FEW, jnp.ones(2), steps=21)
        with pytest.raises(ValueError, match="ddim_times: got steps=0; wants at least 1"):
            ddim_times(FEW, steps=0)

    def test_shapes(self, key):
        with pytest.raises(ShapeError, match=r"predicted_start: got x of shape \(2,\) and noise of shape \(3,\)"):
            ddpm(lambda x, t: jnp.ones(3), FEW, jnp.ones(2), key=key)
        with pytest.raises(ShapeError, match=r"ddpm: got variance of shape \(20,\); wants shape \(21,\)"):
            ddpm(lambda x, t: x, FEW, jnp.ones(2), key=key, variance=jnp.ones(20))
        with pytest.raises(ShapeError, match=r"guided_noise: got unconditional of shape \(2,\) and conditional"):
            guided_noise(jnp.ones(2), jnp.ones(3), scale=1.0)
        with pytest.raises(TypeError, match="ddim: got start of dtype int32"):
            ddim(lambda x, t: x, FEW, jnp.ones(2, int), steps=5)

    def test_two_dtypes(self, key):
        half = jnp.ones(2, jnp.bfloat16)
        with pytest.raises(
            TypeError, match=r"^ddpm: got schedule of dtype float32 and start of dtype bfloat16; wants one"
        ):
            ddpm(lambda x, t: x, FEW, half, key=key)
        with pytest.raises(
            TypeError, match=r"^ddim: got schedule of dtype float32 and start of dtype bfloat16; wants one"
        ):
            ddim(lambda x, t: x, FEW, half, steps=5)
