"""The record every data set comes in."""

from jaxtyping import Array, Float, Int

from nnbook.pytree import params


@params
class Dataset:
    """Examples and what they are: row i of `inputs` belongs to class `labels[i]`.

    A pytree like every record here, so it can be sliced, mapped over and passed to `fit` as it is.

    >>> from nnbook.data import logic_gate
    >>> gate = logic_gate("XOR")
    >>> gate.inputs.shape, gate.labels.shape
    ((4, 2), (4,))
    """

    inputs: Float[Array, "examples features"]
    labels: Int[Array, "examples"]
