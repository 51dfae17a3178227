"""Numbers quoted from cells are set as a book sets them, on the page and elsewhere."""

import nbformat
import numerals
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.ext import small_book


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("-1.06", "−1.06"),
        ("+1.51", "+1.51"),
        ("18%", "18\xa0%"),
        ("-2.5%", "−2.5\xa0%"),
        ("1,882", "1,882"),
        ("6e-06", "6\xa0×\xa010⁻⁶"),
        ("-1.5e+12", "−1.5\xa0×\xa010¹²"),
        ("1e-18", "10⁻¹⁸"),
        ("nan", "nan"),
        ("old-cats", "old-cats"),
        ("", ""),
    ],
)
def test_typeset(given, wanted):
    assert numerals.typeset(given) == wanted


@pytest.mark.parametrize("builder", ["html", "text"])
def test_only_quoted_numbers_are_set_anew(tmp_path, builder):
    glued = new_output(
        "display_data", data={"text/plain": "-0.000006"}, metadata={"scrapbook": {"name": "drop", "mime_prefix": ""}}
    )
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# A page"),
            new_code_cell("glue('drop', -0.000006)", outputs=[glued], execution_count=1),
            new_markdown_cell("It fell by {glue:text}`drop:.0e`, not by -6e-06; a share is {glue:text}`drop:.0%`."),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python", "pygments_lexer": "python"},
        },
    )
    source = small_book.write(
        tmp_path,
        {"index.ipynb": nbformat.writes(notebook)},
        ["myst_nb", "numerals"],
        theme="basic",
        more='html_math_renderer = "mathjax"',
    )
    app = small_book.build(source, builder)
    assert app.warning.getvalue() == ""
    page = next(app.outdir.glob("index.*")).read_text(encoding="utf-8")
    assert "−6\xa0×\xa010⁻⁶" in page.replace("&#160;", "\xa0").replace("&nbsp;", "\xa0")
    assert "not by -6e-06" in page
    assert "−0\xa0%" in page.replace("&#160;", "\xa0")
