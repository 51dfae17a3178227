"""A window stops where counting by hand says it does."""

import jax.numpy as jnp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers.windows import output_size, slide, slide_back, taps

small = st.integers(1, 4)
pairs = st.tuples(st.integers(0, 3), st.integers(0, 3))


def counted(n, kernel, stride, pad, dilation):
    """Walk along the axis and count, instead of dividing."""
    stops, start = 0, -pad[0]
    while start + dilation * (kernel - 1) < n + pad[1]:
        stops, start = stops + 1, start + stride
    return stops


@given(st.integers(1, 12), small, small, pairs, small)
def test_stops_are_those_one_counts(n, kernel, stride, pad, dilation):
    want = counted(n, kernel, stride, pad, dilation)
    if want:
        assert output_size(n, kernel=kernel, stride=stride, padding=pad, dilation=dilation) == want
    else:
        with pytest.raises(ShapeError, match="wants a window that fits in"):
            output_size(n, kernel=kernel, stride=stride, padding=pad, dilation=dilation)


@given(st.integers(1, 12), small, small, small)
def test_same_depends_on_size_and_stride_alone(n, kernel, stride, dilation):
    assert output_size(n, kernel=kernel, stride=stride, padding="SAME", dilation=dilation) == -(-n // stride)
    sliding = slide("conv", (n,), kernel=kernel, stride=stride, padding="SAME", dilation=dilation)
    before, after = sliding.padding[0]
    assert after - before in (0, 1)
    assert counted(n, kernel, stride, (before, after), dilation) == sliding.outputs[0]


@given(st.integers(1, 8), small, small, small, st.sampled_from(["SAME", "VALID", [(1, 0)]]))
def test_sliding_back_undoes_sliding(n, kernel, stride, dilation, padding):
    settings = {"stride": stride, "padding": padding, "dilation": dilation}
    if n == kernel == 1 and padding == [(1, 0)]:
        with pytest.raises(ShapeError, match=r"leaves \(0,\) numbers; wants at least one"):
            slide_back("conv", (n,), kernel=(kernel,), **settings)
        return
    back = slide_back("conv", (n,), kernel=(kernel,), **settings)
    assert slide("conv", back.outputs, kernel=kernel, **settings).outputs == (n,)


@pytest.mark.parametrize(
    ("size", "settings", "want"),
    [
        (227, {"kernel": 11, "stride": 4}, 55),  # AlexNet's first layer
        (224, {"kernel": 7, "stride": 2, "padding": (3, 3)}, 112),  # ResNet's
        (32, {"kernel": 5}, 28),  # LeNet-5's
        (5, {"kernel": 3, "stride": 2, "padding": (1, 1)}, 3),  # drawn in Dumoulin and Visin (2016), chapter 2
        (7, {"kernel": 3, "dilation": 2}, 3),  # and in their chapter 5
    ],
)
def test_published_sizes(size, settings, want):
    assert output_size(size, **settings) == want


def test_taps_are_what_each_cell_sees():
    x = jnp.arange(12.0).reshape(3, 4, 1)
    sliding = slide("pool", (3, 4), kernel=2, stride=(1, 2), padding=[(0, 0), (1, 1)], dilation=1)
    seen = [tap[..., 0].tolist() for tap in taps(x, sliding, fill=-1.0)]
    assert seen == [
        [[-1, 1, 3], [-1, 5, 7]],
        [[0, 2, -1], [4, 6, -1]],
        [[-1, 5, 7], [-1, 9, 11]],
        [[4, 6, -1], [8, 10, -1]],
    ]


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"kernel": (2, 2)}, ValueError, r"^pool: got kernel=\(2, 2\); wants one number, or one for each of 1 axes"),
        ({"kernel": 0}, ValueError, r"^pool: got kernel=0; wants at least 1"),
        ({"kernel": (0,)}, ValueError, r"^pool: got kernel\[0\]=0; wants at least 1"),
        ({"stride": 1.5}, TypeError, r"^pool: got stride=1.5 of type float; wants an int"),
        ({"dilation": 0}, ValueError, r"^pool: got dilation=0; wants at least 1"),
        ({"padding": "same"}, ValueError, r"^pool: got padding='same'; wants \"SAME\", \"VALID\", or a pair"),
        ({"padding": 1}, ValueError, r"^pool: got padding=1; wants"),
        ({"padding": (1, 1)}, ValueError, r"^pool: got padding=\(1, 1\); wants"),
        ({"padding": [(1,)]}, ValueError, r"^pool: got padding=\[\(1,\)\]; wants"),
        ({"padding": [(0, -1)]}, ValueError, "not negative"),
        ({"padding": [(0.5, 0)]}, ValueError, "whole"),
        ({"kernel": 9}, ShapeError, r"^pool: got a window that reaches over \(9,\) on axes of \(8,\).*SAME"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings, error, message):
    with pytest.raises(error, match=message):
        slide("pool", (8,), **{"kernel": 2, "stride": 1, "padding": "VALID", "dilation": 1, **settings})
