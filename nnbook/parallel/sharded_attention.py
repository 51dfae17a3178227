"""Attention whose heads, or whose text, lie in parts on several devices."""

import math

import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P
from jaxtyping import Array, Bool, Float

from nnbook.errors import ShapeError
from nnbook.layers.attention import attend
from nnbook.layers.online_softmax import absorb, average, nothing_seen
from nnbook.layers.position_rules import Rule, everywhere
from nnbook.parallel.placement import require_even


def attend_over_heads(
    mesh: Mesh,
    q: Float[Array, "heads t d_k"],
    k: Float[Array, "heads s d_k"],
    v: Float[Array, "heads s d_v"],
    mask: Bool[Array, "t s"] | None = None,
    axis: str = "model",
) -> Float[Array, "heads t d_v"]:
    """`attend` with some of the heads on each device; nothing is exchanged.

    A batch goes through `jax.vmap`: which axis is split is decided by place.
    Raises as `attend` does, ShapeError for other axes than these or heads that do not divide evenly, ValueError for an
    axis that the mesh does not have.

    >>> from nnbook.parallel import mesh
    >>> attend_over_heads(mesh(model=1), *jnp.ones((3, 2, 5, 4))).shape
    (2, 5, 4)
    """
    _require_one_axis_of_heads("attend_over_heads", q=q, k=k, v=v)
    require_even("attend_over_heads", mesh, axis, heads=q.shape[0])
    over_heads = jax.shard_map(attend, mesh=mesh, in_specs=(P(axis), P(axis), P(axis), P()), out_specs=P(axis))
    return over_heads(q, k, v, mask)


def attend_over_sequence(
    mesh: Mesh,
    q: Float[Array, "heads t d_k"],
    k: Float[Array, "heads s d_k"],
    v: Float[Array, "heads s d_v"],
    rule: Rule = everywhere,
    axis: str = "sequence",
) -> Float[Array, "heads t d_v"]:
    """`attend` with a part of the text on each device: ring attention, for texts that fit on no single one.

    Each device keeps its queries and sends its keys and values on to the next, until all have met all. `rule` says from
    positions who may look at whom, the queries being the last t of s positions. A batch goes through `jax.vmap`.
    Raises as `attend` does, ShapeError for other axes than these or t or s that do not divide evenly, ValueError for an
    axis that the mesh does not have.
    Source: Liu, Zaharia and Abbeel (2023), Ring Attention; the softmax, Milakov and Gimelshein (2018).

    >>> from nnbook.parallel import mesh
    >>> attend_over_sequence(mesh(sequence=1), *jnp.ones((3, 2, 5, 4))).shape
    (2, 5, 4)
    """
    _require_one_axis_of_heads("attend_over_sequence", q=q, k=k, v=v)
    jax.eval_shape(attend, q, k, v)  # its checks without its work
    t, s = q.shape[-2], k.shape[-2]
    require_even("attend_over_sequence", mesh, axis, t=t, s=s)
    devices = mesh.shape[axis]
    to_the_next = [(device, (device + 1) % devices) for device in range(devices)]

    def of_one_device(q, k, v):
        here, q = jax.lax.axis_index(axis), q / math.sqrt(q.shape[-1])
        queries = (s - t) + here * q.shape[-2] + jnp.arange(q.shape[-2])[:, None]

        def turn(state, turns):
            seen, k, v = state
            keys = (here - turns) % devices * k.shape[-2] + jnp.arange(k.shape[-2])[None, :]
            seen = absorb(seen, q, k, v, rule(queries, keys))
            return (seen, *jax.lax.ppermute((k, v), axis, to_the_next)), None

        (seen, _, _), _ = jax.lax.scan(turn, (nothing_seen(q, v.shape[-1]), k, v), jnp.arange(devices))
        return average(seen).astype(v.dtype)

    parts = P(None, axis)
    # check_vma=False: a scan that starts from constants would have to be told that they differ between devices.
    ring = jax.shard_map(of_one_device, mesh=mesh, in_specs=parts, out_specs=parts, check_vma=False)
    return ring(q, k, v)


def _require_one_axis_of_heads(where: str, **arrays: Array) -> None:
    for name, array in arrays.items():
        if array.ndim != 3:
            raise ShapeError(
                where,
                got=f"{name} of shape {array.shape}",
                want="shape (heads, tokens, features)",
                hint=f"{name}[None] gives it one head" if array.ndim == 2 else "for a batch, use jax.vmap",
            )
