"""A convolution is the sum its formula says, in every form it is computed in."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import conv, linear
from nnbook.layers.conv import Conv

small = st.integers(1, 3)
few = settings(max_examples=5)  # each new shape is compiled anew
paddings = st.sampled_from(["SAME", "VALID", "pairs"])


def drawn(seed, kernel, space, *, inputs, outputs, groups=1):
    keys = jax.random.split(jax.random.key(seed), 3)
    w = jax.random.normal(keys[0], (*kernel, inputs // groups, outputs))
    return Conv(w=w, b=jax.random.normal(keys[1], (outputs,))), jax.random.normal(keys[2], (*space, inputs))


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def by_hand(params, x, stride, pads, dilation):
    """The sum over the window, written as loops over stops and cells of an image, one group."""
    w, x = np.asarray(params.w), np.pad(np.asarray(x), (*pads, (0, 0)))
    height, width = (
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape, w.shape, stride, dilation, strict=False)
    )
    y = np.zeros((height, width, w.shape[-1])) + np.asarray(params.b)
    for i, j in np.ndindex(height, width):
        for k, m in np.ndindex(*w.shape[:2]):
            y[i, j] += x[stride[0] * i + dilation[0] * k, stride[1] * j + dilation[1] * m] @ w[k, m]
    return y


@few
@given(st.integers(0, 2**16), st.tuples(small, small), st.tuples(small, small), st.tuples(small, small))
def test_it_is_the_sum_over_the_window(seed, kernel, stride, dilation):
    params, x = drawn(seed, kernel, (7, 8), inputs=2, outputs=3)
    pads = [(1, 0), (0, 2)]
    want = by_hand(params, x, stride, pads, dilation)
    options = {"stride": stride, "padding": pads, "dilation": dilation}
    forms = jax.jit(lambda *args: [form(*args, **options) for form in (conv.apply, conv.apply_im2col)])
    for got in forms(params, x):
        close(got, want)


@few
@given(st.integers(0, 2**16), st.integers(1, 2), small, small, small, small, paddings)
def test_both_forms_agree_in_value_and_gradient(seed, axes, kernel, stride, dilation, groups, padding):
    params, x = drawn(seed, (kernel,) * axes, (7, 8)[:axes], inputs=2 * groups, outputs=3 * groups, groups=groups)
    padding = [(1, 2)] * axes if padding == "pairs" else padding

    def slopes(form, *args):
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        y, back = jax.vjp(lambda *args: form(*args, **options), *args)
        return y, back(jnp.sin(y))

    lax_form, im2col = jax.jit(lambda *args: [slopes(form, *args) for form in (conv.apply, conv.apply_im2col)])(
        params, x
    )
    jax.tree.map(close, im2col, lax_form)


@few
@given(st.integers(0, 2**16), st.integers(1, 2), small, small, small, small, paddings)
def test_transposed_is_the_transpose(seed, axes, kernel, stride, dilation, groups, padding):
    params, x = drawn(seed, (kernel,) * axes, (4, 5)[:axes], inputs=2 * groups, outputs=3 * groups, groups=groups)
    padding = [(1, 0)] * axes if padding == "pairs" and kernel > 1 else "VALID" if padding == "pairs" else padding
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    # The way back: from the outputs to the inputs, group by group.
    swapped = params.w.reshape(*params.w.shape[:-1], groups, 3).swapaxes(-1, -3)
    w = swapped.reshape(*params.w.shape[:-2], 3, 2 * groups)

    @jax.jit
    def both_ways(w, params, x):
        y = conv.apply_transposed(params, x, **options)
        forth, transpose = jax.vjp(lambda y: conv.convolve(w, y, **options), y)
        return y, forth, transpose(x)[0] + jnp.broadcast_to(params.b, y.shape)

    y, forth, want = both_ways(w, params, x)
    assert forth.shape == x.shape
    close(y, want)


def test_transposed_with_a_stride_beyond_the_kernel_leaves_gaps():
    stamp = Conv(w=jnp.array([1.0, 2.0])[:, None, None], b=jnp.zeros(1))
    y = conv.apply_transposed(stamp, jnp.array([[1.0], [10.0]]), stride=3, padding="SAME")
    assert y.ravel().tolist() == [1, 2, 0, 10, 20, 0]


@pytest.mark.parametrize("form", [conv.apply, conv.apply_im2col])
def test_moving_the_image_moves_the_answer(form):
    params, x = drawn(0, (3, 3), (9, 9), inputs=2, outputs=3)
    # Where the frame does not reach, two places down and one to the right.
    moved = form(params, jnp.roll(x, (2, 1), axis=(0, 1)), padding="VALID")
    close(moved[2:, 1:], form(params, x, padding="VALID")[:-2, :-1])

    def round_the_torus(x):
        return form(params, jnp.pad(x, ((1, 1), (1, 1), (0, 0)), mode="wrap"), padding="VALID")

    close(round_the_torus(jnp.roll(x, (2, 1), (0, 1))), jnp.roll(round_the_torus(x), (2, 1), (0, 1)))
    # Zeros at the frame break it: what is lost at one side does not come back at the other.
    same = form(params, x)
    assert not jnp.allclose(form(params, jnp.roll(x, (2, 1), (0, 1))), jnp.roll(same, (2, 1), (0, 1)))


def test_a_stride_breaks_it_unless_the_move_is_a_multiple():
    params, x = drawn(1, (3, 3), (8, 8), inputs=1, outputs=1)

    def strided(x):
        return conv.apply(params, jnp.pad(x, ((1, 1), (1, 1), (0, 0)), mode="wrap"), stride=2, padding="VALID")

    close(strided(jnp.roll(x, 2, 0)), jnp.roll(strided(x), 1, 0))
    assert not any(jnp.allclose(strided(jnp.roll(x, 1, 0)), jnp.roll(strided(x), by, 0)) for by in range(4))


def test_a_kernel_of_one_cell_is_a_linear_layer_at_every_place():
    params, x = drawn(2, (1, 1), (3, 4), inputs=5, outputs=2)
    layer = linear.Linear(w=params.w[0, 0].T, b=params.b)
    close(conv.apply(params, x), jax.vmap(jax.vmap(linear.apply, (None, 0)), (None, 0))(layer, x))


@pytest.mark.parametrize("form", [conv.apply, conv.apply_im2col])
def test_groups_are_convolutions_side_by_side(form):
    params, x = drawn(3, (3, 3), (5, 5), inputs=4, outputs=6, groups=2)
    halves = [Conv(w=params.w[..., :3], b=params.b[:3]), Conv(w=params.w[..., 3:], b=params.b[3:])]
    alone = [conv.apply(half, part) for half, part in zip(halves, (x[..., :2], x[..., 2:]), strict=True)]
    close(form(params, x, groups=2), jnp.concatenate(alone, axis=-1))


def test_batches_and_jit():
    params, x = drawn(4, (3, 3), (6, 6), inputs=2, outputs=3)
    batch = jnp.stack([x, -x, 2 * x])
    for form in (conv.apply, conv.apply_im2col, conv.apply_transposed):
        mapped = jax.jit(jax.vmap(form, in_axes=(None, 0)))(params, batch)
        close(mapped, jnp.stack([form(params, x) for x in batch]))


def test_initial_weights(key):
    params = conv.init(key, kernel=(3, 3), inputs=64, outputs=128, groups=4)
    assert params.w.shape == (3, 3, 16, 128)
    assert not params.b.any()
    assert float(params.w.var()) == pytest.approx(2 / (9 * 16), rel=0.03)  # He: 2 / what one output sees
    lecun = conv.init(key, kernel=(5,), inputs=40, outputs=200, weights=linear.lecun_normal)
    assert lecun.w.shape == (5, 40, 200)
    assert float(lecun.w.var()) == pytest.approx(1 / 200, rel=0.03)
    again = conv.init(key, kernel=(5,), inputs=40, outputs=200, weights=linear.lecun_normal)
    np.testing.assert_array_equal(lecun.w, again.w)


def test_half_precision_stays_so(key):
    half = jax.tree.map(lambda a: a.astype(jnp.bfloat16), conv.init(key, kernel=(3, 3), inputs=1, outputs=2))
    for form in (conv.apply, conv.apply_im2col, conv.apply_transposed):
        assert form(half, jnp.ones((4, 4, 1), jnp.bfloat16)).dtype == jnp.bfloat16


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @pytest.fixture(params=[conv.apply, conv.apply_im2col, conv.apply_transposed])
    def form(self, request):
        return request.param

    @property
    def params(self):
        return Conv(w=jnp.ones((3, 3, 4, 6)), b=jnp.zeros(6))

    def test_channels(self, form):
        with pytest.raises(ShapeError, match=r"^conv.*: got x of shape \(5, 5, 6\).*wants x with 4 channels"):
            form(self.params, jnp.ones((5, 5, 6)))
        with pytest.raises(ShapeError, match="channels are the last axis of x"):
            form(self.params, jnp.ones((4, 5, 5)))
        with pytest.raises(ShapeError, match="wants x with 4 channels"):
            form(self.params, jnp.ones((5, 5, 2)))

    def test_groups(self, form):
        # Twice the channels may be two groups or a mistake: only who calls can tell.
        with pytest.raises(
            ShapeError, match=r"\(5, 5, 8\), w of .* and groups=1; wants x with 4 channels.*Hint: groups=2, if w is"
        ):
            form(self.params, jnp.ones((5, 5, 8)))
        with pytest.raises(ShapeError, match=r"groups=2; wants x with 8 channels.*Hint: groups=1"):
            form(self.params, jnp.ones((5, 5, 4)), groups=2)
        with pytest.raises(ShapeError, match=r"groups=4; wants x with 16 channels.*outputs that groups divides\.$"):
            form(self.params, jnp.ones((5, 5, 16)), groups=4)
        with pytest.raises(ValueError, match=r"^conv.*: got groups=0; wants at least 1"):
            form(self.params, jnp.ones((5, 5, 4)), groups=0)

    def test_axes(self, form):
        with pytest.raises(ShapeError, match=r"jax\.vmap\(apply, in_axes=\(None, 0\)\)"):
            form(self.params, jnp.ones((2, 5, 5, 4)))
        with pytest.raises(ShapeError, match=r"wants x of shape \(height, width, channels\).*x\[\.\.\., None\]"):
            form(self.params, jnp.ones((5, 5)))
        with pytest.raises(ShapeError, match=r"wants x of shape \(length, channels\), not empty"):
            form(Conv(w=jnp.ones((3, 1, 1)), b=jnp.zeros(1)), jnp.ones((0, 1)))

    @pytest.mark.parametrize("shape", [(3, 3), (3, 3, 3, 4, 6), (3, 0, 4, 6)])
    def test_weights(self, form, shape):
        with pytest.raises(ShapeError, match=r"wants w of shape \(kernel, inputs, outputs\) or"):
            form(Conv(w=jnp.ones(shape), b=jnp.zeros(6)), jnp.ones((5, 5, 4)))

    def test_biases(self, form):
        with pytest.raises(ShapeError, match=r"got b of shape \(4,\); wants b of shape \(6,\)"):
            form(Conv(w=self.params.w, b=jnp.zeros(4)), jnp.ones((5, 5, 4)))

    def test_whole_numbers(self, form):
        with pytest.raises(TypeError, match="got x of dtype int32; wants floats"):
            form(self.params, jnp.ones((5, 5, 4), int))

    def test_two_dtypes(self, form):
        with pytest.raises(
            TypeError, match=r"^conv.*: got w of dtype float32 and x of dtype bfloat16; wants one dtype"
        ):
            form(self.params, jnp.ones((5, 5, 4), jnp.bfloat16))
        with pytest.raises(TypeError, match=r"^conv: got w of dtype float32 and b of dtype bfloat16; wants one dtype"):
            form(Conv(w=self.params.w, b=jnp.zeros(6, jnp.bfloat16)), jnp.ones((5, 5, 4)))

    def test_settings(self, form):
        with pytest.raises(ValueError, match=r'^conv.*: got padding=.*wants "SAME", "VALID", or 2 pairs'):
            form(self.params, jnp.ones((5, 5, 4)), padding=[(1, 1)])
        with pytest.raises(ValueError, match=r"^conv.*: got stride=0; wants at least 1"):
            form(self.params, jnp.ones((5, 5, 4)), stride=0)

    def test_a_kernel_larger_than_the_image(self):
        with pytest.raises(ShapeError, match=r"reaches over \(3, 3\) on axes of \(2, 5\)"):
            conv.apply(self.params, jnp.ones((2, 5, 4)), padding="VALID")

    def test_init(self, key):
        with pytest.raises(TypeError, match=r"^conv\.init: got key of type int; wants one key"):
            conv.init(0, kernel=(3,), inputs=1, outputs=1)
        with pytest.raises(ValueError, match=r"^conv\.init: got kernel=\(3, 3, 3\); wants one size for a signal"):
            conv.init(key, kernel=(3, 3, 3), inputs=1, outputs=1)
        with pytest.raises(ValueError, match=r"^conv\.init: got kernel\[1\]=0; wants at least 1"):
            conv.init(key, kernel=(3, 0), inputs=1, outputs=1)
        with pytest.raises(ValueError, match=r"^conv\.init: got outputs=0; wants at least 1"):
            conv.init(key, kernel=(3,), inputs=1, outputs=0)
        with pytest.raises(ValueError, match=r"^conv\.init: got groups=2; wants a divisor of inputs=3 and outputs=4"):
            conv.init(key, kernel=(3,), inputs=3, outputs=4, groups=2)
