"""What every metric refuses: answers that do not pair up with what was asked."""

from jaxtyping import Array, Bool, Int

from nnbook.errors import ShapeError

Labels = Int[Array, "*batch"] | Bool[Array, "*batch"]


def require_pairs(where: str, first_name: str, first: Array, second_name: str, second: Array) -> None:
    """Check that both arrays have one shape, and are not empty. Raises ShapeError otherwise."""
    if first.shape != second.shape or first.size == 0:
        got = f"{first_name} of shape {first.shape} and {second_name} of shape {second.shape}"
        raise ShapeError(where, got=got, want="equal shapes, not empty")
