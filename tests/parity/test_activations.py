"""JAX's own activations give the same values and gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.layers import activations

PEERS = {
    "sigmoid": jax.nn.sigmoid,
    "tanh": jax.nn.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": lambda x: jax.nn.gelu(x, approximate=True),
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "mish": jax.nn.mish,
    "relu6": jax.nn.relu6,
    "hard_sigmoid": jax.nn.hard_sigmoid,
    "hard_tanh": jax.nn.hard_tanh,
    "hard_swish": jax.nn.hard_swish,
}
# No point lies on a kink, where each library chooses a slope of its own.
X = jnp.concatenate([jnp.linspace(-9.995, 9.995, 500), jnp.array([-1e4, -300.0, 300.0, 1e4])])
# JAX writes GELU's approximation with 1 + tanh, which loses digits on the left; hence not 1e-6.
close = {"rtol": 5e-6, "atol": 5e-6}


@pytest.mark.parametrize("name", PEERS)
def test_value_and_gradient(name):
    ours, theirs = getattr(activations, name), PEERS[name]
    np.testing.assert_allclose(ours(X), theirs(X), **close)
    np.testing.assert_allclose(jax.vmap(jax.grad(ours))(X), jax.vmap(jax.grad(theirs))(X), **close)


def test_no_activation_is_without_a_peer():
    assert set(activations.ACTIVATIONS) - set(PEERS) == {"step"}


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, key):
    logits = 10 * jax.random.normal(key, (3, 5))
    ours, theirs = getattr(activations, name), getattr(jax.nn, name)
    np.testing.assert_allclose(ours(logits), theirs(logits), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours(logits, 2.5), theirs(logits / 2.5), rtol=1e-5, atol=1e-6)
    got, want = (jax.grad(lambda z, f=f: (f(z) ** 2).sum())(logits) for f in (ours, theirs))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_glu(key):
    value, gate = jax.random.normal(key, (2, 3, 5))

    def theirs(value, gate):
        return jax.nn.glu(jnp.concatenate([value, gate], axis=-1))

    np.testing.assert_allclose(activations.glu(value, gate), theirs(value, gate), **close)
    got, want = (jax.grad(lambda *a, f=f: (f(*a) ** 2).sum(), (0, 1))(value, gate) for f in (activations.glu, theirs))
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
