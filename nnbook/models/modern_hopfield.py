"""The modern Hopfield network: states of any number, and an update that is attention."""

import math

import jax
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats
from nnbook.layers.activations import softmax


def energy(
    patterns: Float[Array, "patterns units"], state: Float[Array, "units"], *, beta: float = 1.0
) -> Float[Array, ""]:
    """How far a state is from being a stored pattern: −(1/β) log Σ exp(β x·ξ) + ½ ξ·ξ + (1/β) log N + ½ M².

    x runs over the N stored patterns, M is the length of the longest of them, ξ the state. It is never negative, and
    it falls or stays with every `update`. β is how sharply the patterns are told apart.
    Raises ShapeError if the state is not as long as a pattern, ValueError for a beta that is not positive.
    Source: Ramsauer et al. (2021), Hopfield networks is all you need, eq. (2).

    >>> patterns = jax.numpy.eye(2)
    >>> round(float(energy(patterns, patterns[0], beta=8.0)), 3)
    0.087
    """
    patterns, state = _checked(patterns, state, beta)
    longest = (patterns**2).sum(axis=1).max()
    fit = jax.nn.logsumexp(beta * (patterns @ state)) / beta
    return -fit + 0.5 * state @ state + math.log(len(patterns)) / beta + 0.5 * longest


def update(
    patterns: Float[Array, "patterns units"], state: Float[Array, "units"], *, beta: float = 1.0
) -> Float[Array, "units"]:
    """Move to the average of the patterns, each weighted by how well it fits: softmax(β X ξ) X, one pattern a row.

    This is attention: the state is the query, the patterns are keys and values, and β stands where 1 / √d_k does.
    With a large β one update finds the nearest pattern.
    Raises ShapeError if the state is not as long as a pattern, ValueError for a beta that is not positive.
    Source: Ramsauer et al. (2021), Hopfield networks is all you need, eq. (3).

    >>> update(jax.numpy.eye(2), jax.numpy.array([0.9, 0.3]), beta=20.0).round(3).tolist()
    [1.0, 0.0]
    """
    patterns, state = _checked(patterns, state, beta)
    return softmax(beta * (patterns @ state)) @ patterns


def _checked(patterns: jax.Array, state: jax.Array, beta: float) -> tuple[jax.Array, jax.Array]:
    patterns = require_floats("modern_hopfield", patterns, "patterns")
    state = require_floats("modern_hopfield", state, "state")
    if patterns.ndim != 2 or 0 in patterns.shape or state.shape != patterns.shape[1:]:
        raise ShapeError(
            "modern_hopfield",
            got=f"patterns of shape {patterns.shape} and a state of shape {state.shape}",
            want="patterns of shape (patterns, units), at least one, and a state of shape (units,)",
            hint="one state at a time; for several, use jax.vmap" if state.ndim > 1 else "",
        )
    if not beta > 0:
        raise ValueError(f"modern_hopfield: got beta={beta}; wants a number above 0")
    return patterns, state
