"""Residual networks: a stem, stages of residual blocks with batch normalisation, an average, a linear layer.

The running averages are no params: `ResNetState` holds them, `apply_training` takes the state and returns the next.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers import batch_norm, linear
from nnbook.layers.activations import relu
from nnbook.layers.batch_norm import BatchNormState
from nnbook.layers.linear import Linear
from nnbook.layers.pool import global_average_pool, max_pool
from nnbook.models import residual
from nnbook.models.residual import Block, BlockState, ConvNorm, Normalise, basic_branch
from nnbook.pytree import params


@params
class ResNet:
    """The stem, the stages of blocks, and the layer that answers. From one stage to the next the image is halved."""

    stem: ConvNorm
    stages: tuple[tuple[Block, ...], ...]
    output: Linear


@params
class ResNetState:
    """The running averages of all normalisations, in their places."""

    stem: BatchNormState
    stages: tuple[tuple[BlockState, ...], ...]


class Trained(NamedTuple):
    """The logits of a batch, and the state with this batch counted in."""

    logits: Float[Array, "batch classes"]
    state: ResNetState


Stem = Callable[[ConvNorm, BatchNormState, jax.Array, Normalise], tuple[jax.Array, BatchNormState]]


def init(
    key: Key[Array, ""],
    *,
    blocks: Sequence[int] = (2, 2, 2),
    channels: Sequence[int] = (16, 32, 64),
    inputs: int = 3,
    classes: int = 10,
    stem_kernel: int = 3,
    branch: Callable[..., tuple[ConvNorm, ...]] = basic_branch,
) -> ResNet:
    """Draw a network of `blocks[i]` blocks of `channels[i]` channels in stage i; the defaults are for small images.

    ResNet-18 is blocks=(2, 2, 2, 2), channels=(64, 128, 256, 512), classes=1000, stem_kernel=7, with the `stem` of
    `apply` the `imagenet_stem`; ResNet-50 has blocks of (3, 4, 6, 3) and branch=bottleneck_branch.
    Raises TypeError for a key that is not one, ValueError for a size below 1, or unless there are as many numbers of
    channels as of blocks.
    Source: He et al. (2016), table 1; section 4.2 for small images.

    >>> sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(init, jax.random.key(0))))
    175258
    """
    require_key("resnet.init", key)
    require_sizes("resnet.init", inputs=inputs, classes=classes, stem_kernel=stem_kernel)
    if len(blocks) != len(channels) or not blocks:
        raise ValueError(
            f"resnet.init: got blocks={tuple(blocks)} and channels={tuple(channels)}; wants one of each for every stage"
        )
    for stage, (count, width) in enumerate(zip(blocks, channels, strict=True)):
        require_sizes("resnet.init", **{f"blocks[{stage}]": count, f"channels[{stage}]": width})
    stem_key, output_key, *stage_keys = jax.random.split(key, 2 + len(blocks))
    stages, seen = [], channels[0]
    for stage, (stage_key, count, width) in enumerate(zip(stage_keys, blocks, channels, strict=True)):
        made = []
        for place, block_key in enumerate(jax.random.split(stage_key, count)):
            branch_key, projection_key = jax.random.split(block_key)
            parts = branch(branch_key, inputs=seen, channels=width)
            outputs = parts[-1].w.shape[-1]
            projection = None
            if _stride(stage, place) > 1 or outputs != seen:
                projection = residual.conv_norm(projection_key, kernel=1, inputs=seen, outputs=outputs)
            made.append(Block(branch=parts, projection=projection))
            seen = outputs
        stages.append(tuple(made))
    return ResNet(
        stem=residual.conv_norm(stem_key, kernel=stem_kernel, inputs=inputs, outputs=channels[0]),
        stages=tuple(stages),
        output=linear.init(output_key, inputs=seen, outputs=classes),
    )


def init_state(params: ResNet) -> ResNetState:
    """Start the running averages of every normalisation at mean 0 and variance 1.

    >>> init_state(init(jax.random.key(0), blocks=(1,), channels=(4,))).stem.mean.shape
    (4,)
    """
    return ResNetState(
        stem=batch_norm.init_state(channels=params.stem.w.shape[-1]),
        stages=tuple(tuple(residual.init_state(block) for block in stage) for stage in params.stages),
    )


def small_stem(
    params: ConvNorm, state: BatchNormState, x: Float[Array, "batch height width inputs"], normalise: Normalise
) -> tuple[Float[Array, "batch height width channels"], BatchNormState]:
    """Begin with a convolution of stride 1, which keeps the size of a small image.

    Source: He et al. (2016), section 4.2.

    >>> import jax.numpy as jnp
    >>> net = init(jax.random.key(0), blocks=(1,), channels=(4,))
    >>> normalise = lambda norm, state, x: (x, state)
    >>> small_stem(net.stem, init_state(net).stem, jnp.ones((1, 8, 8, 3)), normalise)[0].shape
    (1, 8, 8, 4)
    """
    y, state = residual.pass_conv_norm(params, state, x, stride=1, normalise=normalise)
    return relu(y), state


def imagenet_stem(
    params: ConvNorm, state: BatchNormState, x: Float[Array, "batch height width inputs"], normalise: Normalise
) -> tuple[Float[Array, "batch quarter_height quarter_width channels"], BatchNormState]:
    """Begin with a convolution of stride 2 and a max pool of stride 2: 224 × 224 pixels become 56 × 56.

    Source: He et al. (2016), table 1.

    >>> import jax.numpy as jnp
    >>> net = init(jax.random.key(0), blocks=(1,), channels=(4,))
    >>> normalise = lambda norm, state, x: (x, state)
    >>> imagenet_stem(net.stem, init_state(net).stem, jnp.ones((1, 8, 8, 3)), normalise)[0].shape
    (1, 2, 2, 4)
    """
    y, state = residual.pass_conv_norm(params, state, x, stride=2, normalise=normalise)
    pooled = jax.vmap(lambda image: max_pool(image, window=3, stride=2, padding=[(1, 1), (1, 1)]))(relu(y))
    return pooled, state


def apply_training(
    params: ResNet, state: ResNetState, x: Float[Array, "batch height width inputs"], stem: Stem = small_stem
) -> Trained:
    """Answer a batch with logits, each channel normalised over the batch, and count the batch into the state.

    For a gradient, let the loss return the state beside its value: `jax.value_and_grad(loss, has_aux=True)`.
    Raises ShapeError unless x is a batch of images with the channels of the stem, TypeError unless it is made of floats.
    Source: He et al. (2016), sections 3.3 and 3.4.

    >>> params = init(jax.random.key(0), blocks=(1,), channels=(4,), inputs=1)
    >>> x = jax.random.normal(jax.random.key(1), (2, 4, 4, 1))
    >>> jax.jit(apply_training)(params, init_state(params), x).logits.shape
    (2, 10)
    """
    x = require_floats("resnet", x)
    if x.ndim != 4:
        raise ShapeError(
            "resnet", got=f"x of shape {x.shape}", want="a batch (batch, height, width, inputs)", hint="x[None] is one"
        )
    return _pass(params, state, x, stem, batch_norm.apply_training)


def apply(
    params: ResNet, state: ResNetState, x: Float[Array, "height width inputs"], stem: Stem = small_stem
) -> Float[Array, "classes"]:
    """Answer one image with a logit for each class, every channel normalised by the running averages.

    Raises ShapeError unless x is an image with the channels of the stem, TypeError unless it is made of floats.
    Source: He et al. (2016), section 3.3.

    >>> params = init(jax.random.key(0), blocks=(1,), channels=(4,), inputs=1)
    >>> jax.eval_shape(apply, params, init_state(params), jax.numpy.ones((4, 4, 1))).shape
    (10,)
    """
    x = require_floats("resnet", x)
    if x.ndim != 3:
        hint = "for a batch, use jax.vmap" if x.ndim == 4 else ""
        raise ShapeError("resnet", got=f"x of shape {x.shape}", want="an image (height, width, inputs)", hint=hint)
    fixed = lambda params, state, x: (batch_norm.apply(params, state, x), state)  # noqa: E731
    return _pass(params, state, x[None], stem, fixed).logits[0]


def _pass(params: ResNet, state: ResNetState, x: jax.Array, stem: Stem, normalise: Normalise) -> Trained:
    x, stem_state = stem(params.stem, state.stem, x, normalise)
    stages = []
    for stage, (blocks, states) in enumerate(zip(params.stages, state.stages, strict=True)):
        moved = []
        for place, (block, block_state) in enumerate(zip(blocks, states, strict=True)):
            passed = residual.pass_block(block, block_state, x, stride=_stride(stage, place), normalise=normalise)
            x = passed.y
            moved.append(passed.state)
        stages.append(tuple(moved))
    logits = jax.vmap(lambda image: linear.apply(params.output, global_average_pool(image)))(x)
    return Trained(logits, ResNetState(stem=stem_state, stages=tuple(stages)))


def _stride(stage: int, place: int) -> int:
    return 2 if stage > 0 and place == 0 else 1
