"""Links of built pages: every address inside the book leads to a file that is there, every fragment to an id on that page."""

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ADDRESSES = {
    ("a", "href"),
    ("link", "href"),
    ("img", "src"),
    ("script", "src"),
    ("source", "srcset"),
    ("form", "action"),
}


class _Page(HTMLParser):
    """The ids of a page, and where it points."""

    def __init__(self, markup: str):
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[tuple[int, str]] = []
        self.named: list[tuple[int, str, str]] = []  # line, attribute, id it refers to
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        line = self.getpos()[0]
        for name, value in attributes:
            if name == "id" and value:
                self.ids.append(value)
            elif (tag, name) in _ADDRESSES and value is not None:
                self.addresses.append((line, value))
            elif name in ("for", "aria-labelledby", "aria-describedby", "aria-controls") and value:
                self.named += [(line, name, target) for target in value.split()]


def link_faults(root: Path) -> list[str]:
    """Give every dead address, dead fragment, double id and dangling reference of the pages in a folder."""
    pages = {
        path: _Page(path.read_text(encoding="utf-8"))
        for path in sorted(root.resolve().rglob("*.html"))
        if "_static" not in path.relative_to(root.resolve()).parts
    }
    faults = []
    for path, page in pages.items():
        where = path.relative_to(root.resolve()).as_posix()
        faults += [
            f"{where}: id '{name}' stands {count} times" for name, count in Counter(page.ids).items() if count > 1
        ]
        faults += [
            f"{where}:{line}: {kind} names '{target}', no such id"
            for line, kind, target in page.named
            if target not in page.ids
        ]
        for line, address in page.addresses:
            if fault := _fault(address, path, root.resolve(), pages):
                faults.append(f"{where}:{line}: {fault}")
    return faults


def _fault(address: str, path: Path, root: Path, pages: dict[Path, _Page]) -> str:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return "" if parts.scheme in ("https", "mailto", "data") else f"'{address}' is no https address"
    target = path if not parts.path else _resolve(unquote(parts.path), path, root)
    if target is None or not target.is_file():
        return f"'{address}' leads nowhere"
    fragment = unquote(parts.fragment)
    if fragment and target in pages and fragment not in pages[target].ids:
        return f"'{address}' leads to no id on that page"
    return ""


def _resolve(address: str, path: Path, root: Path) -> Path | None:
    if not address.startswith("/"):
        target = (path.parent / address).resolve()
    else:
        # Only the 404 page has these; the host may put a prefix such as /en/latest/ before the book's own path.
        steps = address.strip("/").split("/")
        target = next((found for i in range(len(steps)) if (found := root.joinpath(*steps[i:])).exists()), root)
    if target.is_dir():
        target = target / "index.html"
    return target if target.is_relative_to(root) else None
