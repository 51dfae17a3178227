"""Which page shows which questions, and where the answers and the misconceptions stand; kept in the environment."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


@dataclass
class Register:
    """By page, so that a page that is read again or removed takes its entries along."""

    sets: dict[str, list[str]] = field(default_factory=dict)  # page → names of the question files it shows
    answers: set[str] = field(default_factory=set)  # pages with {answers}
    misconceptions: set[str] = field(default_factory=set)  # pages with {misconceptions}
    grids: dict[str, list[str]] = field(default_factory=dict)  # page with {card-grid} → the card files it shows

    def forget(self, docname: str) -> None:
        """Drop what a page had, before it is read again or because it is gone."""
        for entries in (self.sets, self.grids):
            entries.pop(docname, None)
        for pages in (self.answers, self.misconceptions):
            pages.discard(docname)

    def merge(self, other: "Register", docnames: Iterable[str]) -> None:
        """Take over the pages that another process has read."""
        for mine, others in ((self.sets, other.sets), (self.grids, other.grids)):
            mine.update({docname: others[docname] for docname in docnames if docname in others})
        self.answers |= other.answers & set(docnames)
        self.misconceptions |= other.misconceptions & set(docnames)


def register_of(env: BuildEnvironment) -> Register:
    """Give the environment's register, new in a new environment."""
    if not hasattr(env, "nnbook_questions"):
        env.nnbook_questions = Register()  # type: ignore[attr-defined]
    return env.nnbook_questions  # type: ignore[attr-defined]


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    register_of(env).forget(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: Iterable[str], other: BuildEnvironment) -> None:
    register_of(env).merge(register_of(other), docnames)


def note_read(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    env.nnbook_pages_read = bool(docnames)  # type: ignore[attr-defined]


def rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have the answers written again when any page was read: they are copied from the pages of the questions."""
    return sorted(register_of(env).answers) if env.nnbook_pages_read else []  # type: ignore[attr-defined]


def first(pages: Iterable[str]) -> str | None:
    """Give the first page by name, or None."""
    return min(pages, default=None)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-before-read-docs", note_read)
    app.connect("env-updated", rewrite)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
