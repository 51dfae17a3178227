"""The reference of the built book: every public name has its words, an example that runs, a place on a page, and an inventory's line."""

import re
from pathlib import Path

import pytest
from api.docstrings import parse
from api.pages import docname_of
from api.records import Entry, Package
from api.source import read_package
from bs4 import BeautifulSoup
from sphinx.util.inventory import InventoryFile

from tests.built import built_book

ROOT = Path(__file__).parents[2]
PACKAGE = read_package(ROOT / "nnbook", ROOT)
CHAPTERS = ("foundations/neuron", "foundations/activations", "transformer/attention")

# What has no example of its own, and why.
NO_EXAMPLE = {
    "nnbook.devices.choose": "it decides where this process computes, once and for all",
    "nnbook.devices.PlatformError": "choose raises it",
    "nnbook.devices.report": "it prints what the machine is, which no two share",
    "nnbook.training.loop.progress_bar": "it writes over the line it wrote before, on the error stream",
}


def has_example(entry: Entry) -> bool:
    return any(part.kind == "example" and "+SKIP" not in part.text for part in parse(entry.doc))


def is_record(entry: Entry) -> bool:
    """Say whether a class only holds what its fields say, as params and errors do."""
    return entry.kind in ("class", "exception") and all(member.kind == "attribute" for member in entry.members)


def shown_at_work(record: Entry, package: Package) -> bool:
    """Say whether a function beside the record makes, takes or raises it, and has an example."""
    name = re.compile(rf"\b{record.name}\b")
    beside = [
        entry
        for entry in package.modules[record.module].entries
        if entry.kind in ("function", "class") and entry is not record
    ]
    spoken_of = [
        entry
        for entry in beside
        if name.search(entry.doc) or any(name.search(str(part)) for part in (*entry.signatures, *entry.members))
    ]
    return any(has_example(entry) or (is_record(entry) and shown_at_work(entry, package)) for entry in spoken_of)


def without_example(package: Package) -> list[str]:
    """Give the functions and classes that show no example, with the file and line to put one at."""
    return [
        f"{package.modules[module.name].path}:{entry.line}: {entry.full_name} has no example that runs (>>> …)"
        for module in package.modules.values()
        for entry in module.entries
        if entry.kind != "data"
        and entry.full_name not in NO_EXAMPLE
        and not has_example(entry)
        and not (is_record(entry) and shown_at_work(entry, package))
    ]


def test_every_public_name_has_an_example_that_runs():
    missing = without_example(PACKAGE)
    assert not missing, "\n".join(missing)


def test_exceptions_are_still_needed():
    assert [name for name in NO_EXAMPLE if name not in PACKAGE.objects or has_example(PACKAGE.objects[name])] == []


BROKEN = '''"""A module whose names lack examples."""

class Alone:
    """A record that nothing uses."""

    x: int

class Shown:
    """A record that `make` makes."""

    x: int

def make() -> Shown:
    """Make one.

    >>> make()
    """

def bare():
    """Has no example."""

def skipped():
    """Has one that does not run.

    >>> skipped()  # doctest: +SKIP
    """
'''


def test_the_gate_rejects_a_module_without_examples(tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").write_text(BROKEN, encoding="utf-8")
    told = [line.split()[1] for line in without_example(read_package(tmp_path / "broken", tmp_path))]
    assert told == ["broken.Alone", "broken.bare", "broken.skipped"]


@pytest.fixture(scope="module")
def inventory():
    """Every Python object of the inventory: full name → page and anchor."""
    found = InventoryFile.loads((built_book() / "objects.inv").read_bytes(), uri="").data
    return {name: item.uri for kind, items in found.items() if kind.startswith("py:") for name, item in items.items()}


def test_every_public_name_is_in_the_inventory(inventory):
    wanted = {*PACKAGE.objects, *PACKAGE.modules, *PACKAGE.handed_on}
    assert wanted - set(inventory) == set()


def test_every_place_of_the_inventory_is_on_its_page(inventory):
    places = {}
    for uri in inventory.values():
        page, _, anchor = uri.partition("#")
        places.setdefault(page, set()).add(anchor)
    lost = [
        f"{page}#{anchor}"
        for page, anchors in places.items()
        for anchor in anchors - set(re.findall(r'\bid="([^"]+)"', (built_book() / page).read_text(encoding="utf-8")))
    ]
    assert lost == []


@pytest.mark.parametrize("module", PACKAGE.modules)
def test_every_module_has_a_page_with_its_names(module):
    page = BeautifulSoup(
        (built_book() / f"{docname_of(PACKAGE, module)}.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert page.h1.get_text().startswith(module)
    here = {entry.full_name for entry in PACKAGE.modules[module].entries}
    assert here <= {line["id"] for line in page.select("dt.sig[id]")}
    assert ">>>" not in "".join(paragraph.get_text() for paragraph in page.select("article p"))


def test_the_reference_shows_formulas_and_shapes():
    def page(name):
        return BeautifulSoup(
            (built_book() / "reference/api" / f"{name}.html").read_text(encoding="utf-8"), "html.parser"
        )

    attend = page("layers/attention").find("dt", id="nnbook.layers.attention.attend")
    assert '"*batch t d_k"' in attend.get_text()
    assert attend.find_next("math") is not None
    sigmoid = page("layers/activations/smooth").find("dt", id="nnbook.layers.activations.smooth.sigmoid").parent
    assert r"\frac{1}{1 + e^{-x}}" in sigmoid.find("annotation").get_text()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapters_and_reference_link_to_each_other(chapter):
    html = (built_book() / f"{chapter}.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="\.\./(reference/api/[^"#]+)#([^"]+)"', html))
    assert linked
    for page, anchor in linked:
        target = BeautifulSoup((built_book() / page).read_text(encoding="utf-8"), "html.parser")
        place = target.find(id=anchor)
        around = place.parent if place.name == "dt" else target
        assert any(chapter in link["href"] for link in around.select(".nn-mentions a")), f"{page}#{anchor}"


def test_modules_stand_in_the_sidebar_of_the_reference_only():
    def modules(page: str) -> int:
        tree = BeautifulSoup((built_book() / page).read_text(encoding="utf-8"), "html.parser").select_one(
            ".sidebar-tree"
        )
        return len(tree.select("a[href$='multi_head.html']"))

    assert modules("reference/api/layers/attention.html") > 0
    assert modules("foundations/neuron.html") == modules("reference/evidence.html") == 0


def test_the_search_index_reads_the_chapters_not_the_modules():
    index = (built_book() / "searchindex.js").read_text(encoding="utf-8")
    documents, names = re.search(r'"docnames":(\[.*?\])', index)[1], re.search(r'"terms":', index)
    assert names
    assert "foundations/neuron" in documents
    assert "attend_unscaled" in index, "found as an object"
    assert "reference/api/layers/attention" in documents
