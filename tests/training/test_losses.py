"""The losses are what their formulas say, and stay finite where probabilities round to 0 and 1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnbook import ShapeError
from nnbook.training.losses import binary_cross_entropy, cross_entropy, mse, soft_cross_entropy

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
    @pytest.mark.parametrize("loss", [mse, binary_cross_entropy, soft_cross_entropy])
    def test_shapes(self, loss):
        with pytest.raises(ShapeError, match=rf"^{loss.__name__}: got \w+ of shape \(4, 2\).*wants equal shapes"):
            loss(jnp.zeros((4, 2)), jnp.zeros(4))

    def test_a_column_against_a_row(self):
        with pytest.raises(ShapeError, match=r"Hint: reshape one of them.*pair every predictions"):
            mse(jnp.zeros((4, 1)), jnp.zeros(4))

    def test_nothing(self):
        for loss in (mse, binary_cross_entropy):
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
