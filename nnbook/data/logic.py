"""Logic gates: the smallest data sets there are, and the ones that decided the fate of the perceptron."""

import difflib

import jax.numpy as jnp

from nnbook.data.dataset import Dataset

# The outputs for the inputs 00, 01, 10, 11.
GATES = {
    "AND": (0, 0, 0, 1),
    "OR": (0, 1, 1, 1),
    "NAND": (1, 1, 1, 0),
    "NOR": (1, 0, 0, 0),
    "XOR": (0, 1, 1, 0),
    "XNOR": (1, 0, 0, 1),
}


def logic_gate(name: str) -> Dataset:
    """Give the truth table of a gate of two inputs as four examples, in the order 00, 01, 10, 11.

    Inputs of shape (4, 2), labels of shape (4,); both are 0 or 1, without unit.
    Raises ValueError for a name that is not in GATES.
    Source: definitions; nothing to license.

    >>> logic_gate("XOR").labels.tolist()
    [0, 1, 1, 0]
    """
    if name not in GATES:
        near = difflib.get_close_matches(name.upper(), GATES, n=1, cutoff=0)
        raise ValueError(f"logic_gate: {name!r} is not a gate; wants one of {', '.join(GATES)}. Hint: {near[0]!r}?")
    inputs = jnp.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return Dataset(inputs=inputs, labels=jnp.array(GATES[name], dtype=jnp.int32))
