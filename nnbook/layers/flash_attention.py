"""Attention as one kernel of an accelerator: the scores of a block of queries never leave the chip.

The kernel is written in Pallas, which compiles it for GPUs (Triton) and TPUs (Mosaic). JAX 0.12 warns that it will give
up the way through Triton; the other way to a GPU wants a kernel of another make. Elsewhere it is interpreted, slowly:
the same program, for tests. It is the online softmax of `nnbook.layers.online_softmax`; its gradient is that of
`nnbook.layers.chunked_attention`, which computes the scores anew.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton
from jaxtyping import Array, Bool, Float

from nnbook.layers.chunked_attention import recomputed_gradients, refuse_what_does_not_fit
from nnbook.layers.online_softmax import absorb, average, log_sum_exp, nothing_seen, sum_dtype
from nnbook.layers.position_rules import Rule, everywhere


def has_no_compiler() -> bool:
    """Whether kernels have to be interpreted here: True where JAX computes on the processor.

    >>> has_no_compiler() == (jax.default_backend() == "cpu")
    True
    """
    return jax.default_backend() == "cpu"


def flash_attend(
    q: Float[Array, "*batch t d_k"],
    k: Float[Array, "*batch s d_k"],
    v: Float[Array, "*batch s d_v"],
    rule: Rule = everywhere,
    valid: Bool[Array, " s"] | None = None,
    *,
    block: int = 128,
    interpret: bool | None = None,
) -> Float[Array, "*batch t d_v"]:
    """Average the rows of v as `attend` does, in one kernel for each block of queries.

    `rule` says from positions alone who may look at whom, the queries being the last t of s positions; `valid` is True
    for the keys that are no padding. A query that may look at nothing gets NaN, and passes on no gradient. `interpret`
    is what `has_no_compiler` says, if left out. There is no forward-mode derivative (`jax.jvp`).
    Raises as `attend` does, ShapeError if valid does not fit the keys, ValueError unless block is a power of two of at
    least 16, what the matrix units take. A TPU holds all keys and values of a head on the chip: some 10,000 tokens.
    Source: Dao et al. (2022), FlashAttention, algorithm 1; Dao (2023), FlashAttention-2, algorithm 1.

    >>> from nnbook.layers.attention import attend
    >>> q, k, v = jax.random.normal(jax.random.key(0), (3, 5, 4))
    >>> bool(jnp.allclose(flash_attend(q, k, v, block=16), attend(q, k, v), atol=1e-6))
    True
    """
    if block < 16 or block & (block - 1):
        raise ValueError(f"flash_attend: got block={block}; wants a power of two, at least 16")
    refuse_what_does_not_fit("flash_attend", q, k, v, valid)
    return _attend(q, k, v, valid, rule, block, has_no_compiler() if interpret is None else interpret)


@partial(jax.custom_vjp, nondiff_argnums=(4, 5, 6))
def _attend(q, k, v, valid, rule, block, interpret):
    return _forward(q, k, v, valid, rule, block, interpret)[0]


def _forward(q, k, v, valid, rule, block, interpret):
    """Bring the arrays to whole blocks, start a program for each block of queries, and cut off what was added."""
    *batch, t, d_k = q.shape
    s, d_v = v.shape[-2:]
    valid = jnp.ones(s, jnp.int32) if valid is None else valid.astype(jnp.int32)
    valid = jnp.pad(valid, (0, -s % block))[None, :]
    q, k, v = (_in_blocks(rows, block) for rows in (q, k, v))
    heads, rows, width = q.shape

    def block_of_queries(width):
        return pl.BlockSpec((None, block, width), lambda head, i: (head, i, 0))

    def all_keys(array):
        return pl.BlockSpec((None, *array.shape[1:]), lambda head, i: (head, 0, 0))

    averages, log_sums = pl.pallas_call(
        partial(_kernel, rule=rule, scale=1 / math.sqrt(d_k), first=s - t),
        grid=(heads, rows // block),
        in_specs=[block_of_queries(width), all_keys(k), all_keys(v), pl.BlockSpec(valid.shape, lambda head, i: (0, 0))],
        out_specs=[block_of_queries(v.shape[-1]), block_of_queries(1)],
        out_shape=[
            jax.ShapeDtypeStruct((heads, rows, v.shape[-1]), v.dtype),
            jax.ShapeDtypeStruct((heads, rows, 1), sum_dtype(q.dtype)),
        ],
        compiler_params=triton.CompilerParams(num_warps=8) if jax.default_backend() == "gpu" else None,
        interpret=interpret,
    )(q, k, v, valid)
    return averages[:, :t, :d_v].reshape(*batch, t, d_v), log_sums[:, :t].reshape(*batch, t, 1)


def _kernel(q_ref, k_ref, v_ref, valid_ref, averages_ref, log_sums_ref, *, rule, scale, first):
    """One block of queries of one head looks at all keys of that head, block by block."""
    block = q_ref.shape[0]
    q = q_ref[...] * scale
    queries = first + pl.program_id(1) * block + jax.lax.broadcasted_iota(jnp.int32, (block, 1), 0)

    def of_keys(j, seen):
        here = pl.ds(pl.multiple_of(j * block, block), block)
        keys = j * block + jax.lax.broadcasted_iota(jnp.int32, (1, block), 1)
        allowed = rule(queries, keys) & (valid_ref[:, here] != 0)
        return absorb(seen, q, k_ref[here, :], v_ref[here, :], allowed)

    seen = jax.lax.fori_loop(0, k_ref.shape[0] // block, of_keys, nothing_seen(q, v_ref.shape[1]))
    averages_ref[...] = average(seen).astype(averages_ref.dtype)
    log_sums_ref[...] = log_sum_exp(seen)


def _in_blocks(rows, block):
    """One leading axis; whole blocks of rows; a width that is a power of two of at least 16. Zeros change no score."""
    rows = rows.reshape(-1, *rows.shape[-2:])
    length, width = rows.shape[-2:]
    wider = max(16, 2 ** math.ceil(math.log2(width)))
    return jnp.pad(rows, ((0, 0), (0, -length % block), (0, wider - width)))


def _keep(q, k, v, valid, rule, block, interpret):
    averages, log_sums = _forward(q, k, v, valid, rule, block, interpret)
    return averages, ((q, k, v, valid), averages, log_sums)


def _pull_back(rule, block, interpret, kept, gradient):
    return *recomputed_gradients(rule, block, *kept, gradient), None  # valid has no gradient


_attend.defvjp(_keep, _pull_back)
