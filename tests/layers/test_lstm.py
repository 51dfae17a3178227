"""The LSTM is its equations; its forget gate decides how long a cell remembers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import gate, lstm
from nnbook.layers.gate import Gate
from nnbook.layers.lstm import LSTM, LSTMState


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture
def params(key):
    """A cell whose biases are not all zero."""
    fresh = lstm.init(key, inputs=3, hidden=4)
    return jax.tree.map(lambda leaf: leaf + 0.1 * jax.random.normal(key, leaf.shape), fresh)


def test_a_step_is_its_equations(params):
    state = LSTMState(hidden=jnp.array([0.1, -0.2, 0.3, 0.4]), cell=jnp.array([1.0, 0.0, -2.0, 0.5]))
    x = jnp.array([1.0, -2.0, 0.5])
    h, c, seen = (np.asarray(a, dtype=np.float64) for a in (state.hidden, state.cell, x))

    def weigh(gate):
        return np.asarray(gate.w) @ seen + np.asarray(gate.u) @ h + np.asarray(gate.b)

    i, f, o = (sigmoid(weigh(each)) for each in (params.input_gate, params.forget_gate, params.output_gate))
    g = np.tanh(weigh(params.candidate))
    cell = f * c + i * g
    want = (i, f, o, g, cell, o * np.tanh(cell))
    got = lstm.signals(params, state, x)
    for name, value in zip(got._fields, want, strict=True):
        np.testing.assert_allclose(getattr(got, name), value, rtol=1e-5, atol=1e-6, err_msg=name)
    after = lstm.step(params, state, x)
    np.testing.assert_array_equal(after.hidden, got.hidden)
    np.testing.assert_array_equal(after.cell, got.cell)


def test_apply_shows_the_hidden_part_of_the_states(params):
    xs = jax.random.normal(jax.random.key(1), (5, 3))
    states = lstm.states(params, xs)
    assert states.cell.shape == (5, 4)
    np.testing.assert_array_equal(lstm.apply(params, xs), states.hidden)


def test_only_the_forget_gate_is_biased(key):
    params = lstm.init(key, inputs=3, hidden=4, forget_bias=2.5)
    np.testing.assert_array_equal(params.forget_gate.b, [2.5] * 4)
    np.testing.assert_array_equal(lstm.init(key, inputs=3, hidden=4).forget_gate.b, [1.0] * 4)
    for other in (params.input_gate, params.output_gate, params.candidate):
        assert not other.b.any()
    assert not jnp.allclose(params.input_gate.w, params.output_gate.w)


def test_an_open_forget_gate_and_a_shut_input_gate_keep_the_cell():
    shut, open_ = (Gate(w=jnp.zeros((2, 1)), u=jnp.zeros((2, 2)), b=jnp.full(2, bias)) for bias in (-50.0, 50.0))
    params = LSTM(input_gate=shut, forget_gate=open_, output_gate=open_, candidate=open_)
    state = LSTMState(hidden=jnp.zeros(2), cell=jnp.array([0.5, -3.0]))
    states = lstm.states(params, jnp.ones((30, 1)), state=state)
    np.testing.assert_allclose(states.cell[-1], state.cell, rtol=1e-6)
    np.testing.assert_allclose(states.hidden[-1], jnp.tanh(state.cell), rtol=1e-5)


def test_even_a_bias_of_one_forgets_a_lag_of_a_hundred():
    """‖∂c₁₀₀/∂c₀‖ of an untrained LSTM with 64 units: about 1e-8 at bias 1, near 5 at bias 3."""
    of_params, of_xs = jax.random.split(jax.random.key(0))
    xs = jax.random.normal(of_xs, (100, 32))

    @jax.jit
    def norm(params):
        start = lstm.initial_state(params)

        def end(cell):
            return lstm.states(params, xs, state=LSTMState(hidden=start.hidden, cell=cell)).cell[-1]

        return jnp.linalg.norm(jax.jacrev(end)(start.cell), 2)

    one, three = (norm(lstm.init(of_params, inputs=32, hidden=64, forget_bias=bias)) for bias in (1.0, 3.0))
    assert 1e-9 < one < 1e-7
    assert 1 < three < 20


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_a_step(self, params):
        start = lstm.initial_state(params)
        with pytest.raises(ShapeError, match=r"^lstm: got x of shape \(4,\); wants x of shape \(3,\)"):
            lstm.step(params, start, jnp.ones(4))
        with pytest.raises(ShapeError, match=r"^lstm: got cell of shape \(2,\); wants shape \(4,\).*initial_state"):
            lstm.step(params, LSTMState(hidden=start.hidden, cell=jnp.zeros(2)), jnp.ones(3))

    def test_a_sequence(self, params):
        with pytest.raises(ShapeError, match=r"^lstm: got xs of shape \(5, 4\); wants xs of shape \(time, 3\)"):
            lstm.apply(params, jnp.ones((5, 4)))
        with pytest.raises(ShapeError, match=r"^lstm: got hidden of shape \(1,\)"):
            lstm.states(params, jnp.ones((5, 3)), state=LSTMState(hidden=jnp.zeros(1), cell=jnp.zeros(4)))

    def test_a_gate_of_another_size(self, params, key):
        other = gate.init(key, inputs=3, hidden=5)
        broken = LSTM(params.input_gate, other, params.output_gate, params.candidate)
        with pytest.raises(ShapeError, match=r"^lstm: got forget_gate\.w of shape \(5, 3\)"):
            lstm.apply(broken, jnp.ones((5, 3)))

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^lstm\.init: got key of type int; wants one key"):
            lstm.init(0, inputs=1, hidden=1)
        with pytest.raises(ValueError, match=r"^lstm\.init: got inputs=0; wants at least 1"):
            lstm.init(key, inputs=0, hidden=1)
