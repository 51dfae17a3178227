"""The reference: a small package read as text, its words typeset, its names linked both ways, and what it refuses."""

import pytest
from api import sidebar
from api.docstrings import first_sentence, parse
from api.source import ApiError, read_package
from bs4 import BeautifulSoup
from sphinx.util.inventory import InventoryFile

from tests.ext import small_book

PACKAGE = {
    "__init__.py": '''"""A small package: what it is for.

It has one room, `small.rooms`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from small.rooms.shop import sell

__all__ = ["sell"]
''',
    "rooms/__init__.py": '"""The rooms, e.g. a shop. There are no others."""\n',
    "rooms/shop.py": r'''"""Selling: 2 * 3 * 4 is no emphasis here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

from jaxtyping import Array, Float

from small import tools as kit

# How many there are
# of them.
SHELVES = 3
_HIDDEN = 4
Price = Callable[["Goods"], Float[Array, ""]]


class EmptyError(ValueError):
    """Nothing is left."""


@dataclass
class Goods:
    """What is for sale.

    >>> Goods(w=1, count=2).total
    2
    """

    w: Float[Array, "heads d_model"]
    count: int = 1  # how many; see `SHELVES`
    _hidden: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.count

    def add(self, more: int) -> None:
        """Put more on the shelf."""

    def _away(self):
        return None


@overload
def sell(goods: Goods, /, *names: str) -> int: ...
@overload
def sell(goods: Goods, *, price: Price | None = None, **more: float) -> Float[Array, "*batch t"]: ...
def sell(goods, *args, **kwargs):
    r"""Sell `goods` by `add`-ing nothing: p = `price` and `kit.polish` or ``odd * code``.

    Formula: p_i = \frac{1}{2}
    Formula: q = 3
    The rest of it is
    one paragraph. Raises EmptyError if nothing is left, KeyError
    for a name that is not there. Source: Somebody (1999), eq. (1).

    - one thing
    - another,
      longer

        as it *is*

        here

    Used: in shops.

    >>> sell(1)
    1
    >>> sell(2)
    2
    """
    return goods


def _private():
    return None
''',
    "tools.py": '''"""Tools."""

from dataclasses import dataclass
from small.rooms import shop


@dataclass
class Row:
    """A row of a table."""

    title: str
    function: object
    derivative: object
    formula: str
    slope: str


TABLE = {"polish": Row("polish", polish, kit_slope, formula=r"x,\\; y = 2", slope="1")}


def polish(shine: float) -> float:
    """Polish. See `shop.sell` and `Goods`, `sell` and `shine`.

    >>> polish(1.0)
    1.0
    """


def kit_slope(x):
    """Give the slope of `polish`."""


def long_name_of_a_function_with_many_parameters(first: int, second: int, third: int = 3) -> dict[str, shop.Goods]:
    """Do nothing."""
''',
    "_private.py": "no = docstring",
}
PAGES = {
    "index": "# Book\n\n```{toctree}\nreference/api/index\nchapter\n```\n",
    "reference/api/index": "# The package\n\n```{api-rooms}\n```\n\n```{api-modules}\n```\n",
    "reference/api/tools": "# By hand\n\n```{api} small.tools\n```\n",
    "chapter": "# Chapter\n\n## Part\n\n{py:func}`small.rooms.shop.sell`, {py:func}`small.sell`, {py:attr}`small.rooms.shop.Goods.w`, "
    "{py:mod}`small.tools`\n",
}
MORE = 'nitpicky = True\nnnbook_api_package = "small"\nnnbook_api_root = "{root}"\nhtml_context = {{"repository_url": "{url}"}}'


def write_package(folder, files):
    for name, text in files.items():
        path = folder / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def write_book(folder, url="", pages=PAGES):
    write_package(folder, PACKAGE)
    more = MORE.format(root=folder.as_posix(), url=url)
    return small_book.write(folder, pages, ["myst_nb", "mathml", "api"], theme="basic", more=more)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    app = small_book.build(write_book(tmp_path_factory.mktemp("api"), "https://github.com/some/body"))
    assert app.warning.getvalue() == ""
    return app


def soup(app, name):
    return BeautifulSoup((app.outdir / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def words(tag):
    return " ".join(tag.get_text().replace("¶", "").split())


def entry(app, page, name):
    """The signatures and the words of one name."""
    first = soup(app, page).find("dt", id=name)
    return [words(tag) for tag in first.parent.find_all("dt", class_="sig", recursive=False)], first.parent.find(
        "dd", recursive=False
    )


def test_every_public_name_has_a_place_and_no_other(app):
    shop = {tag["id"] for tag in soup(app, "reference/api/rooms/shop").select("dt.sig[id]")}
    names = ("SHELVES", "Price", "EmptyError", "Goods", "Goods.w", "Goods.count", "Goods.total", "Goods.add", "sell")
    assert shop == {f"small.rooms.shop.{name}" for name in names}
    assert not (app.outdir / "reference" / "api" / "_private.html").exists()


def test_the_inventory_has_every_name_also_where_it_is_handed_on(app):
    found = InventoryFile.loads((app.outdir / "objects.inv").read_bytes(), uri="").data
    assert found["py:function"]["small.rooms.shop.sell"].uri == "reference/api/rooms/shop.html#small.rooms.shop.sell"
    assert found["py:function"]["small.sell"].uri == "reference/api/rooms/shop.html#small.rooms.shop.sell"
    assert found["py:module"]["small.rooms"].uri == "reference/api/rooms.html#module-small.rooms"
    assert "small.rooms.shop.EmptyError" in found["py:exception"]
    assert "small.rooms.shop.Goods.w" in found["py:attribute"]
    assert "small.rooms.shop.Price" in found["py:data"]


def test_signatures_show_shapes_and_link_to_our_own_names(app):
    signatures, _ = entry(app, "reference/api/rooms/shop", "small.rooms.shop.sell")
    assert signatures == [
        "sell(goods: Goods, /, *names: str) -> int source",
        'sell( goods: Goods, *, price: Price | None = None, **more: float ) -> Float[Array, "*batch t"]'.replace(
            "( ", "("
        ).replace(" )", ")"),
    ]
    page = soup(app, "reference/api/rooms/shop")
    first = page.find("dt", id="small.rooms.shop.sell")
    assert [a["href"] for a in first.select("a.internal")] == ["#small.rooms.shop.Goods"]
    assert first.select_one("a.external")["href"].startswith(
        "https://github.com/some/body/blob/HEAD/small/rooms/shop.py#L"
    )
    assert [tag.get_text() for tag in page.select("dl.nn-fields .nn-shape")] == ['"heads d_model"']
    many = soup(app, "reference/api/tools").find("dt", id="small.tools.long_name_of_a_function_with_many_parameters")
    assert "nn-long" in many["class"]
    assert [words(line) for line in many.select(".nn-parameter")] == ["first: int,", "second: int,", "third: int = 3"]
    assert many.select_one("a.internal")["href"] == "rooms/shop.html#small.rooms.shop.Goods"


def test_fields_and_constants_have_comments_for_words(app):
    fields = soup(app, "reference/api/rooms/shop").select_one("dl.nn-fields")
    assert [words(line) for line in fields.find_all("dt")] == [
        'w: Float[Array, "heads d_model"]',
        "count: int = 1 how many; see SHELVES",
    ]
    signatures, about = entry(app, "reference/api/rooms/shop", "small.rooms.shop.SHELVES")
    assert signatures == ["SHELVES = 3 source"]
    assert words(about) == "How many there are of them."


def test_a_docstring_is_typeset(app):
    _, about = entry(app, "reference/api/rooms/shop", "small.rooms.shop.sell")
    first, second, *_ = about.find_all("p")
    assert words(first) == "Sell goods by add-ing nothing: p = price and kit.polish or odd * code."
    assert [code.get_text() for code in first.find_all("a")] == ["kit.polish"], "a parameter is no function"
    assert words(second) == "The rest of it is one paragraph."
    labels = [(words(dt).rstrip(":"), words(dt.find_next_sibling("dd"))) for dt in about.select("dl.field-list > dt")]
    assert labels == [
        ("Raises", "EmptyError if nothing is left, KeyError for a name that is not there."),
        ("Source", "Somebody (1999), eq. (1)."),
        ("Used", "in shops."),
    ]
    assert [a.get_text() for a in about.select("dl.field-list a")] == ["EmptyError"]
    assert [words(item) for item in about.find_all("li")] == ["one thing", "another, longer"]
    assert [annotation.get_text() for annotation in about.find_all("annotation")] == [r"p_i = \frac{1}{2}", "q = 3"]
    assert about.select_one(".highlight-text").get_text().strip() == "as it *is*\n\nhere"
    assert about.select_one(".highlight-pycon").get_text().strip() == ">>> sell(1)\n1\n>>> sell(2)\n2"


def test_the_table_of_formulas_is_shown_where_its_functions_are(app):
    _, about = entry(app, "reference/api/tools", "small.tools.polish")
    assert [annotation.get_text() for annotation in about.find_all("annotation")] == ["f(x) = x", "y = 2"]
    _, about = entry(app, "reference/api/tools", "small.tools.kit_slope")
    assert [annotation.get_text() for annotation in about.find_all("annotation")] == ["f'(x) = 1"]


def test_names_link_within_their_room_and_by_their_module(app):
    _, about = entry(app, "reference/api/tools", "small.tools.polish")
    linked = {a.get_text(): a["href"] for a in about.select("p a")}
    assert linked == {"shop.sell": "rooms/shop.html#small.rooms.shop.sell"}


def test_chapter_and_reference_link_to_each_other(app):
    chapter = [a["href"] for a in soup(app, "chapter").select("section a.reference.internal")]
    assert chapter[:4] == [
        "reference/api/rooms/shop.html#small.rooms.shop.sell",
        "reference/api/rooms/shop.html#small.rooms.shop.sell",
        "reference/api/rooms/shop.html#small.rooms.shop.Goods.w",
        "reference/api/tools.html#module-small.tools",
    ]
    _, about = entry(app, "reference/api/rooms/shop", "small.rooms.shop.sell")
    assert words(about.select_one(".nn-mentions")) == "In the book: Chapter"
    assert about.select_one(".nn-mentions a")["href"] == "../../../chapter.html#part"
    assert words(soup(app, "reference/api/tools").select(".nn-mentions")[-1]) == "In the book: Chapter"


def test_rooms_and_index_list_what_there_is(app):
    index = soup(app, "reference/api/index")
    assert [words(term) for term in index.select("dl.nn-modules > dt")] == ["small", "small.rooms", "small.tools"]
    assert words(index.select("dl.nn-modules > dd")[1]) == "The rooms, e.g. a shop."
    names = [a.get_text() for a in soup(app, "reference/api/rooms").select(".nn-names a")]
    assert names == ["EmptyError", "Goods", "sell", "SHELVES", "Price"]
    assert [a.get_text() for a in soup(app, "reference/api/small").select(".nn-names a")] == ["sell"]
    general = soup(app, "genindex")
    assert "sell() (in module small.rooms.shop)" in " ".join(words(a) for a in general.find_all("a"))


def test_pages_come_and_go_with_their_modules_and_a_hand_written_one_stays(tmp_path):
    source = write_book(tmp_path)
    app = small_book.build(source)
    assert not soup(app, "reference/api/rooms/shop").select("a.external"), "no repository, no address"
    assert soup(app, "reference/api/tools").h1.get_text().startswith("By hand")
    written = source / "reference" / "api" / "rooms" / "shop.md"
    before = written.stat().st_mtime_ns
    (tmp_path / "small" / "new.py").write_text('"""New: it came later."""\n\n\ndef wave():\n    """Wave."""\n')
    (tmp_path / "small" / "rooms" / "shop.py").write_text(
        '"""Selling: 2 * 3 * 4 is no emphasis here."""\n\n\ndef sell():\n    """Sell no more."""\n'
    )
    app = small_book.build(source)
    assert soup(app, "reference/api/new").find(id="small.new.wave")
    assert "Sell no more." in soup(app, "reference/api/rooms/shop").get_text()
    assert written.stat().st_mtime_ns == before, "an unchanged page is not written, or a live preview would never rest"
    (tmp_path / "small" / "new.py").unlink()
    app = small_book.build(source)
    assert not (source / "reference" / "api" / "new.md").exists()
    assert (source / "reference" / "api" / "tools.md").exists()


def test_the_links_back_follow_the_chapters(tmp_path):
    source = write_book(tmp_path)
    small_book.build(source)
    (source / "chapter.md").write_text("# Chapter\n\nNothing.\n", encoding="utf-8")
    app = small_book.build(source)
    _, about = entry(app, "reference/api/rooms/shop", "small.rooms.shop.sell")
    assert not about.select(".nn-mentions")


# Sphinx forks its workers, and JAX, started by other tests of this process, warns of that; the workers use no JAX.
@pytest.mark.filterwarnings("ignore:os.fork", "ignore:This process .* is multi-threaded")
def test_reading_in_parallel_finds_the_same(tmp_path):
    pages = PAGES | {f"more{n}": f"---\norphan: true\n---\n# More {n}\n" for n in range(8)}
    app = small_book.build(write_book(tmp_path, pages=pages), parallel=2)
    assert app.warning.getvalue() == ""
    _, about = entry(app, "reference/api/rooms/shop", "small.rooms.shop.sell")
    assert words(about.select_one(".nn-mentions")) == "In the book: Chapter"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n", "small/tools.py:1: the module has no docstring: say what the module is for"),
        ('"""M."""\n\n\ndef f():\n    pass\n', "small/tools.py:4: the function f has no docstring: say in a sentence"),
        ('"""M."""\n\n\nclass C:\n    x: int\n', "small/tools.py:4: the class C has no docstring: say in a sentence"),
        (
            '"""M."""\n\n\nclass C:\n    """C."""\n\n    def m(self):\n        """ """\n',
            "small/tools.py:7: the method C.m",
        ),
        (
            '"""M."""\n\n\ndef f():\n    """F.\n\n    Formula: \\frac{1}{2}\n    """\n',
            "small/tools.py:5: the function f has a backslash",
        ),
    ],
)
def test_a_missing_docstring_stops_the_build_with_file_and_line(tmp_path, text, told):
    folder = write_package(tmp_path, {**PACKAGE, "tools.py": text})
    with pytest.raises(ApiError) as caught:
        read_package(folder / "small", folder)
    assert str(caught.value).startswith(told)


def test_every_missing_docstring_is_told_at_once(tmp_path):
    folder = write_package(tmp_path, {"__init__.py": "", "a.py": '"""A."""\n\n\ndef f(): ...\n'})
    with pytest.raises(ApiError) as caught:
        read_package(folder / "small", folder)
    assert len(str(caught.value).splitlines()) == 2


def test_an_unknown_module_is_refused(tmp_path):
    pages = PAGES | {"chapter": "# Chapter\n\n```{api} small.gone\n```\n"}
    with pytest.raises(ApiError, match=r"chapter.md:3: there is no public module small.gone"):
        small_book.build(write_book(tmp_path, pages=pages))


def test_a_formula_that_cannot_be_set_is_told_with_its_line_in_the_package(tmp_path):
    source = write_book(tmp_path)
    broken = PACKAGE["rooms/shop.py"].replace(r"\frac{1}{2}", r"\frac{1}{")
    write_package(tmp_path, {"rooms/shop.py": broken})
    line = broken.splitlines().index("    Formula: p_i = \\frac{1}{") + 1
    with pytest.raises(Exception, match=rf"small/rooms/shop.py:{line}: math-core cannot set"):
        small_book.build(source)


@pytest.mark.parametrize(
    ("doc", "sentence"),
    [
        ("One. Two.", "One."),
        ("Of Vaswani et al. (2017). More.", "Of Vaswani et al. (2017)."),
        ("By eq. (3), e.g. here.\n\nMore.", "By eq. (3), e.g. here."),
        ("Over two\nlines", "Over two lines"),
    ],
)
def test_first_sentence(doc, sentence):
    assert first_sentence(doc) == sentence


def test_a_verb_is_no_label():
    assert [part.kind for part in parse("Raises as `fit` does. It raises more.\nUsed often.")] == ["field"]
    assert [part.kind for part in parse("It Raises eyebrows. Source code is text.")] == ["text"]


TREE = """<ul><li class="toctree-l1"><a href="a.html">A</a></li>
<li class="toctree-l1 has-children"><a class="x" href="../reference/api/index.html">All</a><label></label><ul>
<li class="toctree-l2"><a href="b.html">b</a><ul><li>c</li></ul></li></ul></li><li class="toctree-l1">last</li></ul>"""


def test_the_sidebar_folds_the_reference_away():
    folded = sidebar.folded(TREE, "../reference/api/index.html")
    assert folded.endswith('index.html">All</a></li><li class="toctree-l1">last</li></ul>')
    assert folded.count("<li") == folded.count("</li>") == 3
    assert folded.count("<ul") == folded.count("</ul>") == 1
    assert sidebar.folded(TREE, "elsewhere.html") == TREE
    assert sidebar.folded("", "reference/api/index.html") == ""
