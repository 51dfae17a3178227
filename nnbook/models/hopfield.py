"""Hopfield's network: patterns stored in the weights between units, and recalled from a part or a distortion."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.pytree import params


@params
class Hopfield:
    """w[i, j] is how strongly unit j pulls unit i to its own side; w is symmetric, and 0 on its diagonal."""

    w: Float[Array, "units units"]


class Recall(NamedTuple):
    """Where `recall` came to rest, and the energy before the first sweep and after each."""

    state: Float[Array, "units"]
    energies: Float[Array, "stops"]


def store(patterns: Float[Array, "patterns units"]) -> Hopfield:
    """Store patterns by Hebb's rule: w_ij = (1 / N) Σ ξ_i ξ_j, summed over the patterns ξ, and w_ii = 0.

    A pattern is a row of N numbers, each −1 or 1. Nothing is trained: every pattern is seen once.
    Raises ShapeError unless there is at least one pattern, TypeError if they are not floats.
    Source: Hopfield (1982), eq. (2), there for units that are 0 or 1 and without the 1 / N.

    >>> store(jnp.array([[1.0, -1.0]])).w.tolist()
    [[0.0, -0.5], [-0.5, 0.0]]
    """
    patterns = require_floats("hopfield.store", patterns, "patterns")
    if patterns.ndim != 2 or 0 in patterns.shape:
        raise ShapeError(
            "hopfield.store",
            got=f"patterns of shape {patterns.shape}",
            want="patterns of shape (patterns, units), at least one",
            hint="a single pattern goes in as pattern[None]",
        )
    units = patterns.shape[1]
    return Hopfield(w=jnp.where(jnp.eye(units, dtype=bool), 0.0, patterns.T @ patterns / units))


def energy(params: Hopfield, state: Float[Array, "units"]) -> Float[Array, ""]:
    """How much the units pull against each other: E = −½ Σ w_ij s_i s_j, without unit.

    Raises ShapeError if the state has another number of units than w.
    Source: Hopfield (1982), eq. (7).

    >>> float(energy(store(jnp.array([[1.0, -1.0]])), jnp.array([1.0, -1.0])))
    -0.5
    """
    w, state = _checked(params, state)
    return -0.5 * state @ w @ state


def update_unit(params: Hopfield, state: Float[Array, "units"], unit: Int[Array, ""] | int) -> Float[Array, "units"]:
    """Let one unit follow the pull of all others: s_i becomes the sign of Σ w_ij s_j, and stays where that is 0.

    The energy falls or stays. Raises ShapeError if the state has another number of units than w.
    Source: Hopfield (1982), eq. (1), with thresholds of 0.

    >>> update_unit(store(jnp.array([[1.0, -1.0]])), jnp.array([1.0, 1.0]), 0).tolist()
    [-1.0, 1.0]
    """
    w, state = _checked(params, state)
    return state.at[unit].set(_sides(w[unit] @ state, state[unit]))


def update_synchronous(params: Hopfield, state: Float[Array, "units"]) -> Float[Array, "units"]:
    """Let all units follow at once what they see now.

    The energy may rise, and two states may take turns for ever. Raises as `update_unit` does.
    Source: Little (1974), The existence of persistent states in the brain.

    >>> alternating = store(jnp.array([[1.0, -1.0]]))
    >>> update_synchronous(alternating, jnp.array([1.0, 1.0])).tolist()
    [-1.0, -1.0]
    >>> update_synchronous(alternating, jnp.array([-1.0, -1.0])).tolist()
    [1.0, 1.0]
    """
    w, state = _checked(params, state)
    return _sides(w @ state, state)


def sweep(params: Hopfield, state: Float[Array, "units"], *, key: Key[Array, ""]) -> Float[Array, "units"]:
    """Update every unit once, one after the other, in the random order that the key gives.

    Raises TypeError for a key that is not one, ShapeError if the state has another number of units than w.
    Source: Hopfield (1982), where units act at random times.

    >>> pattern = jnp.array([1.0, -1.0, 1.0, -1.0])
    >>> sweep(store(pattern[None]), pattern.at[0].set(-1.0), key=jax.random.key(0)).tolist()
    [1.0, -1.0, 1.0, -1.0]
    """
    require_key("hopfield.sweep", key)
    w, state = _checked(params, state)

    def visit(state: jax.Array, unit: jax.Array) -> tuple[jax.Array, None]:
        return state.at[unit].set(_sides(w[unit] @ state, state[unit])), None

    return jax.lax.scan(visit, state, jax.random.permutation(key, len(state)))[0]


def recall(params: Hopfield, state: Float[Array, "units"], *, key: Key[Array, ""], sweeps: int = 20) -> Recall:
    """Let the network settle from a state: so many sweeps, each in a new random order.

    Once a sweep changes nothing, none after it will: the state has come to rest in a minimum of the energy.
    Raises TypeError for a key that is not one, ValueError for fewer than one sweep, ShapeError if the state has another
    number of units than w.
    Source: Hopfield (1982).

    >>> pattern = jnp.array([1.0, -1.0, 1.0, -1.0])
    >>> recall(store(pattern[None]), pattern.at[0].set(-1.0), key=jax.random.key(0), sweeps=2).energies.tolist()
    [0.0, -1.5, -1.5]
    """
    require_key("hopfield.recall", key)
    require_sizes("hopfield.recall", sweeps=sweeps)
    w, state = _checked(params, state)

    def settle(state: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        state = sweep(Hopfield(w=w), state, key=key)
        return state, energy(Hopfield(w=w), state)

    final, energies = jax.lax.scan(settle, state, jax.random.split(key, sweeps))
    return Recall(state=final, energies=jnp.concatenate([energy(params, state)[None], energies]))


def overlap(state: Float[Array, "units"], pattern: Float[Array, "units"]) -> Float[Array, ""]:
    """How well a state agrees with a pattern: m = (1 / N) Σ s_i ξ_i, 1 if in every unit, 0 if by chance.

    Raises ShapeError if the two differ in shape.
    Source: Amit, Gutfreund and Sompolinsky (1985), Storing infinite numbers of patterns.

    >>> float(overlap(jnp.array([1.0, 1.0, 1.0, -1.0]), jnp.ones(4)))
    0.5
    """
    state, pattern = require_floats("overlap", state, "state"), require_floats("overlap", pattern, "pattern")
    if state.shape != pattern.shape or state.ndim != 1 or state.size == 0:
        raise ShapeError(
            "overlap",
            got=f"state of shape {state.shape} and pattern of shape {pattern.shape}",
            want="the same number of units, at least one",
            hint="one example at a time; for several, use jax.vmap",
        )
    return (state * pattern).mean()


def _sides(pull: jax.Array, state: jax.Array) -> jax.Array:
    return jnp.where(pull == 0, state, jnp.sign(pull))


def _checked(params: Hopfield, state: jax.Array) -> tuple[jax.Array, jax.Array]:
    w, state = require_floats("hopfield", params.w, "w"), require_floats("hopfield", state, "state")
    if w.ndim != 2 or w.shape[0] != w.shape[1] or state.shape != w.shape[:1]:
        raise ShapeError(
            "hopfield",
            got=f"w of shape {w.shape} and a state of shape {state.shape}",
            want="w of shape (units, units) and a state of shape (units,)",
            hint="one state at a time; for several, use jax.vmap" if state.ndim > 1 else "",
        )
    return w, state
