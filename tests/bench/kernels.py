"""How fast are the layers? Ours against `jax.nn`, Flax, Equinox and, where it is installed, PyTorch.

`nox -s bench -- kernels`, and with PyTorch beside them `nox -s parity_torch`.
"""

import importlib.util
import platform

import jax

from nnbook.layers import attention, chunked_attention
from tests.bench import works
from tests.bench.contest import Row, table

TOKENS = (512, 1024, 2048)  # at 4,096 XLA on a CPU fuses the plain form and reports 0
TORCH = importlib.util.find_spec("torch") is not None


def measure() -> None:
    """Print one table of all works."""
    device = jax.devices()[0]
    print(
        f"JAX {jax.__version__} on {device.device_kind} ({platform.machine()}), float32; PyTorch {'beside it' if TORCH else 'is not installed'}"
    )
    rows: list[Row] = []
    for work in works.ALL:
        row = work()
        if TORCH:
            from tests.bench import torch_peers

            row.contenders += torch_peers.of(row.work)
        row.hold()
        rows.append(row)
    print(table(rows))
    print(memory())


def memory() -> str:
    """Write what attention needs beside its arguments and results, in kB, as XLA plans it: plain and in chunks."""
    lines = [f"\n{'temporary memory, kB, 1 head of width 64':46}" + "".join(f"{n:>10} tokens" for n in TOKENS)]
    ways = {"plain": attention.attend, "in chunks": chunked_attention.attend_in_chunks}
    for back in (False, True):
        for name, way in ways.items():
            turned = works.with_gradient(way) if back else way
            sizes = []
            for n in TOKENS:
                tokens = jax.ShapeDtypeStruct((n, 64), "float32")
                sizes.append(
                    jax.jit(turned).lower(tokens, tokens, tokens).compile().memory_analysis().temp_size_in_bytes
                )
            lines.append(
                f"{name + (', forward and back' if back else ', forward'):46}"
                + "".join(f"{size / 1000:>17,.0f}" for size in sizes)
            )
    return "\n".join(lines)
