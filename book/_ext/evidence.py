"""The checks of the cells: shown where they stand, and gathered on the evidence page.

A cell's `nnbook.check` leaves a record in its output. Here each becomes a line on the page with a place of its own, and
the `{evidence}` directive lists them all: what was measured, what it was compared with, where it comes from, and a link.
"""

import json

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer, load_mime_renders
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from nnbook.records import short

MIME_TYPE = "application/vnd.nnbook.check+json"


def measured(record: dict) -> str:
    """Write the measured number, and of how many it is the worst."""
    if record["size"] > 1 and record["got"] == record["want"]:
        return f"all {record['size']} numbers as wanted"
    number = record["got"] if isinstance(record["got"], str) else short(record["got"])
    return number + (f" (worst of {record['size']})" if record["size"] > 1 else "")


def outcome(record: dict) -> str:
    """Say what was got and wanted; of several numbers that are all equal to what is wanted, that they are."""
    got = measured(record)
    return got if got.startswith("all ") else f"got {got}, want {record['wanted']}"


class CheckLine(MimeRenderPlugin):
    """One claim that held, as a line under its cell."""

    mime_priority_overrides = (("*", MIME_TYPE, 1),)

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        if inline or data.mime_type != MIME_TYPE:
            return None
        record = json.loads(data.content) if isinstance(data.content, str) else data.content
        env = renderer.renderer.sphinx_env
        claims = env.nnbook_claims.setdefault(env.docname, [])
        anchor = f"claim-{len(claims) + 1}"
        claims.append((anchor, record))
        line = nodes.paragraph(
            "", "", nodes.inline("", "✓ ", classes=["nn-check-mark"]), nodes.strong("", record["claim"])
        )
        source = f" ({record['source']})" if record["source"] else ""
        line += nodes.Text(f": {outcome(record)}{source}")
        return [nodes.container("", line, classes=["nn-check"], ids=[anchor], is_div=True)]


class evidence_list(nodes.General, nodes.Element):  # noqa: N801 (docutils nodes are named so)
    """Stands for the table until every page has been read."""


class Evidence(SphinxDirective):
    """`{evidence}`: every claim of the book with the number measured in this build."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        return [evidence_list()]


def cell(*children: nodes.Node) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", "", *children))


def table(app: Sphinx, fromdoc: str, docname: str, claims: list) -> nodes.table:
    head = nodes.row("", *(cell(nodes.Text(name)) for name in ("Claim", "Measured", "Wanted", "Source")))
    body = nodes.tbody()
    for anchor, record in claims:
        link = make_refnode(app.builder, fromdoc, docname, anchor, nodes.Text(record["claim"]))
        got = measured(record)
        wanted = "the same numbers" if got.startswith("all ") else record["wanted"]
        facts = (got, wanted, record["source"] or "this chapter")
        body += nodes.row("", cell(link), *(cell(nodes.Text(fact)) for fact in facts))
    columns = [nodes.colspec(colwidth=width) for width in (40, 18, 22, 20)]
    return nodes.table("", nodes.tgroup("", *columns, nodes.thead("", head), body, cols=4), classes=["nn-evidence"])


def list_claims(app: Sphinx, doctree: nodes.document, fromdoc: str) -> None:
    for node in list(doctree.findall(evidence_list)):
        parts: list[nodes.Node] = []
        for docname in (name for name in reading_order(app) if name in app.env.nnbook_claims):
            title = app.env.titles[docname].astext()
            section_id = "claims-" + nodes.make_id(docname)
            parts.append(
                nodes.section(
                    "",
                    nodes.title("", title),
                    table(app, fromdoc, docname, app.env.nnbook_claims[docname]),
                    ids=[section_id],
                )
            )
        node.replace_self(parts)


def reading_order(app: Sphinx) -> list[str]:
    """Give the pages in the order of the table of contents, then the rest."""
    order, todo = [], [app.config.root_doc]
    while todo:
        docname = todo.pop(0)
        order.append(docname)
        todo = app.env.toctree_includes.get(docname, []) + todo
    return order + sorted(app.env.found_docs - set(order))


def forget(app: Sphinx, env, docname: str) -> None:
    env.nnbook_claims.pop(docname, None)


def merge(app: Sphinx, env, docnames: list[str], other) -> None:
    env.nnbook_claims.update({name: other.nnbook_claims[name] for name in docnames if name in other.nnbook_claims})


def prepare(app: Sphinx) -> None:
    app.env.nnbook_claims = getattr(app.env, "nnbook_claims", {})


def setup(app: Sphinx) -> dict:
    if CheckLine not in load_mime_renders():
        load_mime_renders().append(CheckLine)
    app.add_node(evidence_list)
    app.add_directive("evidence", Evidence)
    app.connect("builder-inited", prepare)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-resolved", list_claims)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
