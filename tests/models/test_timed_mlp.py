"""The network that is told the time is a multilayer perceptron of x, the waves, and the condition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers.activations import silu
from nnbook.models import mlp, timed_mlp


def test_waves_written_out():
    for time in (0.0, 0.3, 1.0):
        turns = np.pi * time * np.array([1, 2, 4])
        want = np.concatenate([np.sin(turns), np.cos(turns)])
        np.testing.assert_allclose(timed_mlp.time_waves(jnp.float32(time), waves=3), want, atol=1e-6)


def test_no_two_times_look_alike():
    waves = jax.vmap(lambda time: timed_mlp.time_waves(time, waves=4))(jnp.linspace(0, 1, 200))
    apart = np.linalg.norm(np.asarray(waves)[:, None] - np.asarray(waves)[None], axis=-1)
    assert apart[~np.eye(200, dtype=bool)].min() > 0.04


@pytest.mark.parametrize("conditions", [0, 3])
def test_it_is_a_perceptron_of_all_it_is_told(key, conditions):
    params = timed_mlp.init(key, features=2, hidden=(7,), waves=3, conditions=conditions)
    network = timed_mlp.network(params)
    jax.tree.map(np.testing.assert_array_equal, network, mlp.init(key, sizes=(8 + conditions, 7, 2)))
    x, condition = jnp.array([0.5, -1.0]), jnp.arange(conditions, dtype=jnp.float32)
    told = jnp.concatenate([x, timed_mlp.time_waves(0.3, waves=3), condition])
    want = mlp.apply(network, told, silu)
    np.testing.assert_allclose(timed_mlp.apply(params, x, 0.3, condition), want, rtol=1e-6)
    if conditions == 0:
        np.testing.assert_array_equal(timed_mlp.apply(params, x, 0.3), want)


def test_without_a_hidden_layer_it_is_linear(key):
    params = timed_mlp.init(key, features=2, hidden=(), waves=1)
    told = jnp.concatenate([jnp.ones(2), timed_mlp.time_waves(0.3, waves=1)])
    want = jnp.concatenate([params.w_x, params.w_time], axis=1) @ told + params.b
    np.testing.assert_allclose(timed_mlp.apply(params, jnp.ones(2), 0.3), want, rtol=1e-6)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_init(self, key):
        with pytest.raises(TypeError, match=r"timed_mlp\.init: got key of type int"):
            timed_mlp.init(0, features=2)
        with pytest.raises(ValueError, match=r"timed_mlp\.init: got waves=0; wants at least 1"):
            timed_mlp.init(key, features=2, waves=0)
        with pytest.raises(ValueError, match=r"timed_mlp\.init: got conditions=-1"):
            timed_mlp.init(key, features=2, conditions=-1)

    def test_shapes(self, key):
        params = timed_mlp.init(key, features=2, hidden=(4,), waves=1, conditions=3)
        with pytest.raises(ShapeError, match=r"timed_mlp: got x of shape \(3,\).*wants x of shape \(2,\)"):
            timed_mlp.apply(params, jnp.ones(3), 0.5, jnp.ones(3))
        with pytest.raises(ShapeError, match=r"one example at a time; for a batch, use jax\.vmap"):
            timed_mlp.apply(params, jnp.ones((5, 2)), 0.5, jnp.ones(3))
        with pytest.raises(ShapeError, match=r"time_waves: got a time of shape \(2,\); wants one number"):
            timed_mlp.time_waves(jnp.ones(2), waves=1)
        with pytest.raises(TypeError, match="got time of dtype int32; wants floats"):
            timed_mlp.apply(params, jnp.ones(2), 1, jnp.ones(3))

    @pytest.mark.parametrize("conditions", [1, 2, 4])
    def test_a_condition_forgotten_or_too_many(self, key, conditions):
        x, condition = jnp.ones(2), jnp.ones(conditions)
        with_it = timed_mlp.init(key, features=2, hidden=(4,), conditions=conditions)
        without = timed_mlp.init(key, features=2, hidden=(4,))
        with pytest.raises(ShapeError, match=rf"and no condition; wants .* and a condition of shape \({conditions},\)"):
            timed_mlp.apply(with_it, x, 0.5)
        with pytest.raises(ShapeError, match=rf"a condition of shape \({conditions},\); wants .* and no condition"):
            timed_mlp.apply(without, x, 0.5, condition)
        for other in (jnp.ones(conditions + 2), jnp.ones((1, conditions)), jnp.float32(1)):
            with pytest.raises(
                ShapeError, match=rf"wants x of shape \(2,\) and a condition of shape \({conditions},\)"
            ):
                timed_mlp.apply(with_it, x, 0.5, other)
