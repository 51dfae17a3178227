"""{questions}, {answers} and {blank}: what an author writes in a page."""

from content import content_of
from content_files import ContentError, nearest
from docutils import nodes
from register import register_of
from sphinx.util.docutils import SphinxDirective, SphinxRole
from texts import Texts
from witnesses import values_of

from questions.build import Builder
from questions.nodes import answers, blank, question_set, section_name


class Questions(SphinxDirective):
    """Show the questions of a chapter: {questions} neuron."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Parse the questions and note that this page shows them."""
        chapter = self.arguments[0]
        content = content_of(self.env)
        file = content.files.get(f"questions/{chapter}")
        if file is None:
            told = nearest(chapter, [name for name, _ in content.of("questions")])
            raise ContentError(
                f"{self.env.doc2path(self.env.docname)}:{self.lineno}: there is no questions/{chapter}.yaml{told}"
            )
        self.env.note_dependency(str(file.path))
        for source in ("misconceptions", "glossary"):
            self.env.note_dependency(str(content.files[source].path))
        register_of(self.env).sets.setdefault(self.env.docname, []).append(chapter)
        beliefs = {mid: entry.belief for mid, entry in content.misconceptions().items()}
        terms = content.concepts()
        counted = {concept: terms[concept] for asked in file.content.questions for concept in asked.concepts}
        shown = question_set(chapter=chapter, ids=[f"questions-{chapter}"], concepts=counted)
        for index, asked in enumerate(file.content.questions):
            texts = Texts(self, file, ("questions", index), values_of(self.env, "questions", asked.id))
            built = Builder(asked, texts, beliefs).build()
            built.attributes.update(number=index + 1, total=len(file.content.questions))
            built.source, built.line = str(file.path), file.line("questions", index)
            shown += built
            self.state.document.note_explicit_target(built)
        self.state.document.note_explicit_target(shown)
        return [shown]


class Answers(SphinxDirective):
    """The place of all answers in print; in a browser each stands folded below its question."""

    def run(self) -> list[nodes.Node]:
        """Mark the place."""
        register_of(self.env).answers.add(self.env.docname)
        return [answers()]


class BlankRole(SphinxRole):
    """A gap in a cloze text: {blank}`key`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the gap; the question says later what may fill it."""
        return [blank(key=self.text)], []


class SectionRole(SphinxRole):
    """A link to a section by its title, as content files name it: {section}`docname#anchor`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the link; its title is found once all pages are read."""
        return [section_name(target=self.text)], []
