"""What every loss refuses: two arrays that do not pair up."""

import jax

from nnbook.errors import ShapeError


def require_same(where: str, first_name: str, first: jax.Array, second_name: str, second: jax.Array) -> None:
    """Check that both arrays have one shape, and are not empty.

    Raises ShapeError otherwise: broadcasting would silently pair every number of one with every number of the other.

    >>> require_same("mse", "predictions", jax.numpy.ones(2), "targets", jax.numpy.ones(3))
    Traceback (most recent call last):
        ...
    nnbook.errors.ShapeError: mse: got predictions of shape (2,) and targets of shape (3,); wants equal shapes, not empty.
    """
    if first.shape != second.shape or first.size == 0:
        hint = ""
        if first.size == second.size > 0:
            hint = f"reshape one of them; subtracting them as they are would pair every {first_name} with every one"
        raise ShapeError(
            where,
            got=f"{first_name} of shape {first.shape} and {second_name} of shape {second.shape}",
            want="equal shapes, not empty",
            hint=hint,
        )
