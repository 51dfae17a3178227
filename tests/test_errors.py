"""An error says where, what came, what is wanted, and what to do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.errors import NonFiniteLossError, ShapeError, require_floats, require_key, require_one_dtype, require_sizes

pytestmark = pytest.mark.usefixtures("untyped")


def test_shape_error_with_and_without_hint():
    full = ShapeError("linear", got="x", want="y", hint="transpose w?")
    assert str(full) == "linear: got x; wants y. Hint: transpose w?"
    assert (full.where, full.got, full.want, full.hint) == ("linear", "x", "y", "transpose w?")
    assert str(ShapeError("linear", got="x", want="y")) == "linear: got x; wants y."
    assert isinstance(full, ValueError)


def test_non_finite_loss_error():
    error = NonFiniteLossError(step=3, loss=float("inf"), last_step=2, last_loss=1234.5)
    assert "the loss is inf at step 3; the last finite loss was 1.23e+03, at step 2." in str(error)
    assert (error.step, error.loss, error.last_step, error.last_loss) == (3, float("inf"), 2, 1234.5)
    first = NonFiniteLossError(step=0, loss=float("nan"), last_step=None, last_loss=None)
    assert "no step had a finite loss" in str(first)


@pytest.mark.parametrize("x", [1.0, np.float32(1), np.ones(2), jnp.ones(2, jnp.bfloat16)])
def test_floats_pass(x):
    assert jnp.issubdtype(require_floats("here", x).dtype, jnp.floating)


@pytest.mark.parametrize(("x", "dtype"), [(1, "int32"), (True, "bool"), (np.arange(2), "int"), (1j, "complex64")])
def test_others_do_not(x, dtype):
    with pytest.raises(TypeError, match=rf"^here: got logits of dtype {dtype}.*logits\.astype\(float\)"):
        require_floats("here", x, "logits")


def test_floats_cost_nothing_under_jit():
    assert str(jax.make_jaxpr(lambda x: require_floats("here", x))(jnp.ones(2))).count("=") == 0


def test_keys_pass(key):
    require_key("here", key)
    jax.vmap(lambda key: require_key("here", key))(jax.random.split(key, 3))


@pytest.mark.parametrize(
    ("bad", "got", "hint"),
    [
        (lambda: 0, "of type int", "key=jax.random.key"),
        (lambda: None, "of type NoneType", "key=jax.random.key"),
        (lambda: jax.random.PRNGKey(0), r"of shape \(2,\) and dtype uint32", "PRNGKey is the older form"),
        (lambda: jax.random.split(jax.random.key(0), 3), r"of shape \(3,\) and dtype key<", "jax.vmap"),
    ],
    ids=["seed", "none", "old key", "many keys"],
)
def test_what_is_not_a_key(bad, got, hint):
    with pytest.raises(TypeError, match=rf"^here: got key {got}.*; wants one key. Hint: .*{hint}"):
        require_key("here", bad())


def test_sizes():
    require_sizes("here", inputs=1, outputs=np.int64(3))
    with pytest.raises(ValueError, match=r"^here: got outputs=-1; wants at least 1$"):
        require_sizes("here", inputs=1, outputs=-1)
    for size in (1.0, "1", True, None):
        with pytest.raises(TypeError, match=r"^here: got inputs=.* of type \w+; wants an int$"):
            require_sizes("here", inputs=size)


def test_one_dtype():
    half = jnp.ones(2, jnp.bfloat16)
    require_one_dtype("layer", w=half, x=half)
    require_one_dtype("layer", w=np.ones(2), x=jnp.ones(2))  # what NumPy holds in 64 bits is 32 in JAX
    with pytest.raises(
        TypeError, match=r"^layer: got w of dtype bfloat16 and b of dtype float32; .*Hint: b\.astype\('bfloat16'\)"
    ):
        require_one_dtype("layer", w=half, x=half, b=jnp.ones(2))
