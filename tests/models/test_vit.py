"""The Vision Transformer: patches become tokens, and the class token sees them all."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.models import vit
from tests.filled import filled

SIZES = {"image": (4, 6, 2), "patch": (2, 3), "classes": 3, "d_model": 8, "heads": 2, "layers": 1, "d_hidden": 16}
PARAMS = filled(partial(vit.init, **SIZES))
IMAGE = jax.random.normal(jax.random.key(1), (4, 6, 2))
apply = jax.jit(vit.apply, static_argnames="dropout_rate")


def test_patches_tile_the_image_row_by_row():
    pieces = vit.patches(IMAGE, (2, 3))
    assert pieces.shape == (4, 2, 3, 2)
    np.testing.assert_array_equal(pieces[1], IMAGE[:2, 3:])
    np.testing.assert_array_equal(pieces[2], IMAGE[2:, :3])


def test_a_token_is_what_a_strided_convolution_gives():
    tokens = jnp.einsum("phwc,hwcm->pm", vit.patches(IMAGE, (2, 3)), PARAMS.patch_kernel)
    numbers = ("NHWC", "HWIO", "NHWC")
    want = jax.lax.conv_general_dilated(IMAGE[None], PARAMS.patch_kernel, (2, 3), "VALID", dimension_numbers=numbers)
    np.testing.assert_allclose(tokens, want.reshape(4, 8), atol=1e-5)


def test_sizes_are_those_of_the_shapes():
    assert PARAMS.positions.table.shape == (5, 8)  # 4 patches and the class token
    assert apply(PARAMS, IMAGE).shape == (3,)


def test_every_pixel_reaches_the_classes():
    slope = jax.jit(jax.jacrev(lambda image: vit.apply(PARAMS, image)))(IMAGE)
    assert (jnp.abs(slope).max(0) > 0).all()


def test_where_a_patch_stands_is_seen():
    assert not np.allclose(apply(PARAMS, IMAGE[::-1]), apply(PARAMS, IMAGE), atol=0.01)


def test_batches_and_dropout(key):
    batch = jnp.stack([IMAGE, -IMAGE])
    many = jax.jit(jax.vmap(vit.apply, in_axes=(None, 0)))(PARAMS, batch)
    np.testing.assert_allclose(many[1], apply(PARAMS, -IMAGE), atol=1e-5)
    dropped = apply(PARAMS, IMAGE, dropout_rate=0.5, key=key)
    np.testing.assert_array_equal(apply(PARAMS, IMAGE, dropout_rate=0.5, key=key), dropped)
    assert not np.allclose(dropped, many[0], atol=0.01)


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    with pytest.raises(ShapeError, match=r"vit\.init: got patches of \(3, 3\) for an image of shape \(4, 6, 2\)"):
        vit.init(key, **SIZES | {"patch": (3, 3)})
    with pytest.raises(ShapeError, match=r"vit\.patches: got patches of \(2, 3\) for an image of shape \(5, 6, 2\)"):
        vit.apply(PARAMS, jnp.ones((5, 6, 2)))
    with pytest.raises(ShapeError, match=r"vit: got an image of shape \(6, 6, 2\), 6 patches; wants 4 patches of 2"):
        vit.apply(PARAMS, jnp.ones((6, 6, 2)))
    with pytest.raises(ShapeError, match=r"vit: got an image of shape .*wants 4 patches of 2 channels"):
        vit.apply(PARAMS, jnp.ones((4, 6, 1)))
    with pytest.raises(ShapeError, match=r"vit\.patches: got an image of shape \(4, 6\).*1 channel"):
        vit.apply(PARAMS, jnp.ones((4, 6)))
    with pytest.raises(TypeError, match="vit: got image of dtype int32"):
        vit.apply(PARAMS, jnp.ones((4, 6, 2), int))
    with pytest.raises(TypeError, match=r"vit\.init: got key of type int"):
        vit.init(0, **SIZES)
    with pytest.raises(ValueError, match=r"vit\.init: got patch_height=0"):
        vit.init(key, **SIZES | {"patch": (0, 3)})
