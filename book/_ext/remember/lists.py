"""The glossary, the notation table and the list of misconceptions."""

from typing import Any

from content import content_of
from content_files import ContentError, ContentFile
from docutils import nodes
from docutils.statemachine import StringList
from questions.nodes import section_name
from register import register_of
from sphinx.domains.std import Glossary
from sphinx.util.docutils import SphinxDirective
from texts import Texts

COLUMNS = (("Symbol", 12), ("Meaning", 40), ("Shape or range", 18), ("In code", 15), ("First met", 15))


def file_of(directive: SphinxDirective, name: str) -> ContentFile[Any]:
    """Give a content file, and have the page read again when it changes."""
    file = content_of(directive.env).files.get(name)
    if file is None:
        page = directive.env.doc2path(directive.env.docname)
        raise ContentError(f"{page}:{directive.lineno}: there is no {name}.yaml in the book's folder")
    directive.env.note_dependency(str(file.path))
    return file


class GlossaryTerms(Glossary):
    """The glossary, as Sphinx's own node, so that {term} links to it."""

    def run(self) -> list[nodes.Node]:
        """Write the terms as Sphinx's directive wants them, in alphabetical order."""
        file = file_of(self, "glossary")
        self.content = StringList()
        for index in sorted(range(len(file.content.terms)), key=lambda index: file.content.terms[index].term.lower()):
            entry, line = file.content.terms[index], file.line("terms", index)
            definition = entry.definition.splitlines()
            if entry.source:
                definition[-1] += f" {{section}}`{entry.source}`"
            for text in (entry.term, *entry.also, *(f"  {text}" for text in definition), ""):
                self.content.append(text, str(file.path), line)
        return super().run()


class NotationTable(SphinxDirective):
    """Every symbol: what it means, its shape, its name in the code, where it is met first."""

    def run(self) -> list[nodes.Node]:
        """Make the table, a row for each symbol."""
        file = file_of(self, "notation")
        group = nodes.tgroup(cols=len(COLUMNS))
        group += [nodes.colspec(colwidth=width) for _, width in COLUMNS]
        group += nodes.thead("", table_row([[nodes.paragraph("", title)] for title, _ in COLUMNS]))
        body = nodes.tbody()
        for index, entry in enumerate(file.content.symbols):
            texts = Texts(self, file, ("symbols", index), {})
            body += table_row(
                [
                    texts.blocks(entry.symbol, "symbol"),
                    texts.blocks(entry.meaning, "meaning"),
                    texts.blocks(entry.shape, "shape") if entry.shape else [],
                    [nodes.paragraph("", "", nodes.literal(entry.code, entry.code))] if entry.code else [],
                    [nodes.paragraph("", "", section_name(target=entry.source))] if entry.source else [],
                ]
            )
        group += body
        return [nodes.table("", group, classes=["nn-notation"])]


def table_row(cells: list[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", *cell) for cell in cells))


class Misconceptions(SphinxDirective):
    """The wrong beliefs the questions test, each with what is so instead."""

    def run(self) -> list[nodes.Node]:
        """Make the list and note that links to misconceptions lead to this page."""
        file = file_of(self, "misconceptions")
        register_of(self.env).misconceptions.add(self.env.docname)
        listed = nodes.definition_list(classes=["nn-misconceptions"])
        for index, entry in enumerate(file.content.misconceptions):
            texts = Texts(self, file, ("misconceptions", index), {})
            settled = nodes.paragraph("", "", nodes.Text("Settled in "), section_name(target=entry.source))
            listed += nodes.definition_list_item(
                "",
                nodes.term("", entry.belief, ids=[f"misconception-{entry.id}"]),
                nodes.definition("", *texts.blocks(entry.truth, "truth"), settled),
            )
        return [listed]
