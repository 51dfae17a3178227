"""Read a package's modules as text, with `ast`: nothing is imported, so nothing of JAX starts."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.errors import SphinxError

from api.records import Entry, Module, Package, Parameter, Signature
from api.tables import formulas

LONGEST_VALUE = 60
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class ApiError(SphinxError):
    """Public names that the reference cannot show, one a line, each with its file and line."""

    category = "The reference lacks words"


def read_package(folder: Path, root: Path) -> Package:
    """Read every public module of the package in `folder`; paths are told from `root`. Raises ApiError for what has no docstring."""
    modules, trees, mistakes = {}, {}, []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        parts = parts[:-1] if is_package else parts
        if any(part.startswith("_") for part in parts):
            continue
        text, shown = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        tree = ast.parse(text, shown)
        reader = _Reader(".".join(parts), shown, text, tree, is_package)
        modules[reader.name], trees[reader.name] = reader.module(), tree
        mistakes += reader.mistakes
    if mistakes:
        raise ApiError("\n".join(mistakes))
    package = Package(folder.name, modules)
    package.formulas = formulas(package, trees)
    return package


class _Reader:
    """Reads one module, and notes what has no docstring."""

    def __init__(self, name: str, shown: str, text: str, tree: ast.Module, is_package: bool):
        """Take the module's text and its syntax tree."""
        self.name, self.shown, self.text, self.tree, self.is_package = name, shown, text, tree, is_package
        self.lines = text.split("\n")  # as ast counts them
        self.mistakes: list[str] = []

    def module(self) -> Module:
        """Give what the module says of itself."""
        doc, line = self._docstring(self.tree, "the module", "what the module is for")
        # What a reader looks for first are functions and records; constants come last.
        entries = tuple(sorted(self._entries(self.tree.body), key=lambda entry: entry.kind == "data"))
        scope = {entry.name: f"{self.name}.{entry.name}" for entry in entries} | dict(self._imported(self.tree.body))
        exports = next((value for name, value in self._lists(self.tree.body) if name == "__all__"), ())
        return Module(self.name, self.shown, self.is_package, doc, line, entries, scope, exports)

    def _docstring(self, node: ast.AST, what: str, todo: str) -> tuple[str, int]:
        doc = ast.get_docstring(node, clean=False)
        if not (doc or "").strip():
            self.mistakes.append(f"{self.shown}:{getattr(node, 'lineno', 1)}: {what} has no docstring: say {todo}")
            return "", 0
        if re.search(r"[\x00-\x09\x0b-\x1f]", doc):  # \frac would become a form feed, \top a tab
            self.mistakes.append(
                f'{self.shown}:{node.body[0].lineno}: {what} has a backslash in its docstring: begin it with r"""'
            )
        blank = len(doc) - len(doc.lstrip("\n"))
        return inspect.cleandoc(doc), node.body[0].lineno + blank

    def _entries(self, body: list[ast.stmt]) -> Iterator[Entry]:
        overloads: dict[str, list[Signature]] = {}
        for node in body:
            if isinstance(node, _FUNCTIONS) and not node.name.startswith("_"):
                if "overload" in _decorators(node):
                    overloads.setdefault(node.name, []).append(self._signature(node))
                else:
                    signatures = overloads.pop(node.name, []) or [self._signature(node)]
                    yield self._function(node, node.name, "function", tuple(signatures))
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield self._class(node)
            else:
                yield from self._fields(node, "data")

    def _function(self, node, name: str, kind: str, signatures: tuple[Signature, ...]) -> Entry:
        doc, line = self._docstring(node, f"the {kind} {name}", "in a sentence what it computes")
        return Entry(self.name, name, kind, node.lineno, doc, line, signatures)

    def _class(self, node: ast.ClassDef) -> Entry:
        doc, line = self._docstring(node, f"the class {node.name}", "in a sentence what it holds")
        signatures: tuple[Signature, ...] = ()
        members: list[Entry] = []
        for part in node.body:
            if isinstance(part, _FUNCTIONS) and part.name == "__init__":
                signatures = (self._signature(part, method=True),)
            elif isinstance(part, _FUNCTIONS) and not part.name.startswith("_"):
                is_property = bool({"property", "cached_property"} & _decorators(part))
                signature = self._signature(part, method="staticmethod" not in _decorators(part))
                kind = "property" if is_property else "method"
                members.append(self._function(part, f"{node.name}.{part.name}", kind, (signature,)))
            else:
                members += self._fields(part, "attribute", f"{node.name}.")
        is_error = node.name.endswith(("Error", "Warning", "Exception"))
        kind = "exception" if is_error else "class"
        return Entry(self.name, node.name, kind, node.lineno, doc, line, signatures, members=tuple(members))

    def _fields(self, node: ast.stmt, kind: str, before: str = "") -> Iterator[Entry]:
        """Give the constants of a module or the fields of a class that a statement makes."""
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [
            target.id
            for target in targets
            for target in getattr(target, "elts", [target])
            if isinstance(target, ast.Name)
        ]
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            return
        value = self._source(node.value) if len(names) == 1 else ""
        for name in names:
            if not name.startswith("_"):
                shown = value if len(value) <= LONGEST_VALUE else ""
                annotation = self._source(getattr(node, "annotation", None))
                doc = self._comment(node)
                yield Entry(self.name, before + name, kind, node.lineno, doc, node.lineno, (), annotation, shown)

    def _comment(self, node: ast.stmt) -> str:
        """Give the comment directly above a statement or behind it: what a constant or a field has for a docstring."""
        behind = self.lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode().strip()
        first = node.lineno - 1
        while first > 0 and self.lines[first - 1].lstrip().startswith("#"):
            first -= 1
        above = self.lines[first : node.lineno - 1]
        return "\n".join(text.strip().lstrip("#:").strip() for text in above or [behind] if "fmt:" not in text)

    def _signature(self, node, method: bool = False) -> Signature:
        given = node.args
        positional = [*given.posonlyargs, *given.args]
        defaults = [None] * (len(positional) - len(given.defaults)) + given.defaults
        found = [self._parameter(arg, "", default) for arg, default in zip(positional, defaults, strict=True)]
        if given.posonlyargs:
            found.insert(len(given.posonlyargs), Parameter("/"))
        if method:
            found = found[1:]
        if given.vararg:
            found.append(self._parameter(given.vararg, "*"))
        elif given.kwonlyargs:
            found.append(Parameter("*"))
        found += [
            self._parameter(arg, "", default) for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        ]
        if given.kwarg:
            found.append(self._parameter(given.kwarg, "**"))
        return Signature(tuple(found), self._source(node.returns))

    def _parameter(self, arg: ast.arg, stars: str, default: ast.expr | None = None) -> Parameter:
        return Parameter(stars + arg.arg, self._source(arg.annotation), self._source(default))

    def _source(self, node: ast.AST | None) -> str:
        return "" if node is None else " ".join((ast.get_source_segment(self.text, node) or "").split())

    def _imported(self, body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
        """Give the names that imports bring, also those under `if TYPE_CHECKING`."""
        package = self.name if self.is_package else self.name.rpartition(".")[0]
        for node in body:
            if isinstance(node, ast.If):
                yield from self._imported(node.body)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                base = ".".join([*above, *filter(None, [node.module])])
                yield from ((alias.asname or alias.name, f"{base}.{alias.name}") for alias in node.names)

    @staticmethod
    def _lists(body: list[ast.stmt]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for node in body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple):
                items = tuple(item.value for item in node.value.elts if isinstance(item, ast.Constant))
                yield from ((target.id, items) for target in node.targets if isinstance(target, ast.Name))


def _decorators(node) -> set[str]:
    """Give the last names of a function's decorators: `typing.overload` is overload."""
    found = (decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in node.decorator_list)
    return {getattr(part, "attr", getattr(part, "id", "")) for part in found}
