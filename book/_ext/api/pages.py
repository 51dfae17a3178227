"""The pages of the reference: one a module, written before Sphinx looks for pages, so that a new module needs no other edit.

A page that somebody has written by hand is left alone. The written ones carry a mark, are not committed, and go when their
module goes.
"""

import json
from pathlib import Path

from api.docstrings import first_sentence
from api.records import Module, Package

FOLDER = "reference/api"
MARK = "% Written by book/_ext/api from the module's docstrings; edits are lost. Commit one without this line to write it by hand.\n"


def docname_of(package: Package, module: str) -> str:
    """Give the page of a module: `nnbook.layers.attention` has reference/api/layers/attention."""
    below = module.removeprefix(package.name).strip(".")
    return f"{FOLDER}/{(below or package.name).replace('.', '/')}"


def page_text(module: Module) -> str:
    """Give the whole text of a page."""
    description = json.dumps(f"{module.name}: {first_sentence(module.doc)}", ensure_ascii=False)
    # Found by its names, which the index of objects holds; its words would outweigh those of all chapters.
    return f"---\ndescription: {description}\nnosearch: true\n---\n\n{MARK}\n# `{module.name}`\n\n```{{api}} {module.name}\n```\n"


def write_pages(package: Package, srcdir: Path) -> None:
    """Write the pages that are missing or stale, and remove those of modules that are gone; touch no other."""
    wanted = {srcdir / f"{docname_of(package, name)}.md": module for name, module in package.modules.items()}
    for path, module in wanted.items():
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before is None or (MARK in before and before != page_text(module)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page_text(module), encoding="utf-8")
    for path in (srcdir / FOLDER).rglob("*.md"):
        if path not in wanted and MARK in path.read_text(encoding="utf-8"):
            path.unlink()
