"""The questions of the chapters: read, checked, witnessed, and shown in every format of the book."""

from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    # Imported here: the content files' modules import this package's schema, and this package them.
    from questions import html, links, nodes
    from questions.directives import Answers, BlankRole, Questions, SectionRole

    for extension in ("content", "witnesses", "sections", "register"):
        app.setup_extension(extension)
    app.add_config_value("questions_plain", False, "env", bool, "Write questions as exercises even in HTML, for print.")
    app.add_directive("questions", Questions)
    app.add_directive("answers", Answers)
    app.add_role("blank", BlankRole())
    app.add_role("section", SectionRole())
    app.add_node(nodes.question_set, html=(html.visit_question_set, html.depart_question_set))
    app.add_node(nodes.question, html=(html.visit_question, None))
    app.add_node(nodes.blank, html=(html.visit_blank, None))
    app.add_node(nodes.misconception_name, html=(html.visit_inside, html.visit_inside))
    for node in (nodes.part, nodes.section_name, nodes.answers):
        app.add_node(node)
    for transform in (links.PlaceAnswers, links.WriteOut, links.NameLinks):
        app.add_post_transform(transform.to(app))
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
