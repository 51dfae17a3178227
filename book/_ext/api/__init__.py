"""The reference of the package, made from its docstrings. They are read as text: nothing of the package is imported."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from api import mentions, sidebar
from api.directives import Api, Rooms, Singles
from api.pages import FOLDER, write_pages
from api.source import read_package


def read(app: Sphinx) -> None:
    """Read the package and write its pages, before Sphinx looks for pages."""
    root = Path(app.config.nnbook_api_root or app.confdir)
    package = read_package(root / app.config.nnbook_api_package, root)
    write_pages(package, Path(app.srcdir))
    app.env.nnbook_api_changed = getattr(app.env, "nnbook_api", None) != package
    app.env.nnbook_api = package


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Have all pages of the reference read again when the package says anything new: each links to names of others."""
    pages = [name for name in env.found_docs if name.startswith(f"{FOLDER}/")]
    return pages if env.nnbook_api_changed else []


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("nnbook_api_package", "nnbook", "env", types=frozenset({str}))
    app.add_config_value("nnbook_api_root", "", "env", types=frozenset({str}))
    app.add_directive("api", Api)
    app.add_directive("api-rooms", Rooms)
    app.add_directive("api-modules", Singles)
    app.connect("builder-inited", read)
    app.connect("env-get-outdated", outdated)
    app.connect("html-page-context", sidebar.on_page, priority=600)  # after the theme has written the tree
    mentions.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
