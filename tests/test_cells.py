"""The cells that `python -m nnbook run` reads are the cells that myst-nb executes in the book."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

from nnbook.cells import ChapterError, read_cells

BOOK = Path(__file__).parent.parent / "book"
EXTENSIONS = {"amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "substitution"}  # as in conf.py

BLOCKS = {
    "text": "Some text, `code` and a line\nthat goes on.",
    "heading": "## A heading",
    "cell": "```{code-cell} ipython3\na = 1\n\nb = 2\n```",
    "tags": "```{code-cell}\n:tags: [hide-input, raises-exception]\n:name: x\n\na = 1\n```",
    "options in YAML": "```{code-cell} ipython3\n---\ntags: [remove-input]\nmystnb:\n  image:\n    alt: text\n---\nc = 3\n```",
    "a list of tags": "```{code-cell}\n---\nmystnb: {}\ntags:\n  - hide-input # why\n  - remove-output\nname: y\n---\n\nd\n```",
    "tags over lines": "```{code-cell}\n---\ntags: [\n  hide-input,\n]\n---\nd\n```",
    "no blank after options": "```{code-cell}\n:tags: [a]\nx = 1\n```",
    "colons in code": "```{code-cell}\nx[\n::2]\n```",
    "longer fence": "````{code-cell} ipython3\ns = '''\n```\nnot the end\n```\n'''\n````",
    "tildes": "~~~{code-cell} ipython3\ne = '```'\n~~~",
    "shorter fence inside tildes": "~~~~{code-cell}\n~~~\n```\n~~~~~",
    "indented fence": "  ```{code-cell} ipython3\n  f = 1\n    g = 2\n h = 3\n   ```",
    "indented by four": "Before.\n\n    ```{code-cell}\n    not a cell\n    ```",
    "blank before the name": "``` {code-cell}\nnot a cell\n```",
    "backtick in the info": "```{code-cell} `x`\nnot a fence",
    "closing with text": "```{code-cell}\na\n``` b\nc\n```",
    "other language": "```python\nnot_a_cell = 1\n```",
    "raw cell": "```{raw-cell}\nnot a cell\n```",
    "admonition": "````{note}\nText.\n\n```{code-cell}\nnot a cell\n```\n````",
    "colon admonition": ":::{note}\nText.\n\n```{code-cell}\nnot a cell\n```\n:::",
    "nested colons": "::::{tab-set}\n:::{tab-item} A\n```{code-cell}\nnot a cell\n```\n:::\n::::",
    "colon cell": ":::{code-cell}\nnot a cell\n:::",
    "quoted": "> ```{code-cell}\n> not a cell\n> ```",
    "in a list": "- item\n\n  ```{code-cell}\n  not a cell\n  ```\n\n  more of the item",
    "in a numbered list": "10. item\n\n    ```{code-cell}\n    not a cell\n    ```",
    "in a definition": "Term\n: Its definition.\n\n  ```{code-cell}\n  not a cell\n  ```",
    "comment": "<!--\n```{code-cell}\nnot a cell\n```\n\n```{code-cell}\nneither\n```\n-->",
    "comment in one line": "<!-- nothing -->",
    "HTML": "<div>\n```{code-cell}\nnot a cell\n```\n</div>",
    "HTML with blank": "<details>\n<summary>More</summary>\n\n```{code-cell}\na cell\n```\n\n</details>",
    "script": "<script>\n\n```{code-cell}\nnot a cell\n```\n</script>",
    "own element": "<nn-neuron>\n```{code-cell}\nnot a cell\n```\n</nn-neuron>",
    "element after text": "Text\n<nn-neuron>\n```{code-cell}\na cell\n```",
    "inline HTML": "<kbd>Tab</kbd> moves.\n```{code-cell}\na cell\n```",
    "rule": "***",
    "MyST comment": "% ```{code-cell}",
    "formula": "$$\na = b\n$$ (eq)",
    "target": "(label)=",
    "empty cell": "```{code-cell}\n```",
    "only options": "```{code-cell}\n:tags: [a]\n```",
    "blank lines around": "```{code-cell}\n\n\na\n\n\n```",
}
FRONT_MATTER = "---\nfile_format: mystnb\ntitle: |\n  ```{code-cell}\n---\n\n"


def read_by_myst_nb(text):
    notebook = read_myst_markdown_notebook(text, config=MdParserConfig(enable_extensions=EXTENSIONS))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(cell.source, set(cell.metadata.get("tags", []))) for cell in cells]


def read_by_us(text):
    return [(cell.source, set(cell.tags)) for cell in read_cells(text)]


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("front_matter", ["", FRONT_MATTER], ids=["", "front matter"])
def test_each_construct_is_read_as_myst_nb_reads_it(block, front_matter):
    text = f"{front_matter}{block}\n\n{BLOCKS['cell']}\n"
    assert read_by_us(text) == read_by_myst_nb(text)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(sorted(BLOCKS.values())), max_size=6), st.sampled_from(["", "\n", "\n\n"]))
def test_any_sequence_of_them_is_read_as_myst_nb_reads_it(blocks, end):
    text = "\n\n".join(["# Title", *blocks]) + end
    assert read_by_us(text) == read_by_myst_nb(text)


def test_the_fixtures_hold_cells_and_what_only_looks_like_one():
    found = list(itertools.chain.from_iterable(read_by_us(block) for block in BLOCKS.values()))
    assert len(found) > 15
    assert not [source for source, _ in found if "not a cell" in source]


@pytest.mark.parametrize("path", sorted(BOOK.glob("*/*.md")), ids=lambda path: path.stem)
def test_the_book_is_read_as_myst_nb_reads_it(path):
    text = path.read_text(encoding="utf-8")
    assert read_by_us(text) == read_by_myst_nb(text)


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_line_is_where_the_source_begins(block):
    lines = block.split("\n")
    for cell in read_cells(block):
        if first := cell.source.split("\n")[0]:
            assert lines[cell.line - 1].strip() == first.strip()


def test_cells_are_numbered_in_order():
    assert [cell.number for cell in read_cells("\n\n".join([BLOCKS["cell"]] * 3))] == [1, 2, 3]


def test_a_fence_that_is_never_closed_ends_with_the_page():
    for end in ("", "\n", "\n\n"):
        text = f"```{{code-cell}}\na = 1\n\nText?{end}"
        assert read_by_us(text) == read_by_myst_nb(text)
        assert read_by_us(text)[0][0].startswith("a = 1\n\nText?")


def test_a_source_in_another_file_is_refused():
    with pytest.raises(ChapterError, match=r"line 3: .*:load:"):
        read_cells("Text.\n\n```{code-cell}\n:load: other.py\n```\n")
