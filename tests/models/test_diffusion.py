"""The way from data to noise: one formula for many steps, and what can be known of the way back."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.models import diffusion
from nnbook.models.diffusion import linear_schedule, schedule

STEPS = 8
betas = st.lists(st.floats(2**-7, 0.625, width=32), min_size=STEPS, max_size=STEPS)
make = jax.jit(schedule)
some = settings(max_examples=20)
steps_of_paper = partial(linear_schedule, steps=1000)


@some
@given(betas)
def test_schedules_written_out(beta):
    made = make(jnp.array(beta))
    alpha_bar = np.concatenate([[1], np.cumprod(1 - np.float64(beta))])
    np.testing.assert_array_equal(made.beta, np.concatenate([[0], np.float32(beta)]))
    np.testing.assert_allclose(made.alpha_bar, alpha_bar, rtol=1e-5)
    np.testing.assert_allclose(made.noise_variance, 1 - alpha_bar, rtol=1e-5)


def test_small_noise_keeps_its_digits():
    # 1 − 0.9999 in float32 is wrong in its fourth digit.
    assert float(steps_of_paper().noise_variance[1]) == pytest.approx(1e-4, rel=1e-5)


def test_the_linear_schedule_is_the_papers():
    made = steps_of_paper()
    np.testing.assert_allclose(made.beta[1:], np.linspace(1e-4, 0.02, 1000), rtol=1e-5)
    want = np.prod(1 - np.linspace(1e-4, 0.02, 1000))
    assert float(made.alpha_bar[-1]) == pytest.approx(want, rel=1e-3)
    assert want < 5e-5


@some
@given(betas)
def test_single_steps_make_the_closed_form(beta):
    """Each step scales the mean by √(1 − β) and the variance by 1 − β, and adds β: t of them are `diffuse`."""
    made = make(jnp.array(beta))
    scale, variance = 1.0, 0.0
    for t in range(1, STEPS + 1):
        kept = float(diffusion.diffuse_step(made, jnp.array(1.0), t, jnp.array(0.0)))
        added = float(diffusion.diffuse_step(made, jnp.array(0.0), t, jnp.array(1.0)))
        scale, variance = kept * scale, kept**2 * variance + added**2
        assert float(diffusion.diffuse(made, jnp.array(1.0), t, jnp.array(0.0))) == pytest.approx(scale, rel=1e-5)
        at_once = float(diffusion.diffuse(made, jnp.array(0.0), t, jnp.array(1.0))) ** 2
        assert at_once == pytest.approx(variance, rel=1e-4)


def test_walked_step_by_step_samples_have_the_mean_and_variance_of_the_closed_form(key):
    made = schedule(jnp.array([0.1, 0.3, 0.2]))
    x = jnp.full(40000, 2.0)
    for t, step_key in enumerate(jax.random.split(key, 3), start=1):
        x = diffusion.diffuse_step(made, x, t, jax.random.normal(step_key, x.shape))
    assert float(x.mean()) == pytest.approx(2 * (0.9 * 0.7 * 0.8) ** 0.5, abs=0.02)
    assert float(x.var()) == pytest.approx(1 - 0.9 * 0.7 * 0.8, rel=0.03)


def test_nothing_is_added_at_step_0():
    x, noise = jnp.array([1.0, 2.0]), jnp.array([5.0, -5.0])
    np.testing.assert_array_equal(diffusion.diffuse(steps_of_paper(), x, 0, noise), x)


@some
@given(betas, st.integers(1, STEPS))
def test_the_start_is_found_again(beta, t):
    made = make(jnp.array(beta))
    x0, noise = jnp.array([1.0, -2.0]), jnp.array([0.5, 1.5])
    x = diffusion.diffuse(made, x0, t, noise)
    np.testing.assert_allclose(diffusion.predicted_start(made, x, t, noise), x0, atol=1e-3)


@some
@given(betas, st.integers(1, STEPS), st.floats(-3, 3, width=32), st.floats(-3, 3, width=32))
def test_the_posterior_is_bayes_rule(beta, t, x0, x):
    """Multiply the two normal densities of x_{t−1}: N(√ᾱ_{t−1} x₀, 1 − ᾱ_{t−1}) and that of x_t given x_{t−1}."""
    made = make(jnp.array(beta))
    got = diffusion.posterior(made, jnp.array(x0), jnp.array(x), t)
    b = np.float64(np.float32(beta))
    alpha_bar = np.prod(1 - b[: t - 1])
    here, there = 1 - alpha_bar, b[t - 1] / (1 - b[t - 1])  # the second, as a density of x_{t−1}
    variance = here * there / (here + there)
    mean = (np.sqrt(alpha_bar) * x0 * there + x / np.sqrt(1 - b[t - 1]) * here) / (here + there)
    assert float(got.variance) == pytest.approx(variance, abs=1e-5)
    assert float(got.mean) == pytest.approx(mean, abs=1e-4)
    assert float(diffusion.posterior_variance(made)[t]) == pytest.approx(variance, abs=1e-5)


def test_posterior_variance_is_below_beta_and_0_for_the_last_step():
    made = steps_of_paper()
    variance = diffusion.posterior_variance(made)
    assert variance[0] == variance[1] == 0
    assert (variance[2:] > 0).all()
    assert (variance[1:] < made.beta[1:]).all()


def test_the_loss_of_silence_is_1_and_of_a_perfect_answer_0(key):
    made = linear_schedule(steps=20)
    x0 = jnp.array([1.0, -2.0])
    keys = jax.random.split(key, 4000)

    def known(x, t):  # with one point as data the noise is what is not that point
        return (x - jnp.sqrt(made.alpha_bar[t]) * x0) / jnp.sqrt(made.noise_variance[t])

    @jax.jit
    def losses(keys):
        return [
            jax.vmap(lambda key, answer=answer: diffusion.noise_loss(answer, made, x0, key=key))(keys)
            for answer in (known, lambda x, t: 0 * x)
        ]

    right, silent = losses(keys)
    assert float(right.max()) < 1e-6
    assert float(silent.mean()) == pytest.approx(1, abs=0.05)


def test_the_loss_looks_at_every_step_from_1_to_the_last(key):
    made = linear_schedule(steps=5)

    # A denoiser whose answer is the step itself: what remains of (ε − t)² tells which t was drawn.
    def tell(x, t):
        return 100.0 * t.astype(x.dtype) + 0 * x

    loss = jax.jit(jax.vmap(lambda key: diffusion.noise_loss(tell, made, jnp.zeros(4), key=key)))
    drawn = np.round(np.sqrt(np.asarray(loss(jax.random.split(key, 500)))) / 100)
    shares = np.bincount(drawn.astype(int), minlength=7) / 500
    assert shares[0] == shares[6] == 0
    np.testing.assert_allclose(shares[1:6], 0.2, atol=0.06)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_schedules(self):
        with pytest.raises(ShapeError, match=r"diffusion\.schedule: got beta of shape \(0,\); wants one number"):
            schedule(jnp.ones(0))
        with pytest.raises(TypeError, match="got beta of dtype int32"):
            schedule(jnp.ones(3, int))
        with pytest.raises(ValueError, match="linear_schedule: got steps=0"):
            linear_schedule(steps=0)
        with pytest.raises(ValueError, match=r"got first=0\.0001 and last=1\.0; wants numbers between 0 and 1"):
            linear_schedule(steps=5, last=1.0)

    def test_shapes(self, key):
        made, x, other = linear_schedule(steps=3), jnp.ones(2), jnp.ones(3)
        for use in (diffusion.diffuse_step, diffusion.diffuse, diffusion.predicted_start):
            with pytest.raises(ShapeError, match=f"^{use.__name__}: got x0? of shape .2,. and noise of shape .3,."):
                use(made, x, 1, other)
        with pytest.raises(ShapeError, match=r"^posterior: got x0 of shape \(2,\) and x of shape \(3,\)"):
            diffusion.posterior(made, x, other, 1)
        with pytest.raises(ShapeError, match=r"^noise_loss: got noise of shape \(2,\) and answer of shape \(3,\)"):
            diffusion.noise_loss(lambda x, t: other, made, x, key=key)
        with pytest.raises(TypeError, match="noise_loss: got key of type int"):
            diffusion.noise_loss(lambda x, t: x, made, x, key=0)
