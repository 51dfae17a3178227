"""The same scales and shifts in Flax and Equinox give the same norms and the same gradients."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from nnbook.layers import norm
from nnbook.layers.norm import GroupNorm, LayerNorm, RMSNorm

EPS = 1e-4
SCALE, SHIFT, X = (jax.random.normal(jax.random.key(seed), shape) for seed, shape in enumerate([(6,), (6,), (4, 6)]))
OURS = {
    "layer": LayerNorm(scale=SCALE, shift=SHIFT),
    "rms": RMSNorm(scale=SCALE),
    "group": GroupNorm(scale=SCALE.reshape(2, 3), shift=SHIFT.reshape(2, 3)),
}


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5), got, want)


def value_and_gradients(function):
    @jax.jit
    def run(scale, shift, x):
        gradients = jax.grad(lambda *args: (function(*args) ** 3).sum(), (0, 1, 2))(scale, shift, x)
        return function(scale, shift, x), gradients

    return run(SCALE, SHIFT, X)


def ours(kind):
    def apply(scale, shift, x):
        shape = OURS[kind].scale.shape
        arrays = (scale.reshape(shape),) if kind == "rms" else (scale.reshape(shape), shift.reshape(shape))
        return norm.apply(type(OURS[kind])(*arrays), x, EPS)

    return value_and_gradients(apply)


def by_flax(kind):
    rngs = nnx.Rngs(0)
    peers = {
        "layer": lambda: nnx.LayerNorm(6, epsilon=EPS, rngs=rngs),
        "rms": lambda: nnx.RMSNorm(6, epsilon=EPS, rngs=rngs),
        "group": lambda: nnx.GroupNorm(6, num_groups=2, epsilon=EPS, rngs=rngs),
    }
    form, state = nnx.split(peers[kind]())

    def apply(scale, shift, x):
        values = {"scale": scale, "bias": shift}
        filled = jax.tree.map_with_path(lambda path, _: values[path[0].key], state)
        # GroupNorm takes the first axis for a batch, so the positions get one before them.
        x = x[None] if kind == "group" else x
        return nnx.merge(form, filled)(x).reshape(X.shape)

    return value_and_gradients(apply)


def by_equinox(kind):
    def apply(scale, shift, x):
        if kind == "rms":
            peer = eqx.tree_at(lambda p: p.weight, eqx.nn.RMSNorm(6, eps=EPS, use_bias=False), scale)
            return jax.vmap(peer)(x)
        if kind == "layer":
            peer = eqx.tree_at(lambda p: (p.weight, p.bias), eqx.nn.LayerNorm(6, eps=EPS), (scale, shift))
            return jax.vmap(peer)(x)
        peer = eqx.tree_at(lambda p: (p.weight, p.bias), eqx.nn.GroupNorm(2, 6, eps=EPS), (scale, shift))
        return peer(x.T).T  # channels first there

    return value_and_gradients(apply)


@pytest.mark.parametrize("peer", [by_flax, by_equinox])
@pytest.mark.parametrize("kind", OURS)
def test_forward_and_gradients(kind, peer):
    close(ours(kind), peer(kind))


def test_instance_norm_is_flaxs():
    params = norm.InstanceNorm(scale=SCALE, shift=SHIFT)
    peer = nnx.InstanceNorm(6, epsilon=EPS, rngs=nnx.Rngs(0))
    peer.scale[...], peer.bias[...] = SCALE, SHIFT
    image = jax.random.normal(jax.random.key(3), (3, 4, 6))
    close(jax.jit(partial(norm.apply, epsilon=EPS))(params, image), peer(image[None])[0])
    assert jnp.isfinite(image).all()
