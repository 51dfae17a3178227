"""The gate that every page passes, in every scheme and width, and in every state a test has brought it to."""

from playwright.sync_api import Page

from tests.browser import axe, budget
from tests.browser.watch import Watch


def faults(page: Page, watch: Watch, name: str, review: axe.Review) -> list[str]:
    """Give what is wrong with a page as it stands: console, requests, policy, sideways scroll, jumps, axe."""
    budget.scroll_through(page)
    found = watch.problems() + budget.overflow(page)
    if watch.shift() > budget.SHIFT:
        found.append(f"layout shift {watch.shift():.4f}, allowed {budget.SHIFT}")
    return found + axe.unreviewed(page, name, review)
