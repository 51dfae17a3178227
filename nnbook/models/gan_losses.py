"""What the two players of a generative adversarial network want: three games, each of two losses.

In the original game both want opposite things; the non-saturating one gives the generator a slope where it has none;
in the one of Wasserstein the discriminator is a critic, whose score is no probability and whose slope is held near 1.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key
from nnbook.layers.activations import softplus
from nnbook.models.gan import discriminate
from nnbook.models.mlp import MLP


def discriminator_loss(real_logits: Float[Array, "batch"], fake_logits: Float[Array, "batch"]) -> Float[Array, ""]:
    """Average the surprise, in nats, at which examples are real: −log D(x) − log(1 − D(G(z))).

    It is 2 log 2 for a discriminator that knows nothing, and near 0 for one that knows all.
    Raises ShapeError if there are no logits, TypeError if they are not floats.
    Source: Goodfellow et al. (2014), eq. (1), with the sign turned.

    >>> round(float(discriminator_loss(jnp.zeros(4), jnp.zeros(4))), 4)
    1.3863
    """
    real_logits, fake_logits = _scores("discriminator_loss", real_logits), _scores("discriminator_loss", fake_logits)
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def minimax_loss(fake_logits: Float[Array, "batch"]) -> Float[Array, ""]:
    """What the generator makes small in the original game: the mean of log(1 − D(G(z))), in nats.

    Where the discriminator is sure that examples are fake, its slope vanishes, and the generator learns nothing.
    Raises ShapeError if there are no logits, TypeError if they are not floats.
    Source: Goodfellow et al. (2014), eq. (1).

    >>> jax.grad(minimax_loss)(jnp.array([-10.0])).round(4).tolist()
    [-0.0]
    """
    return -softplus(_scores("minimax_loss", fake_logits)).mean()


def non_saturating_loss(fake_logits: Float[Array, "batch"]) -> Float[Array, ""]:
    """What the generator makes small in practice: the mean of −log D(G(z)), in nats.

    It has the same fixed point as `minimax_loss`, and its slope is steepest where that one's vanishes.
    Raises ShapeError if there are no logits, TypeError if they are not floats.
    Source: Goodfellow et al. (2014), section 3.

    >>> jax.grad(non_saturating_loss)(jnp.array([-10.0])).round(4).tolist()
    [-1.0]
    """
    return softplus(-_scores("non_saturating_loss", fake_logits)).mean()


def critic_loss(real_scores: Float[Array, "batch"], fake_scores: Float[Array, "batch"]) -> Float[Array, ""]:
    """What a critic makes small: its mean score of fakes, less that of real examples.

    For a critic whose slope is at most 1, the loss turned around bounds the Wasserstein distance of the two from below.
    Raises ShapeError if there are no scores, TypeError if they are not floats.
    Source: Arjovsky, Chintala and Bottou (2017), Wasserstein GAN, algorithm 1.

    >>> float(critic_loss(jnp.array([3.0]), jnp.array([1.0])))
    -2.0
    """
    return _scores("critic_loss", fake_scores).mean() - _scores("critic_loss", real_scores).mean()


def critic_generator_loss(fake_scores: Float[Array, "batch"]) -> Float[Array, ""]:
    """What the generator makes small against a critic: the mean score of its fakes, turned around.

    Raises ShapeError if there are no scores, TypeError if they are not floats.
    Source: Arjovsky, Chintala and Bottou (2017), Wasserstein GAN, algorithm 1.

    >>> float(critic_generator_loss(jnp.array([1.0, 2.0])))
    -1.5
    """
    return -_scores("critic_generator_loss", fake_scores).mean()


def gradient_penalty(
    critic: MLP, real: Float[Array, "batch features"], fake: Float[Array, "batch features"], *, key: Key[Array, ""]
) -> Float[Array, ""]:
    """Measure how far the critic's slope is from 1 between real examples and fakes: the mean of (‖∇D(x̂)‖ − 1)².

    x̂ lies on the line from a fake to a real example, at a place drawn evenly from the key.
    Raises ShapeError if real and fake differ in shape, TypeError for a key that is not one.
    Source: Gulrajani et al. (2017), Improved training of Wasserstein GANs, eq. (3), without its factor λ.

    >>> from nnbook.layers.linear import Linear
    >>> slope_of_two = MLP(layers=(Linear(w=jnp.array([[0.0, 2.0]]), b=jnp.zeros(1)),))
    >>> float(gradient_penalty(slope_of_two, jnp.ones((4, 2)), jnp.zeros((4, 2)), key=jax.random.key(0)))
    1.0
    """
    require_key("gradient_penalty", key)
    real, fake = require_floats("gradient_penalty", real, "real"), require_floats("gradient_penalty", fake, "fake")
    if real.shape != fake.shape or real.ndim != 2 or real.size == 0:
        raise ShapeError(
            "gradient_penalty",
            got=f"real of shape {real.shape} and fake of shape {fake.shape}",
            want="as many fakes as real examples, (batch, features), at least one",
        )
    place = jax.random.uniform(key, (len(real), 1), real.dtype)
    slopes = jax.vmap(jax.grad(discriminate, argnums=1), in_axes=(None, 0))(critic, fake + place * (real - fake))
    squares = (slopes**2).sum(axis=1)
    # Where the critic is flat, the root has no slope; asked only elsewhere, it gives the gradient 0, not NaN.
    lengths = jnp.where(squares > 0, jnp.sqrt(jnp.where(squares > 0, squares, 1.0)), 0.0)
    return ((lengths - 1) ** 2).mean()


class Game(NamedTuple):
    """What each player makes small: a loss of (discriminator, real, fake, key), and one of (discriminator, fake).

    real and fake have one example a row; the key is for losses that draw, such as the gradient penalty.

    >>> from nnbook.models import gan
    >>> players = gan.init(jax.random.key(0), latent=2, features=3)
    >>> ORIGINAL.generator_loss(players.discriminator, jnp.ones((4, 3))).shape
    ()
    """

    discriminator_loss: Callable[[MLP, jax.Array, jax.Array, jax.Array], jax.Array]
    generator_loss: Callable[[MLP, jax.Array], jax.Array]


# The same game for the same factor: what was compiled for it is found again.
@cache
def wasserstein(*, penalty: float = 10.0) -> Game:
    """Give the game of WGAN-GP, `penalty` being the factor λ of the gradient penalty.

    Raises ValueError for a negative penalty.
    Source: Gulrajani et al. (2017), Improved training of Wasserstein GANs, algorithm 1, for λ = 10.

    >>> from nnbook.models import gan
    >>> players = gan.init(jax.random.key(0), latent=2, features=3)
    >>> wasserstein().generator_loss(players.discriminator, jnp.ones((4, 3))).shape
    ()
    """
    if not penalty >= 0:
        raise ValueError(f"wasserstein: got penalty={penalty}; wants a factor, 0 or more")
    return Game(partial(_critic_with_penalty, penalty=penalty), partial(_fooled, critic_generator_loss))


def _logits(discriminator: MLP, examples: jax.Array) -> jax.Array:
    return jax.vmap(discriminate, in_axes=(None, 0))(discriminator, examples)


def _told_apart(discriminator: MLP, real: jax.Array, fake: jax.Array, key: jax.Array) -> jax.Array:
    return discriminator_loss(_logits(discriminator, real), _logits(discriminator, fake))


def _critic_with_penalty(critic: MLP, real: jax.Array, fake: jax.Array, key: jax.Array, *, penalty: float) -> jax.Array:
    apart = critic_loss(_logits(critic, real), _logits(critic, fake))
    return apart + penalty * gradient_penalty(critic, real, fake, key=key)


def _fooled(loss: Callable[[jax.Array], jax.Array], discriminator: MLP, fake: jax.Array) -> jax.Array:
    return loss(_logits(discriminator, fake))


def _scores(where: str, scores: jax.Array) -> jax.Array:
    scores = require_floats(where, scores, "scores")
    if scores.ndim != 1 or scores.size == 0:
        raise ShapeError(where, got=f"scores of shape {scores.shape}", want="one for each example, at least one")
    return scores


ORIGINAL = Game(_told_apart, partial(_fooled, minimax_loss))
NON_SATURATING = Game(_told_apart, partial(_fooled, non_saturating_loss))
