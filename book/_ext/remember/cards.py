"""Reference cards: one on its chapter's page, all of them as a grid. Plain nodes, so every builder can write them."""

from collections.abc import Iterable
from typing import Any

from content import Content, content_of
from content_files import ContentError, ContentFile, nearest
from docutils import nodes
from questions.nodes import section_name
from register import register_of
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from texts import Texts
from witnesses import values_of

from remember.schema import Card, CardFile


def card_node(
    directive: SphinxDirective, file: ContentFile[CardFile], index: int, card: Card, name_prefix: str
) -> nodes.container:
    """Make a card: name, definition, picture, formula, hook, where the hook breaks, link."""
    texts = Texts(directive, file, ("cards", index), values_of(directive.env, "cards", card.id))
    directive.env.note_dependency(str(file.path))
    shown = nodes.container(ids=[f"{name_prefix}{card.id}"], classes=["nn-card"])
    shown += line("name", nodes.strong("", card.name))
    shown += line("definition", *texts.phrase(card.definition, "definition"))
    if card.picture:
        shown += line("picture", *texts.phrase(f"Picture: {{numref}}`{card.picture}`.", "picture"))
    shown += nodes.container("", *texts.blocks(card.formula, "formula"), classes=["nn-card-formula"])
    shown += line("hook", nodes.strong("", "Hook:"), nodes.Text(" "), *texts.phrase(card.hook, "hook"))
    shown += line("breaks", nodes.strong("", "Where it breaks:"), nodes.Text(" "), *texts.phrase(card.breaks, "breaks"))
    shown += line("source", nodes.Text("More: "), section_name(target=card.source))
    return shown


def line(name: str, *children: nodes.Node) -> nodes.paragraph:
    return nodes.paragraph("", "", *children, classes=[f"nn-card-{name}"])


def find(content: Content, card_id: str) -> tuple[ContentFile[CardFile], int, Card] | None:
    """Give the card of that id with its file and its number in it."""
    return next((found for found in content.cards() if found[2].id == card_id), None)


class ReferenceCard(SphinxDirective):
    """Show one card: {reference-card} neuron."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the card."""
        content, wanted = content_of(self.env), self.arguments[0]
        found = find(content, wanted)
        if found is None:
            told = nearest(wanted, [card.id for _, _, card in content.cards()])
            raise ContentError(
                f'{self.env.doc2path(self.env.docname)}:{self.lineno}: there is no card "{wanted}"{told}'
            )
        shown = card_node(self, *found, name_prefix="card-")
        self.state.document.note_explicit_target(shown)
        return [shown]


class CardGrid(SphinxDirective):
    """Show all cards of the book."""

    def run(self) -> list[nodes.Node]:
        """Make the grid and note which files it shows."""
        content = content_of(self.env)
        register_of(self.env).grids[self.env.docname] = card_files(content)
        cards = [card_node(self, *found, name_prefix="grid-card-") for found in content.cards()]
        return [nodes.container("", *cards, classes=["nn-card-grid"])]


def card_files(content: Content) -> list[str]:
    return [name for name, _ in content.of("cards")]


def other_files(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Have a grid read again when a card file came or went; Sphinx sees changed files, not new ones."""
    now: Any = card_files(content_of(env))
    return [docname for docname, shown in register_of(env).grids.items() if shown != now]
