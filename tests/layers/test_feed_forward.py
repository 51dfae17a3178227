"""The feed-forward part works on each token alone; its three kinds differ in what stands between the layers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import feed_forward
from nnbook.layers.activations import gelu, relu, silu

INITS = {"relu": feed_forward.init_relu, "gelu": feed_forward.init_gelu, "swiglu": feed_forward.init_swiglu}
kinds = pytest.mark.parametrize("kind", INITS)
apply = jax.jit(feed_forward.apply)
X = jax.random.normal(jax.random.key(1), (5, 6))


def drawn(kind, d_hidden=12):
    params = INITS[kind](jax.random.key(0), d_model=6, d_hidden=d_hidden)
    if kind == "swiglu":
        return params
    biases = (jnp.linspace(-1, 1, d_hidden), jnp.linspace(1, 2, 6))
    layers = [type(layer)(layer.w, b) for layer, b in zip((params.inner, params.outer), biases, strict=True)]
    return type(params)(*layers)


@pytest.mark.parametrize(("kind", "activation"), [("relu", relu), ("gelu", gelu)])
def test_two_layers_and_what_stands_between(kind, activation):
    params = drawn(kind)
    hidden = activation(X @ params.inner.w.T + params.inner.b[None])
    np.testing.assert_allclose(apply(params, X), hidden @ params.outer.w.T + params.outer.b[None], atol=1e-5)


def test_swiglu_is_three_matrices():
    params = drawn("swiglu")
    want = ((X @ params.w_value.T) * silu(X @ params.w_gate.T)) @ params.w_out.T
    np.testing.assert_allclose(apply(params, X), want, atol=1e-5)


@kinds
def test_each_token_is_alone(kind):
    changed = apply(drawn(kind), X.at[2].set(9.0)) - apply(drawn(kind), X)
    np.testing.assert_array_equal(changed[jnp.array([0, 1, 3, 4])], 0)
    assert jnp.abs(changed[2]).max() > 0


@kinds
def test_compiled_and_mapped_it_is_the_same(kind):
    params, batch = drawn(kind), jnp.stack([X, -X])
    one_by_one = jnp.stack([feed_forward.apply(params, x) for x in batch])
    np.testing.assert_allclose(jax.jit(jax.vmap(feed_forward.apply, (None, 0)))(params, batch), one_by_one, atol=1e-5)


def test_at_two_thirds_of_the_width_swiglu_costs_what_relu_does():
    def matrices(kind, d_hidden):
        leaves = jax.tree.leaves(jax.eval_shape(lambda: drawn(kind, d_hidden)))
        return sum(leaf.size for leaf in leaves if leaf.ndim == 2)

    assert matrices("swiglu", 8) == matrices("relu", 12)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @kinds
    def test_tokens_that_do_not_fit(self, kind):
        with pytest.raises(ShapeError, match=r"feed_forward: got x of shape \(5, 7\); wants shape \(tokens, 6\)"):
            feed_forward.apply(drawn(kind), jnp.ones((5, 7)))
        with pytest.raises(ShapeError, match=r"shape \(2, 5, 6\).*jax.vmap"):
            feed_forward.apply(drawn(kind), jnp.ones((2, 5, 6)))
        with pytest.raises(TypeError, match="dtype int32; wants floats"):
            feed_forward.apply(drawn(kind), jnp.ones((5, 6), int))

    @kinds
    def test_sizes_and_keys(self, kind, key):
        with pytest.raises(ValueError, match=rf"feed_forward\.init_{kind}: got d_hidden=0"):
            INITS[kind](key, d_model=6, d_hidden=0)
        with pytest.raises(TypeError, match=rf"feed_forward\.init_{kind}: got key of type int"):
            INITS[kind](0, d_model=6, d_hidden=4)

    def test_a_record_that_is_none(self):
        with pytest.raises(TypeError, match=r"feed_forward: got params of type int; wants one of ReLUFeedForward"):
            feed_forward.apply(3, X)
