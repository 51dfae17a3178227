"""A linear layer is many neurons at once; its initialisers have the variance they name."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import linear, neuron
from nnbook.layers.linear import Linear
from nnbook.layers.neuron import Neuron

sizes = st.integers(1, 6)


@settings(max_examples=6)  # each new shape is compiled anew
@given(st.integers(0, 2**16), sizes, sizes)
def test_row_i_is_neuron_i(seed, inputs, outputs):
    key, x_key = jax.random.split(jax.random.key(seed))
    params, x = linear.init(key, inputs=inputs, outputs=outputs), jax.random.normal(x_key, (inputs,))
    z = linear.apply(params, x)
    assert z.shape == (outputs,)
    for row in range(outputs):
        alone = neuron.pre_activation(Neuron(w=params.w[row], b=params.b[row]), x)
        np.testing.assert_allclose(z[row], alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("weights", "variance"),
    [
        (linear.lecun_normal, 1 / 300),
        (linear.xavier_normal, 2 / 500),
        (linear.xavier_uniform, 2 / 500),
        (linear.he_normal, 2 / 300),
    ],
)
def test_initial_variance(weights, variance, key):
    params = linear.init(key, inputs=300, outputs=200, weights=weights)
    assert params.w.shape == (200, 300)
    assert float(params.w.mean()) == pytest.approx(0, abs=1e-3)
    assert float(params.w.var()) == pytest.approx(variance, rel=0.02)
    assert not params.b.any()


def test_xavier_uniform_keeps_its_bounds(key):
    assert jnp.abs(linear.xavier_uniform(key, inputs=3, outputs=3)).max() <= 1


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @property
    def params(self):
        return Linear(w=jnp.ones((2, 3)), b=jnp.zeros(2))

    def test_lengths(self):
        with pytest.raises(
            ShapeError, match=r"^linear: got x of shape \(4,\); wants x of shape \(3,\), the inputs of w"
        ):
            linear.apply(self.params, jnp.ones(4))

    def test_transposed(self):
        with pytest.raises(ShapeError, match="one row for each output; is it transposed"):
            linear.apply(self.params, jnp.ones(2))

    def test_a_batch_is_told_to_map(self):
        with pytest.raises(ShapeError, match=r"jax\.vmap\(apply, in_axes=\(None, 0\)\)"):
            linear.apply(self.params, jnp.ones((7, 3)))

    @pytest.mark.parametrize(("w", "b"), [((3,), (3,)), ((2, 3), (3,)), ((2, 0), (2,)), ((0, 3), (0,))])
    def test_weights_and_biases(self, w, b):
        with pytest.raises(ShapeError, match=r"wants w of shape \(outputs, inputs\) and b of shape \(outputs,\)"):
            linear.apply(Linear(w=jnp.ones(w), b=jnp.ones(b)), jnp.ones(3))

    def test_whole_numbers(self):
        with pytest.raises(TypeError, match="linear: got x of dtype int32; wants floats"):
            linear.apply(self.params, jnp.arange(3))

    @pytest.mark.parametrize(
        "init", [linear.init, linear.lecun_normal, linear.xavier_normal, linear.xavier_uniform, linear.he_normal]
    )
    def test_init(self, init, key):
        with pytest.raises(TypeError, match=f"{init.__name__}: got key of type int; wants one key"):
            init(0, inputs=2, outputs=2)
        with pytest.raises(ValueError, match=f"{init.__name__}: got outputs=0; wants at least 1"):
            init(key, inputs=2, outputs=0)
        with pytest.raises(TypeError, match=f"{init.__name__}: got inputs=2.0 of type float; wants an int"):
            init(key, inputs=2.0, outputs=2)
