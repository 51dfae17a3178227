"""The same work here and in PyTorch: values, and the gradients of a random mix of them, must agree."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import torch

TOL = 1e-5


def near(got: object, want: object, tol: float = TOL) -> None:
    """Compare as `nnbook.check` does: |a − b| ≤ tol · (1 + |b|)."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    np.testing.assert_array_less(np.abs(got - want), tol * (1 + np.abs(want)) + 1e-30)


def agree(ours: Callable, theirs: Callable, *arrays: np.ndarray, tol: float = TOL) -> None:
    """Hold ours(*arrays) against theirs(*tensors), forward and back to every array."""
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    want = theirs(*tensors)
    got = ours(*map(jnp.asarray, arrays))
    near(got, want.detach(), tol)
    mix = np.random.default_rng(1).standard_normal(want.shape).astype(np.float32)
    slopes = torch.autograd.grad((want * torch.tensor(mix)).sum(), tensors)
    ours_back = jax.grad(lambda *given: (ours(*given) * mix).sum(), argnums=tuple(range(len(arrays))))
    for mine, slope in zip(ours_back(*map(jnp.asarray, arrays)), slopes, strict=True):
        near(mine, slope, tol)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Draw standard normal numbers in float32."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
