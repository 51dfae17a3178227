"""Convolution, pooling and normalisation against PyTorch's; there the channels are first, and a batch has an axis of its own."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812, as everybody writes it

from nnbook.layers import batch_norm, conv, norm, pool
from tests.parity_torch.both import agree, near, normal


def channels_first(x):
    return x.permute(2, 0, 1)[None]


def channels_last(y):
    return y[0].permute(1, 2, 0)


@pytest.mark.parametrize("apply", [conv.apply, conv.apply_im2col])
@pytest.mark.parametrize(("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 1), (1, 2, 1), (2, 1, 2)])
def test_convolution(apply, stride, dilation, groups):
    def theirs(w, b, x):
        w = w.permute(3, 2, 0, 1)
        return channels_last(F.conv2d(channels_first(x), w, b, stride, padding=1, dilation=dilation, groups=groups))

    options = {"stride": stride, "padding": [(1, 1), (1, 1)], "dilation": dilation, "groups": groups}
    agree(
        lambda w, b, x: apply(conv.Conv(w=w, b=b), x, **options),
        theirs, normal(3, 3, 4 // groups, 6), normal(6, seed=1), normal(8, 9, 4, seed=2), tol=2e-5,
    )  # fmt: skip


def test_transposed_convolution():
    def theirs(w, x):
        return channels_last(F.conv_transpose2d(channels_first(x), w.permute(2, 3, 0, 1), stride=2))

    zero = normal(5) * 0
    agree(
        lambda w, x: conv.apply_transposed(conv.Conv(w=w, b=zero), x, stride=2, padding="VALID"),
        theirs,
        normal(3, 3, 4, 5),
        normal(5, 6, 4, seed=1),
        tol=2e-5,
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda x: pool.max_pool(x, window=3, stride=2), lambda x: F.max_pool2d(x, 3, 2)),
        (lambda x: pool.max_pool_tiled(x, window=2), lambda x: F.max_pool2d(x, 2)),
        (lambda x: pool.average_pool(x, window=2, stride=2), lambda x: F.avg_pool2d(x, 2)),
    ],
    ids=["max", "max, tiled", "average"],
)
def test_pooling(ours, theirs):
    agree(ours, lambda x: channels_last(theirs(channels_first(x))), normal(8, 8, 3))


def test_layer_norm():
    agree(
        lambda s, b, x: norm.layer_norm(norm.LayerNorm(scale=s, shift=b), x),
        lambda s, b, x: F.layer_norm(x, (7,), s, b),
        normal(7),
        normal(7, seed=1),
        normal(4, 7, seed=2),
        tol=2e-5,
    )


def test_rms_norm():
    agree(
        lambda s, x: norm.rms_norm(norm.RMSNorm(scale=s), x),
        lambda s, x: F.rms_norm(x, (7,), s, eps=1e-5),
        normal(7),
        normal(4, 7, seed=1),
        tol=2e-5,
    )


def test_group_norm():
    agree(
        lambda s, b, x: norm.group_norm(norm.GroupNorm(scale=s, shift=b), x),
        lambda s, b, x: channels_last(F.group_norm(channels_first(x), 2, s.reshape(-1), b.reshape(-1))),
        normal(2, 3), normal(2, 3, seed=1), normal(5, 5, 6, seed=2), tol=5e-5,
    )  # fmt: skip


def test_batch_norm_and_its_running_averages():
    x = normal(6, 5)
    theirs = torch.nn.BatchNorm1d(5, momentum=0.1)
    y, state = batch_norm.apply_training(
        batch_norm.init(channels=5), batch_norm.init_state(channels=5), x, momentum=0.9
    )
    near(y, theirs(torch.tensor(x)).detach(), 2e-5)
    near(state.mean, theirs.running_mean)
    near(state.variance, theirs.running_var)
