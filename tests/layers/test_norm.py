"""Norms: what has mean 0 and variance 1 afterwards, what cannot be seen any more, and how they relate."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbook import ShapeError
from nnbook.layers import norm
from nnbook.layers.norm import GroupNorm, InstanceNorm, LayerNorm, RMSNorm

IMAGE = (4, 3, 6)
KINDS = {
    "layer": norm.init_layer_norm(features=6),
    "rms": norm.init_rms_norm(features=6),
    "group": norm.init_group_norm(channels=6, groups=2),
    "instance": norm.init_instance_norm(channels=6),
}
kinds = pytest.mark.parametrize("params", KINDS.values(), ids=KINDS)
apply = jax.jit(norm.apply)
few = settings(max_examples=10)
seeds = st.integers(0, 2**16)


def image(seed, mean=0.0, spread=1.0):
    return mean + spread * jax.random.normal(jax.random.key(seed), IMAGE)


@few
@given(seeds, st.floats(-100, 100), st.floats(0.1, 100))
def test_each_kind_standardises_its_own_numbers(seed, mean, spread):
    x = image(seed, mean, spread)
    for name, axes in (("layer", -1), ("instance", (0, 1))):
        y = apply(KINDS[name], x)
        np.testing.assert_allclose(y.mean(axes), 0, atol=1e-4)
        np.testing.assert_allclose(y.var(axes), 1, atol=5e-3)
    groups = apply(KINDS["group"], x).reshape(4, 3, 2, 3)
    np.testing.assert_allclose(groups.mean((0, 1, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(groups.var((0, 1, 3)), 1, atol=5e-3)
    np.testing.assert_allclose((apply(KINDS["rms"], x) ** 2).mean(-1), 1, atol=5e-3)


@few
@given(seeds, st.floats(-10, 10), st.floats(0.5, 10))
def test_brightness_and_contrast_cannot_be_seen_any_more(seed, shift, scale):
    x = image(seed)
    for name in ("layer", "group", "instance"):
        np.testing.assert_allclose(apply(KINDS[name], scale * x + shift), apply(KINDS[name], x), atol=1e-3)
    np.testing.assert_allclose(apply(KINDS["rms"], scale * x), apply(KINDS["rms"], x), atol=1e-3)
    assert not np.allclose(apply(KINDS["rms"], x + 5), apply(KINDS["rms"], x), atol=0.1)


def test_group_norm_lies_between_layer_and_instance_norm():
    x = image(1)
    alone = norm.init_group_norm(channels=6, groups=6)
    np.testing.assert_allclose(apply(alone, x), apply(KINDS["instance"], x), atol=1e-6)
    together = norm.init_group_norm(channels=6, groups=1)
    whole = norm.init_layer_norm(features=x.size)
    np.testing.assert_allclose(apply(together, x).ravel(), apply(whole, x.ravel()), atol=1e-6)


def test_neighbouring_channels_share_a_group():
    x = image(2)
    changed = apply(KINDS["group"], x.at[..., 5].multiply(3.0)) - apply(KINDS["group"], x)
    np.testing.assert_array_equal(changed[..., :3], 0)
    assert (jnp.abs(changed[..., 3:]).max((0, 1)) > 0).all()


def test_scale_and_shift_come_last():
    x, six = image(3), jnp.arange(6.0)
    scaled = {
        "layer": LayerNorm(scale=six, shift=-six),
        "instance": InstanceNorm(scale=six, shift=-six),
        "group": GroupNorm(scale=six.reshape(2, 3), shift=-six.reshape(2, 3)),
    }
    for name, params in scaled.items():
        want = apply(KINDS[name], x) * six[None, None] - six[None, None]
        np.testing.assert_allclose(apply(params, x), want, atol=1e-5)
    np.testing.assert_allclose(apply(RMSNorm(scale=six), x), apply(KINDS["rms"], x) * six[None, None], atol=1e-5)


@kinds
def test_equal_numbers_give_finite_values_and_gradients(params):
    x = jnp.zeros(IMAGE)
    y, gradient = jax.jit(jax.value_and_grad(lambda x: (norm.apply(params, x) ** 2).sum()))(x)
    assert y == 0
    assert jnp.isfinite(gradient).all()


@kinds
def test_eps_is_added_to_the_variance(params):
    x = image(4)
    large = jax.jit(norm.apply, static_argnames="epsilon")(params, x, epsilon=1e8)
    assert jnp.abs(large).max() < 1e-3


@kinds
def test_half_precision_in_and_out_but_not_within(params):
    x = jnp.asarray(300 + image(5), jnp.bfloat16)
    y = apply(params, x)
    assert y.dtype == jnp.bfloat16
    want = apply(params, x.astype(jnp.float32))
    np.testing.assert_array_equal(np.asarray(y, np.float32), np.asarray(want.astype(jnp.bfloat16), np.float32))


def test_far_from_zero_the_variance_keeps_its_digits():
    x = np.random.default_rng(0).normal(3000, 1, (5, 64)).astype(np.float32)
    wide = x.astype(np.float64)
    want = (wide - wide.mean(-1, keepdims=True)) / np.sqrt(wide.var(-1, keepdims=True) + norm.EPSILON)
    np.testing.assert_allclose(apply(norm.init_layer_norm(features=64), jnp.asarray(x)), want, atol=2e-3)


@kinds
def test_compiled_and_mapped_it_is_the_same(params):
    batch = jnp.stack([image(6), image(7)])
    one_by_one = jnp.stack([norm.apply(params, x) for x in batch])
    np.testing.assert_allclose(jax.jit(jax.vmap(norm.apply, in_axes=(None, 0)))(params, batch), one_by_one, atol=1e-5)


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    @kinds
    def test_features_that_do_not_fit_are_named(self, params):
        with pytest.raises(ShapeError, match=r"_norm: got x of shape \(4, 5\); wants x of shape \(…, 6\)"):
            norm.apply(params, jnp.ones((4, 5)))
        with pytest.raises(ShapeError, match="not empty"):
            norm.apply(params, jnp.ones((0, 6)))
        with pytest.raises(TypeError, match="got x of dtype int32; wants floats"):
            norm.apply(params, jnp.ones((4, 6), int))

    def test_instance_norm_needs_positions(self):
        with pytest.raises(ShapeError, match=r"instance_norm: got x of shape \(6,\); wants axes of positions"):
            norm.apply(KINDS["instance"], jnp.ones(6))

    def test_sizes(self):
        with pytest.raises(ShapeError, match="channels = 6, groups = 4; wants equal groups"):
            norm.init_group_norm(channels=6, groups=4)
        with pytest.raises(ValueError, match="groups=0"):
            norm.init_group_norm(channels=6, groups=0)
        for name, size in (("layer", "features"), ("rms", "features"), ("instance", "channels")):
            with pytest.raises(ValueError, match=f"init_{name}_norm: got {size}=0"):
                getattr(norm, f"init_{name}_norm")(**{size: 0})

    def test_a_record_that_is_no_norm(self):
        with pytest.raises(TypeError, match=r"norm: got params of type tuple; wants one of LayerNorm, RMSNorm"):
            norm.apply((1, 2), jnp.ones(2))
