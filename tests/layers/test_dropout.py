"""Dropout leaves the mean alone, and out of use it is not there."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.layers.dropout import dropout, split_key

ONES = jnp.ones((100, 100))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_rest_makes_up_for_what_is_left_out(rate, key):
    y = dropout(ONES, rate=rate, key=key)
    assert float((y == 0).mean()) == pytest.approx(rate, abs=0.02)
    np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - rate)], rtol=1e-6)
    assert float(y.mean()) == pytest.approx(1, abs=0.1)


def test_the_key_decides(key):
    first, other = jax.random.split(key)
    np.testing.assert_array_equal(dropout(ONES, rate=0.5, key=first), dropout(ONES, rate=0.5, key=first))
    assert not np.array_equal(dropout(ONES, rate=0.5, key=first), dropout(ONES, rate=0.5, key=other))


def test_at_rate_0_it_is_not_there():
    assert dropout(ONES, rate=0.0) is ONES


def test_compiled_it_is_the_same_and_what_is_left_out_has_no_gradient(key):
    y, slope = jax.jit(
        lambda x: (dropout(x, rate=0.5, key=key), jax.grad(lambda x: dropout(x, rate=0.5, key=key).sum())(x))
    )(ONES)
    np.testing.assert_array_equal(y, dropout(ONES, rate=0.5, key=key))
    np.testing.assert_array_equal(slope, y)


def test_it_keeps_the_dtype(key):
    assert dropout(ONES.astype(jnp.bfloat16), rate=0.5, key=key).dtype == jnp.bfloat16


def test_keys_or_their_absence_are_handed_on(key):
    assert split_key("block", None, 3) == [None, None, None]
    keys = split_key("block", key, 3)
    assert len({tuple(jax.random.key_data(key).tolist()) for key in keys}) == 3


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    for rate in (1.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match=f"dropout: got rate={rate}; wants a share"):
            dropout(ONES, rate=rate, key=key)
    with pytest.raises(TypeError, match=r"dropout: got rate=0.5 but no key.*rate 0 in use"):
        dropout(ONES, rate=0.5)
    with pytest.raises(TypeError, match="dropout: got key of type int"):
        dropout(ONES, rate=0.5, key=3)
    with pytest.raises(TypeError, match="block: got key of type int; wants one key"):
        split_key("block", 3, 2)
    with pytest.raises(TypeError, match=r"block: got key of shape \(2,\).*jax.vmap"):
        split_key("block", jax.random.split(key), 2)
    with pytest.raises(TypeError, match="got x of dtype int32"):
        dropout(jnp.ones(3, int), rate=0.5, key=key)
