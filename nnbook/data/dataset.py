"""The record every data set comes in."""

from jaxtyping import Array, Float, Int

from nnbook.pytree import params


@params
class Dataset:
    """Examples and what they are: row i of `inputs` belongs to class `labels[i]`.

    A pytree like every record here, so it can be sliced, mapped over and passed to `fit` as it is.
    """

    inputs: Float[Array, "examples features"]
    labels: Int[Array, "examples"]
