"""What a page says about itself: its description, its place in the book, how long it takes to read."""

import html
import math
import re

from docutils import nodes
from mathml import parse, set_node
from sphinx import addnodes

WORDS_A_MINUTE = 200
_SECONDS = {nodes.math_block: 10, nodes.figure: 15, nodes.literal_block: 10, nodes.table: 15}
_LONGEST_DESCRIPTION = 200


def shorten(text: str, limit: int = _LONGEST_DESCRIPTION) -> str:
    """Shorten a description to whole sentences, or to whole words where the first sentence is too long."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    sentences = re.findall(r".*?[.!?](?=\s|$)", text[:limit])
    if sentences:
        return "".join(sentences).strip()
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def _words(node: nodes.Element, config) -> str:
    """Give the text of a paragraph with its formulas as a reader would say them: y = ϕ(w ⋅ x), not LaTeX."""
    copy = node.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        formula.replace_self(nodes.Text("".join(parse(set_node(formula, config)).itertext())))
    return copy.astext()


def describe(doctree: nodes.document, meta: dict, config) -> str:
    """Describe a page in a sentence or two: its front matter, else the card at its top, else its first paragraph."""
    if meta.get("description"):
        return shorten(str(meta["description"]))
    cards = [node for node in doctree.findall(nodes.container) if node.get("design_component") == "card"]
    for place in [*cards[:1], doctree]:
        for paragraph in place.findall(nodes.paragraph):
            if paragraph.astext().strip() and "sd-card-title" not in paragraph["classes"]:
                return shorten(_words(paragraph, config))
    return ""


def reading_minutes(doctree: nodes.document) -> int:
    """Estimate how long a page takes: prose at 200 words a minute, and a while for each formula, figure, table and listing."""
    words = sum(
        len(paragraph.astext().split())
        for paragraph in doctree.findall(lambda node: isinstance(node, nodes.paragraph | nodes.title | nodes.term))
    )
    seconds = sum(cost * len(list(doctree.findall(kind))) for kind, cost in _SECONDS.items())
    return max(1, math.ceil(words / WORDS_A_MINUTE + seconds / 60))


def part_of(env, docname: str) -> tuple[str, int, int]:
    """Give the part a document belongs to, its number in the part and how many the part has; ('', 0, 0) outside all parts.

    A part is a toctree with a caption in the root document; a document deeper down belongs to its ancestor's part.
    """
    root = env.config.root_doc
    parents = {child: parent for parent, children in env.toctree_includes.items() for child in children}
    seen = set()
    while parents.get(docname, root) != root and docname not in seen:
        seen.add(docname)
        docname = parents[docname]
    for toctree in env.tocs[root].findall(addnodes.toctree):
        members = toctree["includefiles"]
        if toctree.get("caption") and docname in members:
            return toctree["caption"], members.index(docname) + 1, len(members)
    return "", 0, 0


def _on_page(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    if app.builder.name == "epub":
        return
    meta = context.get("meta") or {}
    description = describe(doctree, meta, app.config) if doctree is not None else ""
    description = description or app.config.nnbook_description
    # html_meta of the page itself wins; sphinxext.opengraph repeats what it finds here.
    if description and 'name="description"' not in context.get("metatags", ""):
        context["metatags"] = context.get("metatags", "") + (
            f'\n<meta name="description" content="{html.escape(description, quote=True)}">\n'
        )
        context["meta"] = {"og:description": description, **meta}
    if doctree is None or pagename not in app.env.all_docs:
        return
    context["nn_part"], context["nn_number"], context["nn_part_size"] = part_of(app.env, pagename)
    if pagename != app.config.root_doc:
        context["nn_minutes"] = reading_minutes(doctree)


def setup(app) -> dict:
    """Register the page's own words, its downloads and its scrolling parts."""
    app.setup_extension("mathml")
    app.setup_extension("downloads")
    app.setup_extension("repairs")
    app.setup_extension("scrolling")
    app.add_config_value(
        "nnbook_description", "Neural networks to understand, see and remember.", "html", types=frozenset({str})
    )
    app.connect("html-page-context", _on_page, priority=450)  # before sphinxext.opengraph (500)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
