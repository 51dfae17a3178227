"""Find the chapters of the book, by name or path."""

import difflib
from importlib import metadata
from pathlib import Path

from nnbook.cells import ChapterError, read_cells

# Beside the package in a clone of the repository; absent where only the wheel is installed.
BOOK = Path(__file__).resolve().parent.parent / "book"
NOT_CHAPTERS = ("_", "widgets", "node_modules", "jupyter_execute")


def chapter_names(book: Path) -> dict[str, Path]:
    """The chapters of the book by name, `foundations/neuron`: its pages that have code cells.

    >>> "foundations/neuron" in chapter_names(BOOK)
    True
    """
    pages = (path for path in sorted(book.rglob("*.md")) if not _is_machinery(path.relative_to(book)))
    return {
        path.relative_to(book).with_suffix("").as_posix(): path
        for path in pages
        if "{code-cell}" in (text := path.read_text(encoding="utf-8")) and read_cells(text)
    }


def _is_machinery(path: Path) -> bool:
    return any(part.startswith(NOT_CHAPTERS) for part in path.parts)


def find_chapter(name: str, book: Path) -> tuple[str, Path]:
    """The chapter of that name (`neuron`, `foundations/neuron`) or path, with its full name.

    Raises ChapterError with the nearest names, or with how to get the chapters where there are none.

    >>> name, path = find_chapter("neuron", BOOK)
    >>> name, path.name
    ('foundations/neuron', 'neuron.md')
    """
    path = Path(name)
    if path.is_file():
        resolved = path.resolve()
        if resolved.is_relative_to(book):
            return resolved.relative_to(book).with_suffix("").as_posix(), path
        return path.stem, path
    chapters = chapter_names(book)
    if not chapters:
        missing = f"there is no file {name}; " if path.suffix == ".md" else ""
        raise ChapterError(missing + how_to_get_chapters())
    wanted = name.removesuffix(".md").strip("/").lower()
    found = [full for full in chapters if full == wanted] or [full for full in chapters if full.endswith(f"/{wanted}")]
    if len(found) == 1:
        return found[0], chapters[found[0]]
    listed = "".join(f"\n  {full}" for full in found or chapters)
    if found:
        raise ChapterError(f"several chapters are called {name!r}; say which:{listed}")
    short = {full.rpartition("/")[2]: full for full in chapters}
    near = difflib.get_close_matches(wanted, [*chapters, *short], n=1, cutoff=0.5)
    guess = f" Did you mean {short.get(near[0], near[0])}?" if near else ""
    raise ChapterError(f"there is no chapter {name!r}.{guess} There are:{listed}")


def how_to_get_chapters() -> str:
    """Say where the chapters are, for readers who have only the installed package.

    >>> "repository" in how_to_get_chapters()
    True
    """
    try:
        addresses = metadata.metadata("nnbook").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        addresses = []
    labelled = dict(address.split(", ", 1) for address in addresses)
    repository = next((url for label, url in labelled.items() if label.lower() in ("repository", "source")), None)
    clone = f"a clone of the book's repository ({repository})" if repository else "a clone of the book's repository"
    return f"the chapters do not come with the installed package: run this from {clone}, or give the path of a chapter"
