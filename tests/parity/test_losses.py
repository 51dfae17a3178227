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


def test_smoothed_cross_entropy(logits):
    labels = jnp.arange(6) % 4
    shares = optax.smooth_labels(jax.nn.one_hot(labels, 4), 0.1)
    want = optax.softmax_cross_entropy(logits, shares).mean()
    np.testing.assert_allclose(losses.smoothed_cross_entropy(logits, labels, smoothing=0.1), want, **close)


def test_hinge(logits):
    labels = jnp.arange(4) % 2
    sides = 2.0 * labels.astype(jnp.float32) - 1
    want = optax.hinge_loss(logits[0], sides).mean()
    np.testing.assert_allclose(losses.hinge(logits[0], labels), want, **close)


def test_huber(logits):
    compare(
        lambda a, b: losses.huber(a, b, delta=0.5), lambda a, b: optax.huber_loss(a, b, delta=0.5), logits, logits[::-1]
    )


def test_kl_divergence(logits):
    other = logits[::-1]
    want = optax.kl_divergence(jax.nn.log_softmax(other), jax.nn.softmax(logits)).mean()
    np.testing.assert_allclose(losses.kl_divergence(logits, other), want, **close)


def test_cosine_distance(logits):
    compare(losses.cosine_distance, optax.cosine_distance, logits, logits[::-1])
