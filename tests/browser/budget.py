"""What a page costs its reader, in bytes over the wire, and whether it fits its screen."""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Page

KIB = 1024
FIRST_LOAD = 150 * KIB
SCROLLED = 300 * KIB
SCRIPT = 60 * KIB
SHIFT = 0.01

_COMPRESSED = {".woff2", ".png", ".webp", ".jpg", ".ico", ".zip", ".gz"}


def wire_bytes(path: Path) -> int:
    """Give the size of a file as a host sends it: gzip for text, as it is for what is compressed already."""
    data = path.read_bytes()
    return len(data) if path.suffix in _COMPRESSED else len(gzip.compress(data, 6))


def files_of(requests: list[str], site: str, root: Path) -> list[Path]:
    """Give the files behind a page's requests, each once; site is the address that root is served at."""
    own = {url.removeprefix(site) for url in requests if url.startswith(site)}
    return sorted({root / (unquote(urlsplit(path).path) or "index.html") for path in own})


def over_budget(requests: list[str], site: str, root: Path, limit: int, what: str) -> list[str]:
    """Say where the files of a page cost more than a limit: the total, then the largest of them."""
    sizes = {path: wire_bytes(path) for path in files_of(requests, site, root)}
    problems = []
    if sum(sizes.values()) > limit:
        problems.append(f"{what}: {_kib(sum(sizes.values()))}, allowed {_kib(limit)}: {_largest(sizes)}")
    # The search index is data that happens to be loaded as a script (so that it loads from a folder, too).
    scripts = {path: size for path, size in sizes.items() if path.suffix == ".js" and path.name != "searchindex.js"}
    if sum(scripts.values()) > SCRIPT:
        problems.append(f"script: {_kib(sum(scripts.values()))}, allowed {_kib(SCRIPT)}: {_largest(scripts)}")
    return problems


def _kib(size: int) -> str:
    return f"{size / KIB:.1f} KiB"


def _largest(sizes: dict[Path, int]) -> str:
    return ", ".join(f"{path.name} {_kib(sizes[path])}" for path in sorted(sizes, key=sizes.get, reverse=True)[:4])


# Furo hides what runs out of the page (html) and lets the text column scroll (.content): both would be a reader's loss.
_OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  const inOwnBox = (node) => node && !node.matches("html, body, .page, .main, .content")
    && (/auto|scroll|hidden|clip/.test(getComputedStyle(node).overflowX) || inOwnBox(node.parentElement));
  const out = [...document.querySelectorAll("body *")].filter((node) =>
    node.getBoundingClientRect().right > wide + 1 && node.checkVisibility({ visibilityProperty: true })
    && !inOwnBox(node.parentElement));
  return out.filter((node) => !out.some((other) => other !== node && node.contains(other)))
    .slice(0, 5).map((node) => "runs out of the page: " + node.outerHTML.slice(0, 120));
}"""


def overflow(page: Page) -> list[str]:
    """Say what makes a page scroll sideways; an empty list if nothing does."""
    return page.evaluate(_OVERFLOW)


def settle(page: Page) -> None:
    """Wait until nothing more is on its way: images, fonts, two frames."""
    page.evaluate("""async () => {
      await document.fonts.ready;
      const images = [...document.images].filter((image) => image.loading !== "lazy" || image.getBoundingClientRect().top < innerHeight);
      await Promise.all(images.map((image) => image.complete || new Promise((done) => { image.onload = image.onerror = done; })));
      await new Promise((done) => setTimeout(done, 60));
    }""")


def scroll_through(page: Page) -> None:
    """Scroll to the end as a reader would, so that what loads lazily loads."""
    page.evaluate("""async () => {
      for (let y = 0; y < document.documentElement.scrollHeight; y += window.innerHeight / 2) {
        window.scrollTo({ top: y, behavior: "instant" });
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 10)));
      }
      window.scrollTo({ top: 0, behavior: "instant" });
    }""")
    settle(page)
