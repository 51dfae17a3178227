"""The gates are Python's own operators."""

import jax.numpy as jnp
import pytest

from nnbook.data import GATES, logic_gate

OPERATORS = {
    "AND": lambda a, b: a and b,
    "OR": lambda a, b: a or b,
    "NAND": lambda a, b: not (a and b),
    "NOR": lambda a, b: not (a or b),
    "XOR": lambda a, b: a != b,
    "XNOR": lambda a, b: a == b,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_truth_table(name):
    gate = logic_gate(name)
    assert gate.inputs.dtype == jnp.float32
    assert gate.labels.dtype == jnp.int32
    assert gate.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert gate.labels.tolist() == [OPERATORS[name](bool(a), bool(b)) for a, b in gate.inputs.tolist()]


def test_no_gate_is_untested():
    assert set(GATES) == set(OPERATORS)


def test_an_unknown_gate():
    with pytest.raises(ValueError, match=r"'xor' is not a gate; wants one of AND, OR.*Hint: 'XOR'\?"):
        logic_gate("xor")
