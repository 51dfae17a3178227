"""Memory is what is alive at once: n² for naive attention, forward and back, and little for attention in blocks."""

import jax
import jax.numpy as jnp
import pytest

from nnbook.analysis import peak_activation_bytes
from nnbook.layers.attention import attend
from nnbook.models import mlp


def shaped(*shape, dtype=jnp.float32):
    return jax.ShapeDtypeStruct(shape, dtype)


X = shaped(100)


def test_arguments_and_results_are_the_callers():
    assert peak_activation_bytes(lambda x: x, X) == 0
    assert peak_activation_bytes(lambda x: jnp.exp(x), X) == 0


def test_what_nobody_needs_any_more_is_written_over():
    assert peak_activation_bytes(lambda x: jnp.sin(jnp.exp(x)).sum(), X) == 400
    assert peak_activation_bytes(lambda x: jnp.cumsum(jnp.exp(x)).sum(), X) == 800
    assert peak_activation_bytes(lambda x: (jnp.exp(x) * jnp.sin(jnp.exp(x) + x)).sum(), X) == 800


def test_what_is_still_needed_stays():
    def wait(x):
        early = jnp.exp(x)
        late = x.sum() * jnp.sin(x)
        return (early * late).sum()

    assert peak_activation_bytes(wait, X) == 800 + 4


def test_bytes_follow_the_dtype():
    half = shaped(100, dtype=jnp.bfloat16)
    assert peak_activation_bytes(lambda x: jnp.exp(x).sum(), half) == 200 + 400  # it adds up in float32
    assert peak_activation_bytes(lambda x: jnp.cumsum(x > 0).sum(), X) == 400 + 400


def test_views_cost_nothing_and_keep_what_they_look_at():
    def look(x):
        square = jnp.exp(x)
        view = square.reshape(10, 10).T
        return jnp.cumsum(x).sum() + view.sum()

    assert peak_activation_bytes(look, X) == 800 + 4
    assert peak_activation_bytes(lambda x: (x[:, None] + jnp.zeros((100, 100))).sum(), X) == 4 * 100**2


def test_a_barrier_passes_each_array_through():
    def wait(x):
        early, late = jax.lax.optimization_barrier((jnp.exp(x), jnp.sin(x)))
        return (jnp.cumsum(late).sum() + early).sum()

    assert peak_activation_bytes(wait, X) == 3 * 400


def test_what_leads_nowhere_is_not_held():
    assert peak_activation_bytes(lambda x: (jnp.outer(x, x), jnp.exp(x).sum())[1], X) == 400


def naive(q, k, v):
    return attend(q, k, v)


def in_blocks(q, k, v, block=32):
    """Attention by an online softmax: blocks of keys in turn for each block of queries, never n² at once."""
    d = q.shape[-1]

    @jax.checkpoint
    def of_block(q):
        @jax.checkpoint
        def step(carry, block):
            top, total, average = carry
            k, v = block
            scores = q @ k.T / d**0.5
            new = jnp.maximum(top, scores.max(axis=1, keepdims=True))
            weights, old = jnp.exp(scores - new), jnp.exp(top - new)
            return (new, old * total + weights.sum(axis=1, keepdims=True), old * average + weights @ v), None

        start = jnp.full((block, 1), -jnp.inf), jnp.zeros((block, 1)), jnp.zeros((block, d))
        (_, total, average), _ = jax.lax.scan(step, start, (k.reshape(-1, block, d), v.reshape(-1, block, d)))
        return average / total

    return jax.lax.map(of_block, q.reshape(-1, block, d)).reshape(q.shape)


def gradient(attention):
    return jax.grad(lambda q, k, v: (attention(q, k, v) ** 2).sum(), (0, 1, 2))


def peaks(function, sizes=(512, 1024, 2048, 4096)):
    return [peak_activation_bytes(function, *[shaped(n, 64)] * 3) for n in sizes]


def test_naive_attention_holds_every_score():
    for n, peak in zip((512, 1024, 2048, 4096), peaks(naive), strict=True):
        assert 4 * n**2 <= peak < 4.1 * n**2


def test_its_gradient_holds_them_three_times():
    for n, peak in zip((512, 1024, 2048, 4096), peaks(gradient(naive)), strict=True):
        assert 3 * 4 * n**2 <= peak < 3.1 * 4 * n**2


def test_attention_in_blocks_is_the_same_and_holds_no_more_for_more_tokens(key):
    q, k, v = jax.random.normal(key, (3, 64, 8))
    assert jnp.allclose(in_blocks(q, k, v), naive(q, k, v), atol=1e-5)
    few, *_, many = peaks(in_blocks)
    assert few == many < 100_000


def test_its_gradient_grows_with_the_tokens_and_not_with_their_square():
    few, *_, many = peaks(gradient(in_blocks))
    assert many < 9 * few
    assert many < peaks(gradient(naive), [4096])[0] / 20


@pytest.mark.parametrize("n", [256, 512])
@pytest.mark.parametrize("function", [naive, gradient(naive)], ids=["forward", "gradient"])
def test_xla_says_the_same_where_it_does_not_fuse(function, n):
    arguments = [shaped(n, 64)] * 3
    theirs = jax.jit(function).lower(*arguments).compile().memory_analysis().temp_size_in_bytes
    assert peak_activation_bytes(function, *arguments) == pytest.approx(theirs, rel=0.05)


def test_a_gradient_keeps_the_activations_of_every_layer_and_a_checkpoint_does_not(key):
    def chain(x, wrap):
        for _ in range(16):
            x = wrap(lambda x: jnp.sin(jnp.exp(jnp.tanh(x))))(x)
        return x.sum()

    forward = peak_activation_bytes(lambda x: chain(x, lambda f: f), X)
    plain = peak_activation_bytes(jax.grad(lambda x: chain(x, lambda f: f)), X)
    again = peak_activation_bytes(jax.grad(lambda x: chain(x, jax.checkpoint)), X)
    assert forward == 400
    assert plain >= 3 * 16 * 400
    assert 16 * 400 <= again <= 20 * 400


def test_a_deeper_network_keeps_more():
    def peak(layers):
        network = jax.eval_shape(lambda: mlp.init(jax.random.key(0), sizes=(32,) * (layers + 1)))
        loss = jax.grad(lambda p, x: jax.vmap(mlp.apply, in_axes=(None, 0))(p, x).sum())
        return peak_activation_bytes(loss, network, shaped(256, 32))

    # For each layer its activations, in float32, and where ReLU let them pass, in booleans.
    assert peak(9) - peak(5) == 4 * (256 * 32 * (4 + 1))


class TestBodies:
    def test_a_scan_holds_one_turn_and_what_it_stacks(self):
        def run(x, length):
            def turn(h, _):
                h = jnp.cumsum(jnp.exp(h))
                return h, h

            return jax.lax.scan(turn, x, length=length)[1].sum()

        # The last state and the stack; and within a turn the exponentials and their sums.
        assert peak_activation_bytes(lambda x: run(x, 7), X) == 400 + 7 * 400 + 800

    def test_its_gradient_keeps_a_row_for_each_turn(self):
        def run(x, length):
            return jax.lax.scan(lambda h, _: (jnp.sin(h), None), x, length=length)[0].sum()

        short, long = (peak_activation_bytes(jax.grad(lambda x, n=n: run(x, n)), X) for n in (10, 110))
        assert long - short == 100 * 400

    def test_a_choice_holds_what_its_largest_branch_does(self):
        def choose(x):
            return jax.lax.cond(x[0] > 0, lambda x: jnp.outer(x, x).sum(), lambda x: jnp.exp(x).sum(), x)

        assert 40_000 <= peak_activation_bytes(choose, X) < 41_000

    def test_a_while_loop_holds_one_turn(self):
        def loop(x):
            return jax.lax.while_loop(lambda h: h.sum() < 9, lambda h: jnp.cumsum(jnp.outer(h, h), 1)[0], x).sum()

        assert 80_000 <= peak_activation_bytes(loop, X) < 82_000
