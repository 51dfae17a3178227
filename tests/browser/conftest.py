"""A browser, the built book, and pages that are listened to from their first byte.

The book is the one in `_build/html`, or where NNBOOK_HTML points. Without a browser or a book the tests fail and say
what to do; they never pass by not running.
"""

import http.server
import re
import threading
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import axe, budget, chromium
from tests.browser.watch import Watch
from tests.built import book_pages, built_book, pages_to_open


def pytest_generate_tests(metafunc) -> None:
    """Give a test that asks for `page_name` the pages to open in turn."""
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", pages_to_open())


@pytest.fixture(scope="session")
def book() -> Path:
    """Give the folder of the built book."""
    book_pages()
    return built_book()


@pytest.fixture(scope="session")
def browser():
    """Start one browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(playwright.chromium), args=chromium.FLAGS)
        yield browser
        browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """A static host that keeps its log to itself and answers a wrong address with the book's own page."""

    prefix = "/"

    def translate_path(self, path):
        """Serve the folder under the prefix that the host of the book puts before every address."""
        inside = path.startswith(self.prefix)
        return super().translate_path("/" + path.removeprefix(self.prefix) if inside else "/nothing-here")

    def log_message(self, format, *args):
        pass

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def serve():
    """Serve a folder on the loopback address; gives the base address, with a slash at its end."""
    servers = []

    def start(folder: Path, prefix: str = "/") -> str:
        handler = type("Handler", (_Quiet,), {"prefix": prefix})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}{prefix}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def site(serve, book) -> str:
    """Give the address of the book on a loopback server, under the prefix that its 404 page was built for."""
    prefix = re.search(r'href="(/[^"]*)_static/', (book / "404.html").read_text(encoding="utf-8"))[1]
    return serve(book, prefix)


@pytest.fixture(scope="session")
def folder(book) -> str:
    """Give the address of the book as a folder, which a reader opens by double-click."""
    return book.as_uri() + "/"


@pytest.fixture
def visit(browser):
    """Open an address in a context of its own: `visit(url, scheme=…, width=…, javascript=…)` gives a page and its Watch."""
    contexts = []

    def open_page(url: str, *, scheme: str = "light", width: int = 1280, javascript: bool = True):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=javascript
        )
        contexts.append(context)
        page = context.new_page()
        origin = "file://" if url.startswith("file:") else "/".join(url.split("/")[:3]) + "/"
        watch = Watch(page, origin)
        page.goto(url, wait_until="load")
        if javascript:  # else the timers that settling waits for never fire
            budget.settle(page)
        return page, watch

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def review() -> axe.Review:
    """Give the judged findings, which remember over the session which of them were met."""
    return axe.Review.load()
