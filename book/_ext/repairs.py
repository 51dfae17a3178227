"""Repairs of the markup that Sphinx, docutils, Furo and myst-nb write: ids that stand twice, roles that say what is not so."""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

_REPAIRS = [
    # A heading needs a level (Sphinx's captions of tables of contents).
    (re.compile(r'(<p class="caption" role="heading")(?=>)'), r'\1 aria-level="2"'),
    # A fold names itself by its text; myst-nb's label says something else than what is seen.
    (re.compile(r'<summary aria-label="[^"]*"'), "<summary"),
    # docutils: doc-biblioentry is deprecated in DPUB-ARIA 1.1, and the list around the entries holds anchors as well.
    (re.compile(r'(<div class="citation"[^>]*?) role="doc-biblioentry"'), r"\1"),
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
]


def repaired(markup: str) -> str:
    """Mend a piece of a page."""
    for pattern, replacement in _REPAIRS:
        markup = pattern.sub(replacement, markup)
    return markup


def _on_page(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    if app.builder.name == "epub":
        return
    for part in ("body", "furo_navigation_tree"):
        if context.get(part):
            context[part] = repaired(context[part])


class UniqueIds(SphinxPostTransform):
    """Take back the ids that Furo copies onto the boxes it puts around tables and formulas: an id stands once on a page."""

    default_priority = 510  # after Furo's WrapTableAndMathInAContainerTransform (500)
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Clear ids and names of the wrappers; the wrapped element keeps its own."""
        for box in self.document.findall(nodes.container):
            if {"table-wrapper", "math-wrapper"} & set(box["classes"]) and box.children:
                box["ids"], box["names"] = [], []


def setup(app) -> dict:
    """Mend after every visitor and Furo have written their part."""
    app.add_post_transform(UniqueIds)
    app.connect("html-page-context", _on_page, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
