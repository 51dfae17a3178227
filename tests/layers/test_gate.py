"""A gate weighs the input and the state before; its checks name the gate that does not fit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import gate, gru, lstm, rnn
from nnbook.layers.gate import Gate, require_gates, require_input, require_sequence, require_state


def test_the_bias_is_the_one_asked_for(key):
    drawn = gate.init(key, inputs=3, hidden=4, bias=-2.0)
    np.testing.assert_array_equal(drawn.b, [-2.0] * 4)
    assert drawn.b.dtype == drawn.w.dtype == drawn.u.dtype == jnp.float32


def test_it_adds_what_it_weighs(key):
    drawn = gate.init(key, inputs=3, hidden=4, bias=0.5)
    hidden, x = jnp.arange(4.0), jnp.array([1.0, -1.0, 2.0])
    want = np.asarray(drawn.w) @ np.asarray(x) + np.asarray(drawn.u) @ np.asarray(hidden) + 0.5
    np.testing.assert_allclose(gate.pre_activation(drawn, hidden, x), want, rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("untyped")
def test_what_does_not_fit_is_named(key):
    small, large = gate.init(key, inputs=3, hidden=2), gate.init(key, inputs=3, hidden=4)
    assert require_gates("lstm", {"a": small, "b": small}) == (3, 2)
    with pytest.raises(ShapeError, match=r"^lstm: got b\.w of shape \(4, 3\).*the same sizes in every gate"):
        require_gates("lstm", {"a": small, "b": large})
    with pytest.raises(ShapeError, match=r"got a\.w of shape \(0, 3\)"):
        require_gates("lstm", {"a": Gate(w=jnp.ones((0, 3)), u=jnp.ones((0, 0)), b=jnp.ones(0))})
    with pytest.raises(TypeError, match="got x of dtype int32"):
        require_input("lstm", jnp.ones(3, int), 3)
    with pytest.raises(TypeError, match="got cell of dtype int32"):
        require_state("lstm", {"cell": jnp.ones(2, int)}, 2)


@pytest.mark.usefixtures("untyped")
def test_a_mask_that_does_not_fit_is_named():
    require_sequence("lstm", jnp.ones((5, 3)), None, jnp.ones(5, bool))
    with pytest.raises(TypeError, match=r"got valid of dtype float32; wants booleans.*valid_tokens"):
        require_sequence("lstm", jnp.ones((5, 3)), 3, jnp.ones(5))
    with pytest.raises(ShapeError, match=r"got valid of shape \(4,\) for xs of shape \(5, 3\)"):
        require_sequence("lstm", jnp.ones((5, 3)), 3, jnp.ones(4, bool))
    with pytest.raises(ShapeError, match=r"got xs of shape \(0, 2\); wants xs of shape \(time, inputs\)"):
        require_sequence("lstm", jnp.ones((0, 2)), None, None)


def test_a_rotation_keeps_every_length(key):
    state = jnp.arange(1.0, 6.0)
    turned = gate.orthogonal(key, inputs=5, outputs=5) @ state
    assert float(jnp.linalg.norm(turned)) == pytest.approx(float(jnp.linalg.norm(state)), rel=1e-5)
    with pytest.raises(ValueError, match="orthogonal: got inputs=2, outputs=3; wants equally many"):
        gate.orthogonal(key, inputs=2, outputs=3)


@pytest.mark.parametrize("init", [gate.init, rnn.init, lstm.init, gru.init_reset_before, gru.init_reset_after])
def test_other_recurrent_weights(init, key):
    def constant(key, *, inputs, outputs):
        return jnp.full((outputs, inputs), 0.25)

    params = init(key, inputs=3, hidden=2, recurrent_weights=constant)
    matrices = [leaf for leaf in jax.tree.leaves(params) if leaf.shape == (2, 2)]
    assert matrices
    assert all((u == 0.25).all() for u in matrices)


def test_init(key):
    with pytest.raises(ValueError, match=r"^gate\.init: got inputs=0"):
        gate.init(key, inputs=0, hidden=1)
