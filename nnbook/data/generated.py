"""Two classes in the plane, drawn from a key: shapes that no straight line separates."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.data.dataset import Dataset
from nnbook.errors import require_key, require_sizes


def two_moons(key: Key[Array, ""], *, examples: int = 400, noise: float = 0.15) -> Dataset:
    """Draw two half circles of radius 1 that reach into each other, like two moons.

    Inputs of shape (examples, 2), without unit, between about −1 and 2; labels 0 (upper moon) and 1 (lower moon),
    half of each, in random order. `noise` is the standard deviation of the normal noise added to each coordinate.
    Raises TypeError for a key that is not one, ValueError for fewer than 2 examples or negative noise.
    Source: the shape of scikit-learn's `make_moons`; generated here, nothing to license.

    >>> two_moons(jax.random.key(0), examples=6).inputs.shape
    (6, 2)
    """
    upper, lower = _halves("two_moons", key, examples, noise)
    upper_angle, lower_angle = jnp.linspace(0, jnp.pi, upper), jnp.linspace(0, jnp.pi, lower)
    first = jnp.stack([jnp.cos(upper_angle), jnp.sin(upper_angle)], axis=1)
    second = jnp.stack([1 - jnp.cos(lower_angle), 0.5 - jnp.sin(lower_angle)], axis=1)
    return _mixed(key, first, second, noise)


def circles(key: Key[Array, ""], *, examples: int = 400, noise: float = 0.1, factor: float = 0.5) -> Dataset:
    """Draw two circles around the origin, the outer of radius 1, the inner of radius `factor`.

    Inputs of shape (examples, 2), without unit; labels 0 (outer) and 1 (inner), half of each, in random order.
    `noise` is the standard deviation of the normal noise added to each coordinate.
    Raises TypeError for a key that is not one, ValueError for fewer than 2 examples, negative noise, or a factor
    that is not between 0 and 1.
    Source: the shape of scikit-learn's `make_circles`; generated here, nothing to license.

    >>> circles(jax.random.key(0), examples=6).labels.sum().item()
    3
    """
    if not 0 < factor < 1:
        raise ValueError(f"circles: got factor={factor}; wants a number between 0 and 1, the inner radius")
    outer, inner = _halves("circles", key, examples, noise)
    outer_angle, inner_angle = (jnp.linspace(0, 2 * jnp.pi, count, endpoint=False) for count in (outer, inner))
    first = jnp.stack([jnp.cos(outer_angle), jnp.sin(outer_angle)], axis=1)
    second = factor * jnp.stack([jnp.cos(inner_angle), jnp.sin(inner_angle)], axis=1)
    return _mixed(key, first, second, noise)


def spirals(key: Key[Array, ""], *, examples: int = 194, noise: float = 0.0) -> Dataset:
    """Draw two spirals of three turns, wound into each other: the classic hard case for a small network.

    Inputs of shape (examples, 2), without unit, within radius 1; labels 0 and 1, half of each, in random order.
    `noise` is the standard deviation of the normal noise added to each coordinate. With the default 194 examples
    the points are those of the source, divided by 6.5.
    Raises TypeError for a key that is not one, ValueError for fewer than 2 examples or negative noise.
    Source: Lang and Witbrock (1988), Learning to tell two spirals apart; generated here, nothing to license.

    >>> spirals(jax.random.key(0)).inputs.shape
    (194, 2)
    """

    def arm(count: int) -> Float[Array, "count 2"]:
        way = jnp.linspace(0, 1, count)
        radius, angle = 1 - way * 96 / 104, 6 * jnp.pi * way
        return jnp.stack([radius * jnp.sin(angle), radius * jnp.cos(angle)], axis=1)

    first, second = _halves("spirals", key, examples, noise)
    return _mixed(key, arm(first), -arm(second), noise)


def _halves(where: str, key: Key[Array, ""], examples: int, noise: float) -> tuple[int, int]:
    require_key(where, key)
    require_sizes(where, examples=examples)
    if examples < 2:
        raise ValueError(f"{where}: got examples={examples}; wants at least 2, one of each class")
    if not noise >= 0:
        raise ValueError(f"{where}: got noise={noise}; wants a standard deviation, 0 or more")
    return examples // 2, examples - examples // 2


def _mixed(key: Key[Array, ""], first: jax.Array, second: jax.Array, noise: float) -> Dataset:
    noise_key, order_key = jax.random.split(key)
    inputs = jnp.concatenate([first, second])
    labels = jnp.concatenate([jnp.zeros(len(first), jnp.int32), jnp.ones(len(second), jnp.int32)])
    order = jax.random.permutation(order_key, len(inputs))
    return Dataset(inputs=(inputs + noise * jax.random.normal(noise_key, inputs.shape))[order], labels=labels[order])
