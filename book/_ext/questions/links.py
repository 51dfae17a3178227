"""Turn the names of sections and misconceptions into links, and the answers' place into what the builder needs there."""

from typing import Any

from docutils import nodes
from register import first, register_of
from sections import link
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform

from questions import plain
from questions.nodes import answers, misconception_name, parts, question, question_set, section_name


def interactive(builder: Builder) -> bool:
    """Tell whether this builder's readers have native form elements and <details>."""
    return builder.format == "html" and builder.name != "epub" and not builder.config.questions_plain


class Bound(SphinxPostTransform):
    """A transform that knows the application; Sphinx no longer tells transforms."""

    sphinx: Sphinx

    @classmethod
    def to(cls, app: Sphinx) -> "type[Bound]":
        """Give this transform for one application."""
        return type(cls.__name__, (cls,), {"sphinx": app})


class PlaceAnswers(Bound):
    """Copy the questions of all pages to where their answers are wanted."""

    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Replace each place by the answers, or by links to the questions."""
        for place in list(self.document.findall(answers)):
            listed: list[nodes.Node] = []
            for docname in sorted(register_of(self.env).sets, key=self._reading_order):
                doctree = self.env.get_doctree(docname)
                title = self.env.titles[docname].astext()
                asked = [node for each in doctree.findall(question_set) for node in each.findall(question)]
                show = self._index if interactive(self.sphinx.builder) else self._answers
                listed += [nodes.rubric(title, title), *show(docname, asked)]
            place.replace_self(listed)

    def _reading_order(self, docname: str) -> tuple[int, str]:
        order = list(self.env.toctree_includes)
        pages = [page for parent in order for page in self.env.toctree_includes[parent]]
        return (pages.index(docname) if docname in pages else len(pages), docname)

    def _index(self, docname: str, asked: list[question]) -> list[nodes.Node]:
        """List the questions with links: in a browser each answer stands below its question."""
        rows = nodes.enumerated_list(enumtype="arabic")
        for node in asked:
            prompt = parts(node, "prompt")[0].deepcopy()
            for inner in list(prompt.findall(lambda each: isinstance(each, nodes.reference | addnodes.pending_xref))):
                inner.replace_self(inner.children)  # a link inside a link is none
            uri = self._uri(docname) + "#" + node["ids"][0]
            rows += nodes.list_item(
                "", nodes.paragraph("", "", nodes.reference("", "", *prompt.children, internal=True, refuri=uri))
            )
        return [rows]

    def _answers(self, docname: str, asked: list[question]) -> list[nodes.Node]:
        shown: list[nodes.Node] = []
        for node in asked:
            copied = node.deepcopy()
            for each in copied.findall(nodes.Element):
                if "refdoc" in each:
                    each["refdoc"] = self.env.docname
                if isinstance(each, nodes.reference) and "refid" in each:
                    each["refuri"] = f"{self._uri(docname)}#{each.attributes.pop('refid')}"
            shown += plain.answer(copied, back=f"{self._uri(docname)}#{node['ids'][0]}")
        return shown

    def _uri(self, docname: str) -> str:
        return self.sphinx.builder.get_relative_uri(self.env.docname, docname)


class WriteOut(Bound):
    """Write questions as exercises for builders without form elements, with the answers in their place or below."""

    default_priority = 4

    def run(self, **kwargs: Any) -> None:
        """Replace the questions of a page by exercises."""
        if interactive(self.sphinx.builder):
            return
        place = first(register_of(self.env).answers)
        for shown in list(self.document.findall(question_set)):
            asked = list(shown.findall(question))
            written: list[nodes.Node] = []
            for node in asked:
                written += plain.exercise(node, self._answer(node, place))
            for node in [] if place else asked:
                written += plain.answer(
                    node, back=f"#{node['ids'][0]}" if self.sphinx.builder.format != "latex" else ""
                )
            shown.replace_self(written)

    def _answer(self, node: question, place: str | None) -> nodes.Node | None:
        if place is None:
            return None
        uri = f"{self.sphinx.builder.get_relative_uri(self.env.docname, place)}#answer-{node['qid']}"
        return plain.link(self.env.titles[place].astext(), uri)


class NameLinks(Bound):
    """Link sections by their titles, and misconceptions to the page that lists them."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Replace the names by links."""
        for name in list(self.document.findall(section_name)):
            name.replace_self(link(self.sphinx, self.env.docname, name["target"]))
        page = first(register_of(self.env).misconceptions)
        for name in list(self.document.findall(misconception_name)):
            shown: nodes.Node = nodes.Text(name.astext())
            if page is not None and self.sphinx.builder.format != "text":
                uri = f"{self.sphinx.builder.get_relative_uri(self.env.docname, page)}#misconception-{name['mid']}"
                shown = nodes.reference(name.astext(), name.astext(), internal=True, refuri=uri)
            # The node stays where html.py sets the misconception apart from the feedback.
            if interactive(self.sphinx.builder):
                name.children.clear()
                name += shown
            else:
                name.replace_self(shown)
