"""Generative adversarial networks: one network forges examples, the other learns to tell them from real ones.

Here are the two networks, and a count of the modes that samples cover. What each of them wants stands in
`nnbook.models.gan_losses`; they are trained against each other in `nnbook.models.gan_training`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import ShapeError, require_floats, require_key
from nnbook.models import mlp
from nnbook.models.mlp import MLP
from nnbook.pytree import params


@params
class GAN:
    """The generator turns noise z into an example; the discriminator turns an example into a logit, high for real."""

    generator: MLP
    discriminator: MLP


class Coverage(NamedTuple):
    """The share of samples near each mode, the number of modes with enough of them, and the share near any."""

    shares: Float[Array, "modes"]
    num_modes: Int[Array, ""]
    share_near: Float[Array, ""]


def init(key: Key[Array, ""], *, latent: int, features: int, hidden: Sequence[int] = (128, 128)) -> GAN:
    """Draw both networks: from `latent` numbers to an example of `features`, and from there to one logit.

    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), latent=2, features=3).generator.layers[-1].b.shape
    (3,)
    """
    require_key("gan.init", key)
    generator_key, discriminator_key = jax.random.split(key)
    return GAN(
        generator=mlp.init(generator_key, sizes=(latent, *hidden, features)),
        discriminator=mlp.init(discriminator_key, sizes=(features, *hidden, 1)),
    )


def generate(generator: MLP, z: Float[Array, "latent"]) -> Float[Array, "features"]:
    """Turn noise into an example, x = G(z).

    Raises ShapeError, as `mlp.apply` does, if z is not as long as the generator wants it.
    Source: Goodfellow et al. (2014), section 3.

    >>> generate(init(jax.random.key(0), latent=2, features=3).generator, jax.numpy.ones(2)).shape
    (3,)
    """
    return mlp.apply(generator, z)


def sample(generator: MLP, *, key: Key[Array, ""]) -> Float[Array, "features"]:
    """Draw one example: standard normal noise, as long as the generator wants it, through the generator.

    For many, map over keys. Raises TypeError for a key that is not one.
    Source: Goodfellow et al. (2014), section 3.

    >>> generator = init(jax.random.key(0), latent=2, features=3).generator
    >>> jax.vmap(lambda key: sample(generator, key=key))(jax.random.split(jax.random.key(1), 5)).shape
    (5, 3)
    """
    require_key("gan.sample", key)
    first = generator.layers[0].w
    return generate(generator, jax.random.normal(key, first.shape[1:], first.dtype))


def discriminate(discriminator: MLP, x: Float[Array, "features"]) -> Float[Array, ""]:
    """Give the logit that x is real: D(x) = σ(logit). A critic's score, in the game of Wasserstein, is the same number.

    Raises ShapeError, as `mlp.apply` does, if x is not as long as the discriminator wants it.
    Source: Goodfellow et al. (2014), section 3.

    >>> discriminate(init(jax.random.key(0), latent=2, features=3).discriminator, jax.numpy.ones(3)).shape
    ()
    """
    return mlp.apply(discriminator, x)[0]


def coverage(
    samples: Float[Array, "samples features"],
    centres: Float[Array, "modes features"],
    *,
    within: float = 0.15,
    least: float = 0.01,
) -> Coverage:
    """Count the modes that samples cover: those with at least the share `least` of the samples no farther than `within`.

    `within` has the unit of the samples; 0.15 is three standard deviations of `nnbook.data.ring_of_gaussians`, within
    which 98.9 % of its own points lie. A sample counts for its nearest centre only.
    Raises ShapeError unless both have rows of the same length, at least one.
    Source: Srivastava et al. (2017), VEEGAN, section 4, for the three standard deviations.

    >>> centres = jax.numpy.array([[0.0, 0.0], [1.0, 0.0]])
    >>> samples = jax.numpy.array([[0.1, 0.0], [0.0, 0.1], [0.5, 0.5], [0.0, 0.0]])
    >>> coverage(samples, centres).shares.tolist()
    [0.75, 0.0]
    """
    samples, centres = require_floats("coverage", samples, "samples"), require_floats("coverage", centres, "centres")
    shapes = samples.shape, centres.shape
    if samples.ndim != 2 or centres.ndim != 2 or shapes[0][1] != shapes[1][1] or 0 in shapes[0] + shapes[1]:
        raise ShapeError(
            "coverage",
            got=f"samples of shape {shapes[0]} and centres of shape {shapes[1]}",
            want="one point a row, all of the same length, at least one each",
        )
    squares = ((samples[:, None, :] - centres[None, :, :]) ** 2).sum(axis=-1)
    near = jax.nn.one_hot(squares.argmin(axis=1), len(centres), dtype=bool) & (squares <= within**2)
    shares = near.mean(axis=0)
    return Coverage(shares=shares, num_modes=(shares >= least).sum(), share_near=shares.sum())
