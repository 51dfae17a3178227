"""The built book that the page tests read: in `_build/html`, or where NNBOOK_HTML points."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def built_book() -> Path:
    """Give the folder of the built pages."""
    return Path(os.environ.get("NNBOOK_HTML", ROOT / "_build" / "html")).resolve()


def book_pages() -> list[str]:
    """Give every page of the built book, as paths from its root. Without a built book this is an error, not an empty list."""
    book = built_book()
    pages = sorted(
        path.relative_to(book).as_posix()
        for path in book.rglob("*.html")
        if "_static" not in path.relative_to(book).parts
    )
    if "index.html" not in pages:
        raise pytest.UsageError(
            f"There is no built book in {book}. Run `nox -s html`, or set NNBOOK_HTML to a built one."
        )
    return pages


def pages_with(markup: str) -> list[str]:
    """Give the pages of the built book whose source has these words; the book without any is an error."""
    found = [name for name in book_pages() if markup in (built_book() / name).read_text(encoding="utf-8")]
    if not found:
        raise pytest.UsageError(f"no page of {built_book()} has {markup!r}: was the book built whole?")
    return found


def pages_to_open() -> list[str]:
    """Give the pages that a browser opens: all, but of the reference, which one program makes alike, one of each kind.

    Kinds are a room's own page, a module outside the rooms, and the modules of each room. It is the longest, the one
    where something is likeliest to be too wide or too heavy. What can be read from the files is asked of every page
    (tests/book).
    """

    def kind(name: str) -> str:
        room, *module = name.removeprefix("reference/api/").split("/")
        return room if module else "a room" if (built_book() / name).with_suffix("").is_dir() else "a module"

    made = [name for name in book_pages() if name.startswith("reference/api/") and not name.endswith("/index.html")]
    longest = {kind(name): name for name in sorted(made, key=lambda name: (built_book() / name).stat().st_size)}
    return [name for name in book_pages() if name not in made or name in longest.values()]
