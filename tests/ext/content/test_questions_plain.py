"""Builders without form elements get lettered exercises, and answers linked both ways."""

import re
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ANSWERS = "# Answers to the questions\n\n```{answers}\n```\n"


@pytest.fixture
def appendix(book):
    """A book whose answers stand in a folder of their own."""
    book.write("index.md", "# Book\n\n```{toctree}\nchapter\nlists\nback/answers\n```\n")
    book.write("back/answers.md", ANSWERS)
    return book


def text_of(app, page):
    return (Path(app.outdir) / f"{page}.txt").read_text(encoding="utf-8")


def test_text_has_literal_letters_and_the_answers_elsewhere(appendix):
    app = appendix.build("text")
    asked, answered = text_of(app, "chapter"), text_of(app, "back/answers")
    assert "**Question 1.** What moves the *line*?" in asked
    assert re.search(r"\*\*A\)\*\* Nothing\.\n\s+\*\*B\)\*\* A factor\.\n\s+\*\*C\)\*\* The bias b\.", asked)
    assert "More than one may be right." in asked
    assert "print([a or b for a in (0, 1) for b in (0, 1)])" in asked
    assert "**1)** Synapse ____" in asked
    assert "Order: ____ ____ ____" in asked
    assert "The bias is ____ (1: multiplied / added), once. A half is ____ (2),\nand its name is ____ (3)." in asked
    assert "Answer: Answers to the questions" in asked
    assert "**Remember:**" not in asked

    assert answered.count("**Answer to** Question") == 8
    for line in (
        "**Answer to** Question 1: C: The bias b.",
        "**Answer to** Question 2: B, C",
        "**Answer to** Question 3: 1.414 m < n",
        '"[0, 1, 1, 1]" ⏎ "x < y"',
        "Question 6: C, A, B",
        "Question 7: 1 – C, 2 – B",
        "Question 8: 1: added; 2: 0.5; 3: bias",
        "*Misconception:* The bias is a detail",
        "**Remember:** Bias moves.",
        "Settled in The idea: a vote",
        "* **B before A:** Too early.",
    ):
        assert line in answered


def test_without_an_appendix_the_answers_follow_the_questions(book):
    text = text_of(book.build("text"), "chapter")
    assert text.index("**Question 8.**") < text.index("**Answer to** Question 1")
    assert "Answers to" not in text


def test_latex_links_both_ways(appendix):
    app = appendix.build("latex", latex_documents=[("index", "book.tex", "Book", "x", "manual")])
    latex = (Path(app.outdir) / "book.tex").read_text(encoding="utf-8")
    for question in ("one-single", "eight-cloze"):
        asked = re.search(rf"\\label{{\\detokenize{{chapter:q-{question}}}}}", latex)
        answered = re.search(rf"\\label{{\\detokenize{{back/answers:answer-{question}}}}}", latex)
        assert asked
        assert answered
        assert f"\\hyperref[\\detokenize{{back/answers:answer-{question}}}]" in latex[asked.end() : answered.start()]
        assert f"\\hyperref[\\detokenize{{chapter:q-{question}}}]" in latex[answered.end() :]


def epub_page(app, name):
    with zipfile.ZipFile(next(Path(app.outdir).glob("*.epub"))) as book:
        return BeautifulSoup(book.read(name).decode(), "html.parser")


def test_epub_has_no_form_and_links_both_ways(appendix):
    app = appendix.build("epub")
    asked, answered = epub_page(app, "chapter.xhtml"), epub_page(app, "back/answers.xhtml")
    assert asked.find(["form", "input", "select", "details", "script"]) is None
    there = asked.find("a", href=re.compile("#answer-one-single$"))
    assert there["href"] == "back/answers.xhtml#answer-one-single"
    assert answered.find(id="answer-one-single")
    back = answered.find("a", href=re.compile("#q-one-single$"))
    assert back["href"] == "../chapter.xhtml#q-one-single"
    assert asked.find(id="q-one-single")


def test_links_inside_answers_are_right_from_the_appendix(appendix):
    answered = epub_page(appendix.build("epub"), "back/answers.xhtml")
    hrefs = {link["href"] for link in answered.find_all("a")}
    assert "../lists.xhtml#term-bias" in hrefs
    assert "../lists.xhtml#misconception-bias-left-out" in hrefs
    assert "../chapter.xhtml#neuron-idea" in hrefs


def test_in_a_browser_the_appendix_lists_the_questions(appendix):
    page = BeautifulSoup(appendix.html("back/answers"), "html.parser")
    links = [link["href"] for link in page.find("ol").find_all("a")]
    assert len(links) == 8
    assert links[0] == "../chapter.html#q-one-single"
    assert page.find("ol").find_all("li")[0].find("em").get_text() == "line"  # prompts keep their markup
    assert page.find("ol").find_all("li")[2].find(class_="math")
    assert "Remember:" not in page.find(role="main").get_text()


def test_html_for_print_can_be_asked_for(appendix):
    page = BeautifulSoup(appendix.html("chapter", questions_plain=True), "html.parser")
    assert page.find("form", class_="nn-question") is None
    assert page.find(id="q-one-single")
    assert page.find("a", href="back/answers.html#answer-one-single")
