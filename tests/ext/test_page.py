"""What a page says about itself, the notebook it gives away, and the blocks that the keyboard can scroll."""

import json
import re

import downloads
import nbformat
import page
import pytest
import repairs
import scrolling
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.errors import SphinxError

from tests.ext import small_book

ROOT = small_book.Path(__file__).parents[2]
EXTENSIONS = ["myst_nb", "sphinx_design", "notfound.extension", "mathml", "page", "csp"]
MORE = f"""
templates_path = ["{(ROOT / "book" / "_templates").as_posix()}"]
html_static_path = ["{(ROOT / "book" / "_static").as_posix()}"]
notfound_template = "404.html"
notfound_urls_prefix = "/"
notfound_context = {{"title": "No page at this address", "body": ""}}
nnbook_description = "A small book."
html_context = {{"repository_url": "REPOSITORY"}}
"""
NEURON = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
language_info: {name: python, pygments_lexer: ipython3}
---

# Neuron

:::{card} In one line
A neuron adds up $x$ and **fires**. It is the smallest part.
:::

(long-table)=
| a | b |
|---|---|
| 1 | 2 |

```{code-cell} python
print("a line of code that is far too long for the screen of a small phone")
```

```python
short()
```

```{list-table} What is what
:name: what

* - a
```

$$ a = b $$ (sum)
"""
PAGES = {
    "index": "---\ndescription: From the front matter.\n---\n# Book\n\nText.\n\n```{toctree}\n:caption: Foundations\n\nneuron\nother\n```\n",
    "neuron": NEURON,
    "other": "# Other\n\nThe first paragraph is the description. See {eq}`sum` and {ref}`what`.\n",
    "plain": "---\norphan: true\n---\n# Plain\n",
}


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    def run(repository: str = ""):
        source = small_book.write(
            tmp_path_factory.mktemp("page"), PAGES, EXTENSIONS, more=MORE.replace("REPOSITORY", repository)
        )
        return small_book.build(source)

    return run


@pytest.fixture(scope="module")
def built(make):
    app = make()
    assert app.warning.getvalue() == ""
    return app.outdir


def soup(folder, name):
    return BeautifulSoup((folder / name).read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("index.html", "From the front matter."),
        ("neuron.html", "A neuron adds up x and fires. It is the smallest part."),
        ("other.html", "The first paragraph is the description. See (1) and What is what."),
        ("plain.html", "A small book."),
        ("search.html", "A small book."),
        ("404.html", "A small book."),
    ],
)
def test_description(built, name, description):
    (tag,) = soup(built, name).find_all("meta", attrs={"name": "description"})
    assert tag["content"] == description


def test_chapter_line_and_place(built):
    line = soup(built, "neuron.html").select_one(".nn-chapter-line")
    assert [span.get_text() for span in line.find_all("span")] == ["Foundations", "2 min read"]
    assert [(link["href"], link["download"]) for link in line.find_all("a")] == [
        ("notebooks/neuron.ipynb", "neuron.ipynb")
    ]
    assert soup(built, "neuron.html").select_one(".nn-place").get_text() == "Part “Foundations”, chapter 1 of 2"
    assert not soup(built, "other.html").select(".nn-chapter-line a"), "a page without code has no notebook"
    assert not soup(built, "plain.html").select(".nn-place")


def test_licence_and_icons(built):
    for name in ("index.html", "neuron.html", "404.html"):
        text = " ".join(soup(built, name).select_one(".nn-licence").get_text().split())
        assert text == "Code Apache-2.0, text and figures CC BY 4.0, the nnbook contributors."
    icons = [link["href"] for link in soup(built, "index.html").find_all("link", rel="icon")]
    assert icons == ["_static/icons/neuron.svg", "_static/icons/neuron-32.png"]
    assert all((built / icon).is_file() for icon in icons)


def test_notebook_is_valid_and_has_no_address_without_a_repository(built):
    notebook = nbformat.read(built / "notebooks" / "neuron.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == [f"cell-{i}" for i in range(len(notebook.cells))]
    assert "install" not in json.dumps(notebook)
    assert "colab" not in (built / "neuron.html").read_text(encoding="utf-8")
    assert [path.name for path in (built / "notebooks").rglob("*.ipynb")] == ["neuron.ipynb"]


def test_repository_brings_colab_and_the_install_cell(make):
    folder = make("https://github.com/someone/nnbook").outdir
    links = [a["href"] for a in soup(folder, "neuron.html").select(".nn-chapter-line a")]
    assert links[1] == "https://colab.research.google.com/github/someone/nnbook/blob/notebooks/neuron.ipynb"
    first = nbformat.read(folder / "notebooks" / "neuron.ipynb", as_version=4).cells[0]
    assert first.cell_type == "code"
    assert 'find_spec("nnbook") is None' in first.source
    assert "git+https://github.com/someone/nnbook" in first.source


@pytest.mark.parametrize("repository", ["", "https://gitlab.com/a/b", "https://github.com.evil.org/a/b"])
def test_colab_opens_github_only(repository):
    assert downloads.colab_url(repository, "notebooks", "x/y") == ""


def test_missing_notebook_stops_the_build(tmp_path):
    source = small_book.write(tmp_path, PAGES, EXTENSIONS, more=MORE)
    app = small_book.build(source)
    (app.outdir.parent / "jupyter_execute" / "neuron.ipynb").unlink()
    with pytest.raises(SphinxError, match=r"neuron: its notebook .* is gone"):
        small_book.build(source)


def test_notebook_that_is_not_valid_is_refused():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.cells[0].outputs = [{"output_type": "nonsense"}]
    with pytest.raises(nbformat.ValidationError):
        downloads.for_readers(notebook)


def test_only_long_code_takes_the_focus(built):
    blocks = {pre.get_text().strip(): pre.attrs for pre in soup(built, "neuron.html").find_all("pre")}
    assert blocks["short()"] == {}
    (long,) = [attrs for text, attrs in blocks.items() if text.startswith("print(")]
    assert long == {"tabindex": "0", "role": "group", "aria-label": "Code"}


def test_tables_take_the_focus_under_their_caption(built):
    boxes = soup(built, "neuron.html").select(".table-wrapper")
    assert [(box["tabindex"], box["role"], box["aria-label"]) for box in boxes] == [
        ("0", "group", "Table"),
        ("0", "group", "What is what"),
    ]


def test_ids_are_unique_in_spite_of_furos_boxes(built):
    ids = [tag["id"] for tag in soup(built, "neuron.html").find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {"what", "equation-sum", "long-table"} <= set(ids)


@pytest.mark.parametrize(
    ("markup", "mended"),
    [
        ('<p class="caption" role="heading"><span>', '<p class="caption" role="heading" aria-level="2"><span>'),
        ('<summary aria-label="Toggle hidden content">\nShow', "<summary>\nShow"),
        ('<div class="citation" id="id2" role="doc-biblioentry">', '<div class="citation" id="id2">'),
        ('<div role="list" class="citation-list">', '<div class="citation-list">'),
        ('<div role="list" class="other">', '<div role="list" class="other">'),
    ],
)
def test_repairs(markup, mended):
    assert repairs.repaired(markup) == mended
    assert repairs.repaired(mended) == mended


def test_a_table_without_a_box_gets_one():
    table = '<table class="nn-evidence docutils align-default">\n<tr><td>1</td></tr></table>'
    boxed = scrolling.focusable(table)
    assert boxed.startswith(
        '<div class="table-wrapper docutils container" tabindex="0" role="group" aria-label="Table">'
    )
    inside = scrolling.focusable(f'<div class="table-wrapper docutils container">\n{table}\n</div>')
    assert inside.count("table-wrapper") == 1


def test_output_is_named_output():
    line = "x" * 60
    html = f'<div class="highlight-myst-ansi notranslate"><div class="highlight"><pre><span></span>{line}</pre></div></div>'
    assert 'aria-label="Output"' in scrolling.focusable(html)


def test_landmarks_have_names(built):
    page_ = soup(built, "neuron.html")
    assert [aside.get("aria-label") for aside in page_.find_all("aside")] == ["The book", "On this page"]
    boxes = page_.select("nav.nn-drawers > input")
    assert [box["id"] for box in boxes] == ["__navigation", "__toc"]
    assert all(box["aria-label"] for box in boxes)
    assert all(caption["aria-level"] == "2" for caption in soup(built, "index.html").select('.caption[role="heading"]'))


def test_not_found_page_has_absolute_links_and_no_need_of_scripts(built):
    links = [a["href"] for a in soup(built, "404.html").select("article a")]
    assert links == ["/index.html", "/search.html"]


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Short.", 20, "Short."),
        ("One sentence. Another one that is long.", 20, "One sentence."),
        ("Some words without any full stop at all", 20, "Some words without…"),
        ("Two\n  lines.", 20, "Two lines."),
    ],
)
def test_shorten(text, limit, short):
    assert page.shorten(text, limit) == short


def test_reading_time_counts_words_and_pictures():
    document = nodes.section("", *(nodes.paragraph("", "word " * 100) for _ in range(4)))
    assert page.reading_minutes(document) == 2
    document += [nodes.figure() for _ in range(8)]
    assert page.reading_minutes(document) == 4


def test_a_site_address_brings_the_cards_of_social_networks(tmp_path):
    more = 'html_baseurl = ogp_site_url = "https://example.org/en/latest/"\nogp_enable_meta_description = False'
    pages = {"index": "---\ndescription: What this small book is about, in one sentence.\n---\n\n# Small\n\nWords.\n"}
    source = small_book.write(tmp_path, pages, ["myst_nb", "mathml", "page", "sphinxext.opengraph"], more=more)
    app = small_book.build(source)
    html = (app.outdir / "index.html").read_text(encoding="utf-8")
    found = dict(re.findall(r'<meta property="(og:[a-z]+)" content="([^"]*)"', html))
    assert found["og:title"] == "Small"
    assert found["og:url"].startswith("https://example.org/en/latest/")
    assert found["og:image"].startswith("https://example.org/en/latest/_images/social_previews/")
    assert (app.outdir / found["og:image"].removeprefix("https://example.org/en/latest/")).is_file()
