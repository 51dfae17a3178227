"""The links of the built book, and of small broken ones that the check must reject."""

import pytest

from tests.book.links import link_faults
from tests.built import book_pages, built_book


def test_every_link_of_the_book_resolves():
    assert book_pages()
    faults = link_faults(built_book())
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="other.html#here">a</a>', None),
        ('<a href="#top">a</a>', None),
        ('<a href="/en/latest/other.html">a</a>', None),
        ('<a href="https://example.org/x#y">a</a>', None),
        ('<a href="gone.html">a</a>', "index.html:1: 'gone.html' leads nowhere"),
        ('<a href="other.html#gone">a</a>', "index.html:1: 'other.html#gone' leads to no id on that page"),
        ('<a href="#gone">a</a>', "index.html:1: '#gone' leads to no id on that page"),
        ('<a href="../outside.html">a</a>', "index.html:1: '../outside.html' leads nowhere"),
        ('<img src="gone.png" alt="">', "index.html:1: 'gone.png' leads nowhere"),
        ('<a href="http://example.org">a</a>', "index.html:1: 'http://example.org' is no https address"),
        ('<p id="twice"></p><p id="twice"></p>', "index.html: id 'twice' stands 2 times"),
        ('<label for="gone">a</label>', "index.html:1: for names 'gone', no such id"),
    ],
)
def test_link_check(tmp_path, body, fault):
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "outside.html").write_text("<p>", encoding="utf-8")
    (book / "other.html").write_text('<p id="here">', encoding="utf-8")
    (book / "index.html").write_text(f'<body id="top">{body}', encoding="utf-8")
    assert link_faults(book) == ([fault] if fault else [])
