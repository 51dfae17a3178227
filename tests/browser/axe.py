"""axe-core on a page: its violations, and its "incomplete" findings against those a person has judged."""

import fnmatch
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from playwright.sync_api import Page

_ROOT = Path(__file__).parents[2]
SCRIPT = _ROOT / "book" / "widgets" / "node_modules" / "axe-core" / "axe.min.js"
REVIEWED = Path(__file__).parent / "axe-reviewed.yaml"

_NEEDED = {"rule", "page", "target", "reason"}
_ALLOWED = _NEEDED | {"message"}

# Each finding says which of the reviewed selectors its element matches: axe's own selectors change with every edit of a page.
_RUN = """async ([selectors, within]) => {
  const result = await axe.run(within ? [...document.querySelectorAll(within)] : document, { resultTypes: ["violations", "incomplete"], elementRef: true, preload: false });
  return ["violations", "incomplete"].flatMap((group) => result[group].flatMap((rule) => rule.nodes.map((node) => ({
    kind: group === "violations" ? "violation" : "incomplete",
    rule: rule.id,
    target: node.target.flat().join(" "),
    message: [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; "),
    matches: selectors.map((selector) => node.element?.matches(selector) ?? false),
  }))));
}"""

_HEIGHT = """Math.max(document.documentElement.scrollHeight, ...[...document.querySelectorAll(".sidebar-scroll, .toc-scroll")]
  .map((beside) => window.innerHeight - beside.clientHeight + beside.scrollHeight))"""


@dataclass(frozen=True)
class Finding:
    """One element that one rule of axe has something to say about."""

    kind: str  # "violation" or "incomplete"
    rule: str
    target: str
    message: str
    matches: tuple[bool, ...]  # by entry of the review

    def __str__(self) -> str:
        """Say it on one line."""
        return f"{self.kind} {self.rule} at {self.target}: {self.message}"


@dataclass
class Review:
    """The incomplete findings that a person has judged, and which of them were met."""

    entries: list[dict[str, str]]
    met: set[int] = field(default_factory=set)

    @classmethod
    def load(cls, path: Path = REVIEWED) -> "Review":
        """Read the file: rule, page (with * and ?), target (a CSS selector), reason, and the message (with *) where it matters."""
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        for entry in entries:
            if (
                not set(entry) >= _NEEDED
                or not set(entry) <= _ALLOWED
                or not all(str(value).strip() for value in entry.values())
            ):
                raise ValueError(
                    f"{path.name}: an entry needs {sorted(_NEEDED)} and may have a message, nothing else: {entry}"
                )
        return cls(entries)

    def covers(self, finding: Finding, page: str) -> bool:
        """Say whether a finding has been judged, and remember the entry as met. A violation is never covered."""
        if finding.kind != "incomplete":
            return False
        for number, entry in enumerate(self.entries):
            if (
                entry["rule"] == finding.rule
                and finding.matches[number]
                and fnmatch.fnmatchcase(page, entry["page"])
                and fnmatch.fnmatchcase(finding.message, entry.get("message", "*"))
            ):
                self.met.add(number)
                return True
        return False

    def stale(self) -> list[dict[str, str]]:
        """Give the entries that nothing has met: they are to be taken out of the file."""
        return [entry for number, entry in enumerate(self.entries) if number not in self.met]


def findings(page: Page, review: Review, within: str = "") -> list[Finding]:
    """Run every rule of axe on the page as it stands, or on what a CSS selector finds in it.

    Injected by the debugger, so the page's policy does not stop it.
    """
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    screen = page.viewport_size
    # axe cannot judge what an edge cuts through, so the window is as tall as the page, and as what scrolls beside it.
    height = page.evaluate(_HEIGHT)
    page.set_viewport_size({"width": screen["width"], "height": max(height, screen["height"])})
    found = page.evaluate(_RUN, [[entry["target"] for entry in review.entries], within])
    page.set_viewport_size(screen)
    return [Finding(**(item | {"matches": tuple(item["matches"])})) for item in found]


def unreviewed(page: Page, name: str, review: Review, within: str = "") -> list[str]:
    """Give every violation and every incomplete finding that nobody has judged."""
    return [str(finding) for finding in findings(page, review, within) if not review.covers(finding, name)]
