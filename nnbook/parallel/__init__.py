"""Several devices and several processes: the same functions, with arrays that lie in parts on many devices.

Where an array lies is a property of the array. Place params and batch with the functions here, and call `jax.jit` of
what was written for one device: XLA divides the work and adds the exchange that is needed. Only attention over a long
text says itself what is sent where (`attend_over_sequence`).
"""

from nnbook.parallel.placement import (
    mesh,
    replicate,
    shard_batch,
    split_heads,
    split_inputs,
    split_mlp,
    split_outputs,
)
from nnbook.parallel.processes import initialize
from nnbook.parallel.sharded_attention import attend_over_heads, attend_over_sequence

__all__ = [
    "attend_over_heads",
    "attend_over_sequence",
    "initialize",
    "mesh",
    "replicate",
    "shard_batch",
    "split_heads",
    "split_inputs",
    "split_mlp",
    "split_outputs",
]
