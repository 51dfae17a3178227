"""The variational autoencoder: an encoder that answers with a distribution, and a decoder that draws from it.

The latent z has as its prior the standard normal; a pixel of the data is a probability of ink, between 0 and 1.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers.activations import sigmoid, softplus
from nnbook.models import mlp
from nnbook.models.mlp import MLP
from nnbook.pytree import params


@params
class VAE:
    """The encoder gives the means of z, then the logarithms of its variances; the decoder gives a logit for each pixel."""

    encoder: MLP
    decoder: MLP


@params
class Posterior:
    """What the encoder makes of one example: z is normal with these means and variances, each part by itself."""

    mean: Float[Array, "latent"]
    log_variance: Float[Array, "latent"]


class Elbo(NamedTuple):
    """The two terms of the evidence lower bound, in nats; `value` is the bound itself.

    >>> Elbo(log_likelihood=jnp.array(-22.0), kl=jnp.array(2.5)).value.item()
    -24.5
    """

    log_likelihood: Float[Array, "*batch"]
    kl: Float[Array, "*batch"]

    @property
    def value(self) -> Float[Array, "*batch"]:
        """How well the example is rebuilt, less what its code costs."""
        return self.log_likelihood - self.kl


def init(key: Key[Array, ""], *, features: int, latent: int, hidden: Sequence[int] = (128,)) -> VAE:
    """Draw both networks: from an example to 2 · `latent` numbers, and from `latent` numbers back.

    The decoder has the hidden layers of the encoder in reverse order.
    Raises TypeError for a key that is not one, ValueError for a size below 1.

    >>> init(jax.random.key(0), features=64, latent=2).encoder.layers[-1].b.shape
    (4,)
    """
    require_key("vae.init", key)
    require_sizes("vae.init", features=features, latent=latent)
    encoder_key, decoder_key = jax.random.split(key)
    return VAE(
        encoder=mlp.init(encoder_key, sizes=(features, *hidden, 2 * latent)),
        decoder=mlp.init(decoder_key, sizes=(latent, *reversed(hidden), features)),
    )


def encode(params: VAE, x: Float[Array, "features"]) -> Posterior:
    """Say which z may have made x: q(z | x), normal.

    Raises ShapeError, as `mlp.apply` does, if x is not as long as the encoder wants it.
    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, eq. (9).

    >>> encode(init(jax.random.key(0), features=64, latent=2), jnp.ones(64)).mean.shape
    (2,)
    """
    mean, log_variance = jnp.split(mlp.apply(params.encoder, x), 2)
    return Posterior(mean=mean, log_variance=log_variance)


def reparameterise(posterior: Posterior, noise: Float[Array, "latent"]) -> Float[Array, "latent"]:
    """Draw z as mean + standard deviation · noise, so that gradients pass through mean and deviation.

    `noise` is standard normal. Raises ShapeError if it is not as long as the mean.
    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, section 2.4.

    >>> reparameterise(Posterior(mean=jnp.array([1.0]), log_variance=jnp.array([0.0])), jnp.array([0.5])).tolist()
    [1.5]
    """
    mean, log_variance = _same_length("vae.reparameterise", posterior.mean, posterior.log_variance)
    if noise.shape != mean.shape:
        raise ShapeError("vae.reparameterise", got=f"noise of shape {noise.shape}", want=f"shape {mean.shape}")
    return mean + jnp.exp(0.5 * log_variance) * noise


def decode(params: VAE, z: Float[Array, "latent"]) -> Float[Array, "features"]:
    """Give the logit of each pixel: its probability of ink is their sigmoid.

    Raises ShapeError, as `mlp.apply` does, if z is not as long as the decoder wants it.
    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, appendix C.1.

    >>> decode(init(jax.random.key(0), features=64, latent=2), jnp.zeros(2)).shape
    (64,)
    """
    return mlp.apply(params.decoder, z)


def kl_to_standard_normal(posterior: Posterior) -> Float[Array, ""]:
    """How far q(z | x) is from the prior N(0, I), in nats: ½ Σ (μ² + σ² − 1 − log σ²).

    It is what the code z costs, and 0 for a posterior that says nothing about x.
    Raises ShapeError if means and variances differ in number.
    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, appendix B.

    >>> float(kl_to_standard_normal(Posterior(mean=jnp.array([2.0, 0.0]), log_variance=jnp.zeros(2))))
    2.0
    """
    mean, log_variance = _same_length("vae.kl_to_standard_normal", posterior.mean, posterior.log_variance)
    # σ² − 1 by expm1, which keeps its digits where σ is near 1.
    return 0.5 * (mean**2 + jnp.expm1(log_variance) - log_variance).sum()


def log_likelihood(logits: Float[Array, "features"], x: Float[Array, "features"]) -> Float[Array, ""]:
    """How well the logits foretell x, in nats: Σ x log p + (1 − x) log(1 − p), p being the sigmoid of a logit.

    For pixels between 0 and 1, at best minus their entropy: 0 only where all are black or white.
    Raises ShapeError if there is not one logit for each pixel.
    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, eq. (11).

    >>> round(float(log_likelihood(jnp.zeros(2), jnp.array([0.0, 1.0]))), 4)
    -1.3863
    """
    logits, x = require_floats("vae.log_likelihood", logits, "logits"), require_floats("vae.log_likelihood", x)
    if logits.shape != x.shape or x.ndim != 1 or x.size == 0:
        raise ShapeError(
            "vae.log_likelihood",
            got=f"logits of shape {logits.shape} and x of shape {x.shape}",
            want="one logit for each pixel of one example",
            hint="one example at a time; for a batch, use jax.vmap",
        )
    return (x * logits - softplus(logits)).sum()


def elbo(params: VAE, x: Float[Array, "features"], *, key: Key[Array, ""]) -> Elbo:
    """Bound log p(x) from below, in nats: how well x is rebuilt from one z drawn from q(z | x), less its cost.

    The first term is a sample, the second exact. Training makes the mean of −`value` over the batch small.
    Raises TypeError for a key that is not one, ShapeError if x is not as long as the encoder wants it.
    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, eq. (10), with one sample.

    >>> elbo(init(jax.random.key(0), features=64, latent=2), jnp.ones(64), key=jax.random.key(1)).kl.shape
    ()
    """
    require_key("vae.elbo", key)
    posterior = encode(params, x)
    z = reparameterise(posterior, jax.random.normal(key, posterior.mean.shape, posterior.mean.dtype))
    return Elbo(log_likelihood(decode(params, z), x), kl_to_standard_normal(posterior))


def reconstruct(params: VAE, x: Float[Array, "features"]) -> Float[Array, "features"]:
    """Rebuild x from the mean of its code: the probability of ink of each pixel.

    Raises ShapeError if x is not as long as the encoder wants it.

    >>> reconstruct(init(jax.random.key(0), features=64, latent=2), jnp.ones(64)).shape
    (64,)
    """
    return sigmoid(decode(params, encode(params, x).mean))


def sample(params: VAE, *, key: Key[Array, ""]) -> Float[Array, "features"]:
    """Draw a new example: z from the prior, decoded to the probability of ink of each pixel.

    For many, map over keys. Raises TypeError for a key that is not one.
    Source: Kingma and Welling (2014), Auto-encoding variational Bayes, section 2.1.

    >>> sample(init(jax.random.key(0), features=64, latent=2), key=jax.random.key(1)).shape
    (64,)
    """
    require_key("vae.sample", key)
    first = params.decoder.layers[0].w
    return sigmoid(decode(params, jax.random.normal(key, first.shape[1:], first.dtype)))


def latent_walk(
    params: VAE, start: Float[Array, "latent"], end: Float[Array, "latent"], *, steps: int
) -> Float[Array, "steps features"]:
    """Decode z at so many places, equally far apart, on the straight way from start to end, both included.

    Raises ValueError for fewer than 2 steps, ShapeError if start and end differ in length.
    Source: ours; compare figure 4 of Kingma and Welling (2014), Auto-encoding variational Bayes.

    >>> latent_walk(init(jax.random.key(0), features=64, latent=2), jnp.zeros(2), jnp.ones(2), steps=5).shape
    (5, 64)
    """
    require_sizes("vae.latent_walk", steps=steps)
    if steps < 2:
        raise ValueError("vae.latent_walk: got steps=1; wants at least 2, the start and the end")
    start, end = _same_length("vae.latent_walk", start, end, names=("start", "end"))
    return jax.vmap(lambda z: sigmoid(decode(params, z)))(jnp.linspace(start, end, steps))


def _same_length(
    where: str, first: jax.Array, second: jax.Array, names: tuple[str, str] = ("mean", "log_variance")
) -> tuple[jax.Array, jax.Array]:
    first, second = require_floats(where, first, names[0]), require_floats(where, second, names[1])
    if first.shape != second.shape or first.ndim != 1 or first.size == 0:
        raise ShapeError(
            where,
            got=f"{names[0]} of shape {first.shape} and {names[1]} of shape {second.shape}",
            want="equally many numbers in each, one row, at least one",
            hint="one example at a time; for a batch, use jax.vmap",
        )
    return first, second
