"""Formulas: set at build time, numbered, linked, coloured by role, scrolling where wide; what cannot be set stops the build."""

from xml.etree import ElementTree

import formula_width
import mathml
import pytest
from bs4 import BeautifulSoup
from math_core import LatexError

from tests.ext import small_book

EXTENSIONS = ["myst_nb", "mathml"]
PAGE = r"""# Page

Inline $x_i$ and {eq}`sum`.

$$
\output{y} = \sum_{i=1}^n \parameter{w_i}\data{x_i} + b
$$ (sum)

$$
a &= b\\
  &= c
$$

\begin{align}
d &= e\\
f &= g
\end{align}

$$\log p(x) \ge \mathbb{E}_{q(z\mid x)}[\log p(x\mid z)] - D_{\mathrm{KL}}(q(z\mid x)\,\|\,p(z)) = \mathcal{L}$$
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    app = small_book.build(small_book.write(tmp_path_factory.mktemp("mathml"), {"index": PAGE}, EXTENSIONS))
    assert app.warning.getvalue() == ""
    return BeautifulSoup((app.outdir / "index.html").read_text(encoding="utf-8"), "html.parser")


def test_every_formula_is_mathml_with_its_source(page):
    formulas = page.find_all("math")
    assert len(formulas) == 5
    assert all(math.find("annotation", encoding="application/x-tex") for math in formulas)
    assert [math.get("display") for math in formulas] == [None, "block", "block", "block", "block"]
    assert not page.find_all("script", src=lambda src: src and "mathjax" in src.lower())


def test_number_anchor_and_reference(page):
    equation = page.find(id="equation-sum")
    assert equation.select_one(".eqno").get_text().startswith("(1)")
    assert equation.select_one(".eqno a.headerlink")["href"] == "#equation-sum"
    link = page.select_one("p a.reference.internal")
    assert (link["href"], link.get_text()) == ("#equation-sum", "(1)")


def test_numbered_environment_has_one_number_of_sphinx(page):
    block = page.select_one("div.amsmath")
    assert block.select_one(".eqno").get_text().startswith("(2)")
    assert "(1)" not in block.find("math").get_text()
    assert len(block.find_all("mtr")) == 2


def test_bare_rows_are_aligned(page):
    assert len(page.find_all("math")[2].find_all("mtr")) == 2


def test_only_a_wide_formula_takes_the_focus(page):
    focusable = page.select(".nn-formula[tabindex]")
    assert len(focusable) == 1
    assert "𝔼" in focusable[0].get_text()
    assert (focusable[0]["role"], focusable[0]["aria-label"]) == ("group", "Formula")


def test_roles_become_css_variables_and_leave_the_source(page):
    equation = page.find(id="equation-sum")
    assert [row["style"].split(",")[0] for row in equation.find_all("mrow", style=True)] == [
        "color:var(--nn-output",
        "color:var(--nn-parameter",
        "color:var(--nn-data",
    ]
    assert "\\data" not in equation.find("annotation").get_text()


@pytest.mark.parametrize(
    "latex",
    [
        r"\boldsymbol{\theta}",
        r"\mathcal{L}",
        r"\begin{cases} z & z > 0\\ 0 & \text{otherwise}\end{cases}",
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
        r"D_{\mathrm{KL}}\left(q\,\middle\|\,p\right)",
        r"\operatorname{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right)V",
        r"\bigl(\nabla f\bigr)^2 + f'_i + f'' + \vec v",
    ],
)
def test_result_is_well_formed_xml(latex):
    root = ElementTree.fromstring(mathml.to_mathml(latex, True))
    assert root.tag == "math"
    assert root.find("semantics/annotation").text == latex


def test_a_prime_stands_beside_its_letter():
    assert "<msup>" not in mathml.to_mathml("f'", False)
    assert "<msub><mrow><mi>f</mi><mo" in mathml.to_mathml("f'_i", False)


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a = b", "a = b"),
        (r"a &= b\\ &= c", r"\begin{aligned}a &= b\\ &= c\end{aligned}"),
        ("a\n\nb", r"\begin{aligned}a \\ b\end{aligned}"),
        (r"x = \begin{pmatrix}1\\2\end{pmatrix}", r"x = \begin{pmatrix}1\\2\end{pmatrix}"),
        (r"\text{a \& b}", r"\text{a \& b}"),
    ],
)
def test_display_latex(text, latex):
    assert mathml.display_latex(text) == latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        (r"\begin{equation}a\end{equation}", "a"),
        (r"\begin{align*}a&=b\end{align*}", r"\begin{aligned}a&=b\end{aligned}"),
        (r"\begin{gather}a\\b\end{gather}", r"\begin{gathered}a\\b\end{gathered}"),
        (r"\begin{pmatrix}a\end{pmatrix}", r"\begin{pmatrix}a\end{pmatrix}"),
    ],
)
def test_environments_lose_their_own_numbers(text, latex):
    assert mathml.display_latex(text, whole=True) == latex


@pytest.mark.parametrize("formula", [r"$\nosuch{x}$", "$$\n\\nosuch{x}\n$$"])
def test_a_bad_formula_stops_the_build(tmp_path, formula):
    source = small_book.write(tmp_path, {"index": f"# Page\n\nText.\n\n{formula}\n"}, EXTENSIONS)
    with pytest.raises(mathml.FormulaError) as stopped:
        small_book.build(source)
    message = str(stopped.value)
    assert "index.md:5" in message
    assert r"\nosuch{x}" in message
    assert 'Unknown command "\\nosuch"' in message


def test_macros_of_the_book(tmp_path):
    more = 'mathml_macros = {"softmax": r"\\operatorname{softmax}"}'
    app = small_book.build(
        small_book.write(tmp_path, {"index": r"# P" + "\n\n" + r"$\softmax(z)$"}, EXTENSIONS, more=more)
    )
    assert "<mi>softmax</mi>" in (app.outdir / "index.html").read_text(encoding="utf-8")
    with pytest.raises(LatexError):
        mathml.to_mathml(r"\softmax(z)", False)


def test_epub_declares_the_namespace(tmp_path):
    app = small_book.build(small_book.write(tmp_path, {"index": PAGE}, EXTENSIONS, theme="basic"), "epub")
    text = (app.outdir / "index.xhtml").read_text(encoding="utf-8")
    assert text.count('<math xmlns="http://www.w3.org/1998/Math/MathML"') == 5
    assert "&ApplyFunction;" not in text


@pytest.mark.parametrize(
    ("latex", "least", "most"),
    [("x", 0.4, 0.8), (r"\frac{abc}{d}", 1, 2.2), (r"\sqrt{x}", 1, 2), (r"a+b+c+d+e+f+g+h+i+j", 11, 18)],
)
def test_width_is_near(latex, least, most):
    assert least < formula_width.width(mathml.parse(mathml.to_mathml(latex, True))) < most
