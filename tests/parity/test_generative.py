"""SciPy, Optax and the formulas written out in NumPy give the same losses and the same gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.integrate
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook.layers.linear import Linear
from nnbook.models import diffusion, flow, gan_losses, hopfield, vae
from nnbook.models.mlp import MLP
from nnbook.models.vae import Posterior

BATCH = 7
seeds = st.integers(0, 2**16)
few = settings(max_examples=10)
close = {"rtol": 1e-4, "atol": 1e-5}


def normals(seed, *shapes):
    random = np.random.default_rng(seed)
    return [random.normal(scale=2, size=shape).astype(np.float32) for shape in shapes]


kl = jax.jit(jax.value_and_grad(vae.kl_to_standard_normal))
likelihood = jax.jit(jax.value_and_grad(vae.log_likelihood))


@few
@given(seeds)
def test_kl_by_the_general_formula_of_two_normal_distributions(seed):
    mean, log_variance = normals(seed, 4, 4)
    value, gradient = kl(Posterior(mean=jnp.asarray(mean), log_variance=jnp.asarray(log_variance)))
    m, covariance = mean.astype(np.float64), np.diag(np.exp(log_variance.astype(np.float64)))
    # ½ (tr(S₁⁻¹ S₀) + (m₁ − m₀)ᵀ S₁⁻¹ (m₁ − m₀) − k + log |S₁| / |S₀|), with m₁ = 0 and S₁ = I.
    want = 0.5 * (np.trace(covariance) + m @ m - 4 - np.linalg.slogdet(covariance)[1])
    np.testing.assert_allclose(value, want, **close)
    np.testing.assert_allclose(gradient.mean, mean, **close)
    np.testing.assert_allclose(gradient.log_variance, 0.5 * (np.exp(log_variance) - 1), **close)


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (1.3, 0.4), (-2.0, 2.5)])
def test_kl_by_the_integral_of_scipy(mean, deviation):
    q, prior = scipy.stats.norm(mean, deviation), scipy.stats.norm()
    edges = mean - 12 * deviation, mean + 12 * deviation
    want, _ = scipy.integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - prior.logpdf(z)), *edges)
    ours, _ = kl(Posterior(mean=jnp.array([mean]), log_variance=jnp.array([2 * np.log(deviation)], jnp.float32)))
    np.testing.assert_allclose(ours, want, **close)


@few
@given(seeds)
def test_likelihood_by_optax_and_scipy(seed):
    logits, x = normals(seed, 6, 6)
    x = scipy.special.expit(x)
    value, gradient = likelihood(logits, x)
    np.testing.assert_allclose(value, -optax.sigmoid_binary_cross_entropy(logits, x).sum(), **close)
    p = scipy.special.expit(logits.astype(np.float64))
    np.testing.assert_allclose(value, (scipy.special.xlogy(x, p) + scipy.special.xlog1py(1 - x, -p)).sum(), **close)
    np.testing.assert_allclose(gradient, x - p, **close)


GAN_LOSSES = {
    "minimax": (gan_losses.minimax_loss, lambda z: -optax.sigmoid_binary_cross_entropy(z, jnp.zeros_like(z)).mean()),
    "non-saturating": (
        gan_losses.non_saturating_loss,
        lambda z: optax.sigmoid_binary_cross_entropy(z, jnp.ones_like(z)).mean(),
    ),
    "discriminator": (
        lambda z: gan_losses.discriminator_loss(z, -2 * z),
        lambda z: (
            optax.sigmoid_binary_cross_entropy(z, jnp.ones_like(z)).mean()
            + optax.sigmoid_binary_cross_entropy(-2 * z, jnp.zeros_like(z)).mean()
        ),
    ),
}


@pytest.mark.parametrize("name", GAN_LOSSES)
def test_losses_of_the_games_by_optax(name):
    ours, theirs = (jax.jit(jax.value_and_grad(loss)) for loss in GAN_LOSSES[name])
    for seed in range(5):
        (logits,) = normals(seed, BATCH)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, **close), ours(logits), theirs(logits))


penalty = jax.jit(jax.value_and_grad(gan_losses.gradient_penalty))


@few
@given(seeds)
def test_gradient_penalty_of_a_hidden_layer_by_numpy(seed):
    """D(x) = v·relu(W x + b) has the slope Wᵀ(v ⊙ [W x + b > 0]); the penalty's gradient with v follows by hand."""
    w, b, v, real, fake = normals(seed, (5, 3), 5, 5, (BATCH, 3), (BATCH, 3))
    key = jax.random.key(seed)
    hidden = Linear(w=jnp.asarray(w), b=jnp.asarray(b))
    critic = MLP(layers=(hidden, Linear(w=jnp.asarray(v)[None], b=jnp.zeros(1))))
    value, gradient = penalty(critic, real, fake, key=key)
    place = np.asarray(jax.random.uniform(key, (BATCH, 1)), np.float64)
    between = place * real + (1 - place) * fake
    on = (between @ w.T + b > 0).astype(np.float64)
    slopes = (on * v) @ w
    lengths = np.linalg.norm(slopes, axis=1)
    np.testing.assert_allclose(value, ((lengths - 1) ** 2).mean(), rtol=1e-3, atol=1e-4)
    outer = 2 * (1 - 1 / np.where(lengths > 0, lengths, 1))[:, None] * slopes
    by_hand = (on * (outer @ w.T)).mean(axis=0)
    np.testing.assert_allclose(gradient.layers[1].w[0], by_hand, rtol=1e-3, atol=1e-3)


def linear_answer(matrix):
    return lambda x, time: matrix @ x


@jax.jit
@jax.value_and_grad
def noise_loss(matrix, x0, key):
    return diffusion.noise_loss(linear_answer(matrix), diffusion.linear_schedule(steps=10, last=0.3), x0, key=key)


@few
@given(seeds)
def test_noise_loss_of_a_linear_denoiser_by_numpy(seed):
    matrix, x0 = normals(seed, (3, 3), 3)
    key = jax.random.key(seed)
    value, gradient = noise_loss(matrix, x0, key)
    time_key, noise_key = jax.random.split(key)
    t, noise = int(jax.random.randint(time_key, (), 1, 11)), np.asarray(jax.random.normal(noise_key, (3,)), np.float64)
    alpha_bar = np.cumprod(1 - np.linspace(1e-4, 0.3, 10))[t - 1]
    x = np.sqrt(alpha_bar) * x0 + np.sqrt(1 - alpha_bar) * noise
    error = matrix @ x - noise
    np.testing.assert_allclose(value, (error**2).mean(), **close)
    np.testing.assert_allclose(gradient, 2 / 3 * np.outer(error, x), rtol=1e-3, atol=1e-4)


@jax.jit
@jax.value_and_grad
def velocity_loss(matrix, x1, key):
    return flow.velocity_loss(linear_answer(matrix), x1, key=key, sigma_min=0.1)


@few
@given(seeds)
def test_velocity_loss_of_a_linear_field_by_numpy(seed):
    matrix, x1 = normals(seed, (3, 3), 3)
    key = jax.random.key(seed)
    value, gradient = velocity_loss(matrix, x1, key)
    time_key, noise_key = jax.random.split(key)
    time, noise = float(jax.random.uniform(time_key)), np.asarray(jax.random.normal(noise_key, (3,)), np.float64)
    x = (1 - 0.9 * time) * noise + time * x1
    error = matrix @ x - (x1 - 0.9 * noise)
    np.testing.assert_allclose(value, (error**2).mean(), **close)
    np.testing.assert_allclose(gradient, 2 / 3 * np.outer(error, x), rtol=1e-3, atol=1e-4)


def test_the_samplers_step_is_the_one_scipy_takes_exactly():
    """A linear field has the solution exp(tA) x, which small steps approach."""
    field = np.float32([[-0.5, 1.0], [-1.0, -0.5]])
    start = np.float32([1.0, 2.0])
    want = scipy.integrate.solve_ivp(lambda time, x: field @ x, (0, 1), start, rtol=1e-9, atol=1e-9).y[:, -1]
    got = flow.sample(linear_answer(field), jnp.asarray(start), steps=100)[-1]
    np.testing.assert_allclose(got, want, rtol=1e-4)


@few
@given(seeds)
def test_a_hopfield_sweep_by_numpy(seed):
    random = np.random.default_rng(seed)
    patterns = random.choice(np.float32([-1, 1]), (3, 16))
    state, key = random.choice(np.float32([-1, 1]), 16), jax.random.key(seed)
    params = hopfield.store(jnp.asarray(patterns))
    got = hopfield.sweep(params, jnp.asarray(state), key=key)
    # 16 w is whole numbers: no rounding hides a pull of exactly 0.
    w = (patterns.T @ patterns) * (1 - np.eye(16, dtype=np.float32))
    for unit in np.asarray(jax.random.permutation(key, 16)):
        pull = w[unit] @ state
        state[unit] = state[unit] if pull == 0 else np.sign(pull)
    np.testing.assert_array_equal(got, state)
