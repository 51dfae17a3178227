"""Choosing the next token from its logits: the most probable, or one drawn by chance, from all or from the best.

Every function here takes logits and a key by name, so that any of them fits `nnbook.text.generation.generate`; those
with a number of their own are fitted by `functools.partial(sample_top_k, k=5)`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes


def greedy(logits: Float[Array, "vocabulary"], *, key: Key[Array, ""] | None = None) -> Int[Array, ""]:
    """Take the most probable token, and of equally probable ones the first. Nothing is left to chance, so no key is used.

    Raises ShapeError unless logits are one row, TypeError if they are not floats.

    >>> greedy(jnp.array([0.1, 2.0, 1.0])).item()
    1
    """
    return _require_row("greedy", logits).argmax().astype(jnp.int32)


def sample(logits: Float[Array, "vocabulary"], *, key: Key[Array, ""], temperature: float = 1.0) -> Int[Array, ""]:
    """Draw a token with the probability softmax(logits / temperature) gives it.

    The temperature has the unit of the logits: below 1 the likely become likelier, towards 0 it is greedy; above 1 all
    draw closer. Logits coarser than float32 are drawn from in float32: in bfloat16, chance itself would be too coarse.
    Raises ValueError for a temperature that is not positive, ShapeError and TypeError as `greedy` and for no key.
    Source: Ackley, Hinton and Sejnowski (1985) for the temperature; drawn by Gumbel's trick.

    >>> sample(jnp.array([0.0, 99.0]), key=jax.random.key(0)).item()
    1
    """
    logits = _require_row("sample", logits)
    require_key("sample", key)
    if not temperature > 0:
        raise ValueError(f"sample: got temperature={temperature}; wants more than 0. Hint: greedy is its limit at 0")
    return jax.random.categorical(key, logits.astype(jnp.float32) / temperature).astype(jnp.int32)


def top_k(logits: Float[Array, "vocabulary"], *, k: int) -> Float[Array, "vocabulary"]:
    """Leave the k largest logits as they are and set the others to −∞; what equals the k-th stays too.

    Raises ValueError unless k is between 1 and the vocabulary, ShapeError and TypeError as `greedy`.
    Source: Fan, Lewis and Dauphin (2018), Hierarchical neural story generation.

    >>> top_k(jnp.array([0.0, 3.0, 2.0]), k=2).tolist()
    [-inf, 3.0, 2.0]
    """
    logits = _require_row("top_k", logits)
    require_sizes("top_k", k=k)
    if k > logits.size:
        raise ValueError(f"top_k: got k={k} for {logits.size} tokens; wants at most as many")
    least = jax.lax.top_k(logits, k)[0][-1]
    return jnp.where(logits >= least, logits, -jnp.inf)


def top_p(logits: Float[Array, "vocabulary"], *, p: float) -> Float[Array, "vocabulary"]:
    """Leave the nucleus, the fewest tokens that have the probability p together, and set the other logits to −∞.

    The most probable token always stays; so does what equals the least of the nucleus. With p = 1 all stay.
    Raises ValueError unless 0 < p ≤ 1, ShapeError and TypeError as `greedy`.
    Source: Holtzman et al. (2020), section 3.1.

    >>> top_p(jnp.log(jnp.array([0.2, 0.5, 0.3])), p=0.7).round(2).tolist()[0]
    -inf
    """
    logits = _require_row("top_p", logits)
    if not 0 < p <= 1:
        raise ValueError(f"top_p: got p={p}; wants a probability above 0, at most 1")
    if p == 1:
        return logits  # the sum below may round to 1 before the last tokens
    # Coarser floats could not tell how much is left of 1.
    falling = jnp.sort(logits.astype(jnp.float32), descending=True)
    shares = jax.nn.softmax(falling)
    # A token is needed as long as those before it have not reached p.
    needed = shares.cumsum() - shares < p
    least = jnp.where(needed, falling, jnp.inf).min().astype(logits.dtype)
    return jnp.where(logits >= least, logits, -jnp.inf)


def sample_top_k(
    logits: Float[Array, "vocabulary"], *, key: Key[Array, ""], k: int, temperature: float = 1.0
) -> Int[Array, ""]:
    """Draw one of the k most probable tokens; the temperature acts among them.

    Raises as `top_k` and `sample` do. Source: Fan, Lewis and Dauphin (2018), Hierarchical neural story generation.

    >>> sample_top_k(jnp.array([0.0, 3.0, 2.0]), key=jax.random.key(0), k=1).item()
    1
    """
    return sample(top_k(logits, k=k), key=key, temperature=temperature)


def sample_top_p(
    logits: Float[Array, "vocabulary"], *, key: Key[Array, ""], p: float, temperature: float = 1.0
) -> Int[Array, ""]:
    """Draw from the nucleus: the fewest tokens that, at this temperature, have the probability p together.

    Raises as `top_p` and `sample` do. Source: Holtzman et al. (2020), section 3.1.

    >>> sample_top_p(jnp.array([0.0, 3.0, 2.0]), key=jax.random.key(0), p=0.5).item()
    1
    """
    if not temperature > 0:
        raise ValueError(f"sample_top_p: got temperature={temperature}; wants more than 0")
    logits = _require_row("sample_top_p", logits).astype(jnp.float32)
    return sample(top_p(logits / temperature, p=p), key=key)


def _require_row(where: str, logits: Float[Array, "vocabulary"]) -> Float[Array, "vocabulary"]:
    logits = require_floats(where, logits, "logits")
    if logits.ndim != 1 or logits.size == 0:
        hint = "for a batch, use jax.vmap" if logits.ndim > 1 else ""
        raise ShapeError(where, got=f"logits of shape {logits.shape}", want="one row, shape (vocabulary,)", hint=hint)
    return logits
