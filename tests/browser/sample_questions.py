"""The page of sample questions: built once, opened from disk as a reader of the offline book would."""

import json
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[2]
WIDGETS = ROOT / "book" / "widgets"
KEY = "nnbook.progress"

RIGHT = {
    "neuron-bias-single": ["b"],
    "neuron-parts-multiple": ["a", "c"],
    "neuron-sum-numeric": ["-0.5"],
    "neuron-and-predict": ["[0 1 1]"],
    "neuron-steps-order": ["a:2", "b:3", "c:1"],
    "neuron-words-match": ["1:b", "2:a", "3:c"],
    "neuron-cloze": ["1:b", "2:bias", "3:1/2"],
}
WRONG = {
    "neuron-bias-single": ["a"],
    "neuron-parts-multiple": ["a", "b"],
    "neuron-sum-numeric": ["-1"],
    "neuron-and-predict": ["[0 0 1]"],
    "neuron-steps-order": ["a:3", "b:2", "c:1"],
    "neuron-words-match": ["1:c", "2:a", "3:b"],
    "neuron-cloze": ["1:a", "2:bias", "3:0.5"],
}
ALSO_WRONG = WRONG | {
    "neuron-bias-single": ["c"],
    "neuron-parts-multiple": ["b"],
    "neuron-sum-numeric": ["7"],
    "neuron-and-predict": ["[0 2 1]"],
    "neuron-steps-order": ["a:1", "b:2", "c:3"],
    "neuron-words-match": ["1:a", "2:a", "3:a"],
    "neuron-cloze": ["1:a", "2:noise", "3:0.5"],
}
FEEDBACK = {
    "neuron-bias-single": "The weights multiply; the bias is added.",
    "neuron-parts-multiple": "The inputs are data.",
    "neuron-sum-numeric": "the bias is missing",
    "neuron-and-predict": "step(0) is 1",
    "neuron-steps-order": "The activation would see no bias.",
    "neuron-words-match": "The inputs are x.",
    "neuron-cloze": "A product of all would be 0",
}


def build(folder: Path) -> Path:
    """Write the sample page with the book's own script and style sheet beside it."""
    esbuild = WIDGETS / "node_modules" / ".bin" / "esbuild"
    sources = {"quiz.js": WIDGETS / "src/quiz/index.js", "nnbook-style.css": ROOT / "book/_static/css/index.css"}
    for name, source in sources.items():
        command = [esbuild, source, "--bundle", "--format=iife", f"--outfile={folder / name}", "--log-level=warning"]
        subprocess.run(command, check=True, cwd=WIDGETS)
    return Path(shutil.copy(Path(__file__).with_name("sample_questions.html"), folder / "index.html"))


def form(page: Page, question: str) -> Locator:
    """Find a question by its id."""
    return page.locator(f"form#q-{question}")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as a reader without a mouse does, from the top of its question on."""
    target.evaluate("""element => {
        const start = element.closest("form, .nn-score") ?? document.body;
        if (start.contains(document.activeElement) && document.activeElement.compareDocumentPosition(element) & 4) return;
        if (document.activeElement === element) return;
        start.tabIndex = -1;
        start.focus();
        start.removeAttribute("tabindex");
    }""")
    for _ in range(40):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {target}")


def fill(page: Page, question: str, values: list[str]) -> None:
    """Give an answer with the keyboard alone."""
    fields = form(page, question)
    chosen = fields.locator("input[type=checkbox]:checked")
    while chosen.count():
        tab_to(page, chosen.first)
        page.keyboard.press("Space")
    for value in values:
        part, _, wanted = value.rpartition(":")
        if not part and fields.locator("input[type=radio][name=answer]").count():
            choose_radio(page, fields, value)
            continue
        selector = f'[name="{part}"]' if part else "input[name=answer]"
        if not part and fields.locator("input[type=checkbox]").count():
            selector = f'[value="{value}"]'
        control = fields.locator(selector)
        tab_to(page, control)
        kind = control.evaluate("element => element.type")
        if kind == "checkbox":
            page.keyboard.press("Space")
        elif kind == "select-one":
            choose_option(page, control, wanted)
        else:
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(wanted)


def choose_radio(page: Page, fields: Locator, value: str) -> None:
    """Go to the group, select with Space, move with the arrow keys."""
    checked = fields.locator("[name=answer]:checked")
    tab_to(page, checked if checked.count() else fields.locator("[name=answer]").first)
    page.keyboard.press("Space")
    for _ in range(10):
        if fields.locator("[name=answer]:checked").get_attribute("value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys never reach {value}")


def choose_option(page: Page, control: Locator, value: str) -> None:
    """Go to the top of the list and down to the option."""
    page.keyboard.press("Home")
    for _ in range(10):
        if control.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys never reach {value}")


def check(page: Page, question: str) -> None:
    """Press Check from the keyboard."""
    tab_to(page, form(page, question).get_by_role("button", name="Check"))
    page.keyboard.press("Enter")


def answer(page: Page, question: str, values: list[str]) -> None:
    """Give an answer and check it."""
    fill(page, question, values)
    check(page, question)


def attempts(page: Page, question: str) -> list[dict]:
    """Read what the browser stores of a question, once it has been written: writing waits for the same lock."""
    page.evaluate("key => navigator.locks.request(key, () => {})", KEY)
    text = page.evaluate("key => localStorage.getItem(key)", KEY)
    return json.loads(text)["questions"].get(question, {"attempts": []})["attempts"] if text else []
