"""A generator is fed the truth while it learns, and its own words when it speaks."""

import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers.feeding import free_running, shifted, teacher_forced


def biased(state, previous):
    """Guess the next of 0, 1, 2, …, and be wrong by a tenth; count the steps."""
    return state + 1, previous + 1.1


def test_a_mistake_does_not_spoil_the_next_guess_under_a_teacher():
    targets = jnp.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(teacher_forced(biased, jnp.array(0), jnp.array(0.0), targets), targets + 0.1, rtol=1e-6)


def test_mistakes_add_up_when_running_free():
    np.testing.assert_allclose(free_running(biased, jnp.array(0), jnp.array(0.0), length=3), [1.1, 2.2, 3.3], rtol=1e-6)


def test_a_model_without_mistakes_does_the_same_either_way():
    exact = lambda state, previous: (state + 1, previous + state)  # noqa: E731
    free = free_running(exact, jnp.array(1), jnp.array(0), length=4)
    np.testing.assert_array_equal(free, [1, 3, 6, 10])
    np.testing.assert_array_equal(teacher_forced(exact, jnp.array(1), jnp.array(0), targets=free), free)


def test_what_is_fed_may_be_made_of_the_prediction():
    def logits(state, token):
        return state, -((jnp.arange(5) - token - 2) ** 2)  # the token after next is the likeliest

    seen = free_running(logits, None, jnp.array(0), length=2, feed=jnp.argmax)
    assert seen.shape == (2, 5)
    assert seen.argmax(axis=1).tolist() == [2, 4]


def test_shifted_rows():
    np.testing.assert_array_equal(shifted(jnp.zeros(2), jnp.ones((3, 2))), [[0, 0], [1, 1], [1, 1]])


@pytest.mark.usefixtures("untyped")
def test_bad_input():
    with pytest.raises(ShapeError, match=r"^feeding: got a start of shape \(\) and targets of shape \(3, 2\)"):
        teacher_forced(biased, None, jnp.array(0.0), jnp.ones((3, 2)))
    with pytest.raises(ShapeError, match=r"targets of shape \(0,\); wants targets \(time, …\), at least one"):
        shifted(jnp.array(0.0), jnp.ones(0))
    with pytest.raises(ShapeError, match=r"targets of shape \(\)"):
        shifted(jnp.array(0.0), jnp.array(1.0))
    with pytest.raises(ValueError, match="free_running: got length=0; wants at least 1"):
        free_running(biased, None, jnp.array(0.0), length=0)
