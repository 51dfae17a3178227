"""Training stops when unseen data say so, and hands back what they liked best."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook.errors import NonFiniteLossError
from nnbook.layers import linear
from nnbook.layers.activations import tanh
from nnbook.models import mlp
from nnbook.training.early_stopping import fit_with_early_stopping
from nnbook.training.loop import fit
from nnbook.training.losses import mse


def far(slope, target):
    return ((slope - target) ** 2).mean()


SGD = optax.sgd(0.125)  # each step goes a quarter of the way
GOAL, HALFWAY = jnp.array([1.0]), jnp.array([0.5])


def run(**settings):
    settings = {"validation": HALFWAY, "optimizer": SGD, "steps": 40, "check_every": 1, "patience": 3, **settings}
    return fit_with_early_stopping(far, jnp.array(0.0), GOAL, **settings)


@pytest.mark.parametrize("patience", [1, 3, 5])
def test_patience_is_how_many_checks_it_waits_after_the_best(patience):
    stopped = run(patience=patience)
    # 1 − 0.75ᵗ comes nearest to one half at t = 2.
    assert stopped.best_step == 2
    assert float(stopped.params) == pytest.approx(1 - 0.75**2)
    assert len(stopped.losses) == 2 + patience
    assert len(stopped.validation_losses) == 3 + patience
    assert int(jnp.argmin(stopped.validation_losses)) == 2


def test_the_best_params_are_those_of_their_step():
    stopped = run()
    trained = fit(far, jnp.array(0.0), GOAL, optimizer=SGD, steps=stopped.best_step).params
    np.testing.assert_array_equal(stopped.params, trained)
    np.testing.assert_array_equal(stopped.validation_losses[stopped.best_step], far(trained, HALFWAY))


def test_while_it_helps_it_goes_on_to_the_last_step():
    stopped = run(validation=GOAL, steps=7, check_every=3, patience=1)
    assert (stopped.best_step, len(stopped.losses), len(stopped.validation_losses)) == (7, 7, 4)
    np.testing.assert_array_equal(stopped.losses, fit(far, jnp.array(0.0), GOAL, optimizer=SGD, steps=7).losses)


def test_if_nothing_helps_the_first_params_come_back():
    stopped = run(validation=jnp.array([-1.0]))
    assert (stopped.best_step, float(stopped.params), len(stopped.losses)) == (0, 0.0, 3)


def test_an_equal_loss_is_no_improvement():
    assert len(run(optimizer=optax.sgd(0.0)).losses) == 3


def test_progress_is_told_the_validation_loss():
    told = []
    stopped = run(progress=lambda *now: told.append(now))
    assert [done for done, *_ in told] == [1, 2, 3, 4, 5]
    np.testing.assert_allclose([loss for *_, loss in told], stopped.validation_losses[1:], rtol=1e-6)


def test_a_network_that_learns_noise_by_heart_is_stopped(key):
    def loss(params, batch):
        return mse(jax.vmap(lambda x: mlp.apply(params, x, tanh)[0])(batch[0]), batch[1])

    def noisy(key, n):
        for_x, for_noise = jax.random.split(key)
        x = jax.random.uniform(for_x, (n, 1), minval=-3, maxval=3)
        return x, jnp.sin(x[:, 0]) + 0.5 * jax.random.normal(for_noise, (n,))

    keys = jax.random.split(key, 3)
    train, validation = noisy(keys[0], 15), noisy(keys[1], 50)
    network = mlp.init(keys[2], sizes=(1, 64, 64, 1), weights=linear.lecun_normal)
    settings = {"optimizer": optax.adam(5e-3), "steps": 2000}
    stopped = fit_with_early_stopping(
        loss, network, train, validation=validation, check_every=20, patience=10, **settings
    )
    whole = fit(loss, network, train, **settings)
    assert 0 < stopped.best_step < 1000
    assert whole.losses[-1] < loss(stopped.params, train)
    assert loss(stopped.params, validation) < 0.9 * loss(whole.params, validation)


def test_batches_are_those_of_fit(key):
    data = jnp.arange(6.0)
    both = {"optimizer": SGD, "steps": 8, "batch_size": 4, "key": key}
    stopped = fit_with_early_stopping(far, jnp.array(0.0), data, validation=data, check_every=3, patience=9, **both)
    np.testing.assert_array_equal(stopped.losses, fit(far, jnp.array(0.0), data, **both).losses)


class TestBadInput:
    def test_sizes(self):
        for name in ("steps", "check_every", "patience"):
            with pytest.raises(ValueError, match=f"^fit_with_early_stopping: got {name}=0; wants at least 1"):
                run(**{name: 0})

    def test_a_validation_loss_that_is_not_finite(self):
        with pytest.raises(NonFiniteLossError, match="nan at step 0; no step had a finite loss"):
            run(validation=jnp.array([jnp.nan]))

        def breaks(slope, target):
            return jnp.where((slope > 0.5) & (target < 1).all(), jnp.inf, ((slope - target) ** 2).mean())

        with pytest.raises(NonFiniteLossError, match=r"inf at step 4; the last finite loss was 0\.00391, at step 2"):
            fit_with_early_stopping(
                breaks, jnp.array(0.0), GOAL, validation=HALFWAY, optimizer=SGD, steps=9, check_every=2, patience=3
            )
