"""The nodes of a question in a page. They hold all that any builder needs, so a page can be written without the files."""
# ruff: noqa: N801 (docutils names its node classes in lower case, and finds their visitors by these names)

from docutils import nodes


class question_set(nodes.General, nodes.Element):
    """What one {questions} directive shows. Attributes: `chapter`, `concepts` (slug to term)."""


class question(nodes.General, nodes.Element):
    """One question. Attributes: `qid`, `rev`, `kind`, `concepts`, `source_name`, `number`, `total`, `key` (for the script),
    and what its body needs: `inputs` (radio, checkbox), `unit`, `places`.
    """


class part(nodes.General, nodes.TextElement):
    """A part of a question, by `name`: prompt, setup, option, item, choice, text, hint, solution, feedback, explanation, tip,
    source. Options, items and choices have a `letter`; feedback has `key`, `label`, `correct`, `misconception`.
    """


class blank(nodes.Inline, nodes.Element):
    """A gap of a cloze text. Attributes: `qid`, `number`, `total`, `choices` (letter, text; empty for an entry)."""


class misconception_name(nodes.Inline, nodes.TextElement):
    """The belief behind a wrong answer; becomes a link where the book lists it. Attributes: `mid`."""


class section_name(nodes.Inline, nodes.TextElement):
    """A link to the section that settles a question, by its title. Attributes: `target` (docname#anchor)."""


class answers(nodes.General, nodes.Element):
    """The place of the answers, for builders that cannot fold them."""


def parts(node: nodes.Element, name: str) -> list[part]:
    """Give the parts of a question with that name, in order."""
    return [child for child in node.children if isinstance(child, part) and child["name"] == name]
