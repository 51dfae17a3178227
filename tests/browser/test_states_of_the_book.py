"""The states of widgets and questions inside the chapters, brought about from their controls alone: axe, and room on a phone."""

import pytest
from playwright.sync_api import Locator, Page

from tests.browser import axe, budget
from tests.browser.sample_widgets import settle
from tests.built import pages_with

WIDGETS, QUESTIONS = ".nn-frame", ".nn-questions"

# What a reader can set in a widget, driven to one end of it, without a word of what the widget is about.
_DRIVE = """(frame, last) => {
  const tell = (element, kind) => element.dispatchEvent(new Event(kind, { bubbles: true }));
  for (const range of frame.querySelectorAll("input[type=range]")) {
    range.value = last ? range.max : range.min;
    tell(range, "input");
  }
  for (const select of frame.querySelectorAll("select")) {
    select.selectedIndex = last ? select.length - 1 : 0;
    tell(select, "change");
  }
  for (const box of frame.querySelectorAll("input[type=checkbox]:enabled")) if (box.checked !== last) box.click();
  for (const group of frame.querySelectorAll("fieldset:has(input[type=radio])")) {
    const radios = [...group.querySelectorAll("input[type=radio]")];
    radios.at(last ? -1 : 0).click();
  }
}"""

# An answer that no key of the book has, another for each try: the same one again would not count.
_ANSWER_WRONGLY = """(form, attempt) => {
  const right = [JSON.parse(form.querySelector("script.nn-key").textContent).answer].flat();
  const boxes = [...form.querySelectorAll("[name=answer]:is([type=radio], [type=checkbox])")];
  const wrong = boxes.filter((box) => !right.includes(box.value))[attempt];
  boxes.forEach((box) => (box.checked = box === wrong || (!wrong && box === boxes[0])));
  for (const field of form.querySelectorAll(".nn-entry input, .nn-cloze input")) field.value = `-98765${attempt}`;
  const inOrder = form.querySelector(".nn-order") !== null;
  [...form.querySelectorAll("select")].forEach((list, i, { length }) => {
    const places = list.length - 1; // the first option says that nothing is chosen
    list.selectedIndex = 1 + ((inOrder ? length - 1 - i : places - 1) + attempt) % places;
  });
}"""


@pytest.fixture
def reader(visit, site, review):
    """Open a page and give it with a function that finds what is wrong in a part of it."""

    def open_page(name: str, scheme: str, width: int):
        page, watch = visit(site + name, scheme=scheme, width=width)
        page.emulate_media(reduced_motion="reduce", color_scheme=scheme)

        def wrong(within: str, when: str) -> list[str]:
            settle(page)
            found = axe.unreviewed(page, name, review, within) + budget.overflow(page) + watch.problems()
            return [f"{when}: {each}" for each in found]

        return page, wrong

    return open_page


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", pages_with('<script type="application/json" class="nn-widget-data"'))
def test_widgets_of_the_book_in_every_state(name, scheme, width, reader):
    page, wrong = reader(name, scheme, width)
    frames = page.locator(WIDGETS)
    assert frames.count() > 0
    found = wrong(WIDGETS, "at the start")
    press_all(frames.get_by_role("button", name="Show the numbers"))
    for frame in frames.all():
        frame.locator(".nn-answers button").first.click()
    found += wrong(WIDGETS, "numbers open, prediction made")
    for last in (True, False):
        for frame in frames.all():
            frame.evaluate(_DRIVE, last)
            settle(page)
        found += wrong(WIDGETS, "every control at its end" if last else "every control at its start")
    press_all(frames.locator(".nn-reset"))
    found += wrong(WIDGETS, "after reset")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", pages_with('<script type="application/json" class="nn-key"'))
def test_questions_of_the_book_in_every_state(name, scheme, width, reader):
    page, wrong = reader(name, scheme, width)
    forms = page.locator("form.nn-question")
    check_all(page)
    found = wrong(QUESTIONS, "checked without an answer")
    for attempt, (when, phase) in enumerate((("wrong once", "retry"), ("wrong twice", "closed"))):
        for form in forms.all():
            form.evaluate(_ANSWER_WRONGLY, attempt)
        check_all(page)
        assert {form.get_attribute("data-phase") for form in forms.all()} == {phase}
        found += wrong(QUESTIONS, when)
    for details in page.locator(f"{QUESTIONS} details:not([open])").all():
        if details.is_visible():
            details.locator("summary").first.click()
    found += wrong(QUESTIONS, "everything unfolded")
    assert not found, "\n".join(found)


def press_all(buttons: Locator) -> None:
    """Press each of the buttons there are now, the last first: a button whose name changes drops out of the list."""
    for number in reversed(range(buttons.count())):
        buttons.nth(number).click()


def check_all(page: Page) -> None:
    """Press every Check there is."""
    press_all(page.locator("form.nn-question").get_by_role("button", name="Check"))
