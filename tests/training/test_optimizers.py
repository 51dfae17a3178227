"""The optimisers do what their papers say: first steps by hand, Nesterov's look ahead, decay that is no penalty."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers.linear import Linear
from nnbook.training import optimizers
from nnbook.training.optimizers import (
    adam_init,
    adam_update,
    adamw_update,
    heavy_ball_update,
    momentum_init,
    nesterov_update,
    rmsprop_init,
    rmsprop_update,
    sgd_update,
)

WITH_STATE = {
    "heavy_ball": (momentum_init, heavy_ball_update),
    "nesterov": (momentum_init, nesterov_update),
    "rmsprop": (rmsprop_init, rmsprop_update),
    "adam": (adam_init, adam_update),
    "adamw": (adam_init, adamw_update),
}
every_optimiser = pytest.mark.parametrize(("init", "update"), WITH_STATE.values(), ids=WITH_STATE)


def bowl(x):
    """A valley a hundred times steeper across than along."""
    return 0.5 * (x[0] ** 2 + 100 * x[1] ** 2)


def descend(init, update, steps, start=(1.0, 1.0), **settings):
    params = jnp.array(start)
    state = init(params)

    @jax.jit
    def step(params, state):
        return update(jax.grad(bowl)(params), state, params, **settings)

    for _ in range(steps):
        params, state = step(params, state)
    return params


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_the_heavy_ball_of_sutskever(rate):
    theta, v = np.ones(2), np.zeros(2)
    for _ in range(20):
        v = 0.9 * v - rate * np.array([1, 100]) * theta  # eq. (1)
        theta = theta + v  # eq. (2)
    got = descend(momentum_init, heavy_ball_update, 20, learning_rate=rate)
    np.testing.assert_allclose(got, theta, rtol=1e-3)


def test_nesterov_of_sutskever_in_the_point_it_looks_ahead_to():
    rate, mu, theta, v = 0.005, 0.9, np.ones(2), np.zeros(2)
    for _ in range(20):
        v = mu * v - rate * np.array([1, 100]) * (theta + mu * v)  # eq. (3)
        theta = theta + v  # eq. (4)
    got = descend(momentum_init, nesterov_update, 20, learning_rate=rate, momentum=mu)
    np.testing.assert_allclose(got, theta + mu * v, rtol=1e-3)


def test_under_a_steady_gradient_the_ball_reaches_a_tenfold_step():
    params, state, g = jnp.zeros(1), momentum_init(jnp.zeros(1)), jnp.ones(1)
    for _ in range(200):
        before, (params, state) = params, heavy_ball_update(g, state, params, learning_rate=0.1, momentum=0.9)
    assert float((before - params)[0]) == pytest.approx(0.1 / (1 - 0.9), rel=1e-3)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e6])
def test_adams_first_step_has_the_length_of_the_learning_rate(size):
    g = size * jnp.array([1.0, -3.0])
    params, _ = adam_update(g, adam_init(g), jnp.zeros(2), learning_rate=0.1)
    np.testing.assert_allclose(params, [-0.1, 0.1], rtol=1e-3)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6])
def test_rmsprops_first_step_is_longer(size):
    g = size * jnp.array([1.0, -3.0])
    params, _ = rmsprop_update(g, rmsprop_init(g), jnp.zeros(2), learning_rate=0.1, decay=0.9)
    np.testing.assert_allclose(params, [-0.1 / 0.1**0.5, 0.1 / 0.1**0.5], rtol=0.06)


def test_epsilon_inside_the_root_slows_small_gradients():
    g = jnp.array([1e-6])
    params, _ = rmsprop_update(g, rmsprop_init(g), jnp.zeros(1), learning_rate=1.0, decay=0.0)
    assert float(params[0]) == pytest.approx(-1e-6 / (1e-12 + 1e-8) ** 0.5, rel=1e-4)  # about 0.01
    outside = 1e-6 / (1e-6 + 1e-8)
    assert -float(params[0]) < 0.02 < outside


def test_weight_decay_shrinks_whatever_the_gradient():
    g, params = jnp.array([0.0, 5.0]), jnp.array([2.0, 2.0])
    state = adam_init(params)
    plain, _ = adam_update(g, state, params, learning_rate=0.1)
    decayed, _ = adamw_update(g, state, params, learning_rate=0.1, weight_decay=0.01)
    np.testing.assert_allclose(plain - decayed, 0.1 * 0.01 * params, rtol=1e-3)
    # A penalty goes through Adam's division instead: it makes a full step where the loss has no slope.
    penalised, _ = adam_update(g + 0.01 * params, state, params, learning_rate=0.1)
    np.testing.assert_allclose(plain - penalised, [0.1, 0.0], atol=1e-4)


@every_optimiser
def test_they_come_down(init, update):
    rate = 0.005 if init is momentum_init else 0.02
    assert bowl(descend(init, update, 400, learning_rate=rate)) < 0.01 * bowl(jnp.ones(2))


@every_optimiser
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32])
def test_records_keep_their_class_and_dtype_and_take_a_rate_from_a_schedule(init, update, dtype):
    params = Linear(w=jnp.ones((2, 3), dtype), b=jnp.zeros(2, dtype))
    new, state = update(params, init(params), params, learning_rate=jnp.float32(0.1))
    assert isinstance(new, Linear)
    assert jax.tree.structure(state) == jax.tree.structure(init(params))
    for before, after in zip(jax.tree.leaves((params, init(params))), jax.tree.leaves((new, state)), strict=True):
        assert (before.shape, before.dtype) == (after.shape, after.dtype)


@every_optimiser
def test_scanned_it_is_the_same(init, update):
    def step(carry, _):
        params, state = carry
        return update(jax.grad(bowl)(params), state, params, learning_rate=0.01), None

    start = jnp.ones(2)
    (params, _), _ = jax.lax.scan(step, (start, init(start)), length=10)
    np.testing.assert_allclose(params, descend(init, update, 10, learning_rate=0.01), rtol=1e-4)


def test_every_public_name_is_there():
    assert all(hasattr(optimizers, name) for name in optimizers.__all__)


class TestBadInput:
    @every_optimiser
    def test_gradients_of_other_params(self, init, update):
        where = update.__name__
        params = {"w": jnp.ones(2), "b": jnp.ones(1)}
        with pytest.raises(ShapeError, match=rf"^{where}: got params\['b'\] but no gradients\['b'\]; wants one"):
            update({"w": jnp.ones(2)}, init(params), params, learning_rate=0.1)
        with pytest.raises(ShapeError, match=rf"^{where}: got gradients\['c'\] but no params\['c'\]"):
            update({**params, "c": jnp.ones(1)}, init(params), params, learning_rate=0.1)
        with pytest.raises(ShapeError, match=rf"^{where}: got gradients\['w'\] of shape \(1,\); wants the shape of"):
            update({**params, "w": jnp.ones(1)}, init(params), params, learning_rate=0.1)

    def test_sgd(self):
        with pytest.raises(ShapeError, match=r"^sgd_update: got gradients of shape \(1,\); wants the shape of params"):
            sgd_update(jnp.ones(1), jnp.ones(2), learning_rate=0.1)

    @pytest.mark.parametrize(
        ("name", "share"),
        [
            ("heavy_ball", "momentum"),
            ("nesterov", "momentum"),
            ("rmsprop", "decay"),
            ("adam", "beta1"),
            ("adamw", "beta2"),
        ],
    )
    @pytest.mark.parametrize("value", [1.0, -0.1])
    def test_shares(self, name, share, value):
        init, update = WITH_STATE[name]
        with pytest.raises(ValueError, match=rf"^{name}_update: got {share}={value}; wants 0 ≤ {share} < 1"):
            update(jnp.ones(1), init(jnp.ones(1)), jnp.ones(1), learning_rate=0.1, **{share: value})
