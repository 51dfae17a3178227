"""The mathematics font of the book: the characters its formulas use, cut out of STIX Two Math, and nothing more.

A phone without a mathematics font then reads the formulas as they were meant. The MATH table stays, with the taller
variants of brackets and roots that it names. The file name carries a digest of the characters, so an unchanged
set costs nothing and a cache never serves an old cut.
"""

import functools
import hashlib
import importlib.util
import logging
from io import BytesIO
from pathlib import Path

import fontTools
from docutils import nodes
from fontTools.ttLib import TTFont
from mathml import FormulaError, formulas, parse, place, set_node

# In a formula a single letter is italic: the browser takes it from another block of Unicode.
_ITALIC = {chr(ord("A") + i): chr(0x1D434 + i) for i in range(26)}
_ITALIC |= {chr(ord("a") + i): chr(0x1D44E + i) for i in range(26)} | {
    "h": "\u210e",
    "ı": "\U0001d6a4",
    "ȷ": "\U0001d6a5",
}
_ITALIC |= {chr(0x391 + i): chr(0x1D6E2 + i) for i in range(25)} | {chr(0x3B1 + i): chr(0x1D6FC + i) for i in range(25)}
_ITALIC |= dict(zip("∂ϵϑϰϕϱϖ∇ϴ", map(chr, [*range(0x1D715, 0x1D71C), 0x1D6FB, 0x1D6F3]), strict=True))

_UNSEEN = set("\n\t\r\u00a0\u2009\u200a\u200b\u2061\u2062\u2063\u2064\ufe00\ufe01")
# Drawn by a layout rule, though no text says so: the root, and the minus that a hyphen becomes.
_DRAWN = {"msqrt": "√", "mroot": "√"}


def source_font() -> Path:
    """Find STIX Two Math as the ziamath package ships it, without importing that package."""
    spec = importlib.util.find_spec("ziamath")
    if spec is None or not spec.submodule_search_locations:
        raise FormulaError("the package ziamath, which brings the font STIX Two Math, is not installed")
    return Path(spec.submodule_search_locations[0]) / "fonts" / "STIXTwoMath-Regular.ttf"


@functools.cache
def _available() -> frozenset[str]:
    with TTFont(source_font(), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def characters(mathml: str) -> set[str]:
    """Give the characters that a browser draws for a formula."""
    drawn: set[str] = set()
    for element in parse(mathml).iter():
        text = element.text or ""
        if element.tag == "mi" and len(text) == 1 and element.get("mathvariant") != "normal":
            text = _ITALIC.get(text, text)
        if element.tag == "mo":
            text = text.replace("-", "−")
        drawn |= set(text + _DRAWN.get(element.tag, "")) - _UNSEEN
    return drawn


def collect(app, doctree: nodes.document) -> None:
    """Note the characters of a document that was read; one that the font lacks stops the build."""
    found: set[str] = set()
    for node in formulas(doctree):
        needed = characters(set_node(node, app.config))
        if missing := sorted(needed - _available()):
            shown = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing)
            raise FormulaError(
                f"{place(node)}: document {app.env.docname}: STIX Two Math has no {shown}\n\n    {node.astext().strip()}\n"
            )
        found |= needed
    by_document(app.env)[app.env.docname] = "".join(sorted(found))


def by_document(env) -> dict[str, str]:
    """Give the characters noted so far, by document; the environment keeps them from build to build."""
    if not hasattr(env, "formula_characters"):
        env.formula_characters = {}
    return env.formula_characters


def _purge(app, env, docname: str) -> None:
    by_document(env).pop(docname, None)


def _merge(app, env, docnames, other) -> None:
    by_document(env).update({name: chars for name, chars in by_document(other).items() if name in docnames})


def cut(chars: str) -> bytes:
    """Cut the font down to these characters (woff2, MATH table kept). The same characters give the same bytes."""
    from fontTools import subset  # here, since most builds change no formula and need not load it

    options = subset.Options(
        flavor="woff2",
        layout_features=[],
        name_IDs=[0, 1, 2, 5, 13, 14],  # the copyright and the Open Font License travel with the font
        notdef_outline=True,
        hinting=False,
        desubroutinize=True,
        canonical_order=True,
        drop_tables=["DSIG", "GPOS", "GDEF"],
    )
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # each step of the cut, else
    buffer = BytesIO()
    with subset.load_font(str(source_font()), options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=chars + " ")
        subsetter.subset(font)
        _narrow_radicals(font)
        font.recalcTimestamp = False
        subset.save_font(font, buffer, options)
    return buffer.getvalue()


def _narrow_radicals(font: TTFont) -> None:
    """Make the taller root signs as narrow as the plain one.

    Chromium reserves the width of the widest of them even for the smallest, which leaves a gap of 0.4 em after each root.
    """
    variants = font["MATH"].table.MathVariants
    names = variants.VertGlyphCoverage.glyphs if variants and variants.VertGlyphCoverage else []
    root = font.getBestCmap().get(ord("√"))
    if root not in names:
        return
    construction = variants.VertGlyphConstruction[names.index(root)]
    taller = [record.VariantGlyph for record in construction.MathGlyphVariantRecord]
    if construction.GlyphAssembly:
        taller += [part.glyph for part in construction.GlyphAssembly.PartRecords]
    width = font["hmtx"][root][0]
    for name in sorted(set(taller) - {root}):
        glyph, (advance, _bearing) = font["glyf"][name], font["hmtx"][name]
        glyph.coordinates.scale((width / advance, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, glyph.xMin)


def write_font(app, builder) -> None:
    """Write the font of all documents into the output, before the pages that name it."""
    if builder.format != "html" or builder.name == "epub":
        return
    chars = "".join(sorted(set("".join(by_document(app.env).values()))))
    folder = Path(app.outdir) / "_static" / "fonts"
    app.env.formula_font = ""
    if chars:
        key = hashlib.sha256(f"{fontTools.version}|{source_font().stat().st_size}|{chars}".encode()).hexdigest()[:10]
        path = folder / f"stix-two-math-{key}.woff2"
        app.env.formula_font = f"_static/fonts/{path.name}"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cut(chars))
    for old in folder.glob("stix-two-math-*.woff2"):
        if old.name != Path(app.env.formula_font).name:
            old.unlink()


def name_font(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Name the font in the head of a page that has formulas.

    The one line of script asks for the font before the text is laid out, and the browser then waits a moment for it: without it
    the formulas are drawn in another font first, and the page jumps (measured: layout shift 0.18 without, 0.0001 with it, also
    with the processor slowed six times). Not a preload: that needs CORS, which a page read from a folder does not have.
    """
    if app.builder.name == "epub" or not context.get("has_maths_elements") or not getattr(app.env, "formula_font", ""):
        return
    url = context["pathto"](app.env.formula_font, 1)
    context["metatags"] = context.get("metatags", "") + (
        f'\n<style>@font-face{{font-family:"nn-math";src:url("{url}") format("woff2");font-display:swap}}</style>'
        '\n<script>document.fonts.load("1em nn-math")</script>'
    )


def setup(app) -> dict:
    """Collect while reading, cut before writing."""
    app.setup_extension("mathml")
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("write-started", write_font)
    app.connect("html-page-context", name_font)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
