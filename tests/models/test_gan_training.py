"""The two players take turns: each follows its own loss, with its own memory, and together they find the data."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook import ShapeError
from nnbook.errors import NonFiniteLossError
from nnbook.models import gan, gan_training
from nnbook.models.gan_losses import NON_SATURATING, Game, wasserstein

SGD = optax.sgd(0.1)
ADAM = optax.adam(1e-2, b1=0.5)


@pytest.fixture
def players(key):
    return gan.init(key, latent=2, features=2, hidden=(6,))


@pytest.fixture
def real():
    return jax.random.normal(jax.random.key(1), (2, 5, 2))


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


# A game of two numbers: the discriminator is to grow its biases, the generator to make the mean of its fakes small.
SIMPLE = Game(
    discriminator_loss=lambda discriminator, real, fake, key: -sum(layer.b.sum() for layer in discriminator.layers),
    generator_loss=lambda discriminator, fake: discriminator.layers[-1].b[0] * fake.mean(),
)


def test_a_step_is_so_many_turns_of_the_discriminator_and_one_of_the_generator(players, real, key):
    state, losses = gan_training.step(gan_training.start(players, SGD), real, key=key, optimizer=SGD, game=SIMPLE)
    after = state.params
    for layer, before in zip(after.discriminator.layers, players.discriminator.layers, strict=True):
        np.testing.assert_allclose(layer.b, before.b + 2 * 0.1, atol=1e-6)
        np.testing.assert_array_equal(layer.w, before.w)
    # The generator meets the discriminator as it is after its turns: the last bias is 0.2, and a mean over two features
    # has the slope 0.2 / 2 for each bias of the last layer.
    np.testing.assert_allclose(after.generator.layers[-1].b, -0.1 * 0.2 / 2, atol=1e-6)
    assert float(losses.discriminator) == pytest.approx(-0.1 * 7)


def test_each_player_has_a_memory_of_its_own(players, real, key):
    state, _ = gan_training.step(gan_training.start(players, ADAM), real, key=key, optimizer=ADAM)
    assert int(state.discriminator_memory[0].count) == 2
    assert int(state.generator_memory[0].count) == 1
    assert jax.tree.structure(state.generator_memory[0].mu) == jax.tree.structure(players.generator)


def test_compiled_it_is_the_same(players, real, key):
    def step(state, real, key):
        return gan_training.step(state, real, key=key, optimizer=ADAM)

    start = gan_training.start(players, ADAM)
    eager, compiled = step(start, real, key), jax.jit(step)(start, real, key)
    np.testing.assert_allclose(flat(compiled), flat(eager), atol=1e-5)


@pytest.mark.parametrize("game", [NON_SATURATING, wasserstein(penalty=0.1)], ids=["non-saturating", "wasserstein"])
def test_every_game_brings_the_fakes_to_the_data(game, key):
    data = jnp.array([[3.0, -1.0]]) + 0.2 * jax.random.normal(key, (64, 2))
    players = gan.init(key, latent=2, features=2, hidden=(16,))
    run = gan_training.fit(
        players, data, key=jax.random.key(2), optimizer=ADAM, steps=250, game=game, batch_size=32, turns=2
    )
    assert run.losses.discriminator.shape == run.losses.generator.shape == (250,)
    assert jnp.isfinite(run.losses.generator).all()
    draw = jax.jit(lambda generator, keys: jax.vmap(lambda key: gan.sample(generator, key=key))(keys))
    keys = jax.random.split(jax.random.key(3), 200)
    away = [
        float(jnp.linalg.norm(draw(generator, keys).mean(axis=0) - jnp.array([3.0, -1.0])))
        for generator in (players.generator, run.params.generator)
    ]
    assert away[1] < 1.0 < away[0]


def test_the_key_decides_and_many_seeds_run_at_once(players, real):
    def run(key):
        return gan_training.fit(players, real[0], key=key, optimizer=ADAM, steps=3, batch_size=4).losses.generator

    keys = jax.random.split(jax.random.key(5), 2)
    many = jax.vmap(run)(keys)
    np.testing.assert_allclose(many[0], run(keys[0]), atol=1e-5)
    np.testing.assert_array_equal(run(keys[1]), run(keys[1]))
    assert not np.allclose(many[0], many[1])


def loses(player, step):
    """A game whose losses are 1, but that of one player is NaN from the step on in which a bias has grown so far."""

    def grown(discriminator):
        return discriminator.layers[-1].b[0]  # starts at 0 and grows by 0.1 a turn

    def loss(name, discriminator):
        bias = grown(discriminator)
        return (
            jnp.where((name == player) & (bias > 0.1 * step - 0.05), jnp.nan, 1.0) + jax.lax.stop_gradient(bias) - bias
        )

    return Game(
        discriminator_loss=lambda discriminator, real, fake, key: loss("discriminator", discriminator),
        generator_loss=lambda discriminator, fake: loss("generator", discriminator) + 0 * fake.sum(),
    )


# The generator meets the discriminator after its turn, and so a step earlier.
@pytest.mark.parametrize(("player", "step"), [("discriminator", 3), ("generator", 2)])
def test_a_loss_that_is_not_finite_is_an_error(player, step, players, real, key):
    with pytest.raises(
        NonFiniteLossError, match=f"the loss is nan at step {step}; the last finite loss was 1"
    ) as error:
        gan_training.fit(players, real[0], key=key, optimizer=SGD, steps=6, game=loses(player, 3), batch_size=4)
    assert (error.value.step, error.value.last_step, error.value.last_loss) == (step, step - 1, 1.0)


def test_a_loss_that_never_was_finite_is_an_error(players, real, key):
    with pytest.raises(NonFiniteLossError, match="at step 0; no step had a finite loss"):
        gan_training.fit(players, jnp.nan * real[0], key=key, optimizer=SGD, steps=2, batch_size=4)


def test_mapped_over_keys_what_is_not_finite_stays_in_the_losses(players, real, key):
    def run(key):
        return gan_training.fit(
            players, real[0], key=key, optimizer=SGD, steps=6, game=loses("generator", 3), batch_size=4
        ).losses.generator

    np.testing.assert_array_equal(jnp.isnan(jax.vmap(run)(jax.random.split(key, 2))), [[False] * 2 + [True] * 4] * 2)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_step(self, players, real, key):
        start = gan_training.start(players, SGD)
        with pytest.raises(ShapeError, match=r"gan_training\.step: got real of shape \(5, 2\).*real\[None\]"):
            gan_training.step(start, real[0], key=key, optimizer=SGD)
        with pytest.raises(ShapeError, match="one batch for each turn"):
            gan_training.step(start, real[:, :0], key=key, optimizer=SGD)
        with pytest.raises(TypeError, match=r"gan_training\.step: got key of type int"):
            gan_training.step(start, real, key=0, optimizer=SGD)

    def test_fit(self, players, real, key):
        with pytest.raises(
            ShapeError, match=r"gan_training\.fit: got data of shape \(2, 5, 2\); wants one example a row"
        ):
            gan_training.fit(players, real, key=key, optimizer=SGD, steps=1)
        with pytest.raises(ValueError, match=r"gan_training\.fit: got turns=0; wants at least 1"):
            gan_training.fit(players, real[0], key=key, optimizer=SGD, steps=1, turns=0)
        with pytest.raises(TypeError, match=r"gan_training\.fit: got key of type int"):
            gan_training.fit(players, real[0], key=0, optimizer=SGD, steps=1)
