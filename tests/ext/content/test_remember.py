"""Cards, glossary, notation and misconceptions: what they show, in a browser and in text, and what they refuse."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from content import load
from content_files import ContentError

from .test_questions_builds import edit

CARD = """
preamble: |
  import math
cards:
  - id: {0}
    rev: 1
    name: The {0}
    definition: It *weighs* and adds.
    formula: $$y = x$$
    hook: A sorter, {{computed}}`half:.1f` of the day.
    breaks: No sorter learns.
    source: chapter#neuron-idea
    numbers:
      half: {{compute: math.cos(math.pi / 3), expect: 0.5}}
"""
NOTATION = """
symbols:
  - symbol: $x$
    meaning: input
    shape: $n$ numbers
    code: x
    source: chapter#neuron-idea
  - symbol: $b$
    meaning: "{term}`bias`"
"""
CHAPTER = """
# The neuron

(neuron-idea)=
## The idea: a vote

```{reference-card} neuron
```
"""


@pytest.fixture
def shelf(book):
    """A book with two cards, a grid of them, and a notation table."""
    (book.folder / "questions" / "neuron.yaml").unlink()
    book.write("chapter.md", CHAPTER)
    book.write("cards/axon.yaml", CARD.format("axon"))
    book.write("cards/neuron.yaml", CARD.format("neuron"))
    book.write("notation.yaml", NOTATION)
    book.write("all.md", "# All\n\n```{card-grid}\n```\n\n```{notation-table}\n```\n")
    book.write("index.md", "# Book\n\n```{toctree}\nchapter\nlists\nall\n```\n")
    return book


def words(element):
    return " ".join(element.get_text().split())


def soup(book, page):
    return BeautifulSoup(book.html(page), "html.parser")


def test_a_card_shows_its_parts_in_order(shelf):
    card = soup(shelf, "chapter").find(id="card-neuron")
    assert [part["class"][0] for part in card.find_all(recursive=False)] == [
        f"nn-card-{part}" for part in ("name", "definition", "formula", "hook", "breaks", "source")
    ]
    assert words(card.find(class_="nn-card-hook")) == "Hook: A sorter, 0.5 of the day."
    assert words(card.find(class_="nn-card-breaks")) == "Where it breaks: No sorter learns."
    assert card.find(class_="nn-card-definition").find("em").get_text() == "weighs"
    assert card.find(class_="nn-card-source").find("a")["href"] == "#neuron-idea"


def test_the_grid_shows_every_card_with_links_back(shelf):
    grid = soup(shelf, "all").find(class_="nn-card-grid")
    assert [card["id"] for card in grid.find_all(class_="nn-card")] == ["grid-card-axon", "grid-card-neuron"]
    assert {link["href"] for link in grid.select(".nn-card-source a")} == {"chapter.html#neuron-idea"}


def test_a_new_card_file_comes_into_the_grid(shelf):
    shelf.build()
    shelf.write("cards/soma.yaml", CARD.format("soma"))
    assert "grid-card-soma" in shelf.html("all")
    edit(shelf.folder / "cards" / "soma.yaml", "The soma", "The cell body")
    assert "The cell body" in shelf.html("all")


def test_cards_are_plain_text_in_text(shelf):
    app = shelf.build("text")
    text = (Path(app.outdir) / "chapter.txt").read_text(encoding="utf-8")
    assert "**The neuron**\n\nIt *weighs* and adds.\n\n   y = x\n\n**Hook:** A sorter, 0.5 of the day." in text
    assert "More: The idea: a vote" in text


def test_a_picture_is_a_numbered_reference_to_a_figure(shelf):
    edit(shelf.folder / "cards" / "neuron.yaml", "    formula:", "    picture: see-it\n    formula:")
    (shelf.folder / "line.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/>", encoding="utf-8"
    )
    shelf.write("chapter.md", CHAPTER + "\n```{figure} line.svg\n:name: see-it\n:alt: A line.\n\nA line.\n```\n")
    picture = soup(shelf, "all").find(id="grid-card-neuron").find(class_="nn-card-picture")
    assert words(picture) == "Picture: Fig. 1."
    assert picture.find("a")["href"] == "chapter.html#see-it"


def test_the_glossary_is_sphinx_s_own(shelf):
    page = soup(shelf, "lists")
    glossary = page.find("dl", class_="glossary")
    assert [term.find(string=True) for term in glossary.find_all("dt")] == ["bias", "threshold", "weighted sum"]
    assert glossary.find("a", href="#term-weighted-sum")
    definition = glossary.find("dd")
    assert words(definition) == "What is added to the weighted sum. The idea: a vote"
    assert definition.find("a", href="chapter.html#neuron-idea")
    shelf.write("chapter.md", CHAPTER + "\nA {term}`threshold`.\n")
    assert soup(shelf, "chapter").find("a", href="lists.html#term-threshold")


def test_the_notation_table(shelf):
    table = soup(shelf, "all").find("table", class_="nn-notation")
    assert [words(cell) for cell in table.find("thead").find_all("th")] == [
        "Symbol",
        "Meaning",
        "Shape or range",
        "In code",
        "First met",
    ]
    first, second = table.find("tbody").find_all("tr")
    assert [words(cell) for cell in first.find_all("td")] == [
        "\\(x\\)",
        "input",
        "\\(n\\) numbers",
        "x",
        "The idea: a vote",
    ]
    assert first.find("code")
    assert second.find("a", href="lists.html#term-bias")
    assert len(second.find_all("td")) == 5


def test_the_misconceptions_with_what_is_so_instead(shelf):
    listed = soup(shelf, "lists").find("dl", class_="nn-misconceptions")
    assert listed.find("dt", id="misconception-bias-left-out").find(string=True) == "The bias is a detail"
    assert words(listed.find("dd")) == "It moves the line. Settled in The idea: a vote"


@pytest.mark.parametrize(("name", "old", "new", "told"), [
    ("cards/neuron.yaml", "hook:", "hok:", 'cards/neuron.yaml:9: neuron: unknown field "hok"; did you mean "hook"?'),
    ("cards/neuron.yaml", "id: neuron", "id: axon", 'cards/neuron.yaml:4: axon: "axon" stands already in cards/axon.yaml:4'),
    ("cards/neuron.yaml", "rev: 1", "rev: new", 'cards/neuron.yaml:5: neuron: field "rev": input should be a valid integer'),
    ("glossary.yaml", "term: weighted sum", "term: threshold", 'glossary.yaml:3: bias: "threshold" stands already in glossary.yaml:6'),
    ("glossary.yaml", "all added.", "added. Then. Then.", "glossary.yaml:7: weighted sum: the definition has 3 sentences"),
    ("notation.yaml", "symbol: $b$", "symbol: $x$", 'notation.yaml:7: $x$: "$x$" stands already in notation.yaml:2; merge the two entries'),
    ("misconceptions.yaml", "id: bias-multiplies", "id: bias-left-out", 'misconceptions.yaml:6: bias-left-out: "bias-left-out" stands already'),
    ("misconceptions.yaml", "    truth: It is added.\n", "", 'misconceptions.yaml:6: bias-multiplies: field "truth" is missing'),
])  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_id(shelf, name, old, new, told):
    edit(shelf.folder / name, old, new)
    with pytest.raises(ContentError, match=re.escape(told)):
        load(shelf.folder, shelf.folder)


@pytest.mark.parametrize(("name", "told"), [
    ("cards/neuron.yaml", "cards/neuron.yaml:11: neuron: source"),
    ("misconceptions.yaml", "misconceptions.yaml:5: bias-left-out: source"),
    ("glossary.yaml", "glossary.yaml:5: bias: source"),
    ("notation.yaml", "notation.yaml:6: $x$: source"),
])  # fmt: skip
def test_a_source_that_does_not_exist_stops_the_build(shelf, name, told):
    edit(shelf.folder / name, "chapter#neuron-idea", "chapter#neuron")
    with pytest.raises(ContentError, match=re.escape(told)):
        shelf.start().build()


def test_the_witnesses_of_a_card_must_agree(shelf):
    edit(shelf.folder / "cards" / "neuron.yaml", "expect: 0.5", "expect: 0.6")
    with pytest.raises(ContentError, match=r'cards/neuron.yaml:13: neuron: "compute" gives 0.5, "expect" says 0.6'):
        shelf.start().build()


@pytest.mark.parametrize(("directive", "told"), [
    ("{reference-card} nueron", r'chapter.md:6: there is no card "nueron"; did you mean "neuron"\?'),
    ("{notation-table}", r"chapter.md:6: there is no notation.yaml in the book's folder"),
])  # fmt: skip
def test_a_page_that_asks_for_what_is_not_there_is_told(shelf, directive, told):
    if "notation" in directive:
        (shelf.folder / "notation.yaml").unlink()
        shelf.write("all.md", "# All\n")
    shelf.write("chapter.md", CHAPTER.replace("{reference-card} neuron", directive))
    with pytest.raises(ContentError, match=told):
        shelf.start().build()
