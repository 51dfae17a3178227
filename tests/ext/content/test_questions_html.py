"""The form of each question type is what html.py's contract says, and complete without a script."""

import json

import pytest
from bs4 import BeautifulSoup

from tests.ext.content.conftest import GLOSSARY

IDS = [
    "one-single",
    "two-multiple",
    "three-numeric",
    "four-predict",
    "five-predict-entry",
    "six-order",
    "seven-match",
    "eight-cloze",
]


@pytest.fixture
def page(book):
    return BeautifulSoup(book.html(), "html.parser")


def form(page, name):
    return page.find("form", attrs={"data-question": name})


def key(page, name):
    return json.loads(form(page, name).find("script", class_="nn-key").string)


def words(element):
    return " ".join(element.get_text().split())


def feedback(page, name):
    return {
        row["data-feedback"]: words(row.find(class_="nn-feedback-text"))
        for row in form(page, name).find_all("li", class_="nn-feedback")
    }


def test_every_question_is_a_form_that_goes_nowhere(page):
    forms = page.find_all("form", class_="nn-question")
    assert [each["data-question"] for each in forms] == IDS
    for number, each in enumerate(forms, 1):
        assert each["method"] == "dialog"
        assert each["id"] == "q-" + each["data-question"]
        legend = each.find("fieldset").find("legend")
        assert words(legend.find(class_="nn-number")) == f"Question {number} of 8"
        assert legend.find(class_="nn-prompt").get_text(strip=True)
        assert legend.find(["p", "div"]) is None  # a legend holds phrases only
        assert each.find("button", class_="nn-check")["type"] == "submit"
        assert each.find(class_="nn-verdict").get_text() == ""
        assert each.find(class_="nn-verdict")["role"] == "status"
        assert [radio["value"] for radio in each.find_all("input", attrs={"name": "confidence"})] == ["unsure", "sure"]


def test_the_score_counts_concepts_under_their_names_in_the_glossary(book):
    book.write("glossary.yaml", GLOSSARY.replace("weighted sum", "Weighted-Sum"))
    page = BeautifulSoup(book.html(), "html.parser")
    names = json.loads(page.find(class_="nn-questions")["data-concept-names"])
    asked = {
        concept for each in page.find_all("form", class_="nn-question") for concept in each["data-concepts"].split()
    }
    assert names.keys() == asked == {"bias", "weighted-sum"}
    assert names["weighted-sum"] == "Weighted-Sum"


def test_a_form_says_what_the_script_needs(page):
    about = form(page, "two-multiple")
    assert (about["data-type"], about["data-rev"], about["data-concepts"]) == ("multiple", "2", "bias weighted-sum")
    assert about["data-source"] == "chapter#the-idea-a-vote"
    assert page.find(id="questions-neuron")["data-questions"] == "neuron"


def test_no_id_is_used_twice_and_every_label_has_its_control(page):
    ids = [element["id"] for element in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for label in page.select(".nn-question label[for]"):
        assert page.find(id=label["for"]).name in ("input", "select")
    for control in page.select(".nn-question :is(input, select)"):
        named = (
            control.get("aria-label")
            or control.find_parent("label")
            or page.find("label", attrs={"for": control.get("id")})
        )
        assert named, control


def test_the_answer_is_folded_below_with_everything_that_teaches(page):
    answer = form(page, "one-single").find("details", class_="nn-answer")
    assert answer.find("summary").get_text() == "Answer"
    assert words(answer.find(class_="nn-solution")).startswith("C: The bias")
    wrong = answer.find("li", attrs={"data-feedback": "a"})
    assert wrong["data-correct"] == "false"
    assert wrong["data-misconception"] == "bias-left-out"
    assert words(wrong.find(class_="nn-feedback-text")) == "See bias."
    assert wrong.find("a")["href"] == "lists.html#term-bias"
    assert words(wrong.find(class_="nn-misconception")) == "Misconception: The bias is a detail"
    assert wrong.find(class_="nn-misconception").find("a")["href"] == "lists.html#misconception-bias-left-out"
    assert answer.find("li", attrs={"data-feedback": "c"})["data-correct"] == "true"
    assert words(answer.find(class_="nn-explanation")) == "Half of it is 0.50."
    assert words(answer.find(class_="nn-tip")) == "Remember: Bias moves."
    assert words(form(page, "one-single").find("details", class_="nn-hint")) == "Hint Look twice."
    assert answer.find_all(id=True) == []  # the script clones feedback


@pytest.mark.parametrize(("name", "href"), [("one-single", "#neuron-idea"), ("two-multiple", "#the-idea-a-vote")])
def test_the_source_is_linked_by_its_title(page, name, href):
    link = form(page, name).find(class_="nn-source").find("a")
    assert words(link) == "The idea: a vote"
    assert page.find(id=link["href"].removeprefix("#"))
    assert link["href"] == href


def test_single_is_radio_buttons(page):
    inputs = form(page, "one-single").select(".nn-options input")
    assert [(each["type"], each["name"], each["value"]) for each in inputs] == [
        ("radio", "answer", letter) for letter in "abc"
    ]
    assert key(page, "one-single") == {"answer": "c"}


def test_multiple_is_check_boxes(page):
    asked = form(page, "two-multiple")
    assert {each["type"] for each in asked.select(".nn-options input")} == {"checkbox"}
    assert words(asked.find(class_="nn-note")) == "More than one may be right."
    assert [words(item) for item in asked.find(class_="nn-setup").find_all("li")] == ["two", "four"]
    right = [
        row["data-option"]
        for row in asked.find_all("li", class_="nn-option")
        if words(row.label).split()[1] in ("Two", "Four")
    ]
    assert key(page, "two-multiple") == {"answer": right}
    assert words(asked.find(class_="nn-solution")) == ", ".join(right).upper()


def test_numeric_is_a_text_entry_with_the_computed_number_as_its_key(page):
    asked = form(page, "three-numeric")
    assert asked.find("input", attrs={"name": "answer"})["inputmode"] == "decimal"
    assert asked.find(class_="nn-unit").get_text() == "m < n"
    found = key(page, "three-numeric")
    assert found["answer"] == pytest.approx(2**0.5, abs=1e-12)  # computed, not the 1.414 that was typed
    assert (found["tol"], found["wrong"]) == (0.001, [{"value": 2.0, "feedback": "w1"}])
    assert feedback(page, "three-numeric") == {"w1": "That is its square."}
    assert words(asked.find(class_="nn-explanation")) == "It is 1.414."


def test_predict_shows_the_program_and_outputs_to_choose_from(page):
    asked = form(page, "four-predict")
    assert "print([a or b" in asked.find(class_="nn-setup").find("pre").get_text()
    assert [code.get_text() for code in asked.select(".nn-options code")] == [
        "[0, 1, 1, 1]",
        "x < y",
        "[0, 0, 0, 1]",
        "x < y",
    ]
    assert key(page, "four-predict") == {"answer": "a"}


def test_predict_without_options_is_an_entry(page):
    asked = form(page, "five-predict-entry")
    assert words(asked.find("label", attrs={"for": "q-five-predict-entry-answer"})) == "It prints"
    assert key(page, "five-predict-entry") == {"answer": "2", "wrong": [{"value": "11", "feedback": "w1"}]}


def test_order_asks_for_the_place_of_each_item(page):
    asked = form(page, "six-order")
    letters = {
        words(item.find(class_="nn-item-text")): item["data-item"] for item in asked.find_all("li", class_="nn-item")
    }
    assert list(letters.values()) == ["a", "b", "c"]
    assert list(letters) != ["Weigh", "Add", "Decide"]
    for select in asked.find_all("select"):
        assert [option["value"] for option in select.find_all("option")] == ["", "1", "2", "3"]
    found = key(page, "six-order")
    assert found["answer"] == [letters["Weigh"], letters["Add"], letters["Decide"]]
    assert found["wrong"] == [{"puts": letters["Decide"], "before": letters["Add"], "feedback": "w1"}]
    assert feedback(page, "six-order")[letters["Weigh"]] == "First."


def test_match_gives_every_row_all_choices(page):
    asked = form(page, "seven-match")
    letters = {words(choice)[2:]: choice["data-choice"] for choice in asked.select(".nn-choices > li")}
    assert set(letters) == {"weight", "activation", "loss"}
    for select in asked.find_all("select"):
        assert [option["value"] for option in select.find_all("option")] == ["", "a", "b", "c"]
    found = key(page, "seven-match")
    assert found["answer"] == {"1": letters["weight"], "2": letters["activation"]}
    assert found["wrong"] == [
        {"left": "1", "right": letters["activation"], "feedback": "w1"},
        {"right": letters["loss"], "feedback": "w2"},
    ]
    assert feedback(page, "seven-match") == {"1": "How much.", "2": "Fires.", "w1": "Not yet.", "w2": "Outside."}


def test_cloze_has_its_gaps_inside_the_text(page):
    gaps = form(page, "eight-cloze").find(class_="nn-cloze").find("p").find_all(["select", "input"])
    assert [(gap.name, gap["name"], gap["aria-label"]) for gap in gaps] == [
        ("select", "1", "Blank 1 of 3"),
        ("input", "2", "Blank 2 of 3"),
        ("input", "3", "Blank 3 of 3"),
    ]
    letter = {option.get_text(): option["value"] for option in gaps[0].find_all("option")}
    found = key(page, "eight-cloze")
    assert found["answer"] == {
        "1": {"choice": letter["added"]},
        "2": {"number": 0.5, "tol": 0.001},
        "3": {"words": ["bias", "the bias"]},
    }
    assert found["wrong"] == [
        {"blank": "1", "value": letter["multiplied"], "feedback": "w1"},
        {"blank": "2", "value": 2.0, "feedback": "w2"},
        {"blank": "3", "value": "weight", "feedback": "w3"},
    ]


def test_json_cannot_close_its_script():
    from questions.html import script_safe

    assert json.loads(script_safe({"answer": "</script><b>"})) == {"answer": "</script><b>"}
    assert "<" not in script_safe({"answer": "</script><b>"})


def test_letters_follow_the_id_alone_and_hide_the_right_order():
    from questions.letters import shuffled

    assert shuffled("some-id", ["x", "y", "z"]) == shuffled("some-id", ["x", "y", "z"])
    orders = {tuple(thing for _, thing in shuffled(f"id-{number}", ["x", "y", "z"])) for number in range(60)}
    assert len(orders) == 5  # all but the order they were written in
    first = [shuffled(f"id-{number}", ["right", "wrong"])[0][1] for number in range(100)]
    assert 30 < first.count("right") < 70
