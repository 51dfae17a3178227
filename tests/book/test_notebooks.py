"""The notebooks a reader downloads: valid, and executed, with every output where its cell is."""

import nbformat
import pytest

from tests.built import built_book

NOTEBOOKS = {
    path.relative_to(built_book() / "notebooks").as_posix(): path
    for path in (built_book() / "notebooks").rglob("*.ipynb")
}


def test_there_are_some():
    assert len(NOTEBOOKS) >= 3


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_is_executed_and_whole(name):
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert "image/png" in kinds, "a figure that any notebook can show"
    assert any("✓" in output.get("data", {}).get("text/plain", "") for output in outputs), "a claim that held"
