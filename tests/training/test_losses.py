"""The losses are what their formulas say, and stay finite where probabilities round to 0 and 1."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnbook import ShapeError
from nnbook.training.losses import (
    binary_cross_entropy,
    cosine_distance,
    cross_entropy,
    hinge,
    huber,
    kl_divergence,
    mae,
    mse,
    smoothed_cross_entropy,
    soft_cross_entropy,
)

moderate = st.floats(-15, 15, width=32)
rows = arrays(np.float32, (3, 4), elements=moderate).map(jnp.asarray)
single = arrays(np.float32, 5, elements=moderate).map(jnp.asarray)


def labels(number, classes):
    return arrays(np.int32, number, elements=st.integers(0, classes - 1)).map(jnp.asarray)


@given(rows, rows)
def test_mse(a, b):
    assert float(mse(a, b)) == pytest.approx(np.square(np.float64(a) - np.float64(b)).mean(), rel=1e-5, abs=1e-30)


@given(single, labels(5, 2))
def test_binary_cross_entropy(logits, labels):
    p = 1 / (1 + np.exp(-np.float64(logits)))
    want = -np.where(labels == 1, np.log(p), np.log1p(-p)).mean()
    assert float(binary_cross_entropy(logits, labels)) == pytest.approx(want, rel=1e-4, abs=1e-6)


@given(rows, labels(3, 4))
def test_cross_entropy(logits, labels):
    p = np.exp(np.float64(logits))
    want = -np.log((p / p.sum(axis=1, keepdims=True))[np.arange(3), np.asarray(labels)]).mean()
    assert float(cross_entropy(logits, labels)) == pytest.approx(want, rel=1e-4, abs=1e-5)
    hard = jnp.eye(4)[labels]
    assert float(soft_cross_entropy(logits, hard)) == pytest.approx(want, rel=1e-4, abs=1e-5)


@given(rows, rows)
def test_distances(a, b):
    e = np.abs(np.float64(a) - np.float64(b))
    assert float(mae(a, b)) == pytest.approx(e.mean(), rel=1e-5, abs=1e-30)
    want = np.where(e <= 2, e**2 / 2, 2 * (e - 1)).mean()
    assert float(huber(a, b, delta=2.0)) == pytest.approx(want, rel=1e-5, abs=1e-30)


def test_huber_is_smooth_where_it_bends_and_its_slope_never_exceeds_delta():
    slopes = jax.vmap(jax.grad(lambda e: huber(e, jnp.zeros(()), delta=2.0)))(jnp.array([-1e30, -2, -1, 0, 2, 9.0]))
    np.testing.assert_allclose(slopes, [-2, -2, -1, 0, 2, 2])


@given(single, labels(5, 2))
def test_hinge(scores, labels):
    sides = np.where(np.asarray(labels) == 1, 1, -1)
    want = np.maximum(0, 1 - sides * np.float64(scores)).mean()
    assert float(hinge(scores, labels)) == pytest.approx(want, rel=1e-5, abs=1e-6)


@given(rows, rows)
def test_kl_divergence(a, b):
    log_p, log_q = (np.float64(z) - np.log(np.exp(np.float64(z)).sum(1, keepdims=True)) for z in (a, b))
    want = (np.exp(log_p) * (log_p - log_q)).sum(1).mean()
    assert float(kl_divergence(a, b)) == pytest.approx(want, rel=1e-4, abs=1e-5)
    assert float(kl_divergence(a, a)) == pytest.approx(0, abs=1e-6)


def test_kl_divergence_where_a_class_is_impossible():
    half, certain = jnp.array([[0.0, 0.0]]), jnp.array([[0.0, -jnp.inf]])
    value, gradient = jax.value_and_grad(kl_divergence)(certain, half)
    assert value == pytest.approx(np.log(2))
    assert jnp.isfinite(gradient).all()
    assert kl_divergence(half, certain) == np.inf


@given(rows, labels(3, 4), st.floats(0, 0.9))
def test_smoothed_labels(logits, labels, smoothing):
    shares = (1 - smoothing) * jnp.eye(4)[labels] + smoothing / 4
    got = smoothed_cross_entropy(logits, labels, smoothing=smoothing)
    np.testing.assert_allclose(got, soft_cross_entropy(logits, shares), rtol=1e-4, atol=1e-5)


def test_without_smoothing_it_is_cross_entropy_also_where_a_class_is_excluded():
    logits, labels = jnp.array([[0.0, 1.0, -jnp.inf]]), jnp.array([1])
    got, want = (
        jax.value_and_grad(loss)(logits, labels)
        for loss in (partial(smoothed_cross_entropy, smoothing=0), cross_entropy)
    )
    assert jnp.isfinite(got[0])
    for ours, theirs in zip(got, want, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_smoothed_labels_want_a_finite_logit():
    slope = jax.grad(lambda z: smoothed_cross_entropy(jnp.array([z, 0.0, 0.0]), jnp.array(0), smoothing=0.3))
    best = float(jnp.log(0.8 / 0.1))  # the label's share of 0.7 + 0.1 over another's 0.1
    assert slope(best) == pytest.approx(0, abs=1e-6)
    assert slope(best + 1) > 0 > slope(best - 1)


def test_cosine_distance():
    a = jnp.array([[1.0, 2.0], [1.0, 0.0], [1.0, 0.0]])
    b = jnp.array([[10.0, 20.0], [0.0, 3.0], [-2.0, 0.0]])
    for first, second, want in zip(a, b, (0, 1, 2), strict=True):
        assert float(cosine_distance(first, second)) == pytest.approx(want, abs=1e-6)
    assert float(cosine_distance(a, b)) == pytest.approx(1, abs=1e-6)
    tiny = 1e-15 * a
    assert float(cosine_distance(tiny, 1e15 * b)) == pytest.approx(1, abs=1e-6)


def test_a_vector_without_a_direction_counts_1_and_has_no_gradient():
    value, gradient = jax.value_and_grad(cosine_distance)(jnp.zeros((1, 3)), jnp.ones((1, 3)))
    assert value == 1
    assert gradient.tolist() == [[0, 0, 0]]


def test_two_classes_are_one_logit():
    z = jnp.array([-2.0, 0.5, 3.0])
    pair = jnp.stack([jnp.zeros(3), z], axis=1)
    y = jnp.array([0, 1, 1])
    np.testing.assert_allclose(binary_cross_entropy(z, y), cross_entropy(pair, y), rtol=1e-6)


def test_one_example_needs_no_batch():
    assert cross_entropy(jnp.zeros(4), jnp.array(2)) == pytest.approx(np.log(4))
    assert soft_cross_entropy(jnp.zeros(4), jnp.full(4, 0.25)) == pytest.approx(np.log(4))
    assert binary_cross_entropy(jnp.array(0.0), jnp.array(True)) == pytest.approx(np.log(2))
    assert mse(jnp.array(1.0), jnp.array(3.0)) == 4


def test_gradient_is_share_minus_label():
    logits, y = jnp.array([[1.0, 2.0, 0.5]]), jnp.array([1])
    want = jax.nn.softmax(logits) - jax.nn.one_hot(y, 3)
    np.testing.assert_allclose(jax.grad(cross_entropy)(logits, y), want, atol=1e-6)
    z = jnp.array([1.0])
    np.testing.assert_allclose(jax.grad(binary_cross_entropy)(z, y), jax.nn.sigmoid(z) - 1, atol=1e-6)


@pytest.mark.parametrize("z", [-1e4, 1e4])
@pytest.mark.parametrize("label", [0, 1])
def test_sure_and_wrong_costs_much_but_not_infinity(z, label):
    want = 1e4 if (z > 0) != label else 0
    binary = jax.value_and_grad(binary_cross_entropy)(jnp.array([z]), jnp.array([label]))
    many = jax.value_and_grad(cross_entropy)(jnp.array([[0.0, z]]), jnp.array([label]))
    for value, gradient in (binary, many):
        assert value == want
        assert jnp.isfinite(gradient).all()


def test_a_class_without_a_share_may_be_impossible():
    logits, shares = jnp.array([[0.0, -jnp.inf, 0.0]]), jnp.array([[0.5, 0.0, 0.5]])
    value, gradient = jax.value_and_grad(soft_cross_entropy)(logits, shares)
    assert value == pytest.approx(np.log(2))
    assert jnp.isfinite(gradient).all()


@pytest.mark.parametrize("outside", [-1, -100, 3, 100])
def test_a_label_outside_the_classes_shows(outside):
    assert jnp.isnan(cross_entropy(jnp.zeros((2, 3)), jnp.array([0, outside])))


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.mark.parametrize(
        "loss", [mse, mae, huber, cosine_distance, binary_cross_entropy, hinge, soft_cross_entropy, kl_divergence]
    )
    def test_shapes(self, loss):
        with pytest.raises(ShapeError, match=rf"^{loss.__name__}: got \w+ of shape \(4, 2\).*wants equal shapes"):
            loss(jnp.zeros((4, 2)), jnp.zeros(4))

    def test_a_column_against_a_row(self):
        with pytest.raises(ShapeError, match=r"Hint: reshape one of them.*pair every predictions"):
            mse(jnp.zeros((4, 1)), jnp.zeros(4))

    def test_nothing(self):
        for loss in (mse, mae, huber, binary_cross_entropy, hinge):
            with pytest.raises(ShapeError, match="not empty"):
                loss(jnp.zeros(0), jnp.zeros(0))
        with pytest.raises(ShapeError, match="at least one"):
            cross_entropy(jnp.zeros((0, 3)), jnp.zeros(0, int))

    def test_labels_for_each_row(self):
        with pytest.raises(ShapeError, match=r"logits of shape \(4, 3\) and labels of shape \(3,\); wants one row"):
            cross_entropy(jnp.zeros((4, 3)), jnp.zeros(3, int))

    def test_dtypes(self):
        with pytest.raises(TypeError, match=r"got labels of dtype float32.*soft_cross_entropy takes probabilities"):
            cross_entropy(jnp.zeros((4, 3)), jnp.zeros(4))
        with pytest.raises(TypeError, match="mse: got targets of dtype int32; wants floats"):
            mse(jnp.zeros(4), jnp.zeros(4, int))
        with pytest.raises(TypeError, match="binary_cross_entropy: got logits of dtype int32"):
            binary_cross_entropy(jnp.zeros(4, int), jnp.zeros(4, int))
        with pytest.raises(TypeError, match="soft_cross_entropy: got shares of dtype int32"):
            soft_cross_entropy(jnp.zeros((4, 3)), jnp.zeros((4, 3), int))
        with pytest.raises(TypeError, match="hinge: got scores of dtype int32"):
            hinge(jnp.zeros(4, int), jnp.zeros(4, int))
        with pytest.raises(TypeError, match="kl_divergence: got other_logits of dtype int32"):
            kl_divergence(jnp.zeros((4, 3)), jnp.zeros((4, 3), int))

    def test_sizes(self):
        with pytest.raises(ValueError, match="huber: got delta=0; wants more than 0"):
            huber(jnp.zeros(2), jnp.zeros(2), delta=0)
        for smoothing in (1.0, -0.1):
            with pytest.raises(ValueError, match=f"smoothed_cross_entropy: got smoothing={smoothing}; wants 0 ≤"):
                smoothed_cross_entropy(jnp.zeros((1, 3)), jnp.zeros(1, int), smoothing=smoothing)
        with pytest.raises(ShapeError, match="cosine_distance: got two single numbers; wants vectors"):
            cosine_distance(jnp.array(1.0), jnp.array(1.0))
