"""The same weights in Flax and Equinox give the same convolutions and the same gradients."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook.layers import conv
from nnbook.layers.conv import Conv

few = settings(max_examples=4)  # each new shape is compiled anew
small = st.integers(1, 3)
FORMS = [conv.apply, conv.apply_im2col]


def drawn(seed, axes, kernel, groups):
    keys = jax.random.split(jax.random.key(seed), 3)
    w = jax.random.normal(keys[0], (*(kernel, kernel + 1)[:axes], 2, 3 * groups))
    x = jax.random.normal(keys[2], (*(10, 11)[:axes], 2 * groups))  # the widest window reaches over 10
    return Conv(w=w, b=jax.random.normal(keys[1], (3 * groups,))), x


def value_and_slopes(form, params, x):
    y, back = jax.vjp(form, params, x)
    return y, *back(jnp.sin(y))


def same(*pairs):
    """Compare each form's value and gradients with those of its peer, all compiled at once."""
    got, want = jax.jit(lambda: [[value_and_slopes(*call) for call in calls] for calls in zip(*pairs, strict=True)])()
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5), got, want)


@few
@given(
    st.integers(0, 2**16), st.integers(1, 2), small, small, small, small, st.sampled_from(["SAME", "VALID", "pairs"])
)
def test_flax(seed, axes, kernel, stride, dilation, groups, padding):
    params, x = drawn(seed, axes, kernel, groups)
    padding = [(1, 2)] * axes if padding == "pairs" else padding
    peer = linen.Conv(
        3 * groups,
        params.w.shape[:-2],
        strides=stride,
        padding=padding,
        kernel_dilation=dilation,
        feature_group_count=groups,
        precision="highest",
    )

    def theirs(params, x):
        return peer.apply({"params": {"kernel": params.w, "bias": params.b}}, x)

    def ours(form):
        return lambda params, x: form(params, x, stride=stride, padding=padding, dilation=dilation, groups=groups)

    same(*(((ours(form), params, x), (theirs, params, x)) for form in FORMS))


@few
@given(st.integers(0, 2**16), st.integers(1, 2), small, small, small, small)
def test_equinox(seed, axes, kernel, stride, dilation, groups):
    params, x = drawn(seed, axes, kernel, groups)
    make = eqx.nn.Conv1d if axes == 1 else eqx.nn.Conv2d
    sizes = (2 * groups, 3 * groups, params.w.shape[:-2], stride)
    peer = make(*sizes, padding=1, dilation=dilation, groups=groups, key=jax.random.key(0))

    def theirs(params, x):  # there channels are first
        bias = params.b.reshape(-1, *(1,) * axes)
        mine = eqx.tree_at(lambda p: (p.weight, p.bias), peer, (jnp.moveaxis(params.w, (-1, -2), (0, 1)), bias))
        return jnp.moveaxis(mine(jnp.moveaxis(x, -1, 0)), 0, -1)

    def ours(form):
        return lambda params, x: form(
            params, x, stride=stride, padding=[(1, 1)] * axes, dilation=dilation, groups=groups
        )

    with jax.numpy_rank_promotion("allow"):  # Equinox adds its bias by rank promotion
        same(*(((ours(form), params, x), (theirs, params, x)) for form in FORMS))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@few
@given(st.integers(0, 2**16), st.integers(1, 2), small, small)
def test_transposed_in_flax(padding, seed, axes, kernel, stride):
    params, x = drawn(seed, axes, max(kernel, stride), 1)  # Flax adds a rim where the stride exceeds the kernel
    peer = linen.ConvTranspose(
        3, params.w.shape[:-2], strides=(stride,) * axes, padding=padding, transpose_kernel=True, precision="highest"
    )

    def theirs(params, x):  # there the kernel is that of the convolution it transposes, outputs before inputs
        return peer.apply({"params": {"kernel": params.w.swapaxes(-1, -2), "bias": params.b}}, x)

    def ours(params, x):
        return conv.apply_transposed(params, x, stride=stride, padding=padding)

    same(((ours, params, x), (theirs, params, x)))


@few
@given(st.integers(0, 2**16), st.integers(1, 2), small, small, small, st.integers(0, 1))
def test_transposed_in_equinox(seed, axes, kernel, stride, dilation, pad):
    params, x = drawn(seed, axes, kernel, 1)
    make = eqx.nn.ConvTranspose1d if axes == 1 else eqx.nn.ConvTranspose2d
    sizes = (2, 3, params.w.shape[:-2], stride)
    peer = make(*sizes, padding=pad, dilation=dilation, key=jax.random.key(0))

    def theirs(params, x):  # there it slides the kernel over spread-out numbers, so a stamp is turned round
        turned = jnp.flip(params.w, range(axes))
        where = lambda p: (p.weight, p.bias)  # noqa: E731
        bias = params.b.reshape(-1, *(1,) * axes)
        mine = eqx.tree_at(where, peer, (jnp.moveaxis(turned, (-1, -2), (0, 1)), bias))
        return jnp.moveaxis(mine(jnp.moveaxis(x, -1, 0)), 0, -1)

    def ours(params, x):
        return conv.apply_transposed(params, x, stride=stride, padding=[(pad, pad)] * axes, dilation=dilation)

    with jax.numpy_rank_promotion("allow"):  # Equinox adds its bias by rank promotion
        same(((ours, params, x), (theirs, params, x)))
