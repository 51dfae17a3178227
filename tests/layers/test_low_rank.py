"""A low-rank correction starts as none, has its rank, and can be merged into the layer it corrects."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook import ShapeError
from nnbook.layers import linear, low_rank
from nnbook.layers.low_rank import LowRank
from nnbook.training.loop import fit

RANK = 2


@pytest.fixture
def layer(key):
    layer = linear.init(key, inputs=6, outputs=5)
    return linear.Linear(w=layer.w, b=jnp.arange(5.0))


@pytest.fixture
def x():
    return jax.random.normal(jax.random.key(1), (6,))


@pytest.fixture
def correction(layer):
    keys = jax.random.split(jax.random.key(2))
    return LowRank(down=jax.random.normal(keys[0], (RANK, 6)), up=jax.random.normal(keys[1], (5, RANK)))


def test_it_starts_as_no_correction(layer, x):
    start = low_rank.init(jax.random.key(3), layer, rank=RANK)
    np.testing.assert_array_equal(low_rank.apply(start, layer, x), linear.apply(layer, x))
    np.testing.assert_array_equal(low_rank.merge(start, layer).w, layer.w)


def test_it_starts_where_it_can_learn(layer, x):
    start = low_rank.init(jax.random.key(3), layer, rank=RANK)
    gradient = jax.grad(lambda params: (low_rank.apply(params, layer, x) ** 2).sum())(start)
    assert gradient.up.any()
    assert not gradient.down.any()  # for now: up is 0


def test_the_variance_of_what_goes_down():
    wide = linear.init(jax.random.key(0), inputs=400, outputs=50)
    assert float(low_rank.init(jax.random.key(1), wide, rank=20).down.var()) == pytest.approx(1 / 400, rel=0.1)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_merged_it_is_one_linear_layer(layer, x, correction, scale):
    merged = low_rank.merge(correction, layer, scale)
    want = (layer.w + scale * correction.up @ correction.down) @ x + layer.b
    np.testing.assert_allclose(low_rank.apply(correction, layer, x, scale), want, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(linear.apply(merged, x), want, rtol=1e-5, atol=1e-5)


def test_the_correction_has_its_rank(layer, correction):
    difference = low_rank.merge(correction, layer).w - layer.w
    assert int(jnp.linalg.matrix_rank(difference, rtol=1e-4)) == RANK


def test_compiled_and_mapped_it_is_the_same(layer, x, correction):
    batch = jnp.stack([x, -x, 2 * x])
    got = jax.jit(jax.vmap(low_rank.apply, in_axes=(None, None, 0)))(correction, layer, batch)
    want = jnp.stack([low_rank.apply(correction, layer, row) for row in batch])
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def test_it_learns_a_change_of_its_rank_and_leaves_the_layer_alone(layer, correction):
    inputs = jax.random.normal(jax.random.key(4), (64, 6))
    changed = low_rank.merge(correction, layer)
    targets = jax.vmap(linear.apply, in_axes=(None, 0))(changed, inputs)

    def loss(params, batch):
        answers = jax.vmap(low_rank.apply, in_axes=(None, None, 0))(params, layer, batch[0])
        return ((answers - batch[1]) ** 2).mean()

    start = low_rank.init(jax.random.key(5), layer, rank=RANK)
    learned = fit(loss, start, (inputs, targets), optimizer=optax.adam(0.05), steps=400, chunk=400).params
    np.testing.assert_allclose(low_rank.merge(learned, layer).w, changed.w, atol=0.02)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_init(self, layer, key):
        with pytest.raises(TypeError, match=r"low_rank.init: got key of type int"):
            low_rank.init(0, layer, rank=1)
        with pytest.raises(ValueError, match=r"low_rank.init: got rank=0"):
            low_rank.init(key, layer, rank=0)
        with pytest.raises(ValueError, match=r"got rank=6 for weights of shape \(5, 6\); wants at most 5"):
            low_rank.init(key, layer, rank=6)

    def test_another_layer(self, layer, x, correction):
        other = linear.init(jax.random.key(0), inputs=7, outputs=5)
        for function in (
            lambda: low_rank.apply(correction, other, jnp.ones(7)),
            lambda: low_rank.merge(correction, other),
        ):
            with pytest.raises(
                ShapeError, match=r"down of shape \(2, 6\), up of shape \(5, 2\) for w of shape \(5, 7\)"
            ):
                function()
        torn = LowRank(down=correction.down, up=correction.up[:, :1])
        with pytest.raises(ShapeError, match="another layer's correction"):
            low_rank.apply(torn, layer, x)

    def test_x(self, layer, correction):
        with pytest.raises(ShapeError, match=r"linear: got x of shape \(5,\)"):
            low_rank.apply(correction, layer, jnp.ones(5))
