"""The same works in PyTorch, where it is installed: eager, as it is used, with as many threads as JAX has."""

import os
from collections.abc import Callable

import torch
from torch.nn import functional as F  # noqa: N812, as everybody writes it

from tests.bench.contest import Contender

torch.set_num_threads(os.cpu_count() or 1)


def _attend(shape: tuple[int, int, int, int], back: bool) -> Callable[[], object]:
    batch, tokens, heads, width = shape
    q, k, v = torch.randn(3, batch, heads, tokens, width, requires_grad=back)

    def run() -> object:
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return torch.autograd.grad(out.sum(), (q, k, v)) if back else out

    return run


def _step(
    model: torch.nn.Module, loss: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor
) -> Callable[[], object]:
    optimizer = torch.optim.Adam(model.parameters())

    def run() -> object:
        optimizer.zero_grad()
        value = loss(model(x))
        value.backward()
        optimizer.step()
        return value

    return run


def _mlp_step() -> Callable[[], object]:
    layers = (
        torch.nn.Linear(64, 128),
        torch.nn.ReLU(),
        torch.nn.Linear(128, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 10),
    )
    labels = torch.arange(64) % 10
    return _step(torch.nn.Sequential(*layers), lambda logits: F.cross_entropy(logits, labels), torch.randn(64, 64))


def _recurrent(layer: torch.nn.Module) -> Callable[[], object]:
    x = torch.randn(64, 50, 32, requires_grad=True)
    return lambda: torch.autograd.grad(layer(x)[0].sum(), (x, *layer.parameters()))


def _convolution() -> Callable[[], object]:
    layer, x = torch.nn.Conv2d(16, 32, 3, padding=1), torch.randn(32, 16, 28, 28, requires_grad=True)
    return lambda: torch.autograd.grad(layer(x).sum(), (x, *layer.parameters()))


def _cnn_step() -> Callable[[], object]:
    stages = [
        each
        for a, b in ((1, 16), (16, 32))
        for each in (torch.nn.Conv2d(a, b, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2))
    ]
    head = (torch.nn.Flatten(), torch.nn.Linear(32 * 49, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    labels = torch.arange(32) % 10
    return _step(
        torch.nn.Sequential(*stages, *head), lambda logits: F.cross_entropy(logits, labels), torch.randn(32, 1, 28, 28)
    )


def _without_gradient(run: Callable[[], object]) -> Callable[[], object]:
    def plain() -> object:
        with torch.no_grad():
            return run()

    return plain


_WORKS: dict[str, Callable[[], Callable[[], object]]] = {
    "attention (8, 128, 4, 16), forward": lambda: _without_gradient(_attend((8, 128, 4, 16), False)),
    "attention (8, 128, 4, 16), forward and back": lambda: _attend((8, 128, 4, 16), True),
    "attention (2, 512, 8, 64), forward": lambda: _without_gradient(_attend((2, 512, 8, 64), False)),
    "attention (2, 512, 8, 64), forward and back": lambda: _attend((2, 512, 8, 64), True),
    "LSTM (64, 50, 32) to 64, forward and back": lambda: _recurrent(torch.nn.LSTM(32, 64, batch_first=True)),
    "GRU (64, 50, 32) to 64, forward and back": lambda: _recurrent(torch.nn.GRU(32, 64, batch_first=True)),
    "convolution 28 × 28, 16 to 32, batch 32, forward and back": _convolution,
    "CNN 28 × 28, 1 step of Adam, batch 32": _cnn_step,
    "MLP 64-128-64-10, a step of Adam, batch 64": _mlp_step,
}


def of(work: str) -> list[Contender]:
    """Give PyTorch's way to do a work, if there is one here."""
    return [Contender("torch", _WORKS[work]())] if work in _WORKS else []
