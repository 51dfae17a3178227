"""Which Boolean functions one neuron can compute: those whose 0s and 1s a line, plane or hyperplane separates."""

import itertools

import numpy as np
from jaxtyping import Bool

from nnbook.errors import require_sizes

LARGEST = 5


def truth_table_inputs(inputs: int) -> np.ndarray:
    """List the 2**inputs rows of a truth table in counting order, the first input as the highest bit.

    Raises ValueError unless inputs is between 1 and 5.

    >>> truth_table_inputs(2).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    _require_few("truth_table_inputs", inputs)
    return np.array(list(itertools.product([0, 1], repeat=inputs)))


def separable_truth_tables(inputs: int) -> Bool[np.ndarray, "functions rows"]:
    """Find every Boolean function of so many inputs that one threshold neuron computes, one truth table a row.

    It tries every neuron whose weights are whole numbers of at most B = 2⁻ⁿ (n + 1)^((n + 1)/2) and whose inputs are
    −1 and 1. What such a neuron computes is separable; and none is missed, because:
    a separable function y has weights v with y_k v·(x_k, 1) ≥ 1 for every row k. Among them is a corner, where n + 1
    of these hold with equality, A v = (1, …, 1). By Cramer's rule v_i = det A_i / det A, where A and A_i are square,
    of size n + 1, with entries ±1. Such a determinant is a multiple of 2ⁿ, and by Hadamard at most (n + 1)^((n + 1)/2).
    So v · |det A| / 2ⁿ is a vector of whole numbers of size at most B that computes y as well.

    Raises ValueError unless inputs is between 1 and 5.
    Source: Muroga, Toda and Takasu (1961), Theory of majority decision elements.

    >>> len(separable_truth_tables(2))
    14
    """
    _require_few("separable_truth_tables", inputs)
    bound = int((inputs + 1) ** ((inputs + 1) / 2) / 2**inputs)
    rows = 2 * truth_table_inputs(inputs) - 1
    values = range(-bound, bound + 1)
    weights = np.array(list(itertools.product(values, repeat=inputs)), dtype=np.int16)
    weighted = weights @ rows.T.astype(np.int16)
    powers = 2 ** np.arange(len(rows), dtype=np.int64)
    codes = []
    for bias in values:
        sums = weighted + np.int16(bias)
        # A sum of exactly 0 lies on the boundary: such a neuron separates nothing and is left out.
        sums = sums[(sums != 0).all(axis=1)]
        codes.append((sums > 0) @ powers)
    found = np.unique(np.concatenate(codes))
    return (found[:, None] & powers) != 0


def count_separable(inputs: int) -> int:
    """Count the Boolean functions of so many inputs that one neuron computes, of 2**2**inputs in all.

    Raises ValueError unless inputs is between 1 and 5.
    Source: the sequence is A000609 of the On-Line Encyclopedia of Integer Sequences.

    >>> [count_separable(n) for n in (1, 2, 3, 4)]
    [4, 14, 104, 1882]
    """
    return len(separable_truth_tables(inputs))


def _require_few(where: str, inputs: int) -> None:
    require_sizes(where, inputs=inputs)
    if inputs > LARGEST:
        raise ValueError(
            f"{where}: got inputs={inputs}; wants at most {LARGEST}. Hint: beyond that there are too many neurons to try"
        )
