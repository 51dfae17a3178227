"""A mixture of experts asks the experts its gate chose, and no others."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import experts
from nnbook.layers.activations import relu
from nnbook.layers.experts import load_balancing_loss, switch_gates, top_k_gates

EXPERTS = 4
seeds = st.integers(0, 2**16)
apply = jax.jit(experts.apply, static_argnames="gate")
apply_with_capacity = jax.jit(experts.apply_with_capacity, static_argnames=("capacity", "gate"))


@pytest.fixture
def layer(key):
    layer = experts.init(key, d_model=6, d_hidden=8, experts=EXPERTS)
    # Biases that are not 0, so that a token no expert took cannot be told by luck.
    return jax.tree.map(lambda w: w + 0.1, layer)


@pytest.fixture
def x():
    return jax.random.normal(jax.random.key(1), (7, 6))


def close(got, want, tol=1e-5):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=tol, atol=tol), got, want)


@pytest.mark.parametrize("k", [1, 2, EXPERTS])
def test_each_token_is_answered_by_its_own_experts(layer, x, k):
    got = apply(layer, x, gate=partial(top_k_gates, k=k))
    weights = jax.tree.map(np.asarray, layer)
    for token, answer in zip(np.asarray(x), got, strict=True):
        logits = weights.w_gate @ token
        best = np.argsort(-logits)[:k]
        shares = np.exp(logits[best]) / np.exp(logits[best]).sum()
        want = 0
        for share, e in zip(shares, best, strict=True):
            hidden = np.maximum(weights.w_hidden[e] @ token + weights.b_hidden[e], 0)
            want = want + share * (weights.w_output[e] @ hidden + weights.b_output[e])
        close(answer, want)


@given(seeds, st.integers(1, EXPERTS))
def test_k_shares_sum_to_one(seed, k):
    gates = top_k_gates(jax.random.normal(jax.random.key(seed), (5, EXPERTS)), k)
    np.testing.assert_array_equal((gates > 0).sum(-1), k)
    np.testing.assert_allclose(gates.sum(-1), 1, atol=1e-6)


def test_equal_experts_are_still_only_k():
    assert ((top_k_gates(jnp.zeros((1, 5)), 2) > 0).tolist()) == [[True, True, False, False, False]]


def test_with_one_expert_it_is_that_expert(x, key):
    layer = experts.init(key, d_model=6, d_hidden=8, experts=1)
    hidden = relu(x @ layer.w_hidden[0].T)
    for gate in (partial(top_k_gates, k=1), switch_gates):
        close(experts.apply(layer, x, gate), hidden @ layer.w_output[0].T)


def test_the_gate_learns_by_the_switch_and_not_by_a_share_of_one(layer, x):
    def slope(gate):
        return jax.jit(jax.grad(lambda layer: (experts.apply(layer, x, gate) ** 2).sum()))(layer)

    assert not slope(partial(top_k_gates, k=1)).w_gate.any()
    for gate in (switch_gates, top_k_gates):
        gradient = slope(gate)
        assert jnp.abs(gradient.w_gate).max() > 1e-3
        assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_an_expert_nobody_chose_learns_nothing(layer, x):
    chosen = top_k_gates(experts.gate_logits(layer, x[:1]), 2)[0] > 0
    gradient = jax.grad(lambda layer: (experts.apply(layer, x[:1]) ** 2).sum())(layer)
    np.testing.assert_array_equal(jnp.abs(gradient.w_output).max((1, 2)) > 0, chosen)


@pytest.mark.parametrize("gate", [top_k_gates, switch_gates])
def test_with_seats_for_all_capacity_changes_nothing(layer, x, gate):
    def loss(function):
        return jax.jit(jax.value_and_grad(lambda layer, x: (function(layer, x) ** 2).sum(), (0, 1)))(layer, x)

    close(apply_with_capacity(layer, x, capacity=7, gate=gate), apply(layer, x, gate=gate))
    got, want = loss(lambda *a: experts.apply_with_capacity(*a, 7, gate)), loss(lambda *a: experts.apply(*a, gate))
    close(got, want, tol=1e-4)


def test_a_full_expert_leaves_the_later_tokens_out(layer):
    # All tokens are alike, so they all want the same expert; two find a seat.
    alike = jnp.ones((5, 6))
    got = apply_with_capacity(layer, alike, capacity=2, gate=switch_gates)
    close(got[:2], apply(layer, alike, gate=switch_gates)[:2])
    assert got[:2].any()
    assert not got[2:].any()


def test_an_even_load_costs_one_and_an_uneven_one_costs_more():
    even = 5 * jnp.tile(jnp.eye(EXPERTS), (3, 1))
    assert float(load_balancing_loss(even)) == pytest.approx(1, abs=1e-6)
    assert float(load_balancing_loss(50 * jnp.eye(EXPERTS)[:1])) == pytest.approx(EXPERTS, abs=1e-4)


@given(seeds)
def test_the_balancing_loss_is_the_papers_sum(seed):
    logits = np.asarray(jax.random.normal(jax.random.key(seed), (6, EXPERTS)))
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    counts = np.bincount(logits.argmax(-1), minlength=EXPERTS)
    want = EXPERTS * sum(counts[e] / 6 * probabilities[:, e].mean() for e in range(EXPERTS))
    np.testing.assert_allclose(load_balancing_loss(jnp.asarray(logits)), want, rtol=1e-5)


def test_descending_the_balancing_loss_spreads_the_tokens(key):
    logits = jax.random.normal(key, (64, EXPERTS))
    favour = jnp.array([[3.0, 0.0, 0.0, 0.0]])  # nearly all tokens go to the first expert
    loss = jax.jit(
        jax.value_and_grad(lambda favour: load_balancing_loss(logits + jnp.broadcast_to(favour, logits.shape)))
    )
    before, _ = loss(favour)
    for _ in range(30):
        favour = favour - 0.2 * loss(favour)[1]
    assert before > 2.5
    assert loss(favour)[0] < 1.3


def test_batches_by_vmap(layer, x):
    batch = jnp.stack([x, 2 * x])
    got = jax.jit(jax.vmap(experts.apply, in_axes=(None, 0)))(layer, batch)
    close(got, jnp.stack([apply(layer, x), apply(layer, 2 * x)]))


def test_initial_variances(key):
    layer = experts.init(key, d_model=100, d_hidden=200, experts=EXPERTS)
    assert float(layer.w_hidden.var()) == pytest.approx(2 / 100, rel=0.05)
    assert float(layer.w_output.var()) == pytest.approx(1 / 200, rel=0.05)
    assert float(layer.w_gate.var()) == pytest.approx(1 / 100, rel=0.3)
    assert not layer.b_hidden.any()
    assert not layer.b_output.any()
    assert not jnp.allclose(layer.w_hidden[0], layer.w_hidden[1])


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_init(self, key):
        with pytest.raises(TypeError, match=r"experts.init: got key of type int"):
            experts.init(0, d_model=1, d_hidden=1, experts=1)
        with pytest.raises(ValueError, match=r"experts.init: got experts=0"):
            experts.init(key, d_model=1, d_hidden=1, experts=0)

    def test_tokens(self, layer, x):
        with pytest.raises(ShapeError, match=r"experts: got x of shape \(7, 5\); wants shape \(tokens, 6\)"):
            experts.apply(layer, x[:, :5])
        with pytest.raises(ShapeError, match=r"x of shape \(1, 7, 6\).*jax.vmap"):
            experts.apply(layer, x[None])
        with pytest.raises(TypeError, match="experts: got x of dtype int32"):
            experts.apply(layer, x.astype(int))

    def test_numbers(self, layer, x):
        with pytest.raises(ValueError, match="top_k_gates: got k=5 for 4 experts"):
            top_k_gates(jnp.zeros((1, 4)), k=5)
        with pytest.raises(ValueError, match="top_k_gates: got k=0"):
            top_k_gates(jnp.zeros((1, 4)), k=0)
        with pytest.raises(ValueError, match="experts: got capacity=0"):
            experts.apply_with_capacity(layer, x, 0)
        with pytest.raises(ShapeError, match=r"load_balancing_loss: got logits of shape \(4,\)"):
            load_balancing_loss(jnp.zeros(4))
