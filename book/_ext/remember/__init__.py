"""What a reader remembers by: cards, glossary, notation and misconceptions, each from one file and shown on pages."""

from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    # Imported here: the content files' modules import this package's schema, and this package them.
    from remember.cards import CardGrid, ReferenceCard, other_files
    from remember.lists import GlossaryTerms, Misconceptions, NotationTable

    app.setup_extension("questions")
    app.add_directive("reference-card", ReferenceCard)
    app.add_directive("card-grid", CardGrid)
    app.add_directive("glossary-terms", GlossaryTerms)
    app.add_directive("notation-table", NotationTable)
    app.add_directive("misconceptions", Misconceptions)
    app.connect("env-get-outdated", other_files)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
