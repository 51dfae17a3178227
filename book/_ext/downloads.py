"""Each chapter as a notebook to take away: executed, valid, the same bytes from build to build.

The notebook with its outputs comes from the cache (myst-nb writes one beside the output as well, but before it has looked
the outputs up); here it is made ready for a reader and put at `notebooks/<part>/<chapter>.ipynb`.
"""

from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from execution import executed
from myst_nb.sphinx_ext import OUTPUT_FOLDER
from sphinx.errors import SphinxError

FOLDER = "notebooks"


def is_chapter(env, docname: str) -> bool:
    """Say whether a document is a notebook, that is, runs code in a kernel."""
    return bool(env.metadata.get(docname, {}).get("kernelspec"))


def colab_url(repository: str, branch: str, docname: str) -> str:
    """Give the address that opens a chapter in Colab, or '' where no repository on GitHub, or no branch, is known."""
    address = urlsplit(repository)
    if address.hostname != "github.com" or not branch:
        return ""
    return f"https://colab.research.google.com/github{address.path.rstrip('/')}/blob/{branch}/{docname}.ipynb"


def install_cell(repository: str):
    """Make the first cell of a notebook that runs elsewhere: it installs nnbook where that is missing."""
    source = (
        "# Colab has no nnbook yet: install it from its repository.\n"
        "import importlib.util\n\n"
        'if importlib.util.find_spec("nnbook") is None:\n'
        f'    %pip install --quiet "nnbook[data] @ git+{repository}"'
    )
    return nbformat.v4.new_code_cell(source)


def for_readers(notebook, repository: str = ""):
    """Make an executed notebook ready to download: stable ids, no timestamps, an install cell if there is a repository."""
    notebook = nbformat.from_dict(notebook)
    if repository:
        notebook.cells.insert(0, install_cell(repository))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("source_map", None)
    nbformat.validate(notebook)
    return notebook


def notebook_of(app, docname: str):
    """Give a chapter's notebook: with its outputs where the book executes its cells, as it was written where it does not.

    Raises SphinxError if it is missing or not valid.
    """
    if app.config.nb_execution_mode == "cache":
        return executed(app, docname)
    source = Path(app.outdir).parent / OUTPUT_FOLDER / f"{docname}.ipynb"
    try:
        return nbformat.read(source, as_version=4)
    except FileNotFoundError as error:
        raise SphinxError(f"{docname}: its notebook {source} is gone; build with a fresh environment (-E)") from error


def write_notebooks(app, exception: Exception | None) -> None:
    """Write the notebook of every chapter into the output. Raises SphinxError if one is missing or not valid."""
    if exception or app.builder.format != "html" or app.builder.name == "epub":
        return
    repository = app.config.html_context.get("repository_url", "")
    wanted = set()
    for docname in sorted(app.env.found_docs):
        if not is_chapter(app.env, docname):
            continue
        target = Path(app.outdir) / FOLDER / f"{docname}.ipynb"
        wanted.add(target)
        try:
            notebook = for_readers(notebook_of(app, docname), repository)
        except nbformat.ValidationError as error:
            raise SphinxError(f"{docname}: the executed notebook is not valid: {error}") from error
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    for old in (Path(app.outdir) / FOLDER).rglob("*.ipynb"):
        if old not in wanted:
            old.unlink()


def _on_page(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    if app.builder.name == "epub" or not is_chapter(app.env, pagename):
        return
    context["nn_notebook"] = context["pathto"](f"{FOLDER}/{pagename}.ipynb", 1)
    context["nn_notebook_name"] = pagename.rsplit("/", 1)[-1] + ".ipynb"
    context["nn_colab"] = colab_url(context.get("repository_url", ""), app.config.nnbook_colab_branch, pagename)


def setup(app) -> dict:
    """Register the config value, the page context and the last step of the build."""
    app.add_config_value("nnbook_colab_branch", "notebooks", "html", types=frozenset({str}))
    app.connect("html-page-context", _on_page)
    app.connect("build-finished", write_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
