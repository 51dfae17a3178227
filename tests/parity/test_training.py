"""Optax takes the same steps, clips the same and gives the same rates; scikit-learn judges the same."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import sklearn.calibration
import sklearn.metrics

from nnbook.layers.activations import tanh
from nnbook.models import mlp
from nnbook.training import clipping, metrics, optimizers, schedules
from nnbook.training.losses import mse

STEPS = 300
RATE = 0.01
OPTIMISERS = {
    "heavy ball": (optimizers.momentum_init, optimizers.heavy_ball_update, {}, optax.sgd(RATE, momentum=0.9)),
    "nesterov": (
        optimizers.momentum_init,
        optimizers.nesterov_update,
        {"momentum": 0.8},
        optax.sgd(RATE, momentum=0.8, nesterov=True),
    ),
    "rmsprop": (optimizers.rmsprop_init, optimizers.rmsprop_update, {"decay": 0.95}, optax.rmsprop(RATE, decay=0.95)),
    "adam": (optimizers.adam_init, optimizers.adam_update, {}, optax.adam(RATE)),
    "adamw": (
        optimizers.adam_init,
        optimizers.adamw_update,
        {"weight_decay": 0.01, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6},
        optax.adamw(RATE, b1=0.8, b2=0.99, eps=1e-6, weight_decay=0.01),
    ),
    "sgd": (lambda _: (), lambda g, s, p, **how: (optimizers.sgd_update(g, p, **how), s), {}, optax.sgd(RATE)),
}


def network_and_gradients(key):
    """A small network, and a way to get gradients that depend on where it stands."""
    network, x = mlp.init(key, sizes=(3, 8, 1)), jax.random.normal(key, (16, 3))
    return network, jax.grad(lambda p: mse(jax.vmap(lambda x: mlp.apply(p, x, tanh)[0])(x), jnp.sin(x.sum(1))))


@pytest.mark.parametrize(("init", "update", "settings", "theirs"), OPTIMISERS.values(), ids=OPTIMISERS)
def test_optimisers(key, init, update, settings, theirs):
    """The same gradients, taken along one path, lead both to the same params: no chaos between them."""
    network, gradient = network_and_gradients(key)

    @jax.jit
    def run(network):
        def step(carry, _):
            mine, state, peer, peer_state = carry
            slope = gradient(peer)
            mine, state = update(slope, state, mine, learning_rate=RATE, **settings)
            with jax.numpy_dtype_promotion("standard"):
                steps, peer_state = theirs.update(slope, peer_state, peer)
            return (mine, state, optax.apply_updates(peer, steps), peer_state), None

        return jax.lax.scan(step, (network, init(network), network, theirs.init(network)), length=STEPS)[0]

    mine, _, peer, _ = run(network)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), mine, peer)
    assert not jnp.allclose(mine.layers[0].w, network.layers[0].w, atol=1e-2), "nothing was learned"


@pytest.mark.parametrize("bound", [0.01, 100.0])
def test_clipping(key, bound):
    network, gradient = network_and_gradients(key)
    slope = jax.jit(gradient)(network)
    for ours, theirs in (
        (clipping.clip_by_global_norm(slope, max_norm=bound), optax.clip_by_global_norm(bound)),
        (clipping.clip_by_value(slope, max_value=bound), optax.clip(bound)),
    ):
        want, _ = theirs.update(slope, theirs.init(network))
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), ours, want)
    np.testing.assert_allclose(clipping.global_norm(network), optax.tree.norm(network), rtol=1e-6)


SCHEDULES = {
    "constant": (schedules.constant(0.3), optax.constant_schedule(0.3)),
    "step decay": (
        schedules.step_decay(0.3, boundaries=(5, 20), factor=0.5),
        optax.piecewise_constant_schedule(0.3, {5: 0.5, 20: 0.5}),
    ),
    "warm-up": (schedules.linear_warmup(0.3, warmup_steps=7), optax.linear_schedule(0.0, 0.3, 7)),
    "cosine": (schedules.cosine(0.3, decay_steps=30, end=0.03), optax.cosine_decay_schedule(0.3, 30, alpha=0.1)),
    "both": (
        schedules.warmup_cosine(0.3, warmup_steps=5, total_steps=30, end=0.01),
        optax.warmup_cosine_decay_schedule(0.0, 0.3, 5, 30, end_value=0.01),
    ),
}


@pytest.mark.parametrize(("ours", "theirs"), SCHEDULES.values(), ids=SCHEDULES)
def test_schedules(ours, theirs):
    steps = jnp.arange(40)
    with jax.numpy_dtype_promotion("standard"):
        want = jax.jit(jax.vmap(theirs))(steps)
    np.testing.assert_allclose(ours(steps), want, rtol=1e-5, atol=1e-7)


class TestMetrics:
    """scikit-learn judges the same."""

    classes = 4

    @pytest.fixture
    def answers(self, key):
        labels = jax.random.randint(key, (200,), 0, self.classes)
        logits = 2 * jax.random.normal(jax.random.key(1), (200, self.classes)) + 2 * jax.nn.one_hot(
            labels, self.classes
        )
        return logits, logits.argmax(-1), labels

    def test_decisions(self, answers):
        logits, predictions, labels = answers
        confusion = metrics.confusion_matrix(predictions, labels, classes=self.classes)
        np.testing.assert_array_equal(confusion, sklearn.metrics.confusion_matrix(labels, predictions))
        ours = [metrics.precision(confusion), metrics.recall(confusion), metrics.f1(confusion)]
        theirs = sklearn.metrics.precision_recall_fscore_support(labels, predictions)[:3]
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        for ours, theirs in (
            (metrics.accuracy(predictions, labels), sklearn.metrics.accuracy_score(labels, predictions)),
            (metrics.top_k_accuracy(logits, labels, k=2), sklearn.metrics.top_k_accuracy_score(labels, logits, k=2)),
        ):
            assert float(ours) == pytest.approx(theirs, rel=1e-6)

    @pytest.mark.parametrize("digits", [1, 6])
    def test_ranking(self, answers, digits):
        logits, _, labels = answers
        scores, right = logits[:, 0].round(digits), labels == 0  # with one digit there are ties
        assert float(metrics.roc_auc(scores, right)) == pytest.approx(
            sklearn.metrics.roc_auc_score(right, scores), rel=1e-6
        )

    def test_calibration(self, answers):
        logits, predictions, labels = answers
        confidences, correct = np.asarray(jax.nn.softmax(logits).max(-1)), np.asarray(predictions == labels)
        observed, said = sklearn.calibration.calibration_curve(correct, confidences, n_bins=10)
        counts = np.histogram(confidences, bins=10, range=(0, 1))[0]
        want = (counts[counts > 0] * np.abs(observed - said)).sum() / len(correct)
        assert float(metrics.calibration_error(jnp.asarray(confidences), jnp.asarray(correct))) == pytest.approx(
            want, rel=1e-5
        )

    def test_regression(self, answers):
        logits, *_ = answers
        a, b = logits[:, 0], logits[:, 0] + logits[:, 1]
        assert float(metrics.r_squared(a, b)) == pytest.approx(sklearn.metrics.r2_score(b, a), rel=1e-5)
