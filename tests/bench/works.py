"""The works that are timed: each gives a row, ours first."""

import itertools
from collections.abc import Callable

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from nnbook.layers import attention, masks, multi_head
from nnbook.models import mlp
from nnbook.training import losses
from tests.bench.contest import Contender, Row, contender


def with_gradient(function: Callable) -> Callable:
    """Give a function's sum and all its gradients: the work of going forward and back."""
    return lambda *arguments: jax.value_and_grad(lambda *a: function(*a).sum(), argnums=tuple(range(len(arguments))))(
        *arguments
    )


def attend(shape: tuple[int, int, int, int], back: bool) -> Row:
    """Causal scaled dot-product attention; the shape is (batch, tokens, heads, width of a head)."""
    q, k, v = jax.random.normal(jax.random.key(0), (3, *shape))
    mask = masks.causal_mask(shape[1])
    heads_first = [x.swapaxes(1, 2) for x in (q, k, v)]
    turn = with_gradient if back else lambda function: function
    return Row(
        f"attention {shape}, {'forward and back' if back else 'forward'}",
        [
            contender("nnbook", turn(lambda q, k, v: attention.attend(q, k, v, mask)), *heads_first),
            contender("jax.nn", turn(lambda q, k, v: jax.nn.dot_product_attention(q, k, v, is_causal=True)), q, k, v),
            contender("flax", turn(lambda q, k, v: nn.dot_product_attention(q, k, v, mask=mask[None, None])), q, k, v),
        ],
    )


def multi_head_attention() -> Row:
    """Self-attention with its four projections: 128 tokens of width 64, 4 heads, a batch of 8; forward and back."""
    x = jax.random.normal(jax.random.key(0), (8, 128, 64))
    ours = multi_head.init(jax.random.key(1), d_model=64, heads=4)
    flax = nn.MultiHeadDotProductAttention(num_heads=4, use_bias=False, deterministic=True)
    flax_params = flax.init(jax.random.key(1), x)
    equinox = eqx.nn.MultiheadAttention(4, 64, key=jax.random.key(1))
    arrays, rest = eqx.partition(equinox, eqx.is_array)
    return Row(
        "multi-head attention (8, 128, 64), forward and back",
        [
            contender("nnbook", with_gradient(lambda p, x: jax.vmap(lambda x: multi_head.apply(p, x))(x)), ours, x),
            contender("flax", with_gradient(flax.apply), flax_params, x),
            contender(
                "equinox", with_gradient(lambda p, x: jax.vmap(lambda x: eqx.combine(p, rest)(x, x, x))(x)), arrays, x
            ),
        ],
    )


def training_step(loss: Callable, params: object, *batch: jax.Array) -> tuple[Callable, tuple]:
    """Give one step of Adam, as a function of what it takes."""
    optimizer = optax.adam(1e-3)

    def step(params, state, *batch):
        value, gradient = jax.value_and_grad(loss)(params, *batch)
        updates, state = optimizer.update(gradient, state, params)
        return optax.apply_updates(params, updates), state, value

    return step, (params, optimizer.init(params), *batch)


def mlp_step() -> Row:
    """One step of Adam on an MLP 64-128-64-10 with a batch of 64."""
    sizes = (64, 128, 64, 10)
    x, labels = jax.random.normal(jax.random.key(0), (64, 64)), jnp.arange(64) % 10

    class Flax(nn.Module):
        @nn.compact
        def __call__(self, x):
            for size in sizes[1:-1]:
                x = nn.relu(nn.Dense(size)(x))
            return nn.Dense(sizes[-1])(x)

    def cross_entropy(logits, labels):
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    layers = [
        each
        for a, b in itertools.pairwise(sizes)
        for each in (eqx.nn.Linear(a, b, key=jax.random.key(1)), eqx.nn.Lambda(jax.nn.relu))
    ]
    arrays, rest = eqx.partition(eqx.nn.Sequential(layers[:-1]), eqx.is_array)
    ours = mlp.init(jax.random.key(1), sizes=sizes)
    return Row(
        "MLP 64-128-64-10, a step of Adam, batch 64",
        [
            _step(
                "nnbook",
                lambda p, x, y: losses.cross_entropy(jax.vmap(lambda x: mlp.apply(p, x))(x), y),
                ours,
                x,
                labels,
            ),
            _step(
                "flax",
                lambda p, x, y: cross_entropy(Flax().apply(p, x), y),
                Flax().init(jax.random.key(1), x),
                x,
                labels,
            ),
            _step("equinox", lambda p, x, y: cross_entropy(jax.vmap(eqx.combine(p, rest))(x), y), arrays, x, labels),
        ],
    )


def _step(name: str, loss: Callable, params: object, *batch: jax.Array) -> Contender:
    function, arguments = training_step(loss, params, *batch)
    return contender(name, function, *arguments)


SMALL, LARGE = (8, 128, 4, 16), (2, 512, 8, 64)
ALL: list[Callable[[], Row]] = [
    lambda: attend(SMALL, back=False),
    lambda: attend(SMALL, back=True),
    lambda: attend(LARGE, back=False),
    lambda: attend(LARGE, back=True),
    multi_head_attention,
    mlp_step,
]
