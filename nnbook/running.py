"""Run the cells of a chapter one after another in one namespace, and say what each cost and which checks held."""

import ast
import contextlib
import io
import linecache
import re
import sys
import textwrap
import time
import traceback
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from nnbook.cells import Cell, ChapterError, read_cells
from nnbook.checks import recording

NOTEBOOK_COMMAND = re.compile(r"^[%!]")  # what Jupyter understands and Python does not
INDENT = "    "


class Indented(io.TextIOBase):
    """A stream that hands on what is written to it, each line set in: the output of a cell under its chapter.

    >>> import sys
    >>> print("a line", file=Indented(sys.stdout))
        a line
    """

    def __init__(self, stream: io.TextIOBase | TextIO):
        """Hand on to this stream."""
        super().__init__()
        self.stream, self.fresh = stream, True

    def write(self, text: str) -> int:
        """Write text, indenting each line that begins in it."""
        for line in text.splitlines(keepends=True):
            self.stream.write((INDENT if self.fresh else "") + line)
            self.fresh = line.endswith("\n")
        return len(text)

    def flush(self) -> None:
        """Hand on what the stream below still holds, if it is still there: Python flushes once more at the very end."""
        if not self.stream.closed:
            self.stream.flush()

    def end_line(self) -> None:
        """Begin a new line unless one has begun."""
        if not self.fresh:
            self.write("\n")


def run_chapter(name: str, path: Path) -> bool:
    """Run the chapter and report on standard output; True if every cell ran and every check held.

    A cell tagged `raises-exception` may raise, one tagged `skip-execution` is left out, as in Jupyter. While it runs, the
    working directory is the chapter's folder and the module `__main__` is the chapter.
    Raises ChapterError if the file cannot be read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder) / "sums.md"
    ...     written = page.write_text("```{code-cell} python\\n1 + 1\\n```\\n", encoding="utf-8")
    ...     run_chapter("sums", page)  # doctest: +ELLIPSIS
    sums: 1 code cells in ...
    cell 1, line 2
        2
        ... s
    sums: 0 of 0 checks held, 1 of 1 cells in ... s
    True
    """
    try:
        text = path.read_text(encoding="utf-8")
        cells = read_cells(text)
    except (OSError, UnicodeDecodeError, ChapterError) as error:
        raise ChapterError(f"{path} cannot be read: {error}") from error
    path = _as_seen_from_here(path)
    # Tracebacks look their lines up here, also if the file is saved anew while a long chapter runs.
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    print(f"{name}: {len(cells)} code cells in {path}", flush=True)
    started, ran, failed = time.perf_counter(), 0, False
    with _as_main(path.parent) as module, recording() as checks:
        for cell in cells:
            print(f"cell {cell.number}, line {cell.line}", flush=True)
            seen, before = len(checks), time.perf_counter()
            error = None if "skip-execution" in cell.tags else _run_cell(cell, path, module.__dict__)
            seconds = time.perf_counter() - before
            for check in checks[seen:]:
                print(f"{INDENT}{check}")
            note = ", left out, as its tag says" if "skip-execution" in cell.tags else ""
            failed = error is not None and "raises-exception" not in cell.tags
            if error is not None and not failed:
                note = f", raised {_summary(error)}, as its tag allows"
            print(f"{INDENT}{seconds:.2f} s{note}", flush=True)
            if failed:
                _report(name, path, cell, error)
                break
            ran += 1
    held = sum(check.held for check in checks)
    total = time.perf_counter() - started
    print(f"{name}: {held} of {len(checks)} checks held, {ran} of {len(cells)} cells in {total:.2f} s", flush=True)
    return not failed


def _as_seen_from_here(path: Path) -> Path:
    """The path as a reader would type it: relative if it lies below the working directory."""
    absolute, here = path.resolve(), Path.cwd().resolve()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else absolute


@contextlib.contextmanager
def _as_main(folder: Path) -> Generator[ModuleType]:
    """An empty module that is `__main__` for the while, as a notebook's is: pickle and dataclasses look there."""
    module, before = ModuleType("__main__"), sys.modules["__main__"]
    module.__dict__["display"] = lambda *values, **_: [_show(value) for value in values] and None
    sys.modules["__main__"] = module
    try:
        with contextlib.chdir(folder):
            yield module
    finally:
        sys.modules["__main__"] = before


def _run_cell(cell: Cell, path: Path, namespace: dict[str, Any]) -> BaseException | None:
    """Execute one cell and show its last value; what it raised, or None."""
    output = Indented(sys.stdout)
    with contextlib.redirect_stdout(output):
        try:
            tree, commands = _parse(cell, path)
            for command in commands:
                print(f"left out, as only Jupyter knows it: {command}")
            last = tree.body.pop() if _shows_its_value(tree, cell.source) else None
            exec(compile(tree, str(path), "exec", dont_inherit=True), namespace)
            if isinstance(last, ast.Expr):
                _show(eval(compile(ast.Expression(last.value), str(path), "eval", dont_inherit=True), namespace))
        except (Exception, SystemExit) as error:
            return error
        finally:
            output.end_line()
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].close("all")
    return None


def _parse(cell: Cell, path: Path) -> tuple[ast.Module, list[str]]:
    """The cell's syntax tree, with the line numbers of the file, and the notebook commands it was read without."""
    above = "\n" * (cell.line - 1)
    lines = cell.source.split("\n")
    commands = [line for line in lines if NOTEBOOK_COMMAND.match(line)]
    try:
        return ast.parse(above + cell.source, str(path)), []
    except SyntaxError:
        if not commands:
            raise
    python = ["" if NOTEBOOK_COMMAND.match(line) else line for line in lines]
    return ast.parse(above + "\n".join(python), str(path)), commands


def _shows_its_value(tree: ast.Module, source: str) -> bool:
    return bool(tree.body) and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";")


def _show(value: Any) -> None:
    """Print a value in one line; of a figure, its alternative text."""
    if value is None:
        return
    if hasattr(value, "_repr_mimebundle_") and not isinstance(value, type):
        bundle = value._repr_mimebundle_(include=None, exclude=None)
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle
        kind = "figure: " if any(mime.startswith(("image/", "text/html")) for mime in bundle) else ""
        text = kind + bundle.get("text/plain", type(value).__name__)
    elif type(value).__module__.startswith("matplotlib."):
        text = f"figure: matplotlib {type(value).__name__}"
    else:
        text = repr(value)
    print(textwrap.shorten(text, 110, placeholder=" …"))


def _summary(error: BaseException) -> str:
    """The error's type and the first line of what it says."""
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    lines = said.splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _report(name: str, path: Path, cell: Cell, error: BaseException) -> None:
    """Write to standard error where the chapter stopped: the traceback from the cell on, then all of it in two lines."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != str(path):
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)
    last = cell.line + cell.source.count("\n")
    places = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        places = [error.lineno]
    # The deepest place inside this cell: it may have called what an earlier cell defines.
    line = next((place for place in reversed(places) if place and cell.line <= place <= last), cell.line)
    sys.stdout.flush()
    print(f"\n{name}, cell {cell.number}, line {line} of {path}: {_summary(error)}", file=sys.stderr)
    print(f"{INDENT}{linecache.getline(str(path), line).strip()}", file=sys.stderr, flush=True)
