r"""Formulas set at build time: LaTeX in the source, MathML Core on the page, no mathematics script anywhere.

The colours of the book's roles are macros: `\data{x}`, `\parameter{w}`, `\hidden{h}`, `\output{y}`, `\error{L}`.
A formula that math-core cannot set stops the build with file, line, formula and math-core's own words.
"""

import functools
import re
from html.entities import html5
from xml.etree import ElementTree

from docutils import nodes
from formula_retouch import ROLES, retouch
from formula_width import WIDE_FORMULA, width
from math_core import LatexError, LatexToMathML
from sphinx.errors import SphinxError
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number

ROLE_MACROS = {role: rf"\textcolor{{{name}}}{{#1}}" for role, (name, _colour, _light) in ROLES.items()}

# Environments that LaTeX numbers by itself: the number is Sphinx's here, so that `{eq}` finds it.
_NUMBERED = {"equation": "", "align": "aligned", "gather": "gathered", "multline": "gathered", "eqnarray": "aligned"}
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}


class FormulaError(SphinxError):
    """A formula that cannot be set, said with where it stands."""

    category = "Formula error"


def display_latex(text: str, whole: bool = False) -> str:
    r"""Give the LaTeX of a display formula as one expression, as Sphinx's MathJax renderer does.

    Parts separated by an empty line become rows, and rows without an environment of their own are aligned.
    whole is True for text that brings its environment (MyST's amsmath): a numbered one loses its own numbers.
    """
    if whole:
        if match := re.fullmatch(r"\s*\\begin\{(\w+)\*?\}(.*)\\end\{\1\*?\}\s*", text, re.DOTALL):
            name, body = match[1], match[2]
            inner = _NUMBERED.get(name)
            if inner is not None:
                return rf"\begin{{{inner}}}{body}\end{{{inner}}}" if inner else body
        return text
    rows = r" \\ ".join(part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
    return rf"\begin{{aligned}}{rows}\end{{aligned}}" if _has_bare_rows(rows) else rows


def _has_bare_rows(latex: str) -> bool:
    r"""Say whether a `\\` or an `&` stands outside every environment and group."""
    depth = 0
    for token in re.findall(r"\\begin\b|\\end\b|\\\\|\\.|[{}&]", latex):
        if token in (r"\begin", "{"):
            depth += 1
        elif token in (r"\end", "}"):
            depth -= 1
        elif depth == 0 and token in (r"\\", "&"):
            return True
        # \begin{name} opened a level of its own; the braces around the name cancel out.
    return False


@functools.lru_cache(maxsize=1)
def _converter(macros: tuple[tuple[str, str], ...]) -> LatexToMathML:
    return LatexToMathML(annotation=True, fancy_error=False, macros=dict(macros))


@functools.lru_cache(maxsize=4096)
def to_mathml(latex: str, display: bool, macros: tuple[tuple[str, str], ...] = ()) -> str:
    """Set one formula: LaTeX in, a well-formed `<math>` element out.

    Raises LatexError with math-core's message and the position in the formula.
    """
    converter = _converter(tuple({**ROLE_MACROS, **dict(macros)}.items()))
    mathml = converter.convert_with_local_state(latex.strip(), displaystyle=display)
    # EPUB is XML, which has no entity such as &ApplyFunction;.
    mathml = re.sub(r"&(\w+);", lambda m: m[0] if m[1] in _XML_ENTITIES else html5[m[1] + ";"], mathml)
    root = ElementTree.fromstring(mathml)
    retouch(root)
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def parse(mathml: str) -> ElementTree.Element:
    """Parse a formula and drop its annotation, which is not drawn."""
    root = ElementTree.fromstring(mathml)
    for semantics in root.iter("semantics"):
        for annotation in semantics.findall("annotation"):
            semantics.remove(annotation)
    return root


@functools.lru_cache(maxsize=4096)
def is_wide(mathml: str) -> bool:
    """Say whether the formula may be wider than a small phone, so that it has to scroll."""
    return width(parse(mathml)) > WIDE_FORMULA


def place(node: nodes.Node) -> str:
    """Give `file:line` of a node, or of the nearest node around it that has a line."""
    around = node
    while around.parent is not None and (around.line is None or around.source is None):
        around = around.parent
    return f"{around.source}:{around.line}"


def set_node(node: nodes.math | nodes.math_block, config) -> str:
    """Set the formula of a doctree node. Raises FormulaError with file, line, formula and reason."""
    display = isinstance(node, nodes.math_block)
    text = node.astext()
    latex = display_latex(text, bool(node.get("no-wrap", node.get("nowrap", False)))) if display else text
    try:
        return to_mathml(latex, display, tuple(sorted(config.mathml_macros.items())))
    except LatexError as error:
        raise FormulaError(
            f"{place(node)}: math-core cannot set this formula: {error}\n\n    {text.strip()}\n"
        ) from error


def formulas(doctree: nodes.document):
    """Yield each formula node of a document."""
    yield from doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block))


def check_formulas(app, doctree: nodes.document) -> None:
    """Set every formula once as soon as its document is read, so that a mistake is reported where it was made."""
    for node in formulas(doctree):
        set_node(node, app.config)


def _for_builder(mathml: str, builder) -> str:
    if builder.name == "epub":
        return mathml.replace("<math", '<math xmlns="http://www.w3.org/1998/Math/MathML"', 1)
    return mathml


def visit_math(translator, node: nodes.math) -> None:
    """Write an inline formula; one too long for a phone's line scrolls inside itself."""
    mathml = set_node(node, translator.builder.config)
    attributes = {"class": "math notranslate nohighlight"}
    if is_wide(mathml):
        attributes |= {"class": "math notranslate nohighlight nn-wide", "tabindex": "0", "role": "group"}
        attributes["aria-label"] = _("Formula")
    translator.body.append(translator.starttag(node, "span", "", **attributes))
    translator.body.append(_for_builder(mathml, translator.builder) + "</span>")
    raise nodes.SkipNode


def visit_math_block(translator, node: nodes.math_block) -> None:
    """Write a display formula with its number and permalink, inside a box of its own that may scroll."""
    mathml = set_node(node, translator.builder.config)
    number = get_node_equation_number(translator, node) if node["number"] else ""
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    focus = ""
    if is_wide(mathml):
        label = _("Formula") + (f" ({number})" if number else "")
        focus = f' tabindex="0" role="group" aria-label="{label}"'
    translator.body.append(f'<div class="nn-formula"{focus}>{_for_builder(mathml, translator.builder)}</div>')
    if number:
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app) -> dict:
    """Register the renderer under the name `mathml` (set `html_math_renderer = "mathml"`)."""
    app.add_config_value("mathml_macros", {}, "env", types=frozenset({dict}))
    app.add_html_math_renderer("mathml", inline_renderers=(visit_math, None), block_renderers=(visit_math_block, None))
    app.connect("doctree-read", check_formulas)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
