"""The two terms of the evidence lower bound are what they are called, and the bound is one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.activations import sigmoid
from nnbook.layers.linear import Linear
from nnbook.models import mlp, vae
from nnbook.models.mlp import MLP
from nnbook.models.vae import VAE, Posterior

seeds = st.integers(0, 2**16)
kl = jax.jit(vae.kl_to_standard_normal)


@pytest.fixture
def params(key):
    return vae.init(key, features=6, latent=2, hidden=(8, 5))


def test_sizes(params):
    assert [layer.w.shape for layer in params.encoder.layers] == [(8, 6), (5, 8), (4, 5)]
    assert [layer.w.shape for layer in params.decoder.layers] == [(5, 2), (8, 5), (6, 8)]


def test_the_encoder_gives_means_then_log_variances(params):
    x = jnp.linspace(0, 1, 6)
    posterior = vae.encode(params, x)
    np.testing.assert_array_equal(
        jnp.concatenate([posterior.mean, posterior.log_variance]), mlp.apply(params.encoder, x)
    )


def test_reparameterised_samples_have_mean_and_variance_of_the_posterior(key):
    posterior = Posterior(mean=jnp.array([1.0, -2.0]), log_variance=jnp.log(jnp.array([0.25, 4.0])))
    z = jax.vmap(vae.reparameterise, in_axes=(None, 0))(posterior, jax.random.normal(key, (20000, 2)))
    np.testing.assert_allclose(z.mean(axis=0), posterior.mean, atol=0.06)
    np.testing.assert_allclose(z.var(axis=0), [0.25, 4.0], rtol=0.05)


def test_gradients_pass_through_mean_and_deviation():
    posterior = Posterior(mean=jnp.array([1.0]), log_variance=jnp.log(jnp.array([4.0])))
    slope = jax.grad(lambda posterior: vae.reparameterise(posterior, jnp.array([0.5]))[0])(posterior)
    assert float(slope.mean[0]) == 1
    assert float(slope.log_variance[0]) == pytest.approx(0.5 * 2 * 0.5)


@settings(max_examples=8)
@given(seeds)
def test_the_closed_form_of_the_kl_is_what_monte_carlo_finds(seed):
    random = np.random.default_rng(seed)
    mean, deviation = random.normal(size=2), random.uniform(0.3, 2, size=2)
    z = mean + deviation * random.normal(size=(200_000, 2))
    log_q = -0.5 * ((z - mean) / deviation) ** 2 - np.log(deviation)
    estimates = (log_q + 0.5 * z**2).sum(axis=1)
    error = estimates.std() / len(estimates) ** 0.5
    posterior = Posterior(
        mean=jnp.asarray(mean, jnp.float32), log_variance=jnp.asarray(2 * np.log(deviation), jnp.float32)
    )
    assert float(kl(posterior)) == pytest.approx(estimates.mean(), abs=5 * error + 1e-5)


@settings(max_examples=15)
@given(seeds)
def test_the_kl_is_never_negative(seed):
    mean, log_variance = jnp.asarray(np.random.default_rng(seed).normal(scale=0.01, size=(2, 3)), jnp.float32)
    assert float(kl(Posterior(mean=mean, log_variance=log_variance))) >= 0


def test_the_kl_is_zero_at_the_prior_and_so_is_its_slope():
    value, slope = jax.value_and_grad(vae.kl_to_standard_normal)(
        Posterior(mean=jnp.zeros(3), log_variance=jnp.zeros(3))
    )
    assert float(value) == 0
    assert not slope.mean.any()
    assert not slope.log_variance.any()


def test_the_likelihood_is_safe_at_both_ends():
    value, slope = jax.value_and_grad(vae.log_likelihood)(jnp.array([-1e4, 1e4]), jnp.array([0.0, 1.0]))
    assert float(value) == 0
    assert jnp.isfinite(slope).all()
    assert float(vae.log_likelihood(jnp.array([-1e4]), jnp.array([1.0]))) == pytest.approx(-1e4)


def test_the_bound_is_its_two_terms(params, key):
    x = jnp.linspace(0, 1, 6)
    posterior = vae.encode(params, x)
    z = vae.reparameterise(posterior, jax.random.normal(key, (2,)))
    bound = vae.elbo(params, x, key=key)
    assert float(bound.log_likelihood) == pytest.approx(float(vae.log_likelihood(vae.decode(params, z), x)), rel=1e-5)
    assert float(bound.kl) == pytest.approx(float(kl(posterior)), rel=1e-5)
    assert float(bound.value) == pytest.approx(float(bound.log_likelihood) - float(bound.kl), rel=1e-5)


def test_it_bounds_log_p_from_below(key):
    # With one latent number, p(x) is an integral that a fine grid computes.
    keys = jax.random.split(key, 2)
    params = vae.init(keys[0], features=4, latent=1, hidden=(8,))
    x = jnp.array([0.0, 1.0, 1.0, 0.0])
    grid = jnp.linspace(-8, 8, 4001)

    @jax.jit
    def both(params, keys):
        likelihood = jax.vmap(lambda z: vae.log_likelihood(vae.decode(params, z[None]), x))(grid)
        integral = jax.nn.logsumexp(likelihood - 0.5 * grid**2) + jnp.log((grid[1] - grid[0]) / jnp.sqrt(2 * jnp.pi))
        return integral, jax.vmap(lambda key: vae.elbo(params, x, key=key).value)(keys).mean()

    log_p, bound = both(params, jax.random.split(keys[1], 2000))
    assert float(bound) < float(log_p) + 0.02
    # The bound is tight for a posterior that is the true one: here a decoder that does not look at z, and the prior.
    blind = VAE(
        encoder=MLP(layers=(Linear(w=jnp.zeros((2, 4)), b=jnp.zeros(2)),)),
        decoder=MLP(layers=(Linear(w=jnp.zeros((4, 1)), b=jnp.ones(4)),)),
    )
    tight = vae.elbo(blind, x, key=key)
    assert float(tight.kl) == 0
    assert float(tight.value) == pytest.approx(float(vae.log_likelihood(jnp.ones(4), x)))


def test_samples_and_reconstructions_are_probabilities(params, key):
    z = jax.random.normal(key, (2,))
    np.testing.assert_allclose(vae.sample(params, key=key), sigmoid(vae.decode(params, z)), rtol=1e-6)
    x = jnp.linspace(0, 1, 6)
    np.testing.assert_allclose(
        vae.reconstruct(params, x), sigmoid(vae.decode(params, vae.encode(params, x).mean)), rtol=1e-6
    )


def test_a_walk_goes_straight_and_keeps_its_ends(params):
    start, end = jnp.array([-1.0, 2.0]), jnp.array([3.0, 0.0])
    walk = vae.latent_walk(params, start, end, steps=5)
    assert walk.shape == (5, 6)
    for place, z in ((0, start), (2, (start + end) / 2), (4, end)):
        np.testing.assert_allclose(walk[place], sigmoid(vae.decode(params, z)), rtol=1e-5)


def test_a_few_steps_of_descent_raise_the_bound(key):
    x = (jax.random.uniform(key, (16, 6)) < jnp.array([[0.9, 0.9, 0.9, 0.1, 0.1, 0.1]])).astype(jnp.float32)
    keys = jax.random.split(jax.random.key(1), 16)
    params = vae.init(key, features=6, latent=2, hidden=(8,))

    def loss(params):
        return -jax.vmap(lambda x, key: vae.elbo(params, x, key=key).value)(x, keys).mean()

    @jax.jit
    def descend(params):
        def step(params, _):
            value, gradient = jax.value_and_grad(loss)(params)
            return jax.tree.map(lambda p, g: p - 0.1 * g, params, gradient), value

        return jax.lax.scan(step, params, length=100)

    _, losses = descend(params)
    assert losses[-1] < losses[0] - 0.5


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_init(self, key):
        with pytest.raises(TypeError, match=r"vae\.init: got key of type int"):
            vae.init(0, features=4, latent=2)
        with pytest.raises(ValueError, match=r"vae\.init: got latent=0; wants at least 1"):
            vae.init(key, features=4, latent=0)

    def test_keys(self, params):
        with pytest.raises(TypeError, match=r"vae\.elbo: got key of type int"):
            vae.elbo(params, jnp.ones(6), key=0)
        with pytest.raises(TypeError, match=r"vae\.sample: got key of type int"):
            vae.sample(params, key=0)

    def test_shapes(self, params):
        with pytest.raises(ShapeError, match=r"mlp, layer 0: got x of shape \(5,\); wants x of shape \(6,\)"):
            vae.encode(params, jnp.ones(5))
        with pytest.raises(ShapeError, match=r"mean of shape \(2,\) and log_variance of shape \(3,\)"):
            vae.kl_to_standard_normal(Posterior(mean=jnp.ones(2), log_variance=jnp.ones(3)))
        with pytest.raises(ShapeError, match=r"vae\.reparameterise: got noise of shape \(3,\); wants shape \(2,\)"):
            vae.reparameterise(Posterior(mean=jnp.ones(2), log_variance=jnp.ones(2)), jnp.ones(3))
        with pytest.raises(ShapeError, match=r"vae\.log_likelihood: got logits of shape \(2, 3\).*jax\.vmap"):
            vae.log_likelihood(jnp.ones((2, 3)), jnp.ones((2, 3)))
        with pytest.raises(TypeError, match=r"vae\.log_likelihood: got x of dtype int32; wants floats"):
            vae.log_likelihood(jnp.ones(3), jnp.ones(3, int))

    def test_walk(self, params):
        with pytest.raises(ValueError, match=r"vae\.latent_walk: got steps=1; wants at least 2"):
            vae.latent_walk(params, jnp.ones(2), jnp.ones(2), steps=1)
        with pytest.raises(ShapeError, match=r"start of shape \(2,\) and end of shape \(3,\)"):
            vae.latent_walk(params, jnp.ones(2), jnp.ones(3), steps=3)
