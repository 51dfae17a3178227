"""The questions in a browser: every type, with the keyboard alone, right and wrong, and without a script."""

import pytest

from tests.browser import axe
from tests.browser.sample_questions import (
    ALSO_WRONG,
    FEEDBACK,
    RIGHT,
    WRONG,
    answer,
    attempts,
    build,
    check,
    fill,
    form,
    tab_to,
)

SINGLE = "neuron-bias-single"


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The sample page on disk."""
    return build(tmp_path_factory.mktemp("questions"))


@pytest.fixture
def page(visit, sample):
    """A fresh reader on the sample page; anything on the console fails the test."""
    page, watch = visit(sample.as_uri())
    yield page
    assert watch.problems() == []


@pytest.mark.parametrize("question", RIGHT)
def test_nothing_answered_then_right_at_once(page, question):
    asked = form(page, question)
    assert asked.locator(".nn-hint").is_hidden()
    check(page, question)
    described = asked.locator(":focus").get_attribute("aria-describedby")
    assert any(words in page.locator(f"#{described}").inner_text() for words in ("first", "Choose a")), (
        "said at the field"
    )
    assert attempts(page, question) == [], "and costs nothing"
    fill(page, question, RIGHT[question])
    assert asked.locator(".nn-problem, [aria-invalid]").count() == 0
    assert asked.locator(".nn-verdict").inner_text() == "", "nothing is graded before Check"
    check(page, question)
    assert "Right." in asked.get_by_role("status").inner_text()
    for part in (".nn-explanation", ".nn-tip", ".nn-source a"):
        assert asked.locator(part).is_visible(), part
    assert asked.locator(".nn-answer > summary").evaluate("element => element === document.activeElement")
    assert asked.locator(".nn-mark-wrong").count() == 0
    (stored,) = attempts(page, question)
    assert (stored["correct"], stored["hinted"], stored["sure"], stored["rev"]) == (True, False, None, 1)
    assert stored["choice"] == RIGHT[question]


@pytest.mark.parametrize("question", RIGHT)
def test_wrong_hint_wrong_again_and_right_after_the_hint(page, question):
    asked = form(page, question)
    answer(page, question, WRONG[question])
    assert "Not yet." in asked.get_by_role("status").inner_text()
    assert asked.locator(".nn-hint p").is_visible()
    assert asked.locator(".nn-answer").is_hidden()
    assert FEEDBACK[question] in " ".join(asked.locator(".nn-said").all_inner_texts())
    assert "Misconception:" in asked.locator(".nn-said .nn-misconception").first.inner_text()
    assert asked.locator(".nn-mark-wrong").first.is_visible()

    answer(page, question, ALSO_WRONG[question])
    assert "Not right." in asked.get_by_role("status").inner_text()
    assert asked.locator(".nn-solution").is_visible()
    assert asked.get_by_role("button", name="Check").is_hidden()

    tab_to(page, asked.get_by_role("button", name="Try again from the start"))
    page.keyboard.press("Enter")
    assert asked.locator(".nn-verdict").inner_text() == ""
    assert asked.locator(".nn-mark, .nn-said, .nn-problem").count() == 0
    assert asked.locator(".nn-answer").is_hidden()
    assert asked.locator(":focus").count() == 1

    answer(page, question, WRONG[question])
    answer(page, question, RIGHT[question])
    assert "Right, at the second try." in asked.get_by_role("status").inner_text()
    assert asked.locator(".nn-explanation").is_visible()
    stored = [(each["correct"], each["hinted"]) for each in attempts(page, question)]
    assert stored == [(False, False), (False, True), (False, False), (True, True)]


def test_enter_in_a_field_checks(page):
    fill(page, "neuron-sum-numeric", ["-0,5"])
    page.keyboard.press("Enter")
    assert "read as a decimal point: -0.5" in form(page, "neuron-sum-numeric").get_by_role("status").inner_text()


def test_what_is_no_number_is_said_at_the_field(page):
    asked = form(page, "neuron-sum-numeric")
    answer(page, "neuron-sum-numeric", ["half"])
    field = asked.get_by_label("Your answer")
    assert field.get_attribute("aria-invalid") == "true"
    assert "“half” is not a number" in page.locator(f"#{field.get_attribute('aria-describedby')}").inner_text()
    page.keyboard.type("1")
    assert asked.locator(".nn-problem").count() == 0, "gone as soon as the reader goes on"


def test_two_items_in_one_place(page):
    answer(page, "neuron-steps-order", ["a:2", "b:2", "c:1"])
    assert "Place 2 is given twice" in form(page, "neuron-steps-order").locator(".nn-problem").inner_text()


def test_the_same_answer_again_does_not_use_up_the_second_try(page):
    asked = form(page, SINGLE)
    answer(page, SINGLE, ["a"])
    check(page, SINGLE)
    assert "Change it" in asked.locator(".nn-problem").inner_text()
    assert len(attempts(page, SINGLE)) == 1
    answer(page, SINGLE, ["b"])
    assert "Right, at the second try." in asked.get_by_role("status").inner_text()


def test_feedback_describes_the_option_it_speaks_of(page):
    answer(page, SINGLE, ["a"])
    ids = page.locator(f"#q-{SINGLE}-a").get_attribute("aria-describedby").split()
    said = " ".join(page.locator(f"#{each}").inner_text() for each in ids)
    assert "not right" in said
    assert "the bias is added" in said
    assert "bias multiplies" in said


def test_the_missed_option_is_shown_when_the_question_is_closed(page):
    answer(page, SINGLE, ["a"])
    answer(page, SINGLE, ["c"])
    assert "belongs to the answer" in form(page, SINGLE).locator('[data-option="b"]').inner_text()


def test_the_score_and_what_to_read_again(page):
    score = page.get_by_role("region", name="Your score: Neuron")
    assert "Neuron: 0 of 7" in score.inner_text()
    answer(page, "neuron-and-predict", WRONG["neuron-and-predict"])
    tab_to(page, form(page, SINGLE).get_by_role("radio", name="not sure"))
    page.keyboard.press("ArrowDown")
    answer(page, SINGLE, ["a"])
    assert attempts(page, SINGLE)[0]["sure"] is True
    assert "You were certain" in form(page, SINGLE).get_by_role("status").inner_text()
    answer(page, "neuron-sum-numeric", RIGHT["neuron-sum-numeric"])
    assert "Neuron: 1 of 7 · 4 questions not answered yet" in score.inner_text()
    assert score.locator(".nn-read-again li").all_inner_texts() == ["bias (you were certain)", "perceptron"]
    score.get_by_role("link", name="bias").click()
    assert page.url.endswith("#the-idea")
    page.reload()
    assert "Neuron: 1 of 7" in score.inner_text()


def test_without_a_script_every_answer_can_be_read(visit, sample):
    page, _ = visit(sample.as_uri(), javascript=False)
    for question in RIGHT:
        asked = form(page, question)
        assert asked.get_by_role("button", name="Check").is_hidden(), "a button that cannot work is not shown"
        assert asked.locator(".nn-confidence").is_hidden()
        asked.locator(".nn-answer > summary").click()
        for part in (".nn-solution", ".nn-why", ".nn-explanation", ".nn-tip", ".nn-source"):
            assert asked.locator(part).is_visible(), (question, part)
        asked.locator(".nn-hint > summary").click()
        assert asked.locator(".nn-hint p").is_visible()


def test_a_question_that_cannot_be_upgraded_stays_readable(visit, sample, tmp_path):
    for name in ("index.html", "quiz.js", "nnbook-style.css"):
        (tmp_path / name).write_bytes((sample.parent / name).read_bytes())
    broken = tmp_path / "index.html"
    broken.write_text(broken.read_text().replace('{"answer":"b"}', '{"answer":'))
    page, watch = visit(broken.as_uri())
    assert form(page, SINGLE).get_attribute("data-error").startswith("SyntaxError")
    assert any(SINGLE in problem for problem in watch.problems()), "the author is told on the console"
    form(page, SINGLE).locator(".nn-answer > summary").click()
    assert form(page, SINGLE).locator(".nn-solution").is_visible()
    assert page.locator("form.nn-question[data-ready]").count() == len(RIGHT) - 1
    assert "of 6" in page.locator(".nn-score-line").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_in_every_state(visit, sample, review, scheme, width):
    page, _ = visit(sample.as_uri(), scheme=scheme, width=width)

    def looks_right(state):
        assert (state, axe.unreviewed(page, "sample_questions.html", review)) == (state, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state
        assert (state, small_targets(page)) == (state, [])

    looks_right("before")
    for question in RIGHT:
        check(page, question)
    looks_right("nothing answered")
    for question in RIGHT:
        answer(page, question, WRONG[question])
    looks_right("wrong once")
    for number, question in enumerate(RIGHT):
        answer(page, question, RIGHT[question] if number % 2 else ALSO_WRONG[question])
    looks_right("closed")
    tab_to(page, page.locator(".nn-keep > summary"))
    page.keyboard.press("Enter")
    looks_right("keep")


def small_targets(page):
    """What can be pressed and is under 24 pixels: not links in a sentence, and not boxes whose label is the target."""
    return page.evaluate("""() => [...document.querySelectorAll("button, select, summary, .nn-option, .nn-confidence label, input[type=text], input[type=file]")]
        .filter((element) => element.checkVisibility())
        .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
        .filter(([, box]) => box.height < 23.9 || box.width < 23.9)
        .map(([html, box]) => `${html} ${box.width} × ${box.height}`)""")
