"""Every page of the built book in a real browser: light and dark, phone and desk, with and without scripts, from a folder."""

import pytest

from tests.browser import budget
from tests.browser.gate import faults
from tests.built import book_pages, pages_to_open

SCHEMES = ["light", "dark"]
WIDTHS = [320, 1280]
_judged: set[tuple[str, str, int]] = set()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_page_behaves(page_name, scheme, width, site, visit, review):
    """Nothing on the console, no failed or foreign request, no policy violation, no sideways scroll, nothing jumps, axe content."""
    page, watch = visit(site + page_name, scheme=scheme, width=width)
    problems = faults(page, watch, page_name, review)
    _judged.add((page_name, scheme, width))
    assert not problems, "\n".join(problems)


def test_page_budget(page_name, site, book, visit):
    """The bytes of the first load, and of the whole page once it is scrolled through."""
    page, watch = visit(site + page_name, width=360)
    problems = budget.over_budget(watch.requests, site, book, budget.FIRST_LOAD, "first load")
    budget.scroll_through(page)
    problems += budget.over_budget(watch.requests, site, book, budget.SCROLLED, "scrolled")
    assert not problems, "\n".join(problems)


def test_page_from_a_folder(page_name, folder, visit):
    """A page opened by double-click works as the served one does."""
    if page_name == "404.html":
        return  # the one page with absolute addresses: a host sends it, and no link leads to it
    page, watch = visit(folder + page_name, width=360)
    budget.scroll_through(page)
    assert not watch.problems(), "\n".join(watch.problems())


def test_page_without_scripts(page_name, site, visit):
    """Without JavaScript the text is there, nothing is missing, nothing overflows."""
    page, watch = visit(site + page_name, width=320, javascript=False)
    assert page.locator("article h1").first.is_visible()
    # The debugger may evaluate where the page's own scripts may not run.
    problems = watch.problems() + budget.overflow(page)
    assert not problems, "\n".join(problems)


def test_every_page_says_what_it_is(page_name, site, visit):
    """A title, a description, a language, one main heading, an icon, a policy."""
    page, _ = visit(site + page_name)
    assert page.title()
    assert len(page.locator('meta[name="description"]').get_attribute("content")) >= 20
    assert page.locator("html").get_attribute("lang") == "en-GB"
    assert page.locator("h1").count() == 1
    assert page.locator('link[rel="icon"]').count() == 2
    assert page.locator('meta[http-equiv="Content-Security-Policy"]').count() == 1


def test_drawers_open_by_keyboard(site, book, visit):
    """On a phone both drawers open with the keyboard alone, and a closed one holds no focus."""
    name = next(name for name in book_pages() if 'class="toc-drawer">' in (book / name).read_text(encoding="utf-8"))
    page, _ = visit(site + name, width=320)
    for box, drawer in (("#__navigation", ".sidebar-drawer"), ("#__toc", ".toc-drawer")):
        toggle = page.locator(box)
        assert toggle.get_attribute("aria-label")
        assert not page.locator(drawer).is_visible()
        toggle.focus()
        page.keyboard.press("Space")
        page.wait_for_timeout(400)
        assert page.locator(drawer).is_visible()
        page.keyboard.press("Space")
        page.wait_for_timeout(400)
        assert not page.locator(drawer).is_visible()


@pytest.mark.parametrize("where", ["site", "folder"])
def test_search_finds_a_chapter(where, request, visit):
    """The search lists titles, from a host and from a folder, and its first result opens."""
    base = request.getfixturevalue(where)
    page, watch = visit(base + "index.html")
    page.locator("input.sidebar-search").fill("neuron")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    titles = page.locator("#search-results li a").all_inner_texts()
    assert any("neuron" in title.lower() for title in titles)
    budget.settle(page)
    assert not watch.problems(), "\n".join(watch.problems())
    page.locator("#search-results li a").first.click()
    budget.settle(page)
    assert page.locator("article h1").count() == 1
    assert not watch.problems(), "\n".join(watch.problems())


def test_wrong_address_gets_the_books_own_page(site, visit):
    """The 404 page works without scripts, from an address deep inside, and leads back into the book."""
    page, _ = visit(site + "no/such/page.html", javascript=False)
    page.locator("article a").first.click()
    assert page.locator("h1").count() == 1
    assert page.url == site + "index.html"


def test_no_stale_review(review, request):
    """Every judged finding is still met; the entry of one that is gone has to go too. It runs last (tests/conftest.py)."""
    widgets_ran = any(item.path.name == "test_widgets.py" for item in request.session.items)
    every = {(name, scheme, width) for name in pages_to_open() for scheme in SCHEMES for width in WIDTHS}
    if _judged == every and widgets_ran:  # only a run over all pages and all states of the widgets can know
        assert review.stale() == []
