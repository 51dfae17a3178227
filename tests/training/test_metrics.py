"""Metrics count what they say they count, also where there is nothing to count."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnbook import ShapeError
from nnbook.training import metrics

scores = arrays(np.float32, 12, elements=st.sampled_from([0.0, 0.25, 0.5, 1.0, 7.5]))
binary = arrays(np.int32, 12, elements=st.integers(0, 1))


@given(scores, binary)
def test_roc_auc_is_the_share_of_pairs_in_the_right_order(scores, labels):
    got = float(metrics.roc_auc(jnp.asarray(scores), jnp.asarray(labels)))
    positive, negative = scores[labels == 1], scores[labels == 0]
    if len(positive) == 0 or len(negative) == 0:
        assert np.isnan(got)
    else:
        difference = positive[:, None] - negative[None, :]
        assert got == pytest.approx(((difference > 0) + 0.5 * (difference == 0)).mean(), rel=1e-5)


def test_roc_auc_of_a_hundred_thousand_loses_no_digits():
    scores = jnp.linspace(0.0, 1.0, 100_000)
    assert float(metrics.roc_auc(scores, scores > 0.3)) == 1.0
    assert float(metrics.roc_auc(-scores, scores > 0.3)) == 0.0
    assert float(metrics.roc_auc(jnp.zeros(100_000), scores > 0.3)) == 0.5


def test_only_the_order_of_scores_matters(key):
    scores = jax.random.normal(key, (50,))
    labels = scores + jax.random.normal(jax.random.key(1), (50,)) > 0
    assert metrics.roc_auc(scores, labels) == metrics.roc_auc(jnp.exp(3 * scores), labels)


def test_confusion_counts_every_example_once_and_ignores_what_is_no_class():
    predictions, labels = jnp.array([0, 1, 2, 2, -1, 3, 0]), jnp.array([0, 2, 2, 1, 0, 1, -1])
    got = metrics.confusion_matrix(predictions, labels, classes=3)
    assert got.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 1]]
    assert (
        jax.jit(metrics.confusion_matrix, static_argnames="classes")(predictions, labels, classes=3).tolist()
        == got.tolist()
    )


def test_a_class_that_never_occurs_and_is_never_predicted_scores_0():
    confusion = jnp.array([[2, 0, 0], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(metrics.precision(confusion), [2 / 3, 0, 0])
    np.testing.assert_allclose(metrics.recall(confusion), [1, 0, 0])
    np.testing.assert_allclose(metrics.f1(confusion), [0.8, 0, 0])


def test_accuracy_of_booleans_and_of_many_axes():
    assert float(metrics.accuracy(jnp.array([True, False]), jnp.array([1, 1]))) == 0.5
    assert float(metrics.accuracy(jnp.eye(4, dtype=int), jnp.zeros((4, 4), int))) == 0.75


def test_top_k_with_all_classes_is_always_right(key):
    logits, labels = jax.random.normal(key, (9, 4)), jnp.arange(9) % 4
    shares = [float(metrics.top_k_accuracy(logits, labels, k=k)) for k in (1, 2, 3, 4)]
    assert shares == sorted(shares)
    assert shares[0] == metrics.accuracy(logits.argmax(-1), labels)
    assert shares[-1] == 1


def test_calibration_of_one_who_is_too_sure():
    assert float(metrics.calibration_error(jnp.full(10, 0.9), jnp.arange(10) < 6)) == pytest.approx(0.3, abs=1e-6)
    # Over- and underconfidence in different bins do not cancel.
    confidences, correct = jnp.array([0.95, 0.95, 0.45, 0.45]), jnp.array([True, False, True, True])
    assert float(metrics.calibration_error(confidences, correct)) == pytest.approx((0.45 + 0.55) / 2, abs=1e-6)
    assert float(metrics.calibration_error(confidences, correct, bins=1)) == pytest.approx(0.05, abs=1e-6)


def test_perplexity_and_bits():
    assert float(metrics.perplexity(0.0)) == 1
    assert float(metrics.perplexity(jnp.log(50257.0))) == pytest.approx(50257, rel=1e-5)
    assert float(metrics.bits_per_byte(np.log(2), tokens=300, bytes=1200)) == pytest.approx(0.25)


def test_r_squared_of_the_mean_is_0():
    y = jnp.array([1.0, 2.0, 6.0])
    assert float(metrics.r_squared(y, y)) == 1
    assert float(metrics.r_squared(jnp.full(3, 3.0), y)) == pytest.approx(0, abs=1e-6)
    assert float(metrics.r_squared(-y, y)) < 0


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize(
        ("metric", "first", "second"),
        [
            (metrics.accuracy, jnp.zeros(3, int), jnp.zeros(2, int)),
            (metrics.accuracy, jnp.zeros(0, int), jnp.zeros(0, int)),
            (metrics.roc_auc, jnp.zeros(3), jnp.zeros(2, int)),
            (metrics.calibration_error, jnp.zeros(3), jnp.zeros(2, bool)),
            (metrics.r_squared, jnp.zeros((3, 1)), jnp.zeros(3)),
        ],
    )
    def test_shapes(self, metric, first, second):
        with pytest.raises(ShapeError, match=rf"^{metric.__name__}: got .*; wants equal shapes, not empty"):
            metric(first, second)

    def test_dtypes(self):
        with pytest.raises(TypeError, match=r"accuracy: got predictions of dtype float32.*logits\.argmax\(-1\)"):
            metrics.accuracy(jnp.zeros(2), jnp.zeros(2, int))
        with pytest.raises(TypeError, match="calibration_error: got correct of dtype int32; wants booleans"):
            metrics.calibration_error(jnp.zeros(2), jnp.zeros(2, int))
        with pytest.raises(TypeError, match="roc_auc: got scores of dtype int32"):
            metrics.roc_auc(jnp.zeros(2, int), jnp.zeros(2, int))

    def test_sizes(self):
        with pytest.raises(ShapeError, match=r"top_k_accuracy: got logits of shape \(2, 3\), labels .* and k = 4"):
            metrics.top_k_accuracy(jnp.zeros((2, 3)), jnp.zeros(2, int), k=4)
        with pytest.raises(ValueError, match="bits_per_byte: got bytes=0; wants at least 1"):
            metrics.bits_per_byte(1.0, tokens=1, bytes=0)

    @pytest.mark.parametrize("metric", [metrics.precision, metrics.recall, metrics.f1])
    def test_what_is_no_confusion_matrix(self, metric):
        with pytest.raises(
            ShapeError, match=rf"^{metric.__name__}: got an array of shape \(2, 3\).*confusion_matrix\("
        ):
            metric(jnp.zeros((2, 3), int))
