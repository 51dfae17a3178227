"""The kernel, interpreted here, is attention; for accelerators it compiles as far as a machine without one can tell."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import flash_attention
from nnbook.layers.attention import attend
from nnbook.layers.chunked_attention import attend_in_chunks
from nnbook.layers.flash_attention import flash_attend, has_no_compiler
from nnbook.layers.masks import causal_mask, cross_mask, sliding_window_mask, valid_tokens
from nnbook.layers.position_rules import causal, everywhere, sliding_window

flash = jax.jit(flash_attend, static_argnames=("rule", "block", "interpret"))


def normals(seed, t, s, batch=(2,), d_k=8, d_v=5):
    keys = jax.random.split(jax.random.key(seed), 3)
    shapes = (*batch, t, d_k), (*batch, s, d_k), (*batch, s, d_v)
    return [jax.random.normal(key, shape) for key, shape in zip(keys, shapes, strict=True)]


def with_gradients(attention):
    def loss(q, k, v):
        y = attention(q, k, v)
        return jnp.sin(y).sum(), y

    return jax.jit(jax.value_and_grad(loss, (0, 1, 2), has_aux=True))


def close(got, want, tol=1e-5):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=tol, atol=tol), got, want)


@pytest.mark.parametrize(
    ("t", "s", "d_k", "rule", "mask"),
    [
        (32, 32, 16, everywhere, None),
        (20, 37, 8, causal, causal_mask(20, 37)),
        (21, 21, 20, sliding_window(6), sliding_window_mask(21, 6)),
        (3, 2, 1, everywhere, None),
    ],
)
def test_it_is_attention_forward_and_backward(t, s, d_k, rule, mask):
    qkv = normals(t, t, s, d_k=d_k)
    close(
        with_gradients(lambda q, k, v: flash_attend(q, k, v, rule, block=16))(*qkv),
        with_gradients(lambda q, k, v: attend(q, k, v, mask))(*qkv),
    )


def test_padding_is_left_out():
    q, k, v = normals(0, 5, 20, batch=())
    valid = valid_tokens(11, 20)
    got = with_gradients(lambda q, k, v: flash_attend(q, k, v, everywhere, valid, block=16))(q, k, v)
    close(got, with_gradients(lambda q, k, v: attend(q, k, v, cross_mask(5, valid)))(q, k, v))


def test_any_leading_axes_and_vmap():
    q, k, v = normals(1, 5, 7, batch=(2, 3))
    got = flash(q, k, v, block=16)
    close(got, attend(q, k, v))
    close(jax.vmap(lambda q, k, v: flash(q, k, v, block=16))(q, k, v), got)


def test_it_keeps_the_dtype():
    q, k, v = (a.astype(jnp.bfloat16) for a in normals(2, 5, 5))
    assert jax.eval_shape(flash_attend, q, k, v).dtype == jnp.bfloat16


def test_the_kernel_and_the_chunks_pass_on_the_same():
    # With a query that sees nothing, in both NaN; and with one that only a later block of keys concerns.
    q, k, v = normals(3, 40, 38, batch=())
    got = flash(q, k, v, causal, block=16)
    np.testing.assert_allclose(got, jax.jit(lambda *a: attend_in_chunks(*a, causal, chunk=16))(q, k, v), atol=1e-5)
    assert jnp.isnan(got[:2]).all()
    assert not jnp.isnan(got[2:]).any()


# JAX 0.12 says so; the module tells its readers, and 0.10, the oldest we support, has no other way for this kernel.
@pytest.mark.filterwarnings("ignore:The Pallas Triton backend is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("backend", "platform", "target"), [("gpu", "cuda", "triton"), ("tpu", "tpu", "tpu_custom_call")]
)
def test_accelerators_get_a_kernel(backend, platform, target, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    assert not has_no_compiler()
    shape = jax.ShapeDtypeStruct((2, 200, 64), jnp.float32)

    def loss(q, k, v, valid):
        return flash_attend(q, k, v, causal, valid).sum()

    with imagined(backend):
        traced = jax.jit(jax.grad(loss)).trace(shape, shape, shape, jax.ShapeDtypeStruct((200,), jnp.bool_))
        assert target in traced.lower(lowering_platforms=(platform,)).as_text()


def imagined(backend):
    """A device that is not here; JAX 0.12 wants to know which GPU a kernel is for, 0.10 does not ask."""
    if backend != "gpu" or not hasattr(jax.sharding, "AbstractDevice"):
        return contextlib.nullcontext()
    device = jax.sharding.AbstractDevice(device_kind="NVIDIA H100 80GB HBM3", num_cores=132, platform="gpu")
    return jax.sharding.use_abstract_mesh(jax.sharding.AbstractMesh((1,), ("x",), abstract_device=device))


def test_interpreting_can_be_asked_for_and_refused(monkeypatch):
    q, k, v = normals(4, 3, 3)
    asked = []
    monkeypatch.setattr(flash_attention, "has_no_compiler", lambda: asked.append(1) or True)
    jax.eval_shape(lambda: flash_attend(q, k, v, block=16, interpret=True))
    assert not asked
    jax.eval_shape(lambda: flash_attend(q, k, v, block=16))
    assert asked
    with pytest.raises(ValueError, match="interpret"):  # what JAX says about kernels on a processor
        jax.jit(lambda: flash_attend(q, k, v, block=16, interpret=False)).lower()


@pytest.mark.usefixtures("untyped")
def test_bad_input():
    rows = jnp.ones((3, 4))
    for block in (8, 24, 0):
        with pytest.raises(ValueError, match=f"flash_attend: got block={block}; wants a power of two, at least 16"):
            flash_attend(rows, rows, rows, block=block)
    with pytest.raises(ShapeError, match="one value for each key"):
        flash_attend(rows, rows, rows[:2])
    with pytest.raises(ShapeError, match=r"flash_attend: got valid of shape \(2,\)"):
        flash_attend(rows, rows, rows, everywhere, jnp.ones(2, bool))
