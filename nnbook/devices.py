"""Choose the kind of device, say what JAX sees, and measure whether it computes right there.

JAX is imported inside the functions: the kind of device has to be chosen before JAX starts.
"""

import math
import os
import platform as machine
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# What JAX calls them. The processor stays at hand beside an accelerator, as it does when JAX chooses by itself.
PLATFORMS = {"cpu": "cpu", "gpu": "cuda,cpu", "tpu": "tpu,cpu"}
INSTALL = {
    "cpu": "pip install jax",
    "gpu": 'pip install -e ".[cuda13]" in a clone of the book (or ".[cuda12]" for an older NVIDIA driver)',
    "tpu": 'pip install -e ".[tpu]" in a clone of the book, on a machine with TPUs',
}
ROUNDED = 1e-5  # relative to the largest number of the result; float32 stays well below in all these probes


class PlatformError(Exception):
    """A kind of device that JAX does not find here; the message says what to install."""


def choose(platform: str) -> None:
    """Make JAX compute on this kind of device: "cpu", "gpu" or "tpu". To be called before anything else uses JAX.

    Raises PlatformError, with what to install, if there is none.
    """
    os.environ["JAX_PLATFORMS"] = PLATFORMS[platform]
    import jax

    jax.config.update("jax_platforms", PLATFORMS[platform])
    try:
        found = jax.default_backend()
    except RuntimeError as error:
        found, reason = None, f" ({error})"
    else:
        reason = f"; it sees {found}"
    if found != platform:
        raise PlatformError(f"JAX finds no {platform} here{reason}.\nFor one: {INSTALL[platform]}")


@dataclass(frozen=True)
class Probe:
    """One computation, on the device and in NumPy's float64, and how far apart the two may be.

    tol is relative to the largest number of the result. A matrix product in default precision may be rounded to
    bfloat16 on a TPU and to TensorFloat-32 on a GPU; that is by design, and still far from wrong.
    """

    name: str
    on_device: Callable[..., Any]
    in_numpy: Callable[..., np.ndarray]
    shapes: tuple[tuple[int, ...], ...]
    tol: float


def probes() -> list[Probe]:
    """The computations that are compared: what the book's networks are made of.

    >>> [probe.name for probe in probes()][-2:]
    ['softmax', 'erf']
    """
    import jax
    import jax.numpy as jnp

    def convolve(precision):
        return lambda image, kernel: jax.lax.conv_general_dilated(image, kernel, (1, 1), "VALID", precision=precision)

    def numpy_convolve(image, kernel):
        windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape[2:], axis=(2, 3))
        return np.einsum("ncxyij,ocij->noxy", windows, kernel)

    def softmax(x):
        powers = np.exp(x - x.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)

    matrices, images = ((256, 256), (256, 256)), ((2, 8, 16, 16), (4, 8, 3, 3))
    return [
        Probe("matmul, default precision", jnp.matmul, np.matmul, matrices, 2e-2),
        Probe(
            "matmul, highest precision",
            lambda a, b: jnp.matmul(a, b, precision="highest"),
            np.matmul,
            matrices,
            ROUNDED,
        ),
        Probe("convolution, default precision", convolve("default"), numpy_convolve, images, 2e-2),
        Probe("convolution, highest precision", convolve("highest"), numpy_convolve, images, ROUNDED),
        Probe("softmax", jax.nn.softmax, softmax, ((64, 512),), ROUNDED),
        Probe("erf", jax.lax.erf, np.vectorize(math.erf), ((4096,),), ROUNDED),
    ]


def error_of(probe: Probe, device: Any) -> float:
    """The largest difference between device and NumPy, relative to the largest number of the result.

    >>> import jax
    >>> probe = probes()[-2]
    >>> error_of(probe, jax.devices("cpu")[0]) < probe.tol
    True
    """
    import jax

    random = np.random.default_rng(0)
    inputs = [random.normal(size=shape).astype(np.float32) for shape in probe.shapes]
    got = jax.jit(probe.on_device)(*(jax.device_put(x, device) for x in inputs))
    want = probe.in_numpy(*(x.astype(np.float64) for x in inputs))
    return float(np.max(np.abs(np.asarray(got, np.float64) - want)) / np.max(np.abs(want)))


def report() -> bool:
    """Print what JAX sees and how exactly each of its devices computes; True if all of it is right."""
    import jax
    import jaxlib

    print(
        f"Python {machine.python_version()}, JAX {jax.__version__}, jaxlib {jaxlib.__version__}, NumPy {np.__version__}"
    )
    devices = jax.local_devices()
    print(f"{jax.default_backend()}: {jax.device_count()} of it, {len(devices)} on this machine")
    for device in devices:
        memory = (device.memory_stats() or {}).get("bytes_limit")
        size = f"{memory / 2**30:.1f} GiB" if memory else "memory: not told"
        print(f"  {device.id}: {device.device_kind}, {size}")
    print(f"\n{'compared with NumPy in float64':<32} {'error':>8} {'allowed':>8}")
    all_right = True
    for probe in probes():
        errors = [error_of(probe, device) for device in devices]
        worst = int(np.argmax(errors))  # NaN counts as the largest
        right = errors[worst] <= probe.tol
        verdict = (
            f"WRONG on device {devices[worst].id}" if not right else "right" if errors[worst] <= ROUNDED else "rounded"
        )
        print(f"{probe.name:<32} {errors[worst]:>8.1e} {probe.tol:>8.0e}  {verdict}")
        all_right &= right
    print("\nIt computes right here." if all_right else "\nIt does NOT compute right here: do not trust results.")
    return all_right
