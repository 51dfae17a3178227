"""Flax normalises to the same numbers and gradients; its running variance is the biased one."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from nnbook.layers import batch_norm
from nnbook.layers.batch_norm import BatchNorm, BatchNormState

CHANNELS, MOMENTUM = 3, 0.8
KEYS = jax.random.split(jax.random.key(0), 5)
PARAMS = BatchNorm(scale=jax.random.normal(KEYS[0], (CHANNELS,)), shift=jax.random.normal(KEYS[1], (CHANNELS,)))
STATE = BatchNormState(mean=jax.random.normal(KEYS[2], (CHANNELS,)), variance=jnp.array([0.5, 1.0, 2.0]))


def close(got, want):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), got, want)


def variables(params, state):
    return {
        "params": {"scale": params.scale, "bias": params.shift},
        "batch_stats": {"mean": state.mean, "var": state.variance},
    }


@pytest.mark.parametrize("shape", [(6, CHANNELS), (6, 5, CHANNELS), (6, 4, 5, CHANNELS)])
def test_flax_while_training(shape):
    x = 1 + 2 * jax.random.normal(KEYS[3], shape)
    peer = linen.BatchNorm(use_running_average=False, momentum=MOMENTUM, epsilon=1e-5)

    def theirs(params, x):
        y, new = peer.apply(variables(params, STATE), x, mutable=["batch_stats"])
        return jnp.sin(y).sum(), (y, new["batch_stats"])

    def ours(params, x):
        y, state = batch_norm.apply_training(params, STATE, x, momentum=MOMENTUM)
        return jnp.sin(y).sum(), (y, state)

    slopes, (y, state) = jax.jit(jax.grad(ours, (0, 1), has_aux=True))(PARAMS, x)
    want_slopes, (want_y, want) = jax.jit(jax.grad(theirs, (0, 1), has_aux=True))(PARAMS, x)
    close((y, slopes, state.mean), (want_y, want_slopes, want["mean"]))
    # What the batch adds to the running variance is n / (n − 1) times what it adds there.
    n = x.size // CHANNELS
    kept = MOMENTUM * STATE.variance
    close(state.variance - kept, n / (n - 1) * (want["var"] - kept))


def test_flax_afterwards():
    x = jax.random.normal(KEYS[4], (4, 5, CHANNELS))
    peer = linen.BatchNorm(use_running_average=True, epsilon=1e-5)

    def slopes(form):
        return jax.jit(jax.value_and_grad(lambda params, x: jnp.sin(form(params, x)).sum(), (0, 1)))(PARAMS, x)

    close(
        slopes(lambda params, x: batch_norm.apply(params, STATE, x)),
        slopes(lambda params, x: peer.apply(variables(params, STATE), x)),
    )


def test_equinox_while_training():
    x = 1 + 2 * jax.random.normal(KEYS[3], (6, 4, 5, CHANNELS))
    peer, fresh = eqx.nn.make_with_state(eqx.nn.BatchNorm)(CHANNELS, "batch", momentum=MOMENTUM, mode="batch")

    def theirs(params, x):  # there channels are first, and one example is seen at a time
        mine = eqx.tree_at(lambda p: (p.weight, p.bias), peer, (params.scale, params.shift))
        mapped = jax.vmap(mine, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
        y, _ = mapped(jnp.moveaxis(x, -1, 1), fresh)
        return jnp.moveaxis(y, 1, -1)

    def ours(params, x):
        return batch_norm.apply_training(params, STATE, x).y

    with jax.numpy_rank_promotion("allow"):
        pairs = [
            jax.value_and_grad(lambda p, x, f=f: jnp.sin(f(p, x)).sum(), (0, 1))(PARAMS, x) for f in (ours, theirs)
        ]
    close(*pairs)
