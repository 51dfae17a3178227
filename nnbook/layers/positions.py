"""Positions: attention alone does not know which token comes first, so something has to tell it.

Added to the embeddings: `sinusoidal` waves, or a learned row for each place (`LearnedPositions`). Turning queries and
keys: RoPE. Added to the scores: ALiBi's `alibi_bias`. The first place is number 0.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers import embedding
from nnbook.layers.embedding import Embedding
from nnbook.pytree import params

# The longest wave is 2π · 10000 tokens long, in the sinusoidal code as in RoPE.
BASE = 10000.0


@params
class LearnedPositions:
    """Row p is added to the token at place p."""

    table: Float[Array, "length d_model"]


@params
class SinusoidalPositions:
    """The sinusoidal code: nothing to learn, so the record is empty, and only its type says something."""


Positions = LearnedPositions | SinusoidalPositions


def init_learned(key: Key[Array, ""], *, length: int, d_model: int) -> LearnedPositions:
    """Draw a row for each of so many places: normal, of variance 1/2, the mean square of the sinusoidal code.

    Raises TypeError for a key that is not one, ValueError for a size below 1.
    Source: Gehring et al. (2017), section 3.1.

    >>> init_learned(jax.random.key(0), length=4, d_model=6).table.shape
    (4, 6)
    """
    require_key("init_learned", key)
    require_sizes("init_learned", length=length, d_model=d_model)
    return LearnedPositions(table=jax.random.normal(key, (length, d_model)) * math.sqrt(0.5))


def init_sinusoidal(key: Key[Array, ""], *, length: int, d_model: int) -> SinusoidalPositions:
    """Take the sinusoidal code where `init_learned` would be taken; key and length have nothing to decide.

    Raises ShapeError if d_model is odd, as `sinusoidal` would later.

    >>> jax.tree.leaves(init_sinusoidal(jax.random.key(0), length=4, d_model=6))
    []
    """
    require_key("init_sinusoidal", key)
    require_sizes("init_sinusoidal", length=length, d_model=d_model)
    _require_pairs("init_sinusoidal", d_model)
    return SinusoidalPositions()


def apply(params: Positions, positions: Int[Array, "t"], *, d_model: int) -> Float[Array, "t d_model"]:
    """Give what is added to the tokens at these places: rows of the learned table, or of the sinusoidal code.

    A place past the end of a learned table gets a row of NaN.
    Raises ShapeError if the table is not d_model wide or there are more places than rows, TypeError if positions are
    not whole numbers.

    >>> apply(SinusoidalPositions(), jnp.array([0]), d_model=4).tolist()
    [[0.0, 1.0, 0.0, 1.0]]
    """
    if isinstance(params, SinusoidalPositions):
        return sinusoidal(positions, d_model=d_model)
    length, width = params.table.shape
    if width != d_model:
        raise ShapeError("positions", got=f"a table of shape {params.table.shape}", want=f"rows of d_model = {d_model}")
    if positions.size > length:
        raise ShapeError(
            "positions",
            got=f"{positions.size} tokens",
            want=f"at most {length}, the rows of the learned table",
            hint="a learned table ends where it was made to end; sinusoidal and RoPE do not",
        )
    return embedding.apply(Embedding(table=params.table), positions)


def sinusoidal(positions: Int[Array, "t"], *, d_model: int) -> Float[Array, "t d_model"]:
    """Write each place as waves: part 2i is sin(p / 10000^(2i/d)), part 2i + 1 its cosine.

    Every row has the length √(d/2), and the dot product of two rows depends on their distance only.
    Raises ShapeError if d_model is odd, TypeError if positions are not whole numbers.
    Source: Vaswani et al. (2017), section 3.5.

    >>> [[round(float(part), 2) for part in row] for row in sinusoidal(jnp.arange(2), d_model=2)]
    [[0.0, 1.0], [0.84, 0.54]]
    """
    angles = _angles("sinusoidal", positions, d_model, BASE)
    return jnp.stack([jnp.sin(angles), jnp.cos(angles)], axis=-1).reshape(-1, d_model)


def rope(x: Float[Array, "*heads t d"], positions: Int[Array, "t"], base: float = BASE) -> Float[Array, "*heads t d"]:
    """Turn neighbouring parts (2i, 2i + 1) of each query or key by the angle p · base^(−2i/d): RoPE as in its paper.

    Lengths stay, and q·k then depends on content and distance only. Do it to queries and keys, not to values.
    Libraries differ in the pairs: the paper and LLaMA's first code turn neighbours, as here; GPT-NeoX and Hugging
    Face's LLaMA turn part i with part i + d/2, see `rope_halves`. Weights learned with one do not fit the other
    until their columns are reordered.
    Raises ShapeError if d is odd or there is not one position for each token, TypeError if x is not made of floats or
    positions are not whole numbers.
    Source: Su et al. (2021), eq. (34).

    >>> [round(float(part), 2) for part in rope(jnp.array([[1.0, 0.0]]), jnp.array([1]))[0]]
    [0.54, 0.84]
    """
    x, cos, sin = _turns("rope", x, positions, base)
    first, second = x[..., 0::2], x[..., 1::2]
    return jnp.stack([first * cos - second * sin, first * sin + second * cos], axis=-1).reshape(x.shape)


def rope_halves(
    x: Float[Array, "*heads t d"], positions: Int[Array, "t"], base: float = BASE
) -> Float[Array, "*heads t d"]:
    """Turn part i with part i + d/2 of each query or key: RoPE as in GPT-NeoX and Hugging Face's LLaMA.

    The same as `rope` with the parts in another order. Two slices instead of every second number: faster.
    Raises as `rope` does.
    Source: Black et al. (2022), GPT-NeoX-20B; the angles, Su et al. (2021).

    >>> [round(float(part), 2) for part in rope_halves(jnp.array([[1.0, 0.0]]), jnp.array([1]))[0]]
    [0.54, 0.84]
    """
    x, cos, sin = _turns("rope_halves", x, positions, base)
    first, second = jnp.split(x, 2, axis=-1)
    return jnp.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)


def alibi_slopes(heads: int) -> Float[Array, "heads"]:
    """Give each head its slope, in units of the scores for each token of distance: 2^(−8/heads), its square, and so on.

    With 8 heads 1/2, 1/4, …, 1/256. The authors' code takes other slopes where heads is no power of two.
    Raises TypeError if heads is not an int, ValueError if it is below 1.
    Source: Press, Smith and Lewis (2022), section 3.

    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]
    """
    require_sizes("alibi_slopes", heads=heads)
    return jnp.exp2(-8 * jnp.arange(1.0, heads + 1) / heads)


def alibi_bias(heads: int, t: int, s: int | None = None) -> Float[Array, "heads t s"]:
    """Lower the score of each key by its distance from the query, times the slope of the head.

    With s > t the queries are the last t of s places, as in `causal_mask`. The paper hides the keys that come later;
    the bias here counts their distance too, for models that look both ways.
    Raises ShapeError if s < t, ValueError if t is below 1.
    Source: Press, Smith and Lewis (2022), section 3.

    >>> alibi_bias(8, 1, 3)[0].tolist()
    [[-1.0, -0.5, -0.0]]
    """
    s = t if s is None else s
    require_sizes("alibi_bias", t=t, s=s)
    if s < t:
        raise ShapeError("alibi_bias", got=f"{t} queries and {s} keys", want="a key for each query")
    distance = jnp.abs(jnp.arange(s - t, s)[:, None] - jnp.arange(s)[None, :]).astype(jnp.float32)
    return -alibi_slopes(heads)[:, None, None] * distance[None]


def _require_pairs(where: str, d: int) -> None:
    if d % 2:
        raise ShapeError(where, got=f"{d} parts", want="an even number: they go in pairs of sine and cosine")


def _angles(where: str, positions: jax.Array, d: int, base: float) -> Float[Array, "t pairs"]:
    _require_pairs(where, d)
    positions = jnp.asarray(positions)
    if not jnp.issubdtype(positions.dtype, jnp.integer):
        raise TypeError(f"{where}: got positions of dtype {positions.dtype}; wants whole numbers, jnp.arange(t)")
    if positions.ndim != 1:
        raise ShapeError(where, got=f"positions of shape {positions.shape}", want="shape (t,)", hint="jnp.arange(t)")
    frequencies = base ** (-jnp.arange(0.0, d, 2) / d)
    return positions.astype(jnp.float32)[:, None] * frequencies[None, :]


def _turns(where: str, x: jax.Array, positions: jax.Array, base: float) -> tuple[jax.Array, jax.Array, jax.Array]:
    x = require_floats(where, x)
    if x.ndim < 2 or x.shape[-2:-1] != positions.shape:
        raise ShapeError(
            where,
            got=f"x of shape {x.shape} and positions of shape {positions.shape}",
            want="x (…, t, d), positions (t,)",
        )
    angles = _angles(where, positions, x.shape[-1], base)
    angles = angles.reshape((1,) * (x.ndim - 2) + angles.shape)
    return x, jnp.cos(angles).astype(x.dtype), jnp.sin(angles).astype(x.dtype)
