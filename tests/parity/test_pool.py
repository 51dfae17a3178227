"""Flax and Equinox pool to the same numbers, and send the same gradients back."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from nnbook.layers.pool import average_pool, max_pool, max_pool_tiled

X = jax.random.normal(jax.random.key(0), (7, 8, 3))
SETTINGS = [(1, 2, 1, "SAME"), (1, 3, 2, "VALID"), (2, 2, 2, "VALID"), (2, 3, 2, "SAME"), (2, 3, 1, [(1, 1), (0, 1)])]


def same(ours, theirs, x):
    @jax.jit
    def both(x):
        slopes = [jax.vjp(form, x) for form in (ours, theirs)]
        return [(y, back(jnp.sin(y))) for y, back in slopes]

    got, want = both(x)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), got, want)


@pytest.mark.parametrize(("axes", "window", "stride", "padding"), SETTINGS)
def test_flax(axes, window, stride, padding):
    x = X if axes == 2 else X[0]
    theirs = {"strides": (stride,) * axes, "padding": padding}
    ours = {"window": window, "stride": stride, "padding": padding}
    same(lambda x: max_pool(x, **ours), lambda x: linen.max_pool(x, (window,) * axes, **theirs), x)
    same(
        lambda x: average_pool(x, **ours),
        lambda x: linen.avg_pool(x, (window,) * axes, count_include_pad=False, **theirs),
        x,
    )


@pytest.mark.parametrize("window", [2, 3])
def test_equinox(window):
    pairs = [
        (lambda x: max_pool(x, window=window, stride=2), eqx.nn.MaxPool2d(window, 2)),
        (lambda x: average_pool(x, window=window, stride=2), eqx.nn.AvgPool2d(window, 2)),
        (lambda x: max_pool_tiled(x, window=window), eqx.nn.MaxPool2d(window, window)),
    ]
    for ours, peer in pairs:  # there channels are first
        same(ours, lambda x, peer=peer: jnp.moveaxis(peer(jnp.moveaxis(x, -1, 0)), 0, -1), X)
