"""What every metric refuses: answers that do not pair up with what was asked."""

from jaxtyping import Array, Bool, Int

from nnbook.errors import ShapeError

Labels = Int[Array, "*batch"] | Bool[Array, "*batch"]


def require_pairs(where: str, first_name: str, first: Array, second_name: str, second: Array) -> None:
    """Check that both arrays have one shape, and are not empty. Raises ShapeError otherwise.

    >>> import jax.numpy as jnp
    >>> require_pairs("accuracy", "predicted", jnp.ones(2), "labels", jnp.ones(3))
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: accuracy: got predicted of shape (2,) and labels of shape (3,); wants equal shapes, not empty.
    """
    if first.shape != second.shape or first.size == 0:
        got = f"{first_name} of shape {first.shape} and {second_name} of shape {second.shape}"
        raise ShapeError(where, got=got, want="equal shapes, not empty")
