"""The errors a reader meets: what was wrong, where, and what to do.

The `require_` functions look at shapes and dtypes only, which are known before anything is computed: under
`jax.jit` they run once, while tracing, and cost nothing afterwards.
"""

from numbers import Integral
from typing import Any

import jax
import jax.numpy as jnp


class ShapeError(ValueError):
    """Arrays whose shapes do not fit.

    >>> raise ShapeError("linear", got="x of shape (3,)", want="x of shape (4,), the inputs of w", hint="transpose w?")
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: linear: got x of shape (3,); wants x of shape (4,), the inputs of w. Hint: transpose w?
    """

    def __init__(self, where: str, *, got: str, want: str, hint: str = ""):
        """Say which layer it is, what came, what it wants, and what may help."""
        super().__init__(f"{where}: got {got}; wants {want}." + (f" Hint: {hint}" if hint else ""))
        self.where, self.got, self.want, self.hint = where, got, want, hint


class NonFiniteLossError(ArithmeticError):
    """A training run whose loss became infinite or not a number.

    >>> raise NonFiniteLossError(step=7, loss=float("nan"), last_step=6, last_loss=2.5)
    Traceback (most recent call last):
        ...
    nnbook.errors.NonFiniteLossError: fit: the loss is nan at step 7; the last finite loss was 2.5, at step 6. \
Hint: lower the learning rate, or look for a division by zero or a logarithm of zero in the loss
    """

    def __init__(self, *, step: int, loss: float, last_step: int | None, last_loss: float | None):
        """Say when the loss was lost, and what it was before; None and None if it never was finite."""
        before = "no step had a finite loss"
        if last_step is not None:
            before = f"the last finite loss was {last_loss:.3g}, at step {last_step}"
        super().__init__(
            f"fit: the loss is {loss} at step {step}; {before}. "
            "Hint: lower the learning rate, or look for a division by zero or a logarithm of zero in the loss"
        )
        self.step, self.loss, self.last_step, self.last_loss = step, loss, last_step, last_loss


def require_floats(where: str, x: Any, name: str = "x") -> jax.Array:
    """Return x as an array of floats, or say what it is instead.

    Raises TypeError if x is not made of floats: whole numbers have no gradient, and would silently truncate.

    >>> require_floats("relu", 3)
    Traceback (most recent call last):
        ...
    TypeError: relu: got x of dtype int32; wants floats. Hint: write 3.0 for 3, or x.astype(float)
    """
    array = jnp.asarray(x)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(
            f"{where}: got {name} of dtype {array.dtype}; wants floats. Hint: write 3.0 for 3, or {name}.astype(float)"
        )
    return array


def require_one_dtype(where: str, **arrays: Any) -> None:
    """Check that all arrays have the dtype of the first: no result is rounded, or widened, without a word.

    Raises TypeError, which names the first that has another.

    >>> require_one_dtype("conv", w=jnp.ones(2), x=jnp.ones(2, jnp.bfloat16))
    Traceback (most recent call last):
        ...
    TypeError: conv: got w of dtype float32 and x of dtype bfloat16; wants one dtype. Hint: x.astype('float32'), or \
nnbook.training.precision.cast(…, 'bfloat16') for what w belongs to
    """
    dtypes = {name: jnp.result_type(array) for name, array in arrays.items()}
    first, wanted = next(iter(dtypes.items()))
    for name, dtype in dtypes.items():
        if dtype != wanted:
            raise TypeError(
                f"{where}: got {first} of dtype {wanted} and {name} of dtype {dtype}; wants one dtype. "
                f"Hint: {name}.astype('{wanted}'), or "
                f"nnbook.training.precision.cast(…, '{dtype}') for what {first} belongs to"
            )


def require_key(where: str, key: Any) -> None:
    """Check that key is one key made by `jax.random.key`.

    Raises TypeError otherwise, most often for a seed handed over as it is.

    >>> require_key("neuron.init", 0)
    Traceback (most recent call last):
        ...
    TypeError: neuron.init: got key of type int; wants one key. Hint: key=jax.random.key(0)
    """
    is_array = isinstance(key, jax.Array)
    if is_array and jnp.issubdtype(key.dtype, jax.dtypes.prng_key) and key.shape == ():
        return
    got = f"of shape {key.shape} and dtype {key.dtype}" if is_array else f"of type {type(key).__name__}"
    hint = "key=jax.random.key(0)"
    if is_array and jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        hint = "take one of the keys, or map over them with jax.vmap"
    elif is_array:
        hint = "jax.random.key(0) makes a key; jax.random.PRNGKey is the older form"
    raise TypeError(f"{where}: got key {got}; wants one key. Hint: {hint}")


def require_sizes(where: str, **sizes: int) -> None:
    """Check that every size is a whole number of at least one.

    Raises TypeError if one is not an int, ValueError if one is smaller than 1.

    >>> require_sizes("linear.init", inputs=2, outputs=0)
    Traceback (most recent call last):
        ...
    ValueError: linear.init: got outputs=0; wants at least 1
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, Integral):
            raise TypeError(f"{where}: got {name}={size!r} of type {type(size).__name__}; wants an int")
        if size < 1:
            raise ValueError(f"{where}: got {name}={size}; wants at least 1")
