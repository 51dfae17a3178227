"""A small book in a temporary folder, built by Sphinx itself. Cells run in this process, so no kernel is started."""

import contextlib
import io
import textwrap
from pathlib import Path

import execution
import nbformat
import pytest
from sphinx.testing.util import SphinxTestApp

FILES = Path(__file__).parent / "files"
CONF = """
extensions = ["myst_parser", "remember"]
source_suffix = {".md": "markdown"}  # its own: extensions add to the default, which all books of a process share
myst_enable_extensions = ["dollarmath", "colon_fence"]
nitpicky = True
numfig = True
copyright = "2026"
version = "1"
root_doc = "index"
"""
INDEX = """
# Book

```{toctree}
chapter
lists
```
"""
LISTS = """
# Lists

```{glossary-terms}
```

```{misconceptions}
```
"""
CHAPTER = """
# The neuron

(neuron-idea)=
## The idea: a vote

## Further reading

```{questions} neuron
```
"""
MISCONCEPTIONS = """
misconceptions:
  - id: bias-left-out
    belief: The bias is a detail
    truth: It moves the line.
    source: chapter#neuron-idea
  - id: bias-multiplies
    belief: The bias multiplies
    truth: It is added.
    source: chapter#neuron-idea
"""
GLOSSARY = """
terms:
  - term: bias
    also: [threshold]
    definition: What is added to the {term}`weighted sum`.
    source: chapter#neuron-idea
  - term: weighted sum
    definition: Each input times its weight, all added.
"""


def run_cells(app, env, docnames):
    """Do what execution.execute does, without kernels: each notebook is one namespace."""
    app.ran = {}
    for handed_in in app.emit("nnbook-notebooks", env):
        for name, notebook in handed_in.items():
            nbformat.validate(notebook)
            namespace = {}
            for cell in notebook.cells:
                with contextlib.redirect_stdout(io.StringIO()) as printed:
                    exec(cell.source, namespace)
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed.getvalue())]
            app.ran[name] = notebook


def setup_execution(app):
    app.add_event("nnbook-notebooks")
    app.connect("env-before-read-docs", run_cells, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Book:
    """Files in a folder, and builds of them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.app = None
        self.parallel = 0
        self.write("conf.py", CONF)
        self.write("index.md", INDEX)
        self.write("chapter.md", CHAPTER)
        self.write("lists.md", LISTS)
        self.write("questions/neuron.yaml", (FILES / "questions.yaml").read_text(encoding="utf-8"))
        self.write("misconceptions.yaml", MISCONCEPTIONS)
        self.write("glossary.yaml", GLOSSARY)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")

    def start(self, builder: str = "html", freshenv: bool = False, **settings) -> SphinxTestApp:
        self.stop()
        self.app = SphinxTestApp(
            builder,
            srcdir=self.folder,
            builddir=self.folder / "_build",
            confoverrides=settings,
            freshenv=freshenv,
            parallel=self.parallel,
        )
        return self.app

    def stop(self) -> None:
        """Undo what the last application registered; the next one would be warned of it."""
        if self.app:
            self.app.cleanup()

    def build(self, builder: str = "html", **settings) -> SphinxTestApp:
        app = self.start(builder, **settings)
        app.build()
        assert app.warning.getvalue() == ""
        return app

    def html(self, page: str = "chapter", builder: str = "html", **settings) -> str:
        app = self.build(builder, **settings)
        return (Path(app.outdir) / f"{page}.html").read_text(encoding="utf-8")


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "setup", setup_execution)
    monkeypatch.setattr(execution, "executed", lambda app, name: app.ran[name])
    made = Book(tmp_path)
    yield made
    made.stop()
