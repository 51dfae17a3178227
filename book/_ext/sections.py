"""The sections that content files point to: they must exist, and links show their titles."""

from typing import Any

from content import content_of, mentions
from content_files import ContentError, nearest
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def section_at(env: BuildEnvironment, target: str) -> tuple[str, str, str] | None:
    """Give docname, id and title of the section at `docname#anchor`; the anchor is a target's name or a heading's slug."""
    docname, _, anchor = target.partition("#")
    if docname not in env.all_docs:
        return None
    label = env.domains.standard_domain.labels.get(anchor.lower())
    if label and label[0] == docname:
        return docname, label[1], label[2]
    for section in env.get_doctree(docname).findall(nodes.section):
        if anchor in section["ids"] or anchor == section.get("slug"):
            return docname, anchor if anchor in section["ids"] else section["ids"][0], section[0].astext()
    return None


def check_sources(app: Sphinx, env: BuildEnvironment) -> None:
    """Stop the build if an entry's `source` does not exist. Raises ContentError with every one that is missing."""
    mistakes = []
    for file in content_of(env).files.values():
        for place, target in mentions(file.data, "source"):
            if section_at(env, target) is None:
                mistakes.append(file.told(missing(env, target), *place))
    if mistakes:
        raise ContentError("\n".join(mistakes))


def missing(env: BuildEnvironment, target: str) -> str:
    """Say that a section does not exist, and which are there."""
    docname, _, anchor = target.partition("#")
    if docname not in env.all_docs:
        return f'source "{target}": there is no page "{docname}"{nearest(docname, env.all_docs)}'
    labels = [name for name, (page, _, _) in env.domains.standard_domain.labels.items() if page == docname]
    slugs = [section.get("slug") or section["ids"][0] for section in env.get_doctree(docname).findall(nodes.section)]
    told = nearest(anchor, [*labels, *slugs]) or "; known: " + ", ".join([*labels, *slugs])
    return f'source "{target}": {docname} has no section "{anchor}"{told}'


def link(app: Sphinx, from_docname: str, target: str) -> nodes.Node:
    """Make a link to a section by its title. The check above has made sure it exists."""
    found = section_at(app.env, target)
    if found is None:
        return nodes.Text(target)
    docname, anchor, title = found
    uri = (
        app.builder.get_relative_uri(from_docname, docname)
        if docname != from_docname or app.builder.format == "latex"
        else ""
    )
    return nodes.reference(title, title, internal=True, refuri=f"{uri}#{anchor}")


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("content")
    app.connect("env-check-consistency", check_sources)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
