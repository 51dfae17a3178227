"""What the losses of the three games promise: fixed points, slopes, and a penalty that finds a slope of 1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.linear import Linear
from nnbook.models import gan, gan_losses
from nnbook.models.gan_losses import (
    critic_generator_loss,
    critic_loss,
    discriminator_loss,
    gradient_penalty,
    minimax_loss,
    non_saturating_loss,
)
from nnbook.models.mlp import MLP

seeds = st.integers(0, 2**16)
penalty = jax.jit(gradient_penalty)


def test_at_the_fixed_point_the_discriminator_knows_nothing():
    # Goodfellow et al. (2014), theorem 1: the game's value there is −log 4.
    logits = jnp.zeros(5)
    assert float(discriminator_loss(logits, logits)) == pytest.approx(np.log(4))
    assert float(jax.grad(lambda c: discriminator_loss(c + logits, c + logits))(0.0)) == pytest.approx(0, abs=1e-7)


def test_the_original_game_is_zero_sum():
    real, fake = jnp.array([2.0, -1.0]), jnp.array([0.5, 0.0])
    ours = jax.grad(discriminator_loss, argnums=1)(real, fake)
    np.testing.assert_allclose(jax.grad(minimax_loss)(fake), -ours, atol=1e-7)


def test_where_the_fakes_are_found_out_only_one_generator_learns():
    found_out = jnp.full(4, -30.0)
    assert float(jnp.abs(jax.grad(minimax_loss)(found_out)).sum()) < 1e-12
    assert float(jax.grad(non_saturating_loss)(found_out).sum()) == pytest.approx(-1)


def test_both_generators_pull_the_same_way():
    logits = jnp.linspace(-5, 5, 11)
    assert (jax.grad(minimax_loss)(logits) < 0).all()
    assert (jax.grad(non_saturating_loss)(logits) < 0).all()


@pytest.mark.parametrize("loss", [minimax_loss, non_saturating_loss, lambda z: discriminator_loss(z, z)])
def test_no_logit_is_too_large(loss):
    value, gradient = jax.value_and_grad(loss)(jnp.array([-1e4, 1e4]))
    assert jnp.isfinite(value)
    assert jnp.isfinite(gradient).all()


def test_a_critic_does_not_care_about_a_constant():
    real, fake = jnp.array([2.0, -1.0]), jnp.array([0.5, 0.0])
    assert float(critic_loss(real + 7, fake + 7)) == pytest.approx(float(critic_loss(real, fake)))
    assert float(critic_loss(real, fake)) == pytest.approx(0.25 - 0.5)
    assert float(critic_generator_loss(fake)) == pytest.approx(-0.25)


def plane(slope):
    return MLP(layers=(Linear(w=jnp.asarray(slope)[None], b=jnp.array([0.3])),))


@settings(max_examples=10)
@given(seeds)
def test_the_penalty_of_a_plane_is_that_of_its_slope(seed):
    keys = jax.random.split(jax.random.key(seed), 4)
    slope, real, fake = (
        jax.random.normal(key, shape) for key, shape in zip(keys, [(3,), (6, 3), (6, 3)], strict=False)
    )
    length = float(jnp.linalg.norm(slope))
    assert float(penalty(plane(slope), real, fake, key=keys[3])) == pytest.approx((length - 1) ** 2, abs=1e-5)
    np.testing.assert_allclose(penalty(plane(slope / length), real, fake, key=keys[3]), 0, atol=1e-10)


def test_the_penalty_of_a_flat_critic_is_one_and_its_gradient_finite(key):
    flat = plane(jnp.zeros(3))
    value, gradient = jax.value_and_grad(gradient_penalty)(flat, jnp.ones((4, 3)), jnp.zeros((4, 3)), key=key)
    assert float(value) == 1
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_the_penalty_looks_between_fake_and_real(key):
    # This critic has the slope 1 for x > 0 and 3 for x < 0: relu(x) − 3 relu(−x).
    hidden = Linear(w=jnp.array([[1.0], [-1.0]]), b=jnp.zeros(2))
    kinked = MLP(layers=(hidden, Linear(w=jnp.array([[1.0, -3.0]]), b=jnp.zeros(1))))
    right, left = jnp.full((500, 1), 1.0), jnp.full((500, 1), -1.0)
    assert float(penalty(kinked, right, 2 * right, key=key)) == pytest.approx(0, abs=1e-9)
    assert float(penalty(kinked, left, 2 * left, key=key)) == pytest.approx(4)
    assert float(penalty(kinked, right, left, key=key)) == pytest.approx(2, abs=0.4)


def test_the_games_are_made_of_these_losses(key):
    players = gan.init(key, latent=2, features=3, hidden=(8,))
    real, fake = jax.random.normal(key, (6, 3)), jax.random.normal(jax.random.key(1), (6, 3))
    judge = jax.vmap(gan.discriminate, in_axes=(None, 0))
    reals, fakes = judge(players.discriminator, real), judge(players.discriminator, fake)
    games = {
        gan_losses.ORIGINAL: (discriminator_loss(reals, fakes), minimax_loss(fakes)),
        gan_losses.NON_SATURATING: (discriminator_loss(reals, fakes), non_saturating_loss(fakes)),
        gan_losses.wasserstein(penalty=2.0): (
            critic_loss(reals, fakes) + 2 * gradient_penalty(players.discriminator, real, fake, key=key),
            critic_generator_loss(fakes),
        ),
    }
    for game, (first, second) in games.items():
        np.testing.assert_allclose(game.discriminator_loss(players.discriminator, real, fake, key), first, rtol=1e-5)
        np.testing.assert_allclose(game.generator_loss(players.discriminator, fake), second, rtol=1e-5)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize("loss", [minimax_loss, non_saturating_loss, critic_generator_loss])
    def test_scores(self, loss):
        name = loss.__name__
        with pytest.raises(ShapeError, match=f"^{name}: got scores of shape .2, 1.; wants one for each example"):
            loss(jnp.ones((2, 1)))
        with pytest.raises(ShapeError, match="at least one"):
            loss(jnp.ones(0))
        with pytest.raises(TypeError, match=f"^{name}: got scores of dtype int32; wants floats"):
            loss(jnp.ones(2, int))

    def test_penalty(self, key):
        critic = plane(jnp.ones(3))
        with pytest.raises(
            ShapeError, match=r"gradient_penalty: got real of shape \(4, 3\) and fake of shape \(5, 3\)"
        ):
            gradient_penalty(critic, jnp.ones((4, 3)), jnp.ones((5, 3)), key=key)
        with pytest.raises(TypeError, match="gradient_penalty: got key of type int"):
            gradient_penalty(critic, jnp.ones((4, 3)), jnp.ones((4, 3)), key=0)
        with pytest.raises(ValueError, match=r"wasserstein: got penalty=-1\.0; wants a factor, 0 or more"):
            gan_losses.wasserstein(penalty=-1.0)
