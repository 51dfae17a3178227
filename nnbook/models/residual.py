"""The residual block: it adds what its branch computes to what came in, so that a deep network can start out as a shallow one.

Every convolution is followed by batch normalisation, which would subtract a bias, so there are none. The passes take
a whole batch, as the normalisation needs while it trains, and a `Normalise` that says how.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError
from nnbook.layers import batch_norm, conv
from nnbook.layers.activations import relu
from nnbook.layers.batch_norm import BatchNorm, BatchNormState
from nnbook.pytree import params


@params
class ConvNorm:
    """A convolution without bias, and the normalisation after it."""

    w: Float[Array, "kernel kernel inputs outputs"]
    norm: BatchNorm


@params
class Block:
    """The residual branch; and, where size or channels change, the projection that leads around it (else None)."""

    branch: tuple[ConvNorm, ...]
    projection: ConvNorm | None


@params
class BlockState:
    """The running averages of a block, in the places of its normalisations."""

    branch: tuple[BatchNormState, ...]
    projection: BatchNormState | None


class Passed(NamedTuple):
    """What came out of a batch, and the state with this batch counted in."""

    y: Float[Array, "batch height width channels"]
    state: BlockState


# Params, state and a batch in; the batch normalised, and the next state, out.
Normalise = Callable[[BatchNorm, BatchNormState, jax.Array], tuple[jax.Array, BatchNormState]]


def conv_norm(key: Key[Array, ""], *, kernel: int, inputs: int, outputs: int) -> ConvNorm:
    """Draw a square kernel by He's rule, and a normalisation that does nothing yet.

    Raises as `conv.init` does.

    >>> conv_norm(jax.random.key(0), kernel=3, inputs=8, outputs=16).norm.scale.shape
    (16,)
    """
    w = conv.init(key, kernel=(kernel, kernel), inputs=inputs, outputs=outputs).w
    return ConvNorm(w=w, norm=batch_norm.init(channels=outputs))


def basic_branch(key: Key[Array, ""], *, inputs: int, channels: int) -> tuple[ConvNorm, ...]:
    """Draw the branch of ResNet-18 and 34: 3 × 3 and 3 × 3.

    Source: He et al. (2016), figure 5, left.

    >>> [part.w.shape for part in basic_branch(jax.random.key(0), inputs=8, channels=16)]
    [(3, 3, 8, 16), (3, 3, 16, 16)]
    """
    first, second = jax.random.split(key)
    return (
        conv_norm(first, kernel=3, inputs=inputs, outputs=channels),
        conv_norm(second, kernel=3, inputs=channels, outputs=channels),
    )


def bottleneck_branch(key: Key[Array, ""], *, inputs: int, channels: int) -> tuple[ConvNorm, ...]:
    """Draw the branch of ResNet-50 and deeper: 1 × 1 to few channels, 3 × 3, and 1 × 1 to four times as many.

    Source: He et al. (2016), figure 5, right.

    >>> [part.w.shape for part in bottleneck_branch(jax.random.key(0), inputs=64, channels=16)]
    [(1, 1, 64, 16), (3, 3, 16, 16), (1, 1, 16, 64)]
    """
    first, second, third = jax.random.split(key, 3)
    return (
        conv_norm(first, kernel=1, inputs=inputs, outputs=channels),
        conv_norm(second, kernel=3, inputs=channels, outputs=channels),
        conv_norm(third, kernel=1, inputs=channels, outputs=4 * channels),
    )


def init_state(block: Block) -> BlockState:
    """Start the running averages of a block at mean 0 and variance 1.

    >>> block = Block(branch=basic_branch(jax.random.key(0), inputs=8, channels=8), projection=None)
    >>> [state.mean.shape for state in init_state(block).branch]
    [(8,), (8,)]
    """
    fresh = lambda part: batch_norm.init_state(channels=part.w.shape[-1])  # noqa: E731
    return BlockState(
        branch=tuple(fresh(part) for part in block.branch),
        projection=None if block.projection is None else fresh(block.projection),
    )


def pass_conv_norm(
    params: ConvNorm,
    state: BatchNormState,
    x: Float[Array, "batch height width inputs"],
    *,
    stride: int,
    normalise: Normalise,
) -> tuple[Float[Array, "batch new_height new_width outputs"], BatchNormState]:
    """Convolve every image of a batch, padded so that stride 1 keeps its size, and normalise.

    Raises as `convolve` and the normalisation do.

    >>> import jax.numpy as jnp
    >>> first = basic_branch(jax.random.key(0), inputs=3, channels=8)[0]
    >>> fresh, images = batch_norm.init_state(channels=8), jnp.ones((2, 6, 6, 3))
    >>> normalise = lambda norm, state, x: (jax.vmap(lambda image: batch_norm.apply(norm, state, image))(x), state)
    >>> pass_conv_norm(first, fresh, images, stride=2, normalise=normalise)[0].shape
    (2, 3, 3, 8)
    """
    margin = params.w.shape[0] // 2
    convolve = partial(conv.convolve_im2col, params.w, stride=stride, padding=[(margin, margin)] * 2)
    return normalise(params.norm, state, jax.vmap(convolve)(x))


def pass_block(
    params: Block,
    state: BlockState,
    x: Float[Array, "batch height width inputs"],
    *,
    stride: int,
    normalise: Normalise,
) -> Passed:
    """Add the branch to what came in, or to its projection, and cut off below 0: relu(branch(x) + x).

    The first convolution of the branch takes the stride, as in the paper; torchvision gives a bottleneck's to the 3 × 3.
    Raises ShapeError if the two ways do not give the same shape, and as `convolve` does.
    Source: He et al. (2016), eq. (1) and (2).

    >>> block = Block(branch=basic_branch(jax.random.key(0), inputs=8, channels=8), projection=None)
    >>> step = partial(pass_block, stride=1, normalise=batch_norm.apply_training)
    >>> jax.jit(step)(block, init_state(block), jax.random.normal(jax.random.key(1), (2, 4, 4, 8))).y.shape
    (2, 4, 4, 8)
    """
    y, states = x, []
    for place, (part, part_state) in enumerate(zip(params.branch, state.branch, strict=True)):
        y = relu(y) if place else y
        y, moved = pass_conv_norm(part, part_state, y, stride=1 if place else stride, normalise=normalise)
        states.append(moved)
    around, projection_state = x, None
    if params.projection is not None and state.projection is not None:
        around, projection_state = pass_conv_norm(
            params.projection, state.projection, x, stride=stride, normalise=normalise
        )
    if y.shape != around.shape:
        raise ShapeError(
            "residual block",
            got=f"{y.shape[1:]} from the branch and {around.shape[1:]} around it",
            want="equal shapes, to add them",
            hint="a block that changes size or channels needs a projection",
        )
    return Passed(relu(y + around), BlockState(branch=tuple(states), projection=projection_state))
