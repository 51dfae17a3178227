"""The first two witnesses of every computed number: what the execution step gives, and what a person typed.

One notebook a content file goes to the execution step, one cell for each number and each program, so that nothing here
imports JAX. (The third witness, an independent NumPy formula, stands in tests/book/test_questions.py.)
"""

from typing import Any

import execution
import nbformat
from content import computed_numbers, content_of, is_program
from content_files import ContentError, ContentFile
from nbformat.v4 import new_code_cell, new_notebook
from questions.parts import close
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

FOLDERS = ("questions", "cards")
Results = dict[
    str, dict[str, Any]
]  # id of the entry → name of the number → its value ("output": what a program prints)


def entries(file: ContentFile[Any]) -> list[Any]:
    """Give the questions or the cards of a file."""
    return getattr(file.content, "questions", None) or file.content.cards


def notebook(file: ContentFile[Any]) -> nbformat.NotebookNode | None:
    """Make the notebook of a file, or None where nothing is computed."""
    cells, starts = [], []

    def add(line: int, source: str, **about: str) -> None:
        # `line` is that of the cell's third line; execution tells a failing cell by where its first one stands.
        cells.append(new_code_cell(source, metadata={"nnbook": about}))
        starts.append(max(line - 4, 0))

    listed = "questions" if hasattr(file.content, "questions") else "cards"
    for index, entry in enumerate(entries(file)):
        for name, place, number in computed_numbers(entry):
            source = f"# {entry.id}: {name}\nprint(repr(float(\n{number.compute}\n)))"
            add(file.line(listed, index, *place, "compute"), source, id=entry.id, name=name)
        if is_program(entry):
            source = f"# {entry.id}: what it prints\nexec(\n{entry.code!r},\n{{'__name__': '__main__'}})"
            add(file.line(listed, index, "code"), source, id=entry.id, name="output")
    if not cells:
        return None
    if file.content.preamble:
        cells.insert(0, new_code_cell(f"# what every number needs\n\n{file.content.preamble}", metadata={"nnbook": {}}))
        starts.insert(0, max(file.line("preamble") - 3, 0))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # nbformat's random ids would make every build differ
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "source_map": starts})


def hand_in(app: Sphinx, env: BuildEnvironment) -> dict[str, nbformat.NotebookNode]:
    """Answer the execution step's event with the notebooks of all content files that compute something."""
    made = {f"{name}.yaml": notebook(file) for name, file in _files(env)}
    return {name: cells for name, cells in made.items() if cells is not None}


def hear(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Compare both witnesses of every number. Raises ContentError with all that contradict each other."""
    env.nnbook_results = results = {}  # type: ignore[attr-defined]
    mistakes = []
    for name, file in _files(env):
        if notebook(file) is None:
            continue
        heard = outputs(execution.executed(app, f"{name}.yaml"))
        mistakes += contradictions(file, heard)
        results.update({f"{name.split('/')[0]}/{key}": values for key, values in heard.items()})
    if mistakes:
        raise ContentError("\n".join(mistakes))


def outputs(executed: nbformat.NotebookNode) -> Results:
    """Read what the cells of a notebook printed."""
    heard: Results = {}
    for cell in executed.cells:
        about = cell.metadata.get("nnbook") or {}
        if "id" in about:
            streams = [part for part in cell.outputs if part.output_type == "stream" and part.name == "stdout"]
            text = "".join(part.text for part in streams)
            value = tidy(text) if about["name"] == "output" else float(text.splitlines()[-1])
            heard.setdefault(about["id"], {})[about["name"]] = value
    return heard


def tidy(text: str) -> str:
    """Drop what no reader sees: white space at the ends of lines, and empty lines at the end."""
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def contradictions(file: ContentFile[Any], heard: Results) -> list[str]:
    """Tell every number and program of a file whose witnesses disagree."""
    told = []
    listed = "questions" if hasattr(file.content, "questions") else "cards"
    for index, entry in enumerate(entries(file)):
        for name, place, number in computed_numbers(entry):
            got = heard[entry.id][name]
            if not close(got, number.expect, number.tol):
                told.append(
                    file.told(
                        f'"compute" gives {got:.7g}, "expect" says {number.expect:.7g} (tolerance {number.tol:g}): '
                        "one of the two witnesses is wrong; find out which",
                        listed,
                        index,
                        *place,
                        "expect",
                    )
                )
        if is_program(entry):
            told += _misprints(file, index, entry, heard[entry.id]["output"])
    return told


def _misprints(file: ContentFile[Any], index: int, question: Any, output: str) -> list[str]:
    told = []
    shown = output.replace("\n", "⏎")
    if question.options is None and tidy(question.expect) != output:
        told.append(file.told(f'the program prints "{shown}"; correct "expect"', "questions", index, "expect"))
    for number, option in enumerate(question.options or ()):
        if option.correct and tidy(option.prints) != output:
            message = f'the program prints "{shown}", not what the correct option says'
        elif not option.correct and tidy(option.prints) == output:
            message = "this option is marked wrong, but it is what the program prints"
        else:
            continue
        told.append(file.told(message, "questions", index, "options", number))
    return told


def values_of(env: BuildEnvironment, folder: str, entry_id: str) -> dict[str, Any]:
    """Give the computed numbers of a question or card by name."""
    return env.nnbook_results.get(f"{folder}/{entry_id}", {})  # type: ignore[attr-defined]


def _files(env: BuildEnvironment) -> list[tuple[str, ContentFile[Any]]]:
    return [(name, file) for name, file in content_of(env).files.items() if name.split("/")[0] in FOLDERS]


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("content")
    app.setup_extension("execution")
    app.connect("nnbook-notebooks", hand_in)
    app.connect("env-before-read-docs", hear, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
