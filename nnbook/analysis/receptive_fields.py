"""The receptive field: how far apart two pixels can be and still meet in one number of a layer.

Once by formula from the windows on the way, once measured, by the gradient of one number of a layer: what has a slope
is seen.
"""

from collections.abc import Callable, Sequence

import jax
import numpy as np
from jaxtyping import Array, Float

from nnbook.errors import ShapeError, require_floats, require_sizes
from nnbook.layers.windows import Window


def receptive_field(windows: Sequence[Window]) -> int:
    """Count the numbers along one axis that one number behind these windows can see: 1 + Σₗ dₗ (kₗ − 1) s₁ … sₗ₋₁.

    First window first. Where ways through the network part, as around a residual block, take the one with the
    largest field. It is the size before any border cuts it off, so it can exceed the image.
    Raises ValueError for a kernel, stride or dilation below 1, TypeError for one that is no int.
    Source: Araujo, Norris and Sim (2019), Computing Receptive Fields of Convolutional Neural Networks; there without
    dilation, which makes a kernel of k reach over d (k − 1) + 1.

    >>> receptive_field([Window(kernel=5), Window(kernel=2, stride=2), Window(kernel=5)])
    14
    """
    field, jump = 1, 1
    for place, window in enumerate(windows):
        require_sizes("receptive_field", **{f"windows[{place}].{name}": n for name, n in window._asdict().items()})
        field += window.dilation * (window.kernel - 1) * jump
        jump *= window.stride
    return field


def seen_pixels(layer: Callable[[jax.Array], jax.Array], images: Float[Array, "images *space channels"]) -> np.ndarray:
    """Find the places of the images that the middle number of a layer sees: those where its gradient is not 0.

    `layer` takes one image to a map, channels last; all its channels at the middle place count together. A single image
    does not show everything, since ReLU and max pooling look away from much of it, so a place counts if any image
    has a slope there. Random images are best.
    Raises ShapeError unless images is a batch and layer gives a map with as many axes, TypeError unless they are floats.
    Source: our own; Luo et al. (2016), section 2, look at the same gradient.

    >>> images = jax.numpy.ones((1, 5, 1))
    >>> seen_pixels(lambda x: x[:-2] + x[2:], images).tolist()
    [False, True, False, True, False]
    """
    images = require_floats("seen_pixels", images, "images")
    if images.ndim < 3 or len(images) == 0:
        raise ShapeError(
            "seen_pixels", got=f"images of shape {images.shape}", want="a batch (images, …, channels), at least one"
        )

    def middle(image):
        y = layer(image)
        if y.ndim != image.ndim:
            raise ShapeError(
                "seen_pixels",
                got=f"a layer that gives shape {y.shape}",
                want="a map with channels last, which has a middle",
                hint="hand in the part before the pooling or flattening",
            )
        return y[tuple(n // 2 for n in y.shape[:-1])].sum()

    slopes = jax.jit(jax.vmap(jax.grad(middle)))(images)
    return np.asarray((slopes != 0).any(axis=(0, -1)))


def measured_receptive_field(
    layer: Callable[[jax.Array], jax.Array], images: Float[Array, "images *space channels"]
) -> tuple[int, ...]:
    """Measure the receptive field of a layer along each axis, from the first place `seen_pixels` finds to the last.

    Raises ShapeError if the field reaches the border of the images, which may have cut it off, or nothing has a slope;
    and as `seen_pixels` does.
    Source: our own; equal to `receptive_field`.

    >>> measured_receptive_field(lambda x: x[:-2] + x[2:], jax.numpy.ones((1, 5, 1)))
    (3,)
    """
    seen = seen_pixels(layer, images)
    sizes = []
    for axis in range(seen.ndim):
        places = np.flatnonzero(seen.any(axis=tuple(other for other in range(seen.ndim) if other != axis)))
        if len(places) == 0:
            raise ShapeError(
                "measured_receptive_field",
                got="a middle number without any slope",
                want="one that depends on the images",
                hint="are all units dead? give it more images, or random ones",
            )
        if places[0] == 0 or places[-1] == seen.shape[axis] - 1:
            raise ShapeError(
                "measured_receptive_field",
                got=f"a field that reaches the border of images of {seen.shape}",
                want="larger images, which show where it ends",
            )
        sizes.append(int(places[-1] - places[0] + 1))
    return tuple(sizes)
