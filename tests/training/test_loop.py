"""The loop takes the steps it says, the same however they are cut, and stops when the loss is lost."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook import ShapeError
from nnbook.batches import shuffled_batches
from nnbook.data import Dataset, logic_gate
from nnbook.errors import NonFiniteLossError
from nnbook.layers.activations import tanh
from nnbook.models import mlp
from nnbook.training import loop
from nnbook.training.loop import fit, progress_bar, resume, start
from nnbook.training.losses import binary_cross_entropy


def line_loss(params, batch):
    """Mean squared error of a line through the origin."""
    x, y = batch
    return ((params["slope"] * x - y) ** 2).mean()


ADAM = optax.adam(0.1)
LINE = {"slope": jnp.array(0.0)}
POINTS = jnp.arange(1.0, 7.0), jnp.arange(1.0, 7.0) * 3


def by_hand(batches):
    """Adam, one step for each batch, in a plain Python loop."""
    optimizer, params, losses = optax.adam(0.1), LINE, []
    state = optimizer.init(params)
    for rows in batches:
        value, gradient = jax.value_and_grad(line_loss)(params, tuple(leaf[rows] for leaf in POINTS))
        with jax.numpy_dtype_promotion("standard"):
            updates, state = optimizer.update(gradient, state, params)
        params = optax.apply_updates(params, updates)
        losses.append(value)
    return params, losses


def test_is_the_loop_written_out():
    params, losses = fit(line_loss, LINE, POINTS, optimizer=ADAM, steps=7)
    want_params, want_losses = by_hand([jnp.arange(6)] * 7)
    np.testing.assert_allclose(params["slope"], want_params["slope"], rtol=1e-5)
    np.testing.assert_allclose(losses, want_losses, rtol=1e-5)
    assert losses[0] == line_loss(LINE, POINTS)


def test_with_batches_it_is_the_loop_written_out(key):
    params, losses = fit(line_loss, LINE, POINTS, optimizer=ADAM, steps=7, batch_size=4, key=key)
    want_params, want_losses = by_hand(shuffled_batches(key, examples=6, batch_size=4, steps=7))
    np.testing.assert_allclose(params["slope"], want_params["slope"], rtol=1e-5)
    np.testing.assert_allclose(losses, want_losses, rtol=1e-5)


@pytest.mark.parametrize("chunk", [1, 3, 7, 100])
def test_chunks_change_nothing(chunk, key):
    def run(chunk):
        return fit(line_loss, LINE, POINTS, optimizer=ADAM, steps=7, batch_size=4, key=key, chunk=chunk)

    assert run(chunk).losses.shape == (7,)
    np.testing.assert_allclose(run(chunk).losses, run(None).losses, rtol=1e-6)
    np.testing.assert_allclose(run(chunk).params["slope"], run(None).params["slope"], rtol=1e-6)


@pytest.mark.parametrize("cuts", [(7,), (1, 6), (4, 3), (2, 2, 3)])
def test_a_resumed_run_is_the_uninterrupted_one_to_the_bit(cuts, key):
    state, losses = start(LINE, optimizer=ADAM, key=key), []
    for steps in cuts:
        state, some = resume(line_loss, state, POINTS, optimizer=ADAM, steps=steps, batch_size=4)
        losses.append(some)
    whole = fit(line_loss, LINE, POINTS, optimizer=ADAM, steps=7, batch_size=4, key=key)
    np.testing.assert_array_equal(jnp.concatenate(losses), whole.losses)
    np.testing.assert_array_equal(state.params["slope"], whole.params["slope"])
    assert int(state.step) == 7


@pytest.mark.parametrize("done", [15, 20])
def test_steps_of_a_resumed_run_are_counted_from_the_first(done):
    optimizer = optax.sgd(5.5)
    state = start(jnp.array(1.0), optimizer=optimizer)
    state, _ = resume(explode, state, jnp.ones(3), optimizer=optimizer, steps=done)
    with pytest.raises(NonFiniteLossError, match=r"inf at step 20; the last finite loss was 1e\+38, at step 19"):
        resume(explode, state, jnp.ones(3), optimizer=optimizer, steps=15)


def test_a_second_run_compiles_nothing_new():
    def run():
        return fit(line_loss, LINE, POINTS, optimizer=ADAM, steps=40)

    run()
    before = loop._advance._cache_size()
    run()
    assert loop._advance._cache_size() == before


def test_learns_xor(key):
    def loss(params, batch):
        logits = jax.vmap(lambda x: mlp.apply(params, x, tanh)[0])(batch.inputs)
        return binary_cross_entropy(logits, batch.labels)

    gate = logic_gate("XOR")
    params, losses = fit(loss, mlp.init(key, sizes=(2, 8, 1)), gate, optimizer=optax.adam(0.05), steps=500)
    logits = jax.vmap(lambda x: mlp.apply(params, x, tanh)[0])(gate.inputs)
    assert ((logits > 0) == (gate.labels == 1)).all()
    assert losses[-1] < 0.01 < losses[0]


def test_progress_is_told_after_each_chunk(key):
    told = []
    fit(line_loss, LINE, POINTS, optimizer=ADAM, steps=7, chunk=3, progress=lambda *now: told.append(now))
    assert [(done, steps) for done, steps, _ in told] == [(3, 7), (6, 7), (7, 7)]
    losses = fit(line_loss, LINE, POINTS, optimizer=ADAM, steps=7).losses
    np.testing.assert_allclose([loss for *_, loss in told], losses[jnp.array([2, 5, 6])], rtol=1e-6)


def test_progress_bar(capsys):
    progress_bar(5, 10, 0.12345)
    progress_bar(10, 10, 0.01)
    half, whole = capsys.readouterr().err.split("\r")[1:]
    assert half == "[##########..........] step 5 of 10, loss 0.123"
    assert whole == "[####################] step 10 of 10, loss 0.01\n"


def explode(params, batch):
    """Grow a hundredfold a step under plain gradient descent, until float32 has no room."""
    return (params**2).sum() * batch.mean()


@pytest.mark.parametrize("chunk", [1, 4, 50])
def test_stops_at_the_first_loss_that_is_not_finite(chunk):
    with pytest.raises(NonFiniteLossError) as caught:
        fit(explode, jnp.array(1.0), jnp.ones(3), optimizer=optax.sgd(5.5), steps=50, chunk=chunk)
    error = caught.value
    # Each step multiplies the parameter by −10 and the loss by 100: 10^38 after step 19, more than float32 holds after.
    assert (error.step, error.last_step) == (20, 19)
    assert error.loss == np.inf
    assert error.last_loss == pytest.approx(1e38, rel=1e-3)
    assert "the loss is inf at step 20; the last finite loss was 1e+38, at step 19" in str(error)
    assert "lower the learning rate" in str(error)


def test_stops_at_once_if_no_loss_was_finite():
    with pytest.raises(NonFiniteLossError, match="nan at step 0; no step had a finite loss"):
        fit(explode, jnp.array(jnp.nan), jnp.ones(3), optimizer=optax.sgd(0.1), steps=5)


def test_a_data_set_is_data(key):
    data = Dataset(inputs=jnp.ones((5, 2)), labels=jnp.ones(5, jnp.int32))

    def loss(params, batch):
        assert batch.inputs.shape == (2, 2)
        return ((batch.inputs @ params - batch.labels.astype(jnp.float32)) ** 2).mean()

    fit(loss, jnp.zeros(2), data, optimizer=optax.sgd(0.1), steps=3, batch_size=2, key=key)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def run(self, loss=line_loss, params=LINE, data=POINTS, steps=3, **settings):
        return fit(loss, params, data, optimizer=ADAM, steps=steps, **settings)

    def test_rows(self):
        with pytest.raises(ShapeError, match=r"got data\[0\] of shape \(6,\), data\[1\] of shape \(5,\); wants arrays"):
            self.run(data=(jnp.ones(6), jnp.ones(5)))
        with pytest.raises(ShapeError, match="got no arrays"):
            self.run(data=())
        for nothing in (jnp.ones(0), jnp.float32(1)):
            with pytest.raises(ShapeError, match="at least one"):
                self.run(data=(nothing, nothing))

    def test_loss(self):
        with pytest.raises(
            ShapeError, match=r"^fit: got a loss of shape \(6,\); wants one number. Hint: take the mean"
        ):
            self.run(loss=lambda params, batch: params["slope"] * batch[0])
        with pytest.raises(ShapeError, match="got a tuple as loss"):
            self.run(loss=lambda params, batch: (line_loss(params, batch), 0.0))

    def test_params(self):
        with pytest.raises(TypeError, match=r"got params\['slope'\] of dtype int32; wants floats"):
            self.run(params={"slope": jnp.array(0)})

    def test_sizes(self, key):
        for name in ("steps", "chunk"):
            with pytest.raises(ValueError, match=f"fit: got {name}=0; wants at least 1"):
                self.run(**{name: 0})
            with pytest.raises(TypeError, match=f"fit: got {name}=2.5 of type float"):
                self.run(**{name: 2.5})
        with pytest.raises(ValueError, match="got batch_size=7 for 6 examples; wants at most as many"):
            self.run(batch_size=7, key=key)
        with pytest.raises(ValueError, match="got batch_size=0; wants at least 1"):
            self.run(batch_size=0, key=key)

    def test_key(self):
        with pytest.raises(TypeError, match=r"got batch_size but no key.*key=jax\.random\.key\(0\)"):
            self.run(batch_size=2)
        with pytest.raises(TypeError, match="got key of type int; wants one key"):
            self.run(batch_size=2, key=0)
        with pytest.raises(TypeError, match="got key of type int; wants one key"):
            start(LINE, optimizer=ADAM, key=0)
