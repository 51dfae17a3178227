"""Every gate of the page tests rejects a page that is broken on purpose, and lets a good one pass."""

import os
from pathlib import Path

import pytest

from tests.browser import axe, budget, chromium
from tests.browser.gate import faults

BROKEN = Path(__file__).parent / "broken"


@pytest.fixture(scope="module")
def broken(serve) -> str:
    return serve(BROKEN)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("script-error", "script error: the widget broke"),
        ("console-error", "console error: something went wrong"),
        ("missing-file", "status 404: "),
        ("third-party", "third-party request: http://localhost:9/track.js"),
        ("policy", "policy violation: script-src-elem blocked inline"),
        ("sideways", "runs out of the page: <div"),
        ("jumps", "layout shift "),
        ("no-alt", "violation image-alt at img"),
        ("low-contrast", "violation color-contrast at p"),
        ("undecided", "incomplete color-contrast at p"),
        ("unreachable", "violation scrollable-region-focusable at div"),
    ],
)
def test_fault_is_found(name, fault, broken, visit):
    page, watch = visit(f"{broken}{name}.html", width=320)
    found = faults(page, watch, f"{name}.html", axe.Review([]))
    assert any(text.startswith(fault) for text in found), found


def test_a_good_page_passes(broken, visit):
    page, watch = visit(f"{broken}nothing-wrong.html", width=320)
    assert faults(page, watch, "nothing-wrong.html", axe.Review([])) == []


def test_every_broken_page_is_used():
    names = {name for name, _ in test_fault_is_found.pytestmark[0].args[1]}
    assert names | {"nothing-wrong", "scripts-only"} == {path.stem for path in BROKEN.glob("*.html")}


def test_a_page_made_by_scripts_is_found(broken, visit):
    page, _ = visit(f"{broken}scripts-only.html", javascript=False)
    assert page.locator("article h1").count() == 0


def test_a_review_covers_what_it_says_and_nothing_else(broken, visit):
    entry = {"rule": "color-contrast", "page": "undecided.html", "target": "article > p", "reason": "judged here"}
    page, _ = visit(f"{broken}undecided.html")
    review = axe.Review([entry])
    assert axe.unreviewed(page, "undecided.html", review) == []
    assert review.stale() == []
    other = axe.Review([entry | {"target": "article > h2"}])
    assert len(axe.unreviewed(page, "undecided.html", other)) == 1
    assert other.stale() == other.entries
    assert len(axe.unreviewed(page, "another.html", axe.Review([entry]))) == 1


def test_a_review_never_covers_a_violation(broken, visit):
    page, _ = visit(f"{broken}low-contrast.html")
    review = axe.Review([{"rule": "color-contrast", "page": "*", "target": "*", "reason": "no"}])
    assert [text.split()[0] for text in axe.unreviewed(page, "low-contrast.html", review)] == ["violation"]


def test_a_review_needs_a_reason(tmp_path):
    path = tmp_path / "reviewed.yaml"
    path.write_text('- {rule: region, page: "*", target: "*", reason: " "}', encoding="utf-8")
    with pytest.raises(ValueError, match="an entry needs"):
        axe.Review.load(path)


def test_budget_counts_what_a_host_sends(tmp_path):
    (tmp_path / "page.html").write_text("word " * 100_000, encoding="utf-8")
    (tmp_path / "noise.woff2").write_bytes(os.urandom(budget.FIRST_LOAD + 1))
    (tmp_path / "noise.js").write_bytes(os.urandom(budget.SCRIPT + 1))
    base = "http://127.0.0.1:1/"
    assert budget.over_budget([base + "page.html"], base, tmp_path, budget.FIRST_LOAD, "first load") == []
    (fonts,) = budget.over_budget(
        [base + "page.html", base + "noise.woff2?v=1"], base, tmp_path, budget.FIRST_LOAD, "first load"
    )
    assert fonts.startswith("first load: 15")
    assert "noise.woff2" in fonts
    (script,) = budget.over_budget([base + "noise.js"], base, tmp_path, budget.SCROLLED, "scrolled")
    assert script.startswith("script: 60")


def test_no_browser_says_what_to_do(monkeypatch, tmp_path):
    class Nowhere:
        executable_path = str(tmp_path / "absent")

    monkeypatch.delenv("NNBOOK_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(chromium.NoBrowserError, match="playwright install chromium"):
        chromium.find(Nowhere())
    monkeypatch.setenv("NNBOOK_BROWSER", str(tmp_path / "gone"))
    with pytest.raises(chromium.NoBrowserError, match="NNBOOK_BROWSER names"):
        chromium.find(Nowhere())
