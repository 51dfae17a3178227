"""Listen to a page from its first byte: console, errors, requests, policy violations, layout shifts."""

from urllib.parse import urlsplit

from playwright.sync_api import Page

_LISTEN = """
window.nnbookShift = 0;
window.nnbookViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.nnbookViolations.push(`${event.violatedDirective} blocked ${event.blockedURI || event.sample}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.nnbookShift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


class Watch:
    """What happened on one page. `problems()` is empty on a page that behaves."""

    def __init__(self, page: Page, origin: str):
        """Start listening; origin is where everything has to come from (`http://host:port`, or `file://`)."""
        self.page = page
        self.origin = origin
        self.requests: list[str] = []
        self._problems: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._problems.append(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", lambda r: self._problems.append(f"failed request: {r.url} ({r.failure})"))
        page.on("response", self._on_response)
        page.add_init_script(_LISTEN)

    def _on_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self._problems.append(f"console {message.type}: {message.text}")

    def _on_request(self, request) -> None:
        self.requests.append(request.url)
        if not self.is_own(request.url):
            self._problems.append(f"third-party request: {request.url}")

    def _on_response(self, response) -> None:
        if response.status >= 400:
            self._problems.append(f"status {response.status}: {response.url}")

    def is_own(self, url: str) -> bool:
        """Say whether an address belongs to the book."""
        return urlsplit(url).scheme in ("data", "blob") or url.startswith(self.origin)

    def violations(self) -> list[str]:
        """Give what the content security policy blocked (only where scripts run)."""
        return self.page.evaluate("window.nnbookViolations ?? []")

    def shift(self) -> float:
        """Give the cumulative layout shift so far."""
        return self.page.evaluate("window.nnbookShift ?? 0")

    def problems(self) -> list[str]:
        """Give everything that should not have happened, in order."""
        return [*self._problems, *(f"policy violation: {text}" for text in self.violations())]
