"""Bad question files stop the build with file, line, id and what to do. Each file in files/broken says what it expects."""

import re

import pytest
from content import load
from content_files import ContentError

from .conftest import FILES

BROKEN = sorted((FILES / "broken").glob("*.yaml"), key=lambda path: path.stem)
FOUND_WHILE_BUILDING = {
    "no-section",
    "no-page",
    "contradiction",
    "misprint",
    "misprint-entry",
    "not-one-paragraph",
    "no-number",
    "unknown-role",
}


def expected(text: str) -> list[str]:
    return re.findall(r"^# expect: (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_mistake_is_told_with_file_line_and_id(book, path):
    text = path.read_text(encoding="utf-8")
    book.write("questions/neuron.yaml", text)
    with pytest.raises(ContentError) as told:
        book.start().build() if path.stem in FOUND_WHILE_BUILDING else load(book.folder, book.folder)
    for line in expected(text):
        assert line in str(told.value)
    assert str(told.value).count("\n") == len(expected(text)) - 1


def test_an_id_used_in_another_file_is_told(book):
    book.write("questions/axon.yaml", (FILES / "questions.yaml").read_text(encoding="utf-8").split("  - id: two")[0])
    with pytest.raises(
        ContentError, match=r'questions/neuron.yaml:6: one-single: "one-single" stands already in questions/axon.yaml:6'
    ):
        load(book.folder, book.folder)


def test_mistakes_of_all_files_are_told_at_once(book):
    book.write("questions/axon.yaml", (FILES / "broken" / "bad-rev.yaml").read_text(encoding="utf-8"))
    book.write("questions/neuron.yaml", (FILES / "broken" / "two-correct.yaml").read_text(encoding="utf-8"))
    with pytest.raises(ContentError) as told:
        load(book.folder, book.folder)
    assert [line.split(" ")[0] for line in str(told.value).splitlines()] == [
        "questions/axon.yaml:4:",
        "questions/neuron.yaml:11:",
    ]


def test_a_file_that_is_not_utf_8_is_told(book):
    (book.folder / "questions" / "neuron.yaml").write_bytes(b"questions: \xff\n")
    with pytest.raises(ContentError, match=r"questions/neuron\.yaml:1: not UTF-8: save the file as UTF-8"):
        load(book.folder, book.folder)


def test_a_page_that_asks_for_a_file_that_is_not_there_is_told(book):
    book.write("chapter.md", "# Chapter\n\n(neuron-idea)=\n## The idea: a vote\n\n```{questions} nueron\n```\n")
    with pytest.raises(ContentError, match=r'chapter.md:6: there is no questions/nueron.yaml; did you mean "neuron"\?'):
        book.start().build()


def test_a_number_that_cannot_be_computed_is_told_by_its_line():
    """The execution step tells a failing cell by the notebook's source map: cell line 3 is the line of `compute`."""
    from content_files import read
    from questions.schema import QuestionFile
    from witnesses import notebook

    file = read(FILES / "questions.yaml", QuestionFile, "questions/neuron.yaml")
    made = notebook(file)
    text = (FILES / "questions.yaml").read_text(encoding="utf-8").splitlines()
    for cell, start in zip(made.cells[1:], made.metadata["source_map"][1:], strict=True):
        name = cell.metadata["nnbook"]["name"]
        assert ("code:" if name == "output" else "compute:") in text[start + 3], (cell.source, text[start + 3])
