"""Clouds of points in the plane for models that draw: a ring of Gaussians, and a Swiss roll."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.data.dataset import Dataset
from nnbook.errors import require_key, require_sizes


def ring_centres(*, modes: int = 8, radius: float = 2.0) -> Float[Array, "modes 2"]:
    """Place so many points on a circle around the origin, equally far apart, the first at angle 0.

    Without unit. Raises ValueError for fewer than one mode or a radius that is not positive.

    >>> ring_centres(modes=4).round(2).tolist()
    [[2.0, 0.0], [-0.0, 2.0], [-2.0, -0.0], [0.0, -2.0]]
    """
    require_sizes("ring_centres", modes=modes)
    if not radius > 0:
        raise ValueError(f"ring_centres: got radius={radius}; wants a number above 0")
    angle = jnp.linspace(0, 2 * jnp.pi, modes, endpoint=False)
    return radius * jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)


def ring_of_gaussians(
    key: Key[Array, ""], *, examples: int = 1000, modes: int = 8, radius: float = 2.0, sigma: float = 0.05
) -> Dataset:
    """Draw points around the corners of a regular polygon: data in separate heaps, to see which a model misses.

    Inputs of shape (examples, 2), without unit; labels from 0 to modes − 1, the heap a point belongs to: row i of
    `ring_centres` is the middle of heap i. All heaps are equally large (some by one larger), in random order. `sigma`
    is the standard deviation of a heap along each axis.
    Raises TypeError for a key that is not one, ValueError for a count below 1, a radius that is not positive, or a
    negative sigma.
    Source: the shape of Metz et al. (2017), Unrolled generative adversarial networks; generated here.

    >>> ring_of_gaussians(jax.random.key(0), examples=16).labels.sum().item()
    56
    """
    require_key("ring_of_gaussians", key)
    require_sizes("ring_of_gaussians", examples=examples)
    if not sigma >= 0:
        raise ValueError(f"ring_of_gaussians: got sigma={sigma}; wants a standard deviation, 0 or more")
    order_key, noise_key = jax.random.split(key)
    centres = ring_centres(modes=modes, radius=radius)
    labels = jax.random.permutation(order_key, jnp.arange(examples, dtype=jnp.int32) % modes)
    return Dataset(inputs=centres[labels] + sigma * jax.random.normal(noise_key, (examples, 2)), labels=labels)


def swiss_roll(key: Key[Array, ""], *, examples: int = 1000, noise: float = 0.05) -> Float[Array, "examples 2"]:
    """Draw points along a spiral of one and a half turns: data on a curved line.

    One point a row, without unit; along each axis the points have a mean within 0.3 of 0 and a deviation near 1, so
    they can be compared with standard normal noise. `noise` is the standard deviation of the normal noise added to
    each coordinate.
    Raises TypeError for a key that is not one, ValueError for fewer than 1 example or negative noise.
    Source: the shape of scikit-learn's `make_swiss_roll` seen from its side, divided by 7; generated here.

    >>> swiss_roll(jax.random.key(0), examples=6).shape
    (6, 2)
    """
    require_key("swiss_roll", key)
    require_sizes("swiss_roll", examples=examples)
    if not noise >= 0:
        raise ValueError(f"swiss_roll: got noise={noise}; wants a standard deviation, 0 or more")
    place_key, noise_key = jax.random.split(key)
    angle = 1.5 * jnp.pi * (1 + 2 * jax.random.uniform(place_key, (examples,)))
    roll = jnp.stack([angle * jnp.cos(angle), angle * jnp.sin(angle)], axis=1) / 7
    return roll + noise * jax.random.normal(noise_key, roll.shape)
