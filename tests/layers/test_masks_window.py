"""A sliding window is a causal mask that forgets."""

import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers.masks import causal_mask, sliding_window_mask


@pytest.mark.parametrize("window", [1, 2, 5])
@pytest.mark.parametrize(("t", "s"), [(1, 1), (4, 4), (2, 5), (5, 9)])
def test_each_query_sees_the_last_keys_up_to_itself(t, s, window):
    want = [[s - t + i - window < j <= s - t + i for j in range(s)] for i in range(t)]
    np.testing.assert_array_equal(sliding_window_mask(t, window, s), want)


def test_as_wide_as_the_text_it_is_causal():
    np.testing.assert_array_equal(sliding_window_mask(5, 5), causal_mask(5))
    np.testing.assert_array_equal(sliding_window_mask(2, 99, 5), causal_mask(2, 5))


def test_layers_reach_further():
    # n windows of w in a row see n (w − 1) tokens back, and no further.
    once = sliding_window_mask(8, 3).astype(int)
    reach = (once @ once @ once) > 0
    np.testing.assert_array_equal(reach, sliding_window_mask(8, 7))


@pytest.mark.parametrize(("t", "s"), [(0, None), (3, 2)])
def test_a_query_without_a_key_is_refused(t, s):
    with pytest.raises(ShapeError, match=r"^sliding_window_mask: got . queries.*a key for each"):
        sliding_window_mask(t, 2, s)


@pytest.mark.usefixtures("untyped")
def test_windows_that_cannot_be():
    with pytest.raises(ValueError, match="sliding_window_mask: got window=0; wants at least 1"):
        sliding_window_mask(3, 0)
    with pytest.raises(TypeError, match=r"sliding_window_mask: got window=1.5 of type float"):
        sliding_window_mask(3, 1.5)
    assert sliding_window_mask(3, 1).dtype == jnp.bool_
