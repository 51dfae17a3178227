"""Builds after the first: a changed file is seen, a removed page is forgotten, workers agree with one process."""

import os
import time
from pathlib import Path

import pytest
from content_files import ContentError
from register import register_of


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    later = time.time() + 10  # later than the moment the page was read, however slow the machine
    os.utime(path, (later, later))


def test_a_changed_question_is_read_again(book):
    assert "Bias moves." in book.html()
    edit(book.folder / "questions" / "neuron.yaml", "Bias moves.", "Bias shifts.")
    assert "Bias shifts." in book.html()


def test_a_changed_misconception_is_read_again(book):
    assert "The bias is a detail" in book.html()
    edit(book.folder / "misconceptions.yaml", "The bias is a detail", "The bias is decoration")
    page = book.html()
    assert "The bias is decoration" in page
    assert "The bias is a detail" not in page


def test_an_unchanged_book_reads_nothing(book):
    book.build()
    app = book.start()
    app.build()
    assert "0 added, 0 changed, 0 removed" in app.status.getvalue()


def test_a_section_that_goes_away_stops_the_build_even_if_no_file_changed(book):
    book.build()
    edit(book.folder / "chapter.md", "(neuron-idea)=", "(neuron-thought)=")
    with pytest.raises(
        ContentError, match=r'one-single: source "chapter#neuron-idea": chapter has no section "neuron-idea"'
    ):
        book.start().build()


def test_answers_are_written_again_with_their_questions(book):
    book.write("index.md", "# Book\n\n```{toctree}\nchapter\nlists\nanswers\n```\n")
    book.write("answers.md", "# Answers\n\n```{answers}\n```\n")
    book.build("text")
    edit(book.folder / "questions" / "neuron.yaml", "Bias moves.", "Bias shifts.")
    app = book.build("text")
    assert "Bias shifts." in (Path(app.outdir) / "answers.txt").read_text(encoding="utf-8")


def test_a_page_that_is_gone_takes_its_questions_along(book):
    book.write("index.md", "# Book\n\n```{toctree}\nchapter\nlists\nanswers\nmore\n```\n")
    book.write("answers.md", "# Answers\n\n```{answers}\n```\n")
    book.write(
        "questions/more.yaml",
        (book.folder / "questions" / "neuron.yaml").read_text().split("  - id: two")[0].replace("one-", "more-"),
    )
    book.write("more.md", "# More\n\n```{questions} more\n```\n")
    app = book.build()
    assert register_of(app.env).sets == {"chapter": ["neuron"], "more": ["more"]}
    (book.folder / "more.md").unlink()
    book.write("index.md", "# Book\n\n```{toctree}\nchapter\nlists\nanswers\n```\n")
    app = book.build()
    assert register_of(app.env).sets == {"chapter": ["neuron"]}
    assert "more-single" not in (Path(app.outdir) / "answers.html").read_text(encoding="utf-8")


# Sphinx forks its workers, and JAX, started by other tests of this process, warns of that; the workers use no JAX.
@pytest.mark.filterwarnings("ignore:os.fork", "ignore:This process .* is multi-threaded")
def test_workers_build_the_same_pages_as_one_process(book):
    for number in range(6):  # Sphinx reads in parallel from six pages on
        book.write(f"page{number}.md", f"# Page {number}\n")
    pages = "\n".join(f"page{number}" for number in range(6))
    book.write("index.md", f"# Book\n\n```{{toctree}}\nchapter\nlists\nanswers\n{pages}\n```\n")
    book.write("answers.md", "# Answers\n\n```{answers}\n```\n")
    alone = book.html(), (Path(book.app.outdir) / "answers.html").read_text(encoding="utf-8")
    book.parallel = 2
    assert (book.html(freshenv=True), (Path(book.app.outdir) / "answers.html").read_text(encoding="utf-8")) == alone
    assert register_of(book.app.env).sets == {"chapter": ["neuron"]}
