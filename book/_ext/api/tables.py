"""Formulas that the package keeps as data: tables whose rows name a function, its derivative, and the LaTeX of both."""

import ast

from api.records import Package

_COLUMNS = {"function", "derivative", "formula", "slope"}


def formulas(package: Package, trees: dict[str, ast.Module]) -> dict[str, tuple[str, ...]]:
    """Give the LaTeX of each function that stands in such a table, by full name; what is abbreviated is a formula of its own."""
    found: dict[str, tuple[str, ...]] = {}
    for name, tree in trees.items():
        columns = {
            node.name: [part.target.id for part in node.body if isinstance(part, ast.AnnAssign)]
            for node in tree.body
            if isinstance(node, ast.ClassDef)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            fields = columns.get(getattr(call.func, "id", ""), [])
            if not set(fields) >= _COLUMNS:
                continue
            row = dict(zip(fields, call.args, strict=False)) | {word.arg: word.value for word in call.keywords}
            for function, latex, left in (("function", "formula", "f(x)"), ("derivative", "slope", "f'(x)")):
                home, text = package.find(ast.unparse(row[function]), name), row[latex]
                if home and isinstance(text, ast.Constant):
                    found[home] = tuple(f"{left} = {text.value}".split(r",\; "))
    return found
