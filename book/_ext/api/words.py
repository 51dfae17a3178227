"""The words of a docstring as nodes: names linked where they are the package's, formulas set, examples as a Python console."""

import re

from docutils import nodes
from sphinx import addnodes

from api.docstrings import Part, parse
from api.records import Entry, Module, Package

_CODE = re.compile(r"``(.+?)``|`([^`]+)`")
_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Warning)\b")


class Words:
    """Typesets what a module's docstrings say; `root` is the folder that paths are told from."""

    def __init__(self, package: Package, module: Module, docname: str, root: str):
        """Links lead from the page `docname`."""
        self.package, self.module, self.docname, self.root = package, module, docname, root
        self.own: set[str] = set()  # the parameters and fields of the name whose docstring is being set

    def link(self, text: str, home: str, *, code: bool = True) -> nodes.Node:
        """Link to a public name; plain code where there is none to link to."""
        if not home:
            return nodes.literal(text, text) if code else nodes.Text(text)
        shown = nodes.literal(text, text, classes=["xref", "py"]) if code else nodes.inline(text, text)
        role = "mod" if home in self.package.modules else "obj"
        return addnodes.pending_xref(
            text,
            shown,
            refdomain="py",
            reftype=role,
            reftarget=home,
            refdoc=self.docname,
            refexplicit=True,
            refwarn=True,
        )

    def phrase(self, text: str, *, errors: bool = False) -> list[nodes.Node]:
        """Set a line of plain text: what stands in backticks is code, and names of errors are where they are raised."""
        found: list[nodes.Node] = []
        place = 0
        for match in _CODE.finditer(text):
            found += self._plain(text[place : match.start()], errors)
            name = match[1] or match[2]
            found.append(self.link(name, self._home(name)))
            place = match.end()
        return found + self._plain(text[place:], errors)

    def _plain(self, text: str, errors: bool) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        place = 0
        for match in _ERROR.finditer(text) if errors else ():
            found += [nodes.Text(text[place : match.start()]), self.link(match[0], self._home(match[0]))]
            place = match.end()
        return [node for node in (*found, nodes.Text(text[place:])) if node.astext()]

    def _home(self, name: str) -> str:
        is_name = re.fullmatch(r"[\w.]+", name) and name not in self.own
        return self.package.find(name, self.module.name) if is_name else ""

    def docstring(self, doc: str, line: int, entry: Entry | None = None) -> list[nodes.Node]:
        """Set a docstring; the formulas of a table follow its first sentence. `line` is where it begins in the file."""
        source = f"{self.root}/{self.module.path}"
        table = self.package.formulas.get(entry.full_name, ()) if entry else ()
        self.own = own_names(entry) if entry else set()
        found: list[nodes.Node] = []
        for number, part in enumerate(parse(doc)):
            made = self._part(part, found)
            if made is not None:
                _place(made, source, line + part.line)
                found.append(made)
            if number == 0:
                found += [_place(_formula(latex), source, line) for latex in table]
        return found

    def _part(self, part: Part, before: list[nodes.Node]) -> nodes.Element | None:
        """Make a part's node, or put it into the list it continues and give None."""
        match part.kind:
            case "formula":
                return _formula(part.text)
            case "example":
                return nodes.literal_block(part.text, part.text, language="pycon", classes=["nn-example"])
            case "block":
                return nodes.literal_block(part.text, part.text, language="text")
            case "field":
                body = nodes.field_body(
                    "", nodes.paragraph("", "", *self.phrase(part.text, errors=part.label == "Raises"))
                )
                item: nodes.Element = nodes.field("", nodes.field_name("", part.label), body)
                around: nodes.Element = nodes.field_list("")
            case "item":
                item = nodes.list_item("", nodes.paragraph("", "", *self.phrase(part.text)))
                around = nodes.bullet_list("", bullet="-")
            case _:
                return nodes.paragraph("", "", *self.phrase(part.text))
        if before and type(before[-1]) is type(around):
            before[-1].append(item)
            return None
        around += item
        return around


def own_names(entry: Entry) -> set[str]:
    """Give the names that a docstring speaks of as its own: parameters, and what a record holds."""
    parameters = {parameter.name.lstrip("*") for signature in entry.signatures for parameter in signature.parameters}
    return parameters | {member.name.rpartition(".")[2] for member in entry.members}


def _formula(latex: str) -> nodes.math_block:
    return nodes.math_block(latex, latex, nowrap=False, number=None, label=None)


def _place(node: nodes.Element, source: str, line: int) -> nodes.Element:
    """Note where a node's words stand, for messages."""
    for part in node.findall(nodes.Element):
        part.source, part.line = source, line
    return node
