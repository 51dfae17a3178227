"""What the reader's browser keeps: kept, shared between tabs, moved by file, deleted; and every way storage fails."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.sample_questions import KEY, RIGHT, WRONG, answer, attempts, build, form

SINGLE, NUMERIC = "neuron-bias-single", "neuron-sum-numeric"
DENY = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });"
)
FILL = """() => {
  let size = 4_000_000;
  for (let n = 0; size > 1; n += 1) try { localStorage.setItem(`filler-${n}`, "x".repeat(size)); } catch { size = Math.floor(size / 2); }
}"""
NEWER = json.dumps({"format": "nnbook-progress", "version": 99, "cards": {"neuron": "?"}})
WHEN = "2026-01-02T03:04:05.678Z"
OLD = {"when": WHEN, "rev": 1, "correct": False, "sure": None, "hinted": False, "choice": ["a"]}


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The sample page on disk."""
    return build(tmp_path_factory.mktemp("questions"))


@pytest.fixture
def reader(browser, sample):
    """Open pages of one reader: `reader()` again is another tab. `before` runs in each page before its scripts."""
    context = browser.new_context(accept_downloads=True)
    errors = []

    def open_tab(address=None, before=None, stored=None):
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if before:
            page.add_init_script(before)
        page.goto(address or sample.as_uri())
        if stored is not None:
            page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, stored])
            page.reload()
        page.locator(".nn-keep > summary").click()
        return page

    yield open_tab
    context.close()
    assert errors == []


def panel(page):
    """Find the panel of the reader's own data."""
    return page.locator("nn-progress")


def notes(page):
    """Find the two visible notes: at the score, and in the panel."""
    return page.locator(".nn-score > .nn-note, nn-progress > .nn-note")


def keep_working(page):
    """Questions still work, and count, on this page."""
    answer(page, SINGLE, RIGHT[SINGLE])
    assert "Right." in form(page, SINGLE).get_by_role("status").inner_text()
    expect(page.locator(".nn-score-line")).to_contain_text("Neuron: 1 of 7")


def said_twice(page, words, review):
    """Both notes are seen and say so, and axe finds nothing wrong."""
    for note in notes(page).all():
        expect(note).to_be_visible()
        expect(note).to_contain_text(words)
    assert notes(page).count() == 2
    assert axe.unreviewed(page, "sample_questions.html", review) == []


def test_kept_over_a_reload(reader):
    page = reader()
    keep_working(page)
    assert notes(page).first.is_hidden()
    page.reload()
    expect(page.locator(".nn-score-line")).to_contain_text("Neuron: 1 of 7")


def test_denied(reader, review):
    page = reader(before=DENY)
    said_twice(page, "does not let this page store", review)
    keep_working(page)
    expect(panel(page).locator(".nn-kept")).to_have_text("1 answer to 1 question on this page.")
    with page.expect_download() as saved:
        panel(page).get_by_role("button", name="Export").click()
    assert SINGLE in json.loads(saved.value.path().read_text())["questions"]


def test_full(reader, review):
    page = reader()
    page.evaluate(FILL)
    keep_working(page)
    said_twice(page, "storage for this site is full", review)
    page.evaluate("() => localStorage.removeItem('filler-0')")
    answer(page, NUMERIC, RIGHT[NUMERIC])
    expect(notes(page).first).to_be_hidden()
    assert len(attempts(page, SINGLE)) == len(attempts(page, NUMERIC)) == 1


def test_corrupt_text_is_set_aside_and_can_be_saved(reader, review):
    page = reader(stored="{not JSON")
    said_twice(page, "set aside, not deleted", review)
    keep_working(page)
    aside = page.evaluate(
        "() => Object.keys(localStorage).filter((key) => key.includes('quarantine')).map((key) => localStorage[key])"
    )
    assert aside == ["{not JSON"]
    with page.expect_download() as saved:
        panel(page).get_by_role("button", name="Save what could not be read").click()
    assert saved.value.path().read_text() == "{not JSON"


def test_what_is_readable_in_corrupt_data_is_used(reader):
    page = reader(stored=json.dumps({"version": 1, "questions": {SINGLE: {"attempts": [OLD, 7]}, "x": None}}))
    expect(panel(page).locator(".nn-kept")).to_contain_text("1 answer to 1 question")
    expect(page.locator(".nn-read-again")).to_contain_text("bias")


def test_newer_data_is_left_as_it_is(reader, review):
    page = reader(stored=NEWER)
    said_twice(page, "newer version of this book", review)
    keep_working(page)
    assert page.evaluate("key => localStorage.getItem(key)", KEY) == NEWER
    with page.expect_download() as saved:
        panel(page).get_by_role("button", name="Save the newer version's data").click()
    assert saved.value.path().read_text() == NEWER


@pytest.mark.parametrize("by", ["folder", "server"])
def test_two_tabs_add_to_each_other(reader, sample, serve, by):
    address = sample.as_uri() if by == "folder" else serve(sample.parent) + "index.html"
    one, two = reader(address), reader(address)
    answer(one, SINGLE, RIGHT[SINGLE])
    expect(two.locator(".nn-score-line")).to_contain_text("Neuron: 1 of 7")
    answer(two, NUMERIC, RIGHT[NUMERIC])
    answer(one, "neuron-cloze", WRONG["neuron-cloze"])
    expect(two.locator(".nn-score-line")).to_contain_text("Neuron: 2 of 7 · 4 questions")
    assert [len(attempts(one, each)) for each in (SINGLE, NUMERIC, "neuron-cloze")] == [1, 1, 1]


def test_deleting_asks_and_holds_for_all_tabs(reader, review):
    one, two = reader(), reader()
    answer(one, SINGLE, RIGHT[SINGLE])
    delete = panel(one).get_by_role("button", name="Delete everything…")
    delete.click()
    dialog = one.get_by_role("dialog", name="Delete all your answers?")
    assert axe.unreviewed(one, "sample_questions.html", review) == []
    assert dialog.get_by_role("button", name="Keep them").evaluate("element => element === document.activeElement")
    one.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(panel(one).get_by_role("status")).to_have_text("Nothing was deleted.")
    assert delete.evaluate("element => element === document.activeElement")
    assert len(attempts(one, SINGLE)) == 1
    delete.click()
    dialog.get_by_role("button", name="Delete everything").click()
    expect(panel(one).get_by_role("status")).to_have_text("All answers are deleted.")
    expect(two.locator(".nn-score-line")).to_contain_text("Neuron: 0 of 7")
    answer(two, NUMERIC, RIGHT[NUMERIC])
    assert attempts(two, SINGLE) == []


def test_export_delete_import(reader, review, tmp_path):
    page = reader()
    answer(page, SINGLE, WRONG[SINGLE])
    answer(page, NUMERIC, RIGHT[NUMERIC])
    before = [attempts(page, SINGLE), attempts(page, NUMERIC)]
    with page.expect_download() as saved:
        panel(page).get_by_role("button", name="Export to a file").click()
    assert saved.value.suggested_filename.startswith("nnbook-progress-")
    saved.value.save_as(tmp_path / "progress.json")
    panel(page).get_by_role("button", name="Delete everything…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete everything").click()
    expect(page.locator(".nn-score-line")).to_contain_text("Neuron: 0 of 7 · 7 questions")
    answer(page, "neuron-cloze", RIGHT["neuron-cloze"])

    page.get_by_label("Import from a file").set_input_files(tmp_path / "progress.json")
    preview = panel(page).get_by_role("group", name="Import: before anything changes")
    expect(preview).to_contain_text("holds 2 answers to 2 questions: 2 new, 0 already here.")
    assert preview.evaluate("element => element === document.activeElement")
    assert axe.unreviewed(page, "sample_questions.html", review) == []
    assert attempts(page, SINGLE) == [], "nothing changes before the reader says so"
    preview.get_by_role("button", name="Cancel").click()
    expect(panel(page).get_by_role("status")).to_have_text("Nothing was imported.")
    assert attempts(page, SINGLE) == []

    page.get_by_label("Import from a file").set_input_files(tmp_path / "progress.json")
    preview.get_by_role("button", name="Add 2 answers").click()
    expect(panel(page).get_by_role("status")).to_have_text("2 answers added.")
    assert [attempts(page, SINGLE), attempts(page, NUMERIC)] == before
    assert len(attempts(page, "neuron-cloze")) == 1, "what was there stays"

    page.get_by_label("Import from a file").set_input_files(tmp_path / "progress.json")
    expect(preview).to_contain_text("0 new, 2 already here.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not JSON", "This file is not JSON."),
        ('{"a": 1}', "This is not progress of this book."),
        (NEWER, "This file is of version 99; this page reads up to 1."),
        ('{"format": "nnbook-progress", "version": 1, "questions": {"a b": 1}}', "No answer in this file can be read."),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(reader, tmp_path, text, words):
    page = reader()
    answer(page, SINGLE, RIGHT[SINGLE])
    (tmp_path / "wrong.json").write_text(text)
    page.get_by_label("Import from a file").set_input_files(tmp_path / "wrong.json")
    expect(panel(page).get_by_role("status")).to_contain_text(words)
    assert page.get_by_role("group", name="Import: before anything changes").count() == 0
    assert len(attempts(page, SINGLE)) == 1
