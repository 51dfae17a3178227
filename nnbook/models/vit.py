"""The Vision Transformer: cut an image into patches, treat them as the tokens of a text, and read the class off one more."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_sizes
from nnbook.layers import biased_multi_head, feed_forward, linear, positions
from nnbook.layers.dropout import OptionalKey, dropout, split_key
from nnbook.layers.linear import Linear
from nnbook.layers.positions import LearnedPositions
from nnbook.models import block, stack
from nnbook.models.block import Block
from nnbook.models.stack import PreNormStack
from nnbook.pytree import params

# The parts that the source has: biases in the attention, GELU in the feed-forward network.
vit_block = partial(block.init, attention=biased_multi_head.init, feed_forward=feed_forward.init_gelu)


@params
class ViT:
    """The kernel that makes a token of a patch, the class token, a position for each token, blocks, and the classifier."""

    patch_kernel: Float[Array, "patch_height patch_width channels d_model"]
    patch_bias: Float[Array, "d_model"]
    class_token: Float[Array, "d_model"]
    positions: LearnedPositions
    stack: PreNormStack
    head: Linear


def init(
    key: Key[Array, ""],
    *,
    image: tuple[int, int, int],
    patch: tuple[int, int],
    classes: int,
    d_model: int,
    heads: int,
    layers: int,
    d_hidden: int,
    blocks: Callable[..., Block] = vit_block,
) -> ViT:
    """Draw a Vision Transformer for images of shape (height, width, channels) and patches of (height, width).

    The class token starts at 0, as do the biases. `blocks` chooses the parts of a block.
    Raises ShapeError if the patches do not tile the image or heads do not divide d_model, TypeError for a key that is not
    one, ValueError for a size below 1.
    Source: Dosovitskiy et al. (2021), section 3.1.

    >>> sizes = {"classes": 10, "d_model": 8, "heads": 2, "layers": 1, "d_hidden": 16}
    >>> jax.eval_shape(lambda: init(jax.random.key(0), image=(8, 8, 1), patch=(4, 4), **sizes)).positions.table.shape
    (5, 8)
    """
    require_key("vit.init", key)
    (height, width, channels), (patch_height, patch_width) = image, patch
    require_sizes("vit.init", height=height, width=width, channels=channels)
    require_sizes("vit.init", patch_height=patch_height, patch_width=patch_width, classes=classes, d_model=d_model)
    tokens = 1 + _count_patches("vit.init", image, patch)
    key_patch, key_positions, key_stack, key_head = jax.random.split(key, 4)
    kernel = linear.lecun_normal(key_patch, inputs=patch_height * patch_width * channels, outputs=d_model)
    return ViT(
        patch_kernel=kernel.T.reshape(patch_height, patch_width, channels, d_model),
        patch_bias=jnp.zeros(d_model),
        class_token=jnp.zeros(d_model),
        positions=positions.init_learned(key_positions, length=tokens, d_model=d_model),
        stack=stack.init_pre_norm(
            key_stack, layers=layers, draw=partial(blocks, d_model=d_model, heads=heads, d_hidden=d_hidden)
        ),
        head=linear.init(key_head, inputs=d_model, outputs=classes),
    )


def patches(
    image: Float[Array, "height width channels"], patch: tuple[int, int]
) -> Float[Array, "patches patch_height patch_width channels"]:
    """Cut an image into patches of (height, width), row by row from the upper left corner.

    Raises ShapeError if the patches do not tile the image.

    >>> patches(jnp.arange(4.0).reshape(2, 2, 1), (1, 2))[:, 0, :, 0].tolist()
    [[0.0, 1.0], [2.0, 3.0]]
    """
    if image.ndim != 3:
        raise ShapeError(
            "vit.patches",
            got=f"an image of shape {image.shape}",
            want="shape (height, width, channels)",
            hint="one example at a time; for a batch, use jax.vmap; a grey image has 1 channel",
        )
    count = _count_patches("vit.patches", image.shape, patch)
    height, width, channels = image.shape
    grid = image.reshape(height // patch[0], patch[0], width // patch[1], patch[1], channels)
    return grid.swapaxes(1, 2).reshape(count, *patch, channels)


def apply(
    params: ViT, image: Float[Array, "height width channels"], *, dropout_rate: float = 0.0, key: OptionalKey = None
) -> Float[Array, "classes"]:
    """Score the classes of one image: patches become tokens, and the class token, which sees all, is read at the end.

    Raises ShapeError if the image is not of the size the positions were drawn for, TypeError if it is not made of floats.
    Source: Dosovitskiy et al. (2021), eq. (1) to (4).

    >>> sizes = {"classes": 10, "d_model": 8, "heads": 2, "layers": 1, "d_hidden": 16}
    >>> model = jax.eval_shape(lambda: init(jax.random.key(0), image=(8, 8, 1), patch=(4, 4), **sizes))
    >>> jax.eval_shape(apply, model, jnp.ones((8, 8, 1))).shape
    (10,)
    """
    image = require_floats("vit", image, "image")
    patch_height, patch_width, channels, _ = params.patch_kernel.shape
    pieces = patches(image, (patch_height, patch_width))
    places = params.positions.table.shape[0]
    if pieces.shape[0] + 1 != places or pieces.shape[-1] != channels:
        raise ShapeError(
            "vit",
            got=f"an image of shape {image.shape}, {pieces.shape[0]} patches",
            want=f"{places - 1} patches of {channels} channels, one for each learned position",
        )
    key_input, key_stack = split_key("vit.apply", key, 2)
    tokens = jnp.einsum("phwc,hwcm->pm", pieces, params.patch_kernel) + params.patch_bias[None, :]
    x = jnp.concatenate([params.class_token[None, :], tokens]) + params.positions.table
    x = dropout(x, rate=dropout_rate, key=key_input)
    x = stack.apply(params.stack, x, dropout_rate=dropout_rate, key=key_stack)
    return linear.apply(params.head, x[0])


def _count_patches(where: str, image: tuple[int, ...], patch: tuple[int, int]) -> int:
    if image[0] % patch[0] or image[1] % patch[1]:
        raise ShapeError(where, got=f"patches of {patch} for an image of shape {image}", want="patches that tile it")
    return (image[0] // patch[0]) * (image[1] // patch[1])
