"""Figures of cells in a book: numbered, linked, inline on pages, pictures with alt text elsewhere; bad ones stop the build."""

import json
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from figures import MIME, PNG, FigureRenderer, figures_of, merge_pages, page_markup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.errors import ExtensionError
from sphinx.testing.util import SphinxTestApp

from nnbook import plotting
from nnbook.widgets import Widget

CONF = """
extensions = ["myst_nb", "sphinxcontrib.bibtex", "figures"]
nb_execution_mode = "off"
numfig = True
bibtex_bibfiles = ["references.bib"]
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["_build", "jupyter_execute"]
project = "small"
author = copyright = "nobody"
version = "1"
html_theme = "basic"
epub_show_urls = "no"
"""
BIBLIOGRAPHY = "@book{knuth, author={Donald Knuth}, title={The Book of Types}, year={1984}, publisher={Press}}\n"
CAPTION = "The line $y = 2x$ rises {cite}`knuth`. Read it from left to right."


@cache
def draw(label: str | None = "line-rises", caption: str | None = CAPTION) -> plotting.Figure:
    ax = plotting.axes(("input", "no unit"), ("zebracrossing", "no unit"))
    plotting.curves.line(ax, [0, 1], [0, 2])
    return plotting.Figure(ax, alt="A straight line rises from 0 to 2.", caption=caption, label=label)


def output_of(shown):
    data, metadata = shown._repr_mimebundle_()
    return new_output("execute_result", data=data, metadata=metadata, execution_count=1)


def page(title: str, *outputs, after: str = ""):
    cells = [
        new_markdown_cell(f"# {title}"),
        *(new_code_cell("draw()", outputs=[out], execution_count=1) for out in outputs),
    ]
    cells.append(new_markdown_cell(after or "The end."))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return new_notebook(
        cells=cells, metadata={**kernel, "language_info": {"name": "python", "pygments_lexer": "python"}}
    )


@pytest.fixture
def build(tmp_path: Path):
    """Build a book of the pages given (name → notebook), and hand back the folder it was written to."""

    def run(builder: str = "html", **pages) -> Path:
        source = tmp_path / "book"
        source.mkdir(exist_ok=True)
        (source / "conf.py").write_text(CONF)
        (source / "references.bib").write_text(BIBLIOGRAPHY)
        contents = "\n".join(pages)
        index = (
            f"# Index\n\nSee {{numref}}`line-rises`.\n\n```{{toctree}}\n{contents}\n```\n\n```{{bibliography}}\n```\n"
        )
        (source / "index.md").write_text(index if "one" in pages else index.replace("See {numref}`line-rises`.", ""))
        for name, notebook in pages.items():
            nbformat.write(notebook, source / f"{name}.ipynb")
        app = SphinxTestApp(builder, srcdir=source, warningiserror=True, exception_on_warning=True)
        try:
            app.build()
        finally:
            app.cleanup()
        return Path(app.outdir)

    return run


def test_page_has_inline_svg_with_number_caption_and_link(build):
    out = build(one=page("One", output_of(draw())))
    html = (out / "one.html").read_text()
    figure = re.search(r"<figure[^>]*nn-figure.*?</figure>", html, re.DOTALL)[0]
    assert 'id="line-rises"' in figure
    assert figure.count("<svg") == 1
    assert 'role="img"' in figure
    assert 'aria-label="A straight line rises from 0 to 2."' in figure
    assert "var(--nn-hidden,#0a7d5c)" in figure
    assert '<span class="caption-number">Fig. 1 </span>' in figure
    caption = re.search(r"<figcaption>.*?</figcaption>", figure, re.DOTALL)[0]
    assert "math" in caption
    assert "knuth" in caption.lower()
    assert "{cite}" not in caption
    assert 'href="one.html#line-rises"' in (out / "index.html").read_text()
    assert "Fig. 1" in (out / "index.html").read_text()
    assert not list((out / "_images").glob("*"))


def test_words_of_the_picture_are_on_the_page_but_not_in_the_search_index(build):
    out = build(one=page("One", output_of(draw())))
    assert "zebracrossing" in (out / "one.html").read_text()
    index = (out / "searchindex.js").read_text()
    assert "zebracross" not in index
    assert "rise" in index  # the caption is


@pytest.mark.parametrize("builder", ["epub", "text", "latex"])
def test_other_builders_get_one_picture_with_alt_text(build, builder):
    out = build(builder, one=page("One", output_of(draw())))
    if builder == "epub":
        text = (out / "one.xhtml").read_text()
        assert 'alt="A straight line rises from 0 to 2."' in text
        assert text.count("<img") == 1
        assert len(list((out / "_images").glob("*.png"))) == 1
    elif builder == "text":
        text = (out / "one.txt").read_text()
        assert "[image: A straight line rises from 0 to 2.]" in text
    else:
        text = (out / "small.tex").read_text()
        assert text.count(r"\sphinxincludegraphics") == 1
        assert len(list(out.glob("*.png"))) == 1
    assert "<svg" not in text


def test_widget_has_its_data_and_its_static_picture_inside_its_element(build):
    widget = Widget("neuron", {"w": [1.0, -2.0], "note": "</script>"}, draw(label="live"), "Where is the line?")
    html = (build(two=page("Two", output_of(widget))) / "two.html").read_text()
    element = re.search(r'<nn-neuron class="nn-widget">(.*?)</nn-neuron>', html, re.DOTALL)[1]
    script, rest = re.fullmatch(
        r'<script type="application/json" class="nn-widget-data">(.*?)</script>(.*)', element, re.DOTALL
    ).groups()
    assert json.loads(script) == {"question": "Where is the line?", "w": [1.0, -2.0], "note": "</script>"}
    assert rest.startswith('<div class="nn-static"><svg')
    assert re.search(r"</svg><noscript>.*JavaScript.*</noscript></div>$", rest)


def test_figure_without_caption_or_label_is_shown_unnumbered(build):
    html = (build(two=page("Two", output_of(draw(label=None, caption=None)))) / "two.html").read_text()
    assert "<svg" in html
    assert "figcaption" not in html


def test_second_paragraph_of_a_caption_is_its_legend(build):
    html = (build(two=page("Two", output_of(draw(caption="The point.\n\nHow to read it.")))) / "two.html").read_text()
    assert re.search(r'<div class="legend">\s*<p>How to read it.</p>', html)


def test_other_outputs_are_left_to_myst_nb(build):
    plain = new_output("execute_result", data={"text/plain": "42"}, execution_count=1)
    assert "42" in (build(two=page("Two", plain)) / "two.html").read_text()


def changed(**content):
    """The output of a figure with parts of it changed, as a foreign hand could write them."""
    out = output_of(draw())
    out["data"][MIME].update(content)
    return out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"alt": ""}, "no alt text"),
        ({"alt": None}, "no alt text"),
        ({"caption": "  "}, "caption is empty"),
        ({"caption": "```\ncode\n```"}, "begins with a sentence"),
    ],
)
def test_bad_figure_stops_the_build_with_file_and_line(build, content, says):
    with pytest.raises(ExtensionError, match=rf"two\.ipynb:\d+: .*{says}"):
        build(two=page("Two", changed(**content)))


def test_label_taken_on_another_page_stops_the_build_and_names_both_places(build):
    with pytest.raises(
        ExtensionError, match=r"three\.ipynb:\d+: the figure label 'line-rises' is taken, at .*one\.ipynb:\d+"
    ):
        build(one=page("One", output_of(draw())), three=page("Three", output_of(draw())))


def test_label_of_another_target_stops_the_build(build):
    taken = page("Two", output_of(draw()))
    taken.cells[0]["source"] = "(line-rises)=\n# Two"
    with pytest.raises(ExtensionError, match="by another target of this page"):
        build(two=taken)


def test_the_same_unlabelled_picture_twice_on_a_page_stops_the_build(build):
    with pytest.raises(ExtensionError, match="give both a label"):
        build(two=page("Two", output_of(draw(label=None)), output_of(draw(label=None))))


def test_unlabelled_picture_may_stand_on_two_pages(build):
    out = build(two=page("Two", output_of(draw(label=None))), three=page("Three", output_of(draw(label=None))))
    assert "<svg" in (out / "three.html").read_text()


def test_page_may_be_read_again(build, tmp_path):
    build(one=page("One", output_of(draw())))
    out = build(one=page("One anew", output_of(draw())))
    assert "One anew" in (out / "one.html").read_text()


def test_inline_and_foreign_forms_are_refused():
    class Foreign:
        mime_type, output_metadata = PNG, {}

    assert FigureRenderer.handle_mime(None, Foreign, inline=True) is None
    assert FigureRenderer.handle_mime(None, Foreign, inline=False) is None


def test_markup_of_a_widget_keeps_its_end():
    markup = page_markup({"svg": "S", "html": "<nn-a></nn-a>"})
    assert re.fullmatch(r'<nn-a><div class="nn-static">S<noscript>.*</noscript></div></nn-a>', markup)


def test_pages_read_by_another_process_are_taken_over_and_their_labels_compared():
    here, there = SimpleNamespace(), SimpleNamespace()
    figures_of(here)["a"] = ("one", "one.md:3")
    figures_of(there).update({"b": ("two", "two.md:5"), "c": ("three", "three.md:7")})
    merge_pages(None, here, ["two"], there)
    assert figures_of(here) == {"a": ("one", "one.md:3"), "b": ("two", "two.md:5")}
    there = SimpleNamespace(nnbook_figures={"a": ("two", "two.md:9")})
    with pytest.raises(ExtensionError, match=r"two\.md:9: the figure label 'a' is taken, at one\.md:3"):
        merge_pages(None, here, ["two"], there)
