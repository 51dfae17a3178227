"""Layers and activations against PyTorch's, on copied weights."""

import jax
import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812, as everybody writes it

from nnbook.layers import activations, attention, linear, masks, multi_head
from tests.parity_torch.both import agree, normal

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "softplus": F.softplus,
    "mish": F.mish,
    "relu6": F.relu6,
    "hard_sigmoid": F.hardsigmoid,
    "hard_tanh": F.hardtanh,
    "hard_swish": F.hardswish,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    agree(activations.ACTIVATIONS[name].function, ACTIVATIONS[name], 3 * normal(40))


def test_every_activation_with_a_slope_is_compared():
    assert ACTIVATIONS.keys() == activations.ACTIVATIONS.keys() - {"step"}


@pytest.mark.parametrize("ours", [activations.softmax, activations.log_softmax])
def test_softmax(ours):
    agree(ours, lambda x: getattr(F, ours.__name__)(x, dim=-1), 5 * normal(4, 9))


def test_linear():
    agree(
        lambda w, b, x: linear.apply(linear.Linear(w=w, b=b), x),
        lambda w, b, x: F.linear(x, w, b),
        normal(3, 5),
        normal(3, seed=1),
        normal(5, seed=2),
    )


@pytest.mark.parametrize("causal", [False, True])
def test_attention(causal):
    mask = masks.causal_mask(6) if causal else None
    agree(
        lambda q, k, v: attention.attend(q, k, v, mask),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=causal),
        *(normal(2, 6, 8, seed=seed) for seed in range(3)),
    )


def test_multi_head_attention():
    ours = multi_head.init(jax.random.key(0), d_model=12, heads=3)
    theirs = torch.nn.MultiheadAttention(12, 3, bias=False, batch_first=True)
    rows = [np.asarray(w).transpose(0, 2, 1).reshape(12, 12) for w in (ours.w_q, ours.w_k, ours.w_v)]
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.tensor(np.concatenate(rows)))
        theirs.out_proj.weight.copy_(torch.tensor(np.asarray(ours.w_o).reshape(12, 12).T.copy()))
    agree(
        lambda x: multi_head.apply(ours, x),
        lambda x: theirs(x[None], x[None], x[None], need_weights=False)[0][0],
        normal(5, 12),
    )
