"""Convolution: the same few weights look at every place of a signal or an image.

Channels are last: a signal is (length, channels), an image (height, width, channels). Strictly it is a
cross-correlation, the kernel is not turned round; every library calls it convolution all the same. Stride, padding and
dilation are explained in `nnbook.layers.windows`.
"""

import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Key

from nnbook.errors import ShapeError, require_floats, require_key, require_one_dtype, require_sizes
from nnbook.layers import linear
from nnbook.layers.windows import Padding, Sizes, slide, slide_back, taps
from nnbook.pytree import params

_LAYOUTS = {1: ("NHC", "HIO", "NHC"), 2: ("NHWC", "HWIO", "NHWC")}


@params
class Conv:
    """w[…, i, o] leads from input channel i, counted within its group, to output channel o, whose bias is b[o]."""

    w: Float[Array, "*kernel inputs_of_a_group outputs"]
    b: Float[Array, "outputs"]


def init(
    key: Key[Array, ""],
    *,
    kernel: Sequence[int],
    inputs: int,
    outputs: int,
    groups: int = 1,
    weights: Callable[..., jax.Array] = linear.he_normal,
) -> Conv:
    """Draw the weights by one of `linear`'s functions; the biases start at 0.

    `kernel` has one size for a signal, two for an image. Each output sees a window of one group of the inputs, so what
    `weights` is told to be the inputs is kernel size · inputs / groups.
    Raises TypeError for a key that is not one, ValueError for a size below 1, other than one or two kernel sizes, or
    groups that do not divide inputs and outputs.
    Source: He et al. (2015), eq. (10), for the weights; Krizhevsky et al. (2012), section 3.2, for groups.

    >>> init(jax.random.key(0), kernel=(3, 3), inputs=16, outputs=32).w.shape
    (3, 3, 16, 32)
    """
    require_key("conv.init", key)
    require_sizes("conv.init", inputs=inputs, outputs=outputs, groups=groups)
    if len(kernel) not in _LAYOUTS:
        raise ValueError(f"conv.init: got kernel={tuple(kernel)}; wants one size for a signal, two for an image")
    for axis, size in enumerate(kernel):
        require_sizes("conv.init", **{f"kernel[{axis}]": size})
    if inputs % groups or outputs % groups:
        raise ValueError(f"conv.init: got groups={groups}; wants a divisor of inputs={inputs} and outputs={outputs}")
    rows = weights(key, inputs=math.prod(kernel) * (inputs // groups), outputs=outputs)
    return Conv(w=rows.T.reshape(*kernel, inputs // groups, outputs), b=jnp.zeros(outputs))


def convolve(
    w: Float[Array, "*kernel inputs_of_a_group outputs"],
    x: Float[Array, "*space inputs"],
    *,
    stride: Sizes = 1,
    padding: Padding = "SAME",
    dilation: Sizes = 1,
    groups: int = 1,
) -> Float[Array, "*stops outputs"]:
    """Weigh what the window sees, at every stop: yᵢ = Σₖ xₛᵢ₊ₔₖ wₖ, stride s and dilation d, by XLA's own convolution.

    With groups, the inputs are split evenly, and each group is seen by its share of the outputs only.
    Raises ShapeError if x, w and groups do not fit, or the window not in x; TypeError unless both are floats
    of one dtype; ValueError for fewer than one group.
    Source: Goodfellow, Bengio and Courville (2016), Deep Learning, eq. (9.6); Yu and Koltun (2016) for dilation.

    >>> convolve(jnp.array([-1.0, 1.0])[:, None, None], jnp.array([[1.0], [4.0], [9.0]]), padding="VALID").ravel()
    Array([3., 5.], dtype=float32)
    """
    w, x = _fitting("conv", w, x, groups)
    sliding = slide("conv", x.shape[:-1], kernel=w.shape[:-2], stride=stride, padding=padding, dilation=dilation)
    return lax.conv_general_dilated(
        x[None],
        w,
        window_strides=sliding.stride,
        padding=sliding.padding,
        rhs_dilation=sliding.dilation,
        dimension_numbers=_LAYOUTS[w.ndim - 2],
        feature_group_count=groups,
    )[0]


def convolve_im2col(
    w: Float[Array, "*kernel inputs_of_a_group outputs"],
    x: Float[Array, "*space inputs"],
    *,
    stride: Sizes = 1,
    padding: Padding = "SAME",
    dilation: Sizes = 1,
    groups: int = 1,
) -> Float[Array, "*stops outputs"]:
    """`convolve` as one matrix product: every window becomes a row, the kernel a matrix.

    It needs kernel-size times the memory. On a CPU, XLA takes a slow path for the gradient of its own convolution
    inside `lax.scan`, which is how `fit` trains; a matrix product has no such path, and is ten times as fast there or more.
    Raises as `convolve` does.
    Source: Chellapilla, Puri and Simard (2006).

    >>> convolve_im2col(jnp.array([-1.0, 1.0])[:, None, None], jnp.array([[1.0], [4.0], [9.0]]), padding="VALID").ravel()
    Array([3., 5.], dtype=float32)
    """
    w, x = _fitting("conv", w, x, groups)
    sliding = slide("conv", x.shape[:-1], kernel=w.shape[:-2], stride=stride, padding=padding, dilation=dilation)
    seen = taps(x, sliding, fill=0.0)
    if groups == 1:
        return jnp.concatenate(seen, axis=-1) @ w.reshape(-1, w.shape[-1])
    windows = jnp.stack(seen, axis=-2).reshape(*sliding.outputs, len(seen), groups, -1)
    kernels = w.reshape(len(seen), w.shape[-2], groups, -1)
    return jnp.einsum("...kgi,kigo->...go", windows, kernels).reshape(*sliding.outputs, -1)


def apply(
    params: Conv,
    x: Float[Array, "*space inputs"],
    *,
    stride: Sizes = 1,
    padding: Padding = "SAME",
    dilation: Sizes = 1,
    groups: int = 1,
) -> Float[Array, "*stops outputs"]:
    """`convolve`, and add the bias of each output channel.

    Raises as `convolve` does, and ShapeError or TypeError if b does not fit w.
    Source: LeCun et al. (1989); LeCun et al. (1998), section II.A.

    >>> layer = init(jax.random.key(0), kernel=(5, 5), inputs=1, outputs=6)
    >>> apply(layer, jnp.ones((28, 28, 1)), padding="VALID").shape
    (24, 24, 6)
    """
    return _add_bias(params, convolve(params.w, x, stride=stride, padding=padding, dilation=dilation, groups=groups))


def apply_im2col(
    params: Conv,
    x: Float[Array, "*space inputs"],
    *,
    stride: Sizes = 1,
    padding: Padding = "SAME",
    dilation: Sizes = 1,
    groups: int = 1,
) -> Float[Array, "*stops outputs"]:
    """`apply` by `convolve_im2col`: the form to train with in `fit`.

    Raises as `apply` does.
    Source: Chellapilla, Puri and Simard (2006).

    >>> layer = init(jax.random.key(0), kernel=(2,), inputs=1, outputs=1)
    >>> bool(jnp.allclose(apply_im2col(layer, jnp.ones((4, 1))), apply(layer, jnp.ones((4, 1)))))
    True
    """
    return _add_bias(
        params, convolve_im2col(params.w, x, stride=stride, padding=padding, dilation=dilation, groups=groups)
    )


def apply_transposed(
    params: Conv,
    x: Float[Array, "*space inputs"],
    *,
    stride: Sizes = 1,
    padding: Padding = "SAME",
    dilation: Sizes = 1,
    groups: int = 1,
) -> Float[Array, "*stops outputs"]:
    """Stamp the kernel, weighed by x, at every stop, and add up where stamps overlap: yₛᵢ₊ₔₖ = Σ xᵢ wₖ.

    Without bias it is the transpose, as a matrix, of the convolution with the same stride, padding and dilation that
    leads from y to x. Stride s makes the result about s times as large, with "SAME" exactly so; see `slide_back`.
    Raises as `apply` does, and ShapeError if the pairs cut everything away.
    Source: Zeiler et al. (2010); Dumoulin and Visin (2016), section 4.

    >>> stamp = Conv(w=jnp.array([1.0, 2.0, 1.0])[:, None, None], b=jnp.zeros(1))
    >>> apply_transposed(stamp, jnp.array([[1.0], [10.0]]), stride=2, padding="VALID").ravel().tolist()
    [1.0, 2.0, 11.0, 20.0, 10.0]
    """
    where = "conv, transposed"
    w, x = _fitting(where, params.w, x, groups)
    back = slide_back(where, x.shape[:-1], kernel=w.shape[:-2], stride=stride, padding=padding, dilation=dilation)
    # Numbers set `stride` apart, and the kernel turned round, make stamping out of XLA's sliding.
    spread = [(n - 1) * s + 1 for n, s in zip(x.shape[:-1], back.stride, strict=True)]
    reach = [d * (k - 1) for k, d in zip(back.kernel, back.dilation, strict=True)]
    before = [r - pad for r, (pad, _) in zip(reach, back.padding, strict=True)]
    after = [y + r - n - b for y, r, n, b in zip(back.outputs, reach, spread, before, strict=True)]
    axes = len(spread)
    y = lax.conv_general_dilated(
        x[None],
        jnp.flip(w, range(axes)),
        window_strides=(1,) * axes,
        padding=tuple(zip(before, after, strict=True)),
        lhs_dilation=back.stride,
        rhs_dilation=back.dilation,
        dimension_numbers=_LAYOUTS[axes],
        feature_group_count=groups,
    )[0]
    return _add_bias(params, y)


def _fitting(where: str, w: Array, x: Array, groups: int) -> tuple[Array, Array]:
    require_sizes(where, groups=groups)
    w, x = require_floats(where, w, "w"), require_floats(where, x)
    require_one_dtype(where, w=w, x=x)
    if w.ndim - 2 not in _LAYOUTS or 0 in w.shape:
        raise ShapeError(
            where,
            got=f"w of shape {w.shape}",
            want="w of shape (kernel, inputs, outputs) or (kernel_height, kernel_width, inputs, outputs)",
        )
    if x.ndim != w.ndim - 1 or 0 in x.shape:
        axes = "(length, channels)" if w.ndim == 3 else "(height, width, channels)"
        hint = {
            w.ndim: "map over a batch with jax.vmap(apply, in_axes=(None, 0))",
            w.ndim - 2: "x[..., None] gives it one channel",
        }.get(x.ndim, "")
        raise ShapeError(where, got=f"x of shape {x.shape}", want=f"x of shape {axes}, not empty", hint=hint)
    channels, of_a_group, outputs = x.shape[-1], *w.shape[-2:]
    if channels != groups * of_a_group or outputs % groups:
        other, rest = divmod(channels, of_a_group)
        hint = ""
        if of_a_group in x.shape[:-1]:
            hint = "channels are the last axis of x"
        elif other not in (0, groups) and rest == 0 and outputs % other == 0:
            hint = f"groups={other}, if w is meant so"
        raise ShapeError(
            where,
            got=f"x of shape {x.shape}, w of shape {w.shape} and groups={groups}",
            want=f"x with {groups * of_a_group} channels, groups times the inputs of w, and outputs that groups divides",
            hint=hint,
        )
    return w, x


def _add_bias(params: Conv, y: Array) -> Array:
    b = require_floats("conv", params.b, "b")
    if b.shape != y.shape[-1:]:
        raise ShapeError("conv", got=f"b of shape {b.shape}", want=f"b of shape {y.shape[-1:]}, the outputs of w")
    require_one_dtype("conv", w=params.w, b=b)
    return y + jnp.broadcast_to(b, y.shape)
