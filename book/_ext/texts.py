"""Texts of content files, parsed in the page that shows them: mathematics, code and roles work as in a chapter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content_files import ContentError, ContentFile, Place, nearest
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

COMPUTED = re.compile(r"\{computed\}`([^`:]+)(?::([^`]*))?`")


@dataclass(frozen=True)
class Texts:
    """The texts of one entry of a file, in the page whose directive shows them."""

    directive: SphinxDirective
    file: ContentFile[Any]
    place: Place
    values: Mapping[str, Any]

    def blocks(self, text: str, *place: str | int) -> list[nodes.Node]:
        """Parse a text of any number of paragraphs. Raises ContentError for what MyST does not understand."""
        line = self.file.line(*self.place, *place)
        parsed = nodes.Element()
        lines = self._with_numbers(text, place).splitlines()
        self.directive.state.nested_parse(StringList(lines, source=self.file.shown), 0, parsed)
        for message in parsed.findall(nodes.system_message):
            raise ContentError(self.file.told(message.astext().split(") ", 1)[-1], *self.place, *place))
        for node in parsed.findall():
            if isinstance(node, nodes.Element):
                node.source, node.line = str(self.file.path), line
        return parsed.children

    def phrase(self, text: str, *place: str | int) -> list[nodes.Node]:
        """Parse a text of one paragraph to what stands inside it, for places where HTML allows no blocks."""
        parsed = self.blocks(text, *place)
        if len(parsed) != 1 or not isinstance(parsed[0], nodes.paragraph):
            raise ContentError(
                self.file.told(
                    "this text must be one paragraph; put code, lists and formulas of their own line elsewhere",
                    *self.place,
                    *place,
                )
            )
        return parsed[0].children

    def _with_numbers(self, text: str, place: Place) -> str:
        def number(match: re.Match[str]) -> str:
            name, form = match.group(1), match.group(2) or ".3g"
            if name not in self.values:
                told = nearest(name, self.values) or f"; known: {', '.join(self.values) or 'none'}"
                raise ContentError(self.file.told(f'no number "{name}" is computed here{told}', *self.place, *place))
            return format(self.values[name], form)

        return COMPUTED.sub(number, text)
