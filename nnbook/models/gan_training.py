"""Training a generative adversarial network: the two players take turns, each with an optimiser state of its own."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.core import Tracer
from jaxtyping import Array, Float, Key

from nnbook.errors import NonFiniteLossError, ShapeError, require_floats, require_key, require_sizes
from nnbook.models.gan import GAN, sample
from nnbook.models.gan_losses import NON_SATURATING, Game


class State(NamedTuple):
    """The two players, and what the optimiser remembers of each."""

    params: GAN
    generator_memory: optax.OptState
    discriminator_memory: optax.OptState


class Losses(NamedTuple):
    """What the two players paid, one number a step; the discriminator's is that of its last turn in the step."""

    discriminator: Float[Array, "*steps"]
    generator: Float[Array, "*steps"]


class Fit(NamedTuple):
    """The trained players, and the losses of every step."""

    params: GAN
    losses: Losses


def start(params: GAN, optimizer: optax.GradientTransformation) -> State:
    """Give both players an optimiser state that remembers nothing yet.

    >>> from nnbook.models import gan
    >>> players = gan.init(jax.random.key(0), latent=2, features=3)
    >>> len(jax.tree.leaves(start(players, optax.sgd(0.1)))) == len(jax.tree.leaves(players))
    True
    """
    # A record of arrays is a pytree, which optax takes; its annotations do not know that.
    players: Any = params
    return State(params, optimizer.init(players.generator), optimizer.init(players.discriminator))


def step(
    state: State,
    real: Float[Array, "turns batch features"],
    *,
    key: Key[Array, ""],
    optimizer: optax.GradientTransformation,
    game: Game = NON_SATURATING,
) -> tuple[State, Losses]:
    """Let the discriminator learn from each batch of real examples beside as many new fakes, then the generator once.

    `real` holds one batch for each turn of the discriminator. The loss of each player is followed down its own
    parameters only: the other stands still meanwhile.
    Raises ShapeError unless real has three axes and no empty one, TypeError for a key that is not one.
    Source: Goodfellow et al. (2014), algorithm 1, where the turns are k.

    >>> from nnbook.models import gan
    >>> players = gan.init(jax.random.key(0), latent=2, features=3)
    >>> adam = optax.adam(1e-3)
    >>> state, losses = step(start(players, adam), jnp.ones((1, 8, 3)), key=jax.random.key(1), optimizer=adam)
    >>> losses.generator.shape
    ()
    """
    require_key("gan_training.step", key)
    real = require_floats("gan_training.step", real, "real")
    if real.ndim != 3 or 0 in real.shape:
        raise ShapeError(
            "gan_training.step",
            got=f"real of shape {real.shape}",
            want="(turns, batch, features), one batch for each turn of the discriminator",
            hint="a single batch goes in as real[None]" if real.ndim == 2 else "",
        )
    generator, discriminator = state.params.generator, state.params.discriminator
    fakes = partial(_fakes, count=real.shape[1])
    generator_key, *turn_keys = jax.random.split(key, 1 + real.shape[0])

    def turn(carry, seen):
        discriminator, memory = carry
        batch, key = seen
        fake_key, loss_key = jax.random.split(key)
        loss, gradient = jax.value_and_grad(game.discriminator_loss)(
            discriminator, batch, fakes(generator, key=fake_key), loss_key
        )
        return _follow(optimizer, gradient, memory, discriminator), loss

    (discriminator, discriminator_memory), losses = jax.lax.scan(
        turn, (discriminator, state.discriminator_memory), (real, jnp.stack(turn_keys))
    )
    generator_loss, gradient = jax.value_and_grad(
        lambda generator: game.generator_loss(discriminator, fakes(generator, key=generator_key))
    )(generator)
    generator, generator_memory = _follow(optimizer, gradient, state.generator_memory, generator)
    players = GAN(generator=generator, discriminator=discriminator)
    return State(players, generator_memory, discriminator_memory), Losses(losses[-1], generator_loss)


def fit(
    params: GAN,
    data: Float[Array, "examples features"],
    *,
    key: Key[Array, ""],
    optimizer: optax.GradientTransformation,
    steps: int,
    game: Game = NON_SATURATING,
    batch_size: int = 256,
    turns: int = 1,
) -> Fit:
    """Train both players for so many steps, in one compiled scan, on rows of the data drawn at random each time.

    `turns` is how often the discriminator learns before the generator does: 1 as a rule, 5 with `wasserstein()`.
    Neither loss says how good the samples are: look at those, with `coverage` for example. The whole run may be mapped
    over keys, to see many seeds at once.
    Raises NonFiniteLossError if a loss of either player became infinite or not a number; a run inside `jax.vmap` or
    `jax.jit` cannot raise, and leaves it in its losses. Raises ShapeError unless data has one example a row, at least one, TypeError for a key that is not one, ValueError
    for a size below 1.
    Source: Goodfellow et al. (2014), algorithm 1.

    >>> from nnbook.models import gan
    >>> players = gan.init(jax.random.key(0), latent=2, features=2, hidden=(8,))
    >>> run = fit(players, jnp.ones((4, 2)), key=jax.random.key(1), optimizer=optax.adam(1e-3), steps=3, batch_size=4)
    >>> run.losses.generator.shape
    (3,)
    """
    require_key("gan_training.fit", key)
    require_sizes("gan_training.fit", steps=steps, batch_size=batch_size, turns=turns)
    data = require_floats("gan_training.fit", data, "data")
    if data.ndim != 2 or 0 in data.shape:
        raise ShapeError("gan_training.fit", got=f"data of shape {data.shape}", want="one example a row, at least one")
    run = _run(params, data, key, optimizer, game, steps, batch_size, turns)
    _require_finite(run.losses)
    return run


@partial(jax.jit, static_argnames=("optimizer", "game", "steps", "batch_size", "turns"))
def _run(params, data, key, optimizer, game, steps, batch_size, turns):
    def one(state, key):
        rows_key, step_key = jax.random.split(key)
        rows = jax.random.randint(rows_key, (turns, batch_size), 0, len(data))
        return step(state, data[rows], key=step_key, optimizer=optimizer, game=game)

    state, losses = jax.lax.scan(one, start(params, optimizer), jax.random.split(key, steps))
    return Fit(state.params, losses)


def _require_finite(losses: Losses) -> None:
    """Look for the first step in which a player paid what is not finite, where losses are numbers already."""
    if any(isinstance(history, Tracer) for history in losses):
        return
    histories = [np.asarray(history) for history in losses]
    lost = np.flatnonzero(~np.isfinite(histories).all(axis=0))
    if lost.size == 0:
        return
    step = int(lost[0])
    player = next(history for history in histories if not np.isfinite(history[step]))
    last = (step - 1, float(player[step - 1])) if step > 0 else (None, None)
    raise NonFiniteLossError(step=step, loss=float(player[step]), last_step=last[0], last_loss=last[1])


def _fakes(generator, *, key, count):
    return jax.vmap(lambda key: sample(generator, key=key))(jax.random.split(key, count))


def _follow(optimizer, gradient, memory, params):
    # Optax raises floats to whole powers (Adam's bias correction), which strict promotion would refuse.
    with jax.numpy_dtype_promotion("standard"):
        updates, memory = optimizer.update(gradient, memory, params)
    return optax.apply_updates(params, updates), memory
