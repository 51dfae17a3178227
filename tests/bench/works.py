"""The works that are timed: each gives a row, ours first."""

import itertools
from collections.abc import Callable
from functools import partial

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from nnbook.layers import attention, chunked_attention, conv, feed_forward, gru, lstm, masks, multi_head, position_rules
from nnbook.models import block, cnn, decoder, mlp
from nnbook.text.generation import generate, rereading
from nnbook.text.sampling import greedy
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


def chunks(tokens: int, back: bool) -> Row:
    """Attention in memory that does not grow with the square of the text, against the plain form: 4 heads of width 64."""
    q, k, v = jax.random.normal(jax.random.key(0), (3, 4, tokens, 64))
    mask = masks.causal_mask(tokens)
    turn = with_gradient if back else lambda function: function
    return Row(
        f"chunked attention, {tokens} tokens, {'forward and back' if back else 'forward'}",
        [
            contender(
                "nnbook",
                turn(lambda q, k, v: chunked_attention.attend_in_chunks(q, k, v, position_rules.causal)),
                q,
                k,
                v,
            ),
            contender("plain", turn(lambda q, k, v: attention.attend(q, k, v, mask)), q, k, v),
        ],
    )


def recurrent(kind: str) -> Row:
    """A recurrent layer over 50 steps: a batch of 64, 32 inputs, 64 units; forward and back."""
    x = jax.random.normal(jax.random.key(0), (64, 50, 32))
    init, apply, cells = {
        "LSTM": (lstm.init, lstm.apply, (nn.OptimizedLSTMCell, eqx.nn.LSTMCell)),
        "GRU": (gru.init_reset_after, gru.apply_reset_after, (nn.GRUCell, eqx.nn.GRUCell)),
    }[kind]
    ours = init(jax.random.key(1), inputs=32, hidden=64)
    flax = nn.RNN(cells[0](features=64))
    cell = cells[1](32, 64, key=jax.random.key(1))
    arrays, rest = eqx.partition(cell, eqx.is_array)

    def equinox(arrays, xs):
        cell = eqx.combine(arrays, rest)
        zeros = jnp.zeros(64)

        def step(state, x):
            state = cell(x, state)
            return state, state[0] if kind == "LSTM" else state

        return jax.lax.scan(step, (zeros, zeros) if kind == "LSTM" else zeros, xs)[1]

    return Row(
        f"{kind} (64, 50, 32) to 64, forward and back",
        [
            contender("nnbook", with_gradient(jax.vmap(apply, (None, 0))), ours, x),
            contender("flax", with_gradient(flax.apply), flax.init(jax.random.key(1), x), x),
            contender("equinox", with_gradient(jax.vmap(equinox, (None, 0))), arrays, x),
        ],
    )


def convolution() -> Row:
    """A 3 × 3 convolution of 28 × 28 places, 16 to 32 channels, a batch of 32; forward and back."""
    x = jax.random.normal(jax.random.key(0), (32, 28, 28, 16))
    ours = conv.init(jax.random.key(1), kernel=(3, 3), inputs=16, outputs=32)
    flax = nn.Conv(32, (3, 3))
    arrays, rest = eqx.partition(eqx.nn.Conv2d(16, 32, 3, padding=1, key=jax.random.key(1)), eqx.is_array)
    return Row(
        "convolution 28 × 28, 16 to 32, batch 32, forward and back",
        [
            contender("nnbook", with_gradient(jax.vmap(conv.apply, (None, 0))), ours, x),
            contender("flax", with_gradient(flax.apply), flax.init(jax.random.key(1), x), x),
            contender(
                "equinox",
                with_gradient(jax.vmap(lambda p, x: eqx.combine(p, rest)(x), (None, 0))),
                arrays,
                x.transpose(0, 3, 1, 2),
            ),
        ],
    )


class FlaxCNN(nn.Module):
    """The network of `nnbook.models.cnn` in Flax."""

    @nn.compact
    def __call__(self, x):
        for channels in (16, 32):
            x = nn.max_pool(nn.relu(nn.Conv(channels, (3, 3))(x)), (2, 2), (2, 2))
        return nn.Dense(10)(nn.relu(nn.Dense(64)(x.reshape(len(x), -1))))


def cnn_steps(size: int, scanned: int) -> Row:
    """Steps of Adam on the small CNN, a batch of 32; several in one scan, as `fit` takes them, or one by itself."""
    x, labels = jax.random.normal(jax.random.key(0), (32, size, size, 1)), jnp.arange(32) % 10

    def repeated(name: str, logits: Callable, params: object) -> Contender:
        step, (params, state, *batch) = training_step(
            lambda p, x, y: losses.cross_entropy(logits(p, x), y), params, x, labels
        )
        if scanned == 1:
            return contender(name, step, params, state, *batch)

        def several(params, state, *batch):
            return jax.lax.scan(lambda carry, _: (step(*carry, *batch)[:2], None), (params, state), length=scanned)[0]

        return contender(name, several, params, state, *batch)

    ours = cnn.init(jax.random.key(1), height=size, width=size)
    return Row(
        f"CNN {size} × {size}, {scanned} {'step' if scanned == 1 else 'scanned steps'} of Adam, batch 32",
        [
            repeated("nnbook", jax.vmap(cnn.apply, (None, 0)), ours),
            repeated("flax", FlaxCNN().apply, FlaxCNN().init(jax.random.key(1), x)),
        ],
    )


class FlaxDecoder(nn.Module):
    """The decoder below in Flax: pre-norm, GELU, learned positions, the output tied to the embedding."""

    @nn.compact
    def __call__(self, ids):
        table = nn.Embed(84, 64)
        x = table(ids) + nn.Embed(64, 64)(jnp.arange(ids.shape[-1]))
        mask = nn.make_causal_mask(ids)
        for _ in range(4):
            x = x + nn.MultiHeadDotProductAttention(num_heads=4, use_bias=False, deterministic=True)(
                nn.LayerNorm()(x), mask=mask
            )
            x = x + nn.Dense(64)(nn.gelu(nn.Dense(256)(nn.LayerNorm()(x)), approximate=False))
        return table.attend(nn.LayerNorm()(x))


def characters() -> decoder.Decoder:
    """Draw the decoder of the character model: 4 layers, 4 heads, width 64, a context of 64, 84 characters."""
    return decoder.init(
        jax.random.key(1), vocabulary=84, context=64, d_model=64, heads=4, layers=4, d_hidden=256,
        blocks=partial(block.init, feed_forward=feed_forward.init_gelu),
    )  # fmt: skip


def decoder_step() -> Row:
    """One step of Adam on the character model, a batch of 32 texts of 64."""
    ids = jax.random.randint(jax.random.key(0), (32, 65), 0, 84)

    def loss(logits: Callable) -> Callable:
        return lambda p, x, y: losses.cross_entropy(logits(p, x).reshape(-1, 84), y.reshape(-1))

    x, y = ids[:, :-1], ids[:, 1:]
    return Row(
        "character Transformer (4 layers of 64), a step of Adam, batch 32",
        [
            _step("nnbook", loss(jax.vmap(decoder.apply, (None, 0))), characters(), x, y),
            _step("flax", loss(FlaxDecoder().apply), FlaxDecoder().init(jax.random.key(1), x), x, y),
        ],
    )


def generation() -> Row:
    """Write 56 characters after 8, with the key-value cache and by reading the text again for each."""
    params, prompt, steps, key = characters(), jnp.arange(8), 56, jax.random.key(0)

    def cached(params, prompt):
        logits, caches = decoder.step(params, prompt, decoder.init_caches(params, capacity=64))

        def step(caches, token):
            logits, caches = decoder.step(params, token[None], caches)
            return logits[0], caches

        return generate(step, caches, logits[-1], steps=steps, choose=greedy, key=key)

    def again(params, prompt):
        step, state, logits = rereading(lambda ids: decoder.apply(params, ids), prompt, capacity=64)
        return generate(step, state, logits, steps=steps, choose=greedy, key=key)

    return Row(
        "56 characters after 8, with the cache",
        [contender("nnbook", cached, params, prompt), contender("without", again, params, prompt)],
    )


SMALL, LARGE = (8, 128, 4, 16), (2, 512, 8, 64)
ALL: list[Callable[[], Row]] = [
    *(partial(attend, shape, back) for shape in (SMALL, LARGE) for back in (False, True)),
    multi_head_attention,
    partial(chunks, 2048, False),
    partial(chunks, 2048, True),
    partial(recurrent, "LSTM"),
    partial(recurrent, "GRU"),
    convolution,
    mlp_step,
    partial(cnn_steps, 28, 1),
    partial(cnn_steps, 28, 3),
    decoder_step,
    generation,
]
