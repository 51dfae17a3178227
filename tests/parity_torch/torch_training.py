"""Losses and optimisers against PyTorch's."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812, as everybody writes it

from nnbook.training import losses, optimizers
from tests.parity_torch.both import agree, near, normal

LABELS = np.array([0, 2, 1, 3])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda x: losses.cross_entropy(x, jnp.asarray(LABELS)), lambda x: F.cross_entropy(x, torch.tensor(LABELS))),
        (
            lambda x: losses.smoothed_cross_entropy(x, jnp.asarray(LABELS), smoothing=0.1),
            lambda x: F.cross_entropy(x, torch.tensor(LABELS), label_smoothing=0.1),
        ),
    ],
    ids=["cross-entropy", "smoothed"],
)
def test_losses_of_labels(ours, theirs):
    agree(ours, theirs, 5 * normal(4, 4))


def test_losses_of_numbers():
    targets = normal(20, seed=1)
    for ours, theirs in ((losses.mse, F.mse_loss), (losses.mae, F.l1_loss), (losses.huber, F.huber_loss)):
        agree(
            lambda x, ours=ours: ours(x, jnp.asarray(targets)),
            lambda x, theirs=theirs: theirs(x, torch.tensor(targets)),
            2 * normal(20),
        )


def test_binary_cross_entropy():
    answers = (normal(20, seed=1) > 0).astype(np.float32)
    agree(
        lambda x: losses.binary_cross_entropy(x, jnp.asarray(answers)),
        lambda x: F.binary_cross_entropy_with_logits(x, torch.tensor(answers)),
        5 * normal(20),
    )


OPTIMIZERS = {
    "SGD": (None, optimizers.sgd_update, lambda p: torch.optim.SGD(p, lr=0.1)),
    "heavy ball": (
        optimizers.momentum_init,
        optimizers.heavy_ball_update,
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    ),
    "Nesterov": (
        optimizers.momentum_init,
        optimizers.nesterov_update,
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    ),
    "Adam": (optimizers.adam_init, optimizers.adam_update, lambda p: torch.optim.Adam(p, lr=0.1)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name):
    init, update, theirs = OPTIMIZERS[name]
    params = jnp.asarray(normal(5))
    state = None if init is None else init(params)
    tensor = torch.tensor(np.asarray(params), requires_grad=True)
    optimizer = theirs([tensor])
    for step in range(50):
        gradient = normal(5, seed=step + 1)
        if init is None:
            params = update(jnp.asarray(gradient), params, learning_rate=0.1)
        else:
            params, state = update(jnp.asarray(gradient), state, params, learning_rate=0.1)
        tensor.grad = torch.tensor(gradient)
        optimizer.step()
    near(params, tensor.detach(), 2e-5)
