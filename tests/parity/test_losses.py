"""Optax gives the same losses and the same gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook.training import losses

close = {"rtol": 1e-5, "atol": 1e-6}


def compare(ours, theirs, first, second):
    np.testing.assert_allclose(ours(first, second), theirs(first, second).mean(), **close)
    got = jax.grad(ours)(first, second)
    np.testing.assert_allclose(got, jax.grad(lambda a: theirs(a, second).mean())(first), **close)


@pytest.fixture
def logits(key):
    return 5 * jax.random.normal(key, (6, 4))


def test_mse(logits):
    compare(losses.mse, optax.squared_error, logits, logits[::-1])


def test_binary_cross_entropy(logits):
    labels = (jnp.arange(4) % 2).astype(jnp.float32)
    compare(losses.binary_cross_entropy, optax.sigmoid_binary_cross_entropy, logits[0], labels)


def test_cross_entropy(logits):
    labels = jnp.arange(6) % 4
    compare(losses.cross_entropy, optax.softmax_cross_entropy_with_integer_labels, logits, labels)


def test_soft_cross_entropy(logits):
    compare(losses.soft_cross_entropy, optax.softmax_cross_entropy, logits, jax.nn.softmax(logits[::-1]))
