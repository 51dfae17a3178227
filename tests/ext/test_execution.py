"""The execution of cells: cached by what they import, run in parallel, never stale, and clear when one raises."""

import io
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from execution import digest, executed
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

CHAPTER = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# {title}

```{{code-cell}} ipython3
import sys
sys.path.insert(0, {root!r})
import nnbook
```

Some prose.

```{{code-cell}} ipython3
print("the answer is", nnbook.answer() + {plus})
```
"""


@pytest.fixture
def book(tmp_path: Path):
    """Make a tiny book with a package of its own beside it, as in this repository."""
    (tmp_path / "nnbook").mkdir()
    (tmp_path / "nnbook" / "__init__.py").write_text("def answer():\n    return 40\n")
    (tmp_path / "conf.py").write_text(
        textwrap.dedent("""\
        extensions = ["myst_nb", "execution"]
        nb_execution_mode = "cache"
        nb_execution_raise_on_error = True
        exclude_patterns = ["jupyter_execute"]
        """)
    )
    source = tmp_path / "book"
    source.mkdir()
    (source / "index.md").write_text("# Index\n\n```{toctree}\none\ntwo\n```\n")
    for name, plus in (("one", 1), ("two", 2)):
        (source / f"{name}.md").write_text(CHAPTER.format(title=name, root=str(tmp_path), plus=plus))
    return tmp_path


@dataclass
class Built:
    """One finished build: the application, and what it said without colours."""

    app: Sphinx
    status: str
    warnings: str

    def page(self, name: str) -> str:
        return (Path(self.app.outdir) / f"{name}.txt").read_text(encoding="utf-8")


@pytest.fixture
def build(book: Path):
    def run(handlers=()) -> Built:
        status, warnings = io.StringIO(), io.StringIO()
        with patch_docutils(book), docutils_namespace():
            app = Sphinx(
                book / "book",
                book,
                book / "_build/text",
                book / "_build/doctrees",
                "text",
                status=status,
                warning=warnings,
            )
            for event, handler in handlers:
                app.connect(event, handler)
            app.build()
        return Built(app, re.sub(r"\x1b\[[0-9;]*m", "", status.getvalue()), warnings.getvalue())

    return run


def test_chapters_run_in_parallel_and_their_output_is_on_the_page(build):
    app = build()
    assert "the answer is 41" in app.page("one")
    assert "the answer is 42" in app.page("two")
    assert not app.warnings


def test_each_chapter_runs_once(build):
    status = build().status
    assert status.count("Using cached notebook") == 2
    assert "Executing notebook" not in status


def test_what_each_chapter_cost_is_printed(build):
    status = build().status
    assert re.search(r"one +\d+\.\d CPU s +\d+\.\d s", status)


def test_an_unchanged_book_runs_nothing_again(build):
    build()
    assert "CPU s" not in build().status


def test_a_prose_edit_runs_nothing_again(build, book):
    build()
    page = book / "book" / "one.md"
    page.write_text(page.read_text().replace("Some prose.", "Some better prose."))
    again = build()
    assert "CPU s" not in again.status
    assert "Some better prose." in again.page("one")
    assert "the answer is 41" in again.page("one")


def test_an_edit_in_the_package_never_serves_an_old_output(build, book):
    build()
    (book / "nnbook" / "__init__.py").write_text("def answer():\n    return 50\n")
    again = build()
    assert "the answer is 51" in again.page("one")
    assert "the answer is 52" in again.page("two")


def test_an_edited_cell_runs_again_alone(build, book):
    build()
    page = book / "book" / "two.md"
    page.write_text(page.read_text().replace("+ 2", "+ 3"))
    again = build()
    assert "the answer is 43" in again.page("two")
    assert "one " not in again.status.split("CPU s")[0].splitlines()[-1]


def test_a_cell_that_raises_stops_the_build_and_says_where(build, book):
    page = book / "book" / "two.md"
    page.write_text(page.read_text().replace('print("the', 'x = 1\nraise ValueError("no such layer")\nprint("the'))
    line = page.read_text().splitlines().index('raise ValueError("no such layer")') + 1
    with pytest.raises(ExtensionError) as failure:
        build()
    message = str(failure.value)
    assert f"two, line {line}: cell 2 raised ValueError: no such layer" in message
    assert '    raise ValueError("no such layer")' in message


def test_the_chapters_that_succeed_are_kept_when_another_fails(build, book):
    page = book / "book" / "two.md"
    good = page.read_text()
    page.write_text(good.replace("nnbook.answer()", "undefined"))
    with pytest.raises(ExtensionError, match="NameError") as failure:
        build()
    assert "one, line" not in str(failure.value)
    page.write_text(good)
    status = build().status
    assert re.search(r"^ +two .*CPU s", status, re.MULTILINE)
    assert not re.search(r"^ +one .*CPU s", status, re.MULTILINE)


def test_other_extensions_hand_in_notebooks_and_read_their_outputs(build):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")])
    app = build(handlers=[("nnbook-notebooks", lambda app, env: {"questions/one": notebook})])
    assert executed(app.app, "questions/one").cells[0].outputs[0].text == "42\n"
    with pytest.raises(KeyError):
        executed(app.app, "questions/unknown")


def test_handed_in_notebooks_share_a_kernel_but_no_names(build):
    first = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os\nx = 1\nprint(os.getpid())")])
    second = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import os\nprint(os.getpid(), 'x' in globals())")]
    )
    app = build(handlers=[("nnbook-notebooks", lambda app, env: {"a": first, "b": second})]).app
    kernel = executed(app, "a").cells[0].outputs[0].text.strip()
    assert executed(app, "b").cells[0].outputs[0].text == f"{kernel} False\n"


def test_the_digest_follows_the_code_and_nothing_else(book):
    package = book / "nnbook"
    before = digest(package)
    (package / "notes.txt").write_text("not code")
    assert digest(package) == before
    (package / "layer.py").write_text("x = 1\n")
    assert digest(package) != before
