"""Sequence models read to the end, answer there or on the way, and write what they were taught."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook import ShapeError
from nnbook.data.sequences import adding
from nnbook.layers import gru, linear, lstm, rnn
from nnbook.layers.masks import valid_tokens
from nnbook.models import sequence
from nnbook.training.loop import fit
from nnbook.training.losses import cross_entropy, mse


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.fixture
def tokens_model(key):
    return sequence.init_tokens(key, vocabulary=5, features=3, hidden=4)


@pytest.mark.parametrize("cell", [rnn.CELL, lstm.CELL, gru.RESET_AFTER], ids=["rnn", "lstm", "gru"])
def test_the_answer_is_the_readout_of_the_last_hidden_state(cell, key):
    model = sequence.init(key, inputs=2, hidden=4, outputs=3, cell=cell)
    xs = jax.random.normal(key, (6, 2))
    hidden = cell.apply(model.cell, xs)
    close(sequence.apply(model, xs, cell=cell), linear.apply(model.readout, hidden[-1]))
    close(sequence.apply_to_each(model, xs, cell=cell)[2], linear.apply(model.readout, hidden[2]))


def test_padding_does_not_change_the_answer(key):
    model, xs = sequence.init(key, inputs=2, hidden=4, outputs=3), jax.random.normal(key, (6, 2))
    valid = valid_tokens(4, 6)
    close(sequence.apply(model, xs.at[4:].set(1e30), valid), sequence.apply(model, xs[:4]))
    close(sequence.apply_to_each(model, xs, valid)[5], sequence.apply(model, xs[:4]))


def test_a_batch(key):
    model, batch = sequence.init(key, inputs=2, hidden=4, outputs=3), jax.random.normal(key, (3, 6, 2))
    together = jax.jit(jax.vmap(sequence.apply, in_axes=(None, 0)))(model, batch)
    close(together, jnp.stack([sequence.apply(model, xs) for xs in batch]))


def test_a_later_token_cannot_reach_an_earlier_guess(tokens_model):
    logits = jax.jit(sequence.next_logits)
    one, other = logits(tokens_model, jnp.array([0, 1, 2, 3])), logits(tokens_model, jnp.array([0, 1, 4, 3]))
    assert one.shape == (4, 5)
    np.testing.assert_array_equal(one[:2], other[:2])
    assert not np.allclose(one[2:], other[2:])


def test_a_coarse_model_writes_every_token_alike(key):
    model = sequence.init_tokens(key, vocabulary=200, features=3, hidden=4)
    silent = jax.tree.map(lambda leaf: jnp.zeros_like(leaf, jnp.bfloat16), model)
    for temperature in (1.0, jnp.array(1.0, jnp.bfloat16)):
        text = sequence.sample(silent, jnp.array([0]), key=key, length=4000, temperature=temperature)
        assert float(text.mean()) == pytest.approx(99.5, abs=4)


@pytest.mark.parametrize("token", [5, -1])
def test_a_token_outside_the_vocabulary_is_not_passed_over(tokens_model, token):
    logits = sequence.next_logits(tokens_model, jnp.array([0, token, 2]))
    assert not jnp.isnan(logits[0]).any()
    assert jnp.isnan(logits[1:]).all()


def test_samples_come_from_the_logits_that_the_text_so_far_gives(tokens_model):
    prompt, length = jnp.array([2, 0, 3]), 6
    coldest = sequence.sample(tokens_model, prompt, key=jax.random.key(1), length=length, temperature=1e-6)
    text = jnp.concatenate([prompt, coldest])
    likeliest = sequence.next_logits(tokens_model, text).argmax(axis=1)
    np.testing.assert_array_equal(coldest, likeliest[len(prompt) - 1 : -1])


def test_samples_have_the_shares_of_the_softmax(tokens_model):
    keys = jax.random.split(jax.random.key(1), 4000)
    draw = jax.jit(lambda key: sequence.sample(tokens_model, jnp.array([2]), key=key, length=1, temperature=2.0)[0])
    shares = jnp.bincount(jax.vmap(draw)(keys), length=5) / 4000
    want = jax.nn.softmax(sequence.next_logits(tokens_model, jnp.array([2]))[0] / 2)
    np.testing.assert_allclose(shares, want, atol=0.03)


def test_the_key_decides(tokens_model):
    def text(seed):
        return sequence.sample(tokens_model, jnp.array([1]), key=jax.random.key(seed), length=30)

    np.testing.assert_array_equal(text(0), text(0))
    assert not jnp.array_equal(text(0), text(1))


def test_it_learns_to_go_on_with_what_it_has_read(key):
    """0 1 2 0 1 2 …: teacher-forced it learns, and then it speaks."""
    model = sequence.init_tokens(key, vocabulary=3, features=3, hidden=8, cell=gru.RESET_BEFORE)
    text = jnp.tile(jnp.arange(3), 3)[None]

    def loss(model, batch):
        logits = jax.vmap(lambda text: sequence.next_logits(model, text[:-1], cell=gru.RESET_BEFORE))(batch)
        return cross_entropy(logits, batch[:, 1:])

    model = fit(loss, model, text, optimizer=optax.adam(0.05), steps=60, chunk=60).params
    said = sequence.sample(model, jnp.array([0, 1]), key=key, length=5, temperature=0.1, cell=gru.RESET_BEFORE)
    assert said.tolist() == [2, 0, 1, 2, 0]


def test_it_learns_to_add(key):
    """The adding problem over 8 steps: a GRU leaves the 1/6 of the constant answer behind."""
    data = adding(key, examples=512, length=8)
    model = sequence.init(key, inputs=2, hidden=16, outputs=1, cell=gru.RESET_AFTER)

    def loss(model, batch):
        answers = jax.vmap(lambda xs: sequence.apply(model, xs, cell=gru.RESET_AFTER)[0])(batch.inputs)
        return mse(answers, batch.targets)

    done = fit(loss, model, data, optimizer=optax.adam(0.01), steps=300, chunk=300, batch_size=64, key=key)
    test = adding(jax.random.key(1), examples=512, length=8)
    assert float(loss(done.params, test)) < 0.02


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_inputs(self, key):
        model = sequence.init(key, inputs=2, hidden=4, outputs=3)
        with pytest.raises(ShapeError, match=r"^lstm: got xs of shape \(6, 3\); wants xs of shape \(time, 2\)"):
            sequence.apply(model, jnp.ones((6, 3)))

    def test_tokens(self, tokens_model, key):
        with pytest.raises(TypeError, match=r"^next_logits: got tokens of dtype float32; wants whole numbers"):
            sequence.next_logits(tokens_model, jnp.ones(3))
        with pytest.raises(ShapeError, match=r"^next_logits: got tokens of shape \(2, 3\).*jax\.vmap"):
            sequence.next_logits(tokens_model, jnp.ones((2, 3), int))
        with pytest.raises(ShapeError, match=r"^sample: got tokens of shape \(0,\); wants .* at least one"):
            sequence.sample(tokens_model, jnp.ones(0, int), key=key, length=1)

    def test_sampling(self, tokens_model, key):
        with pytest.raises(TypeError, match=r"^sample: got key of type int"):
            sequence.sample(tokens_model, jnp.array([1]), key=0, length=1)
        with pytest.raises(ValueError, match=r"^sample: got length=0"):
            sequence.sample(tokens_model, jnp.array([1]), key=key, length=0)
        with pytest.raises(ValueError, match=r"^sample: got temperature=0; wants a number above 0"):
            sequence.sample(tokens_model, jnp.array([1]), key=key, length=1, temperature=0)

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^sequence\.init: got key of type int"):
            sequence.init(0, inputs=1, hidden=1, outputs=1)
        with pytest.raises(ValueError, match=r"^sequence\.init: got outputs=0"):
            sequence.init(key, inputs=1, hidden=1, outputs=0)
        with pytest.raises(ValueError, match=r"^sequence\.init_tokens: got vocabulary=0"):
            sequence.init_tokens(key, vocabulary=0, features=1, hidden=1)
