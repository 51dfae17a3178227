"""Schedules pass through the points they promise, one step at a time or many."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook.training import schedules
from nnbook.training.loop import fit

ALL = {
    "constant": schedules.constant(0.3),
    "step_decay": schedules.step_decay(0.3, boundaries=(5, 9)),
    "linear_warmup": schedules.linear_warmup(0.3, warmup_steps=4),
    "cosine": schedules.cosine(0.3, decay_steps=10, end=0.1),
    "warmup_cosine": schedules.warmup_cosine(0.3, warmup_steps=3, total_steps=10),
    "inverse_square_root": schedules.inverse_square_root(d_model=16, warmup_steps=4),
}
every_schedule = pytest.mark.parametrize("schedule", ALL.values(), ids=ALL)


@every_schedule
def test_many_steps_at_once_are_one_after_the_other(schedule):
    steps = jnp.arange(15)
    compiled = jax.jit(schedule)
    want = [float(compiled(step)) for step in range(15)]
    for got in (schedule(steps), compiled(steps), jax.jit(jax.vmap(schedule))(steps)):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)
        assert got.dtype == jnp.float32


@every_schedule
def test_an_optimiser_of_optax_takes_it(schedule):
    run = fit(lambda p, batch: p * batch.mean(), jnp.array(0.0), jnp.ones(2), optimizer=optax.sgd(schedule), steps=12)
    np.testing.assert_allclose(-run.params, schedule(jnp.arange(12)).sum(), rtol=1e-5)


def test_step_decay_falls_at_its_boundaries():
    schedule = schedules.step_decay(1.0, boundaries=(2, 4))
    np.testing.assert_allclose(schedule(jnp.arange(6)), [1, 1, 0.1, 0.1, 0.01, 0.01], rtol=1e-6)
    assert schedules.step_decay(1.0, boundaries=())(100) == 1.0


def test_warmup_and_cosine_meet():
    schedule = schedules.warmup_cosine(2.0, warmup_steps=5, total_steps=25, end=0.5)
    np.testing.assert_allclose(schedule(jnp.array([0, 5, 15, 25, 99])), [0, 2, 1.25, 0.5, 0.5], atol=1e-6)


def test_the_transformers_rate_peaks_where_both_branches_meet():
    schedule = schedules.inverse_square_root(d_model=512, warmup_steps=4000)
    rates = np.asarray(schedule(jnp.arange(20000)))
    assert rates.argmax() + 1 == 4000
    assert rates.max() == pytest.approx((512 * 4000) ** -0.5, rel=1e-5)
    np.testing.assert_allclose(rates[1999], rates.max() / 2, rtol=1e-5)
    np.testing.assert_allclose(rates[15999], rates.max() / 2, rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.constant(-1.0), "^constant: got rate=-1.0; wants a finite number"),
        (lambda: schedules.cosine(float("nan"), decay_steps=3), "^cosine: got rate=nan"),
        (lambda: schedules.cosine(1.0, decay_steps=0), "^cosine: got decay_steps=0; wants at least 1"),
        (lambda: schedules.step_decay(1.0, boundaries=(4, 2)), r"^step_decay: got boundaries=\(4, 2\)"),
        (lambda: schedules.step_decay(1.0, boundaries=(2,), factor=0.0), "factor=0.0; wants steps that rise"),
        (lambda: schedules.step_decay(1.0, boundaries=(-2, 2)), "wants steps that rise, and more than 0"),
        (lambda: schedules.linear_warmup(1.0, warmup_steps=0), "^linear_warmup: got warmup_steps=0"),
        (lambda: schedules.warmup_cosine(1.0, warmup_steps=5, total_steps=5), "wants more steps in all than to warm"),
        (lambda: schedules.inverse_square_root(d_model=0), "^inverse_square_root: got d_model=0"),
    ],
)
def test_what_makes_no_schedule_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
