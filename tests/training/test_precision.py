"""What 16 bits keep and what they lose, and how master weights and a scaled loss get it back."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook.layers.activations import tanh
from nnbook.models import mlp
from nnbook.training import precision
from nnbook.training.loop import fit
from nnbook.training.losses import cross_entropy, mse
from nnbook.training.optimizers import sgd_update
from nnbook.training.precision import LossScale, in_precision, loss_scale_update, scaled_value_and_grad


def test_cast_leaves_what_is_no_float(key):
    tree = {"x": jnp.ones(2), "half": jnp.ones(2, jnp.float16), "n": jnp.array(3), "on": jnp.array(True), "key": key}
    half = precision.cast(tree, jnp.bfloat16)
    dtypes = {name: str(leaf.dtype) for name, leaf in half.items()}
    assert dtypes == {"x": "bfloat16", "half": "bfloat16", "n": "int32", "on": "bool", "key": "key<fry>"}


def test_bfloat16_keeps_the_range_and_float16_the_digits():
    bfloat, half = (lambda x, dtype=dtype: float(jnp.float32(x).astype(dtype)) for dtype in (jnp.bfloat16, jnp.float16))
    assert bfloat(1e-30) == pytest.approx(1e-30, rel=2**-8)
    assert (half(1e-30), half(1e30)) == (0.0, np.inf)
    assert half(65504) == 65504
    assert half(1 + 2**-10) == 1 + 2**-10
    assert bfloat(1 + 2**-10) == 1.0


def run(dtype):
    """A hundred steps of 0.001 from 1, with the weight kept in this dtype."""

    def step(w, _):
        gradient = jax.grad(in_precision(lambda w, x: (w * x).sum()))(w, jnp.ones(1))
        return sgd_update(gradient, w, learning_rate=0.001), None

    return float(jax.lax.scan(step, jnp.ones(1, dtype), length=100)[0][0])


def test_without_master_weights_small_steps_round_away():
    assert run(jnp.bfloat16) == 1.0
    assert run(jnp.float32) == pytest.approx(0.9, rel=1e-4)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_the_work_is_done_in_16_bits_and_the_gradients_are_float32(key, dtype):
    seen = []

    def loss(params, batch):
        logits = jax.vmap(lambda x: mlp.apply(params, x, tanh))(batch["x"])
        seen.extend([logits.dtype, batch["label"].dtype])
        return cross_entropy(logits, batch["label"])

    network = mlp.init(key, sizes=(3, 8, 4))
    batch = {"x": jax.random.normal(key, (6, 3)), "label": jnp.arange(6) % 4}
    value, gradients = jax.jit(jax.value_and_grad(in_precision(loss, dtype)))(network, batch)
    assert seen == [dtype, jnp.int32]
    assert {leaf.dtype for leaf in jax.tree.leaves((value, gradients))} == {jnp.dtype(jnp.float32)}
    exact, exact_gradients = jax.jit(jax.value_and_grad(loss))(network, batch)
    assert float(value) == pytest.approx(float(exact), rel=2**-6)
    assert float(value) != float(exact)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=2**-6), gradients, exact_gradients)


def test_a_network_learns_in_bfloat16_as_in_float32(key):
    def loss(params, batch):
        return mse(jax.vmap(lambda x: mlp.apply(params, x, tanh)[0])(batch[0]), batch[1])

    x = jnp.linspace(-2.0, 2.0, 32)[:, None]
    network, data = mlp.init(key, sizes=(1, 16, 1)), (x, jnp.sin(x[:, 0]))
    run = fit(in_precision(loss), network, data, optimizer=optax.adam(0.02), steps=200)
    assert {leaf.dtype for leaf in jax.tree.leaves(run.params)} == {jnp.dtype(jnp.float32)}
    assert loss(run.params, data) < 0.01 < run.losses[0]


def small(w, x):
    """Its gradient with w is 2⁻²⁶ where x is 2⁻¹³: half of the least that float16 can say."""
    return (w * x * x).sum()


def test_a_scaled_loss_saves_gradients_that_float16_rounds_to_0():
    w, x = jnp.ones(1), jnp.full(1, 2.0**-13)
    assert float(jax.grad(in_precision(small, jnp.float16))(w, x)[0]) == 0.0
    for scale in (2.0**8, 2.0**15):
        _, gradients, finite = scaled_value_and_grad(small, w, x, scale=precision.loss_scale_init(scale))
        assert float(gradients[0]) == 2.0**-26
        assert finite


def steep(w, x):
    return (w * x).sum()


def test_a_scale_too_large_overflows_says_so_and_is_halved_until_it_fits():
    w, x = jnp.ones(1), jnp.full(1, 100.0)
    state, tried = precision.loss_scale_init(2.0**12), []

    @jax.jit
    def step(w, state):
        value, gradients, finite = scaled_value_and_grad(steep, w, x, scale=state)
        stepped = sgd_update(gradients, w, learning_rate=0.01)
        return precision.keep_if(finite, stepped, w), loss_scale_update(state, finite), value, finite

    while not tried or not tried[-1]:
        w, state, value, finite = step(w, state)
        tried.append(bool(finite))
        if not finite:
            assert float(w[0]) == 1.0
        assert float(value) == 100.0
    # 100 · 2⁹ is the first below 65504.
    assert tried == [False, False, False, True]
    assert float(state.scale) == 2.0**9
    assert float(w[0]) == pytest.approx(0.0, abs=1e-6)


def test_the_scale_doubles_after_so_many_good_steps_in_a_row():
    good, bad = jnp.array(True), jnp.array(False)
    state, scales = precision.loss_scale_init(8.0), []
    for finite in [good, good, good, good, bad, good, good, bad, good, good, good]:
        state = loss_scale_update(state, finite, patience=3)
        scales.append(float(state.scale))
    assert scales == [8, 8, 16, 16, 8, 8, 8, 4, 4, 4, 8]


def test_the_scale_stays_between_1_and_2_to_the_15():
    assert float(loss_scale_update(LossScale(jnp.float32(1), jnp.int32(0)), jnp.array(False)).scale) == 1
    assert (
        float(loss_scale_update(LossScale(jnp.float32(2**15), jnp.int32(0)), jnp.array(True), patience=1).scale)
        == 2**15
    )


def test_bad_input():
    with pytest.raises(TypeError, match=r"^cast: got dtype int32; wants one of floats"):
        precision.cast(jnp.ones(1), jnp.int32)
    for scale in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=r"^loss_scale_init: got scale=.*; wants more than 0"):
            precision.loss_scale_init(scale)
