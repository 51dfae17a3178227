"""How fast are the layers? Ours against `jax.nn`, Flax, Equinox and, where it is installed, PyTorch.

`nox -s bench -- kernels`, and with PyTorch beside them `nox -s parity_torch`.
"""

import importlib.util
import platform

import jax

from tests.bench import works
from tests.bench.contest import Row, table

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
