"""The count of what one neuron computes, against linear programming and the published sequence."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from nnbook.models.separability import count_separable, separable_truth_tables, truth_table_inputs


def test_counts_are_the_published_ones():
    # A000609 of the On-Line Encyclopedia of Integer Sequences.
    assert [count_separable(inputs) for inputs in (1, 2, 3, 4, 5)] == [4, 14, 104, 1882, 94572]


def separates(rows, table):
    """Ask a linear program for weights and bias with side · (w·x + b) ≥ 1 on every row."""
    side = 2 * np.asarray(table) - 1
    constraints = -side[:, None] * np.column_stack([rows, np.ones(len(rows))])
    free = [(None, None)] * constraints.shape[1]
    return linprog(np.zeros(constraints.shape[1]), constraints, -np.ones(len(rows)), bounds=free).status == 0


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_every_function_against_a_linear_program(inputs):
    rows = truth_table_inputs(inputs)
    found = {tuple(table) for table in separable_truth_tables(inputs).tolist()}
    for table in itertools.product([False, True], repeat=2**inputs):
        assert (table in found) == separates(rows, table)


def test_opposites_are_separable_too():
    tables = separable_truth_tables(4)
    found = {table.tobytes() for table in tables}
    assert len(found) == len(tables)
    assert {(~table).tobytes() for table in tables} == found


def test_xor_three_of_four_at_best():
    agree = separable_truth_tables(2) == np.array([False, True, True, False])
    assert agree.sum(axis=1).max() == 3


def test_rows_count_upwards():
    rows = truth_table_inputs(3)
    assert (rows @ [4, 2, 1]).tolist() == list(range(8))


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("function", [truth_table_inputs, separable_truth_tables, count_separable])
def test_bad_sizes(function):
    with pytest.raises(ValueError, match="got inputs=6; wants at most 5"):
        function(6)
    with pytest.raises(ValueError, match="got inputs=0; wants at least 1"):
        function(0)
    with pytest.raises(TypeError, match="got inputs='2' of type str; wants an int"):
        function("2")
