"""The mathematics font: only what the formulas use, the same bytes each time, kept from build to build."""

from io import BytesIO

import mathfont
import mathml
import pytest
from fontTools.ttLib import TTFont

from tests.ext import small_book

EXTENSIONS = ["myst_nb", "mathfont"]


def chars(latex: str) -> str:
    return "".join(sorted(mathfont.characters(mathml.to_mathml(latex, True))))


@pytest.mark.parametrize(
    ("latex", "drawn"),
    [
        ("x", "𝑥"),
        ("h", "ℎ"),
        (r"\alpha", "𝛼"),
        (r"\partial", "𝜕"),
        (r"\mathrm{d}", "d"),
        (r"\mathbf{W}", "𝐖"),
        ("a-b", "−𝑎𝑏"),
        (r"\sqrt{2}", "2√"),
        (r"\log", "glo"),
        (r"\mathcal{L}", "ℒ"),
    ],
)
def test_characters_a_browser_draws(latex, drawn):
    assert chars(latex) == drawn


def test_cut_is_small_deterministic_and_keeps_what_stretches():
    text = chars(r"\left(\sum_i \sqrt{\frac{x_i}{2}}\right)")
    data = mathfont.cut(text)
    assert data == mathfont.cut(text)
    assert len(data) < 12_000
    with TTFont(BytesIO(data)) as font:
        assert "MATH" in font
        assert {ord(char) for char in text} <= set(font.getBestCmap()) <= {ord(char) for char in text + " "}
        variants = font["MATH"].table.MathVariants
        stretching = variants.VertGlyphCoverage.glyphs
        assert {font.getBestCmap()[ord(char)] for char in "(√∑"} <= set(stretching)
        taller = variants.VertGlyphConstruction[stretching.index(font.getBestCmap()[ord("√")])]
        widths = {font["hmtx"][record.VariantGlyph][0] for record in taller.MathGlyphVariantRecord}
        assert len(widths) == 1, "the tall roots are as narrow as the small one"
        assert "SIL Open Font License" in font["name"].getDebugName(13)


def fonts(app) -> list[str]:
    return sorted(path.name for path in (app.outdir / "_static" / "fonts").glob("*.woff2"))


def test_font_follows_the_formulas_of_all_documents(tmp_path):
    pages = {
        "index": "# A\n\n```{toctree}\nother\n```\n\n$x$\n",
        "other": "# B\n\n$y$\n",
        "plain": "---\norphan: true\n---\n# C\n",
    }
    source = small_book.write(tmp_path, pages, EXTENSIONS)
    app = small_book.build(source)
    (first,) = fonts(app)
    with TTFont(app.outdir / "_static" / "fonts" / first) as font:
        assert {ord("𝑥"), ord("𝑦")} <= set(font.getBestCmap())
    assert f'url("_static/fonts/{first}")' in (app.outdir / "index.html").read_text(encoding="utf-8")
    assert "nn-math" not in (app.outdir / "plain.html").read_text(encoding="utf-8")
    written = (app.outdir / "_static" / "fonts" / first).stat().st_mtime_ns

    # Prose alone: the font stays untouched. A new letter in one document: one new font, with the letters of both.
    (source / "other.md").write_text("# B\n\nNow: $y$\n", encoding="utf-8")
    app = small_book.build(source)
    assert fonts(app) == [first]
    assert (app.outdir / "_static" / "fonts" / first).stat().st_mtime_ns == written
    (source / "other.md").write_text("# B\n\n$z$\n", encoding="utf-8")
    app = small_book.build(source)
    (second,) = fonts(app)
    assert second != first
    with TTFont(app.outdir / "_static" / "fonts" / second) as font:
        assert {ord("𝑥"), ord("𝑧")} <= set(font.getBestCmap())
        assert ord("𝑦") not in font.getBestCmap()


# Sphinx forks its workers, and JAX, started by other tests of this process, warns of that; the workers use no JAX.
@pytest.mark.filterwarnings("ignore:os.fork", "ignore:This process .* is multi-threaded")
def test_parallel_reading_collects_the_same(tmp_path):
    names = [f"page{i}" for i in range(8)]
    listing = "# A\n\n```{toctree}\n" + "\n".join(names) + "\n```\n"
    pages = {"index": listing} | {
        name: f"# {name}\n\n${letter}$\n" for name, letter in zip(names, "abcdefgk", strict=True)
    }
    source = small_book.write(tmp_path, pages, EXTENSIONS)
    (parallel,) = fonts(small_book.build(source, parallel=2, freshenv=True))
    (serial,) = fonts(small_book.build(source, freshenv=True))
    assert parallel == serial


def test_a_character_the_font_lacks_stops_the_build(tmp_path):
    source = small_book.write(tmp_path, {"index": "# A\n\nText.\n\n$\\text{水}$\n"}, EXTENSIONS)
    with pytest.raises(mathml.FormulaError) as stopped:
        small_book.build(source)
    assert "index.md:5" in str(stopped.value)
    assert "document index" in str(stopped.value)
    assert "水 (U+6C34)" in str(stopped.value)


def test_no_formula_no_font(tmp_path):
    app = small_book.build(small_book.write(tmp_path, {"index": "# A\n\nText.\n"}, EXTENSIONS))
    assert fonts(app) == []
