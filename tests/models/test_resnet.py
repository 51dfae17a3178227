"""Residual networks: published counts, blocks that can do nothing, and a state that is threaded."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnbook import ShapeError
from nnbook.layers import batch_norm
from nnbook.layers.activations import relu
from nnbook.models import residual, resnet
from nnbook.models.residual import Block
from nnbook.training.losses import cross_entropy

IMAGENET = {"channels": (64, 128, 256, 512), "classes": 1000, "stem_kernel": 7}
RESNET_18 = {"blocks": (2, 2, 2, 2), **IMAGENET}
RESNET_50 = {"blocks": (3, 4, 6, 3), "branch": residual.bottleneck_branch, **IMAGENET}


@pytest.fixture(scope="module")
def small():
    return resnet.init(jax.random.key(0), blocks=(1, 1), channels=(4, 6), inputs=2, classes=3)


@pytest.fixture(scope="module")
def batch():
    return jax.random.normal(jax.random.key(1), (8, 6, 6, 2))


@pytest.mark.parametrize(
    ("sizes", "parameters"), [(RESNET_18, 11_689_512), (RESNET_50, 25_557_032)], ids=["ResNet-18", "ResNet-50"]
)
def test_published_parameters(sizes, parameters):
    params = jax.eval_shape(lambda key: resnet.init(key, **sizes), jax.random.key(0))
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == parameters


def test_the_sizes_of_table_1():
    params = jax.eval_shape(lambda key: resnet.init(key, **RESNET_18), jax.random.key(0))
    state = jax.eval_shape(resnet.init_state, params)
    x = jax.ShapeDtypeStruct((1, 224, 224, 3), jnp.float32)

    def after_each_stage(params, state, x):
        x, _ = resnet.imagenet_stem(params.stem, state.stem, x, batch_norm.apply_training)
        sizes = [x]
        for stage in range(4):
            for place, block in enumerate(params.stages[stage]):
                stride = 2 if stage > 0 and place == 0 else 1
                args = (block, state.stages[stage][place], x)
                x = residual.pass_block(*args, stride=stride, normalise=batch_norm.apply_training).y
            sizes.append(x)
        return sizes

    shapes = [step.shape[1:] for step in jax.eval_shape(after_each_stage, params, state, x)]
    assert shapes == [(56, 56, 64), (56, 56, 64), (28, 28, 128), (14, 14, 256), (7, 7, 512)]
    answer = jax.eval_shape(
        lambda p, s, x: resnet.apply(p, s, x, stem=resnet.imagenet_stem), params, state, x.update(shape=x.shape[1:])
    )
    assert answer.shape == (1000,)


def test_a_block_whose_branch_is_silent_passes_on_what_came(key):
    block = Block(branch=residual.basic_branch(key, inputs=3, channels=3), projection=None)
    silent = batch_norm.BatchNorm(scale=jnp.zeros(3), shift=jnp.zeros(3))
    last = residual.ConvNorm(w=block.branch[1].w, norm=silent)
    block = Block(branch=(block.branch[0], last), projection=None)
    x = jnp.abs(jax.random.normal(key, (2, 4, 4, 3)))
    step = jax.jit(partial(residual.pass_block, stride=1, normalise=batch_norm.apply_training))
    np.testing.assert_array_equal(step(block, residual.init_state(block), x).y, x)


def test_a_block_by_hand(key):
    keys = jax.random.split(key, 3)
    projection = residual.conv_norm(keys[0], kernel=1, inputs=2, outputs=3)
    block = Block(branch=residual.basic_branch(keys[1], inputs=2, channels=3), projection=projection)
    x = jax.random.normal(keys[2], (2, 5, 5, 2))

    @partial(jax.jit, static_argnums=(2, 3))
    def convolve(w, x, stride, pad):
        layout = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, w, (stride,) * 2, [(pad, pad)] * 2, dimension_numbers=layout)

    keep = lambda params, state, x: (x, state)  # noqa: E731
    got = jax.jit(partial(residual.pass_block, stride=2, normalise=keep))(block, residual.init_state(block), x).y
    first, second = (part.w for part in block.branch)
    want = relu(convolve(second, relu(convolve(first, x, 2, 1)), 1, 1) + convolve(projection.w, x, 2, 0))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_projections_stand_where_size_or_channels_change():
    params = jax.eval_shape(lambda key: resnet.init(key, **RESNET_50), jax.random.key(0))
    where = [[block.projection is not None for block in stage] for stage in params.stages]
    assert where == [[True] + [False] * (count - 1) for count in (3, 4, 6, 3)]
    params = jax.eval_shape(lambda key: resnet.init(key, **RESNET_18), jax.random.key(0))
    assert [stage[0].projection is not None for stage in params.stages] == [False, True, True, True]


def test_the_state_takes_in_each_batch_and_answers_from_it(small, batch):
    state = resnet.init_state(small)
    train, answer = jax.jit(resnet.apply_training), jax.jit(jax.vmap(resnet.apply, in_axes=(None, None, 0)))
    moved = train(small, state, batch).state
    assert jax.tree.structure(moved) == jax.tree.structure(state)
    for old, new in zip(jax.tree.leaves(state), jax.tree.leaves(moved), strict=True):
        assert not jnp.allclose(old, new)
    for _ in range(40):
        state = train(small, state, batch).state
    # The averages have settled on this batch, all but n / (n − 1) of the variance.
    np.testing.assert_allclose(answer(small, state, batch), train(small, state, batch).logits, rtol=0.1, atol=0.05)


def test_it_learns_with_the_state_beside_the_loss(small, batch):
    labels = jnp.arange(8) % 3

    def loss(params, state):
        logits, state = resnet.apply_training(params, state, batch)
        return cross_entropy(logits, labels), state

    optimizer = optax.adam(1e-2)

    def step(carry, _):
        params, state, memory = carry
        (value, state), gradient = jax.value_and_grad(loss, has_aux=True)(params, state)
        with jax.numpy_dtype_promotion("standard"):
            updates, memory = optimizer.update(gradient, memory)
        return (optax.apply_updates(params, updates), state, memory), value

    start = (small, resnet.init_state(small), optimizer.init(small))
    _, losses = jax.jit(lambda start: jax.lax.scan(step, start, length=25))(start)
    assert float(losses[-1]) < 0.2 * float(losses[0])


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_images_and_batches(self, small, batch):
        state = resnet.init_state(small)
        with pytest.raises(ShapeError, match=r"^resnet: got x of shape \(8, 6, 6, 2\); wants an image.*jax\.vmap"):
            resnet.apply(small, state, batch)
        with pytest.raises(ShapeError, match=r"^resnet: got x of shape \(6, 6, 2\); wants a batch.*x\[None\]"):
            resnet.apply_training(small, state, batch[0])
        with pytest.raises(TypeError, match="resnet: got x of dtype int32; wants floats"):
            resnet.apply(small, state, jnp.ones((6, 6, 2), int))
        with pytest.raises(ShapeError, match="wants x with 2 channels"):
            resnet.apply_training(small, state, batch[..., :1])

    def test_a_block_without_the_projection_it_needs(self, key):
        block = Block(branch=residual.basic_branch(key, inputs=2, channels=3), projection=None)
        with pytest.raises(
            ShapeError, match=r"\(4, 4, 3\) from the branch and \(4, 4, 2\) around it.*needs a projection"
        ):
            residual.pass_block(
                block,
                residual.init_state(block),
                jnp.ones((2, 4, 4, 2)),
                stride=1,
                normalise=batch_norm.apply_training,
            )

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^resnet\.init: got key of type int"):
            resnet.init(0)
        with pytest.raises(ValueError, match=r"got blocks=\(2, 2\) and channels=\(4,\); wants one of each"):
            resnet.init(key, blocks=(2, 2), channels=(4,))
        with pytest.raises(ValueError, match=r"got blocks=\(\) and channels=\(\); wants one of each"):
            resnet.init(key, blocks=(), channels=())
        with pytest.raises(ValueError, match=r"^resnet\.init: got channels\[1\]=0; wants at least 1"):
            resnet.init(key, blocks=(1, 1), channels=(4, 0))
