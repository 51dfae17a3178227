"""Where the book speaks of a name: an entry of the reference links back to the sections whose text links to it."""

from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from api.pages import FOLDER
from api.records import Package


class mentions(nodes.General, nodes.Element):  # noqa: N801, docutils' nodes are lower case
    """Stands for the links until every page has been read."""


Places = dict[str, dict[str, str]]  # page → full name → id of the section that links to it first


def places_of(env: BuildEnvironment) -> Places:
    """Give the mentions of the book that was read."""
    if not hasattr(env, "nnbook_mentions"):
        env.nnbook_mentions = {}
    return env.nnbook_mentions


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note what a page that was read links to; the reference itself does not count."""
    docname = app.env.docname
    if docname.startswith(f"{FOLDER}/"):
        return
    package: Package = app.env.nnbook_api
    found: dict[str, str] = {}
    for link in doctree.findall(addnodes.pending_xref):
        if link.get("refdomain") == "py":
            home = package.handed_on.get(link["reftarget"], link["reftarget"])
            found.setdefault(home, _section_of(link))
    if found:
        places_of(app.env)[docname] = found


def _section_of(node: nodes.Node) -> str:
    around: Any = node
    while around is not None and not isinstance(around, nodes.section):
        around = around.parent
    # The page's own heading needs no anchor.
    return around["ids"][0] if around is not None and isinstance(around.parent, nodes.section) else ""


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    places_of(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    places_of(env).update({name: found for name, found in places_of(other).items() if name in docnames})


def rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have the reference written again where the mentions changed since the last build."""
    before, now = getattr(env, "nnbook_mentions_written", {}), places_of(env)
    env.nnbook_mentions_written = {name: dict(found) for name, found in now.items()}
    if before == now:
        return []
    return sorted(name for name in env.found_docs if name.startswith(f"{FOLDER}/"))


def link_back(app: Sphinx, doctree: nodes.document, fromdoc: str) -> None:
    """Put the links in their place, or nothing where no page speaks of the name."""
    for node in list(doctree.findall(mentions)):
        links = []
        for docname, found in sorted(places_of(app.env).items()):
            if node["target"] in found:
                section = found[node["target"]]
                uri = app.builder.get_relative_uri(fromdoc, docname) + (f"#{section}" if section else "")
                title = app.env.titles[docname].astext()
                links += [nodes.Text(", "), nodes.reference("", title, internal=True, refuri=uri)]
        line = [nodes.Text("In the book: "), *links[1:]]
        node.replace_self([nodes.paragraph("", "", *line, classes=["nn-mentions"])] if links else [])


def setup(app: Sphinx) -> None:
    """Collect while reading, link before writing."""
    app.add_node(mentions)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", rewrite)
    app.connect("doctree-resolved", link_back)
