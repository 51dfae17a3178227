"""Recurrent layers against PyTorch's, on copied weights: its GRU is the one that resets after the product."""

import jax
import jax.numpy as jnp
import torch

from nnbook.layers import gru, lstm, rnn
from tests.parity_torch.both import agree, normal

INPUTS, HIDDEN, TIME = 3, 4, 6


def copied(layer, gates, recurrent_bias=None):
    """Put our gates, in PyTorch's order, into a layer of its own."""
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.tensor(jnp.concatenate([each.w for each in gates]).tolist()))
        layer.weight_hh_l0.copy_(torch.tensor(jnp.concatenate([each.u for each in gates]).tolist()))
        layer.bias_ih_l0.copy_(torch.tensor(jnp.concatenate([each.b for each in gates]).tolist()))
        layer.bias_hh_l0.zero_()
        if recurrent_bias is not None:
            layer.bias_hh_l0[-HIDDEN:].copy_(torch.tensor(recurrent_bias.tolist()))
    return lambda xs: layer(xs)[0]


def test_rnn():
    ours = rnn.init(jax.random.key(0), inputs=INPUTS, hidden=HIDDEN)
    agree(lambda xs: rnn.apply(ours, xs), copied(torch.nn.RNN(INPUTS, HIDDEN), [ours]), normal(TIME, INPUTS))


def test_lstm():
    ours = lstm.init(jax.random.key(0), inputs=INPUTS, hidden=HIDDEN)
    gates = [ours.input_gate, ours.forget_gate, ours.candidate, ours.output_gate]
    agree(lambda xs: lstm.apply(ours, xs), copied(torch.nn.LSTM(INPUTS, HIDDEN), gates), normal(TIME, INPUTS))


def test_gru():
    drawn = gru.init_reset_after(jax.random.key(0), inputs=INPUTS, hidden=HIDDEN)
    ours = gru.ResetAfterGRU(
        drawn.reset_gate, drawn.update_gate, drawn.candidate, recurrent_bias=jnp.asarray(normal(HIDDEN))
    )
    gates = [ours.reset_gate, ours.update_gate, ours.candidate]
    agree(
        lambda xs: gru.apply_reset_after(ours, xs),
        copied(torch.nn.GRU(INPUTS, HIDDEN), gates, ours.recurrent_bias),
        normal(TIME, INPUTS, seed=1),
    )
