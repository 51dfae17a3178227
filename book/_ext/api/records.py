"""What is known of a package without importing it: modules, and in them functions, classes, constants with their words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Parameter:
    """One parameter as it is written; a bare `*` or `/` is a parameter of that name alone."""

    name: str
    annotation: str = ""
    default: str = ""


@dataclass(frozen=True)
class Signature:
    """What goes in and what comes out, as annotated."""

    parameters: tuple[Parameter, ...]
    returns: str = ""


@dataclass(frozen=True)
class Entry:
    """One public name: `kind` is Sphinx's word for it (function, class, exception, data, method, property, attribute).

    A function has a signature, or several where it is overloaded; a field or a constant an annotation and a value.
    """

    module: str
    name: str  # inside a class with the class before it: Shape.left
    kind: str
    line: int
    doc: str = ""
    doc_line: int = 0
    signatures: tuple[Signature, ...] = ()
    annotation: str = ""
    value: str = ""
    members: tuple["Entry", ...] = ()

    @property
    def full_name(self) -> str:
        """The dotted name from the top of the package."""
        return f"{self.module}.{self.name}"


@dataclass(frozen=True)
class Module:
    """One module or package, its public names in the order of the page, and the names that it hands on from others."""

    name: str
    path: str  # as messages and links show it, from the repository's root
    is_package: bool
    doc: str
    doc_line: int
    entries: tuple[Entry, ...]
    scope: dict[str, str] = field(hash=False)  # name in the module → dotted name of what it stands for
    exports: tuple[str, ...] = ()  # `__all__`

    @property
    def parent(self) -> str:
        """The package it lies in; '' for the top."""
        return self.name.rpartition(".")[0]


@dataclass
class Package:
    """All modules of a package by name, and what may be asked about them."""

    name: str
    modules: dict[str, Module]
    formulas: dict[str, tuple[str, ...]] = field(default_factory=dict)  # full name → LaTeX from a table of the package

    @cached_property
    def objects(self) -> dict[str, Entry]:
        """Every public name where it is defined, members of classes too."""
        found = {}
        for module in self.modules.values():
            for entry in module.entries:
                found[entry.full_name] = entry
                found |= {member.full_name: member for member in entry.members}
        return found

    @cached_property
    def handed_on(self) -> dict[str, str]:
        """Names that a module hands on through `__all__` → where they are defined; modules are handed on as themselves."""
        found = {}
        for module in self.modules.values():
            for name in module.exports:
                home = self.home(module.scope.get(name, ""))
                if home and home != f"{module.name}.{name}":
                    found[f"{module.name}.{name}"] = home
        return found

    def home(self, name: str) -> str:
        """Follow a dotted name to where it is defined, through modules that hand it on; '' outside the package."""
        seen = set()
        while name not in self.objects and name not in self.modules and name not in seen:
            seen.add(name)
            module, _, last = name.rpartition(".")
            if module not in self.modules:
                return ""
            name = self.modules[module].scope.get(last, "")
        return name if name in self.objects or name in self.modules else ""

    def find(self, name: str, module: str) -> str:
        """Find what a name in a docstring or in the code of a module stands for; '' if none, or more than one, is meant."""
        first, _, rest = name.partition(".")
        scope = self.modules[module].scope if module in self.modules else {}
        for candidate in (f"{module}.{name}", f"{scope.get(first, '')}.{rest}".strip("."), name):
            if home := self.home(candidate):
                return home
        if first in scope:
            return ""  # it is imported from elsewhere
        # A name of another room says so by its module, as in `neuron.init`: `key` and `data` are words of the language, too.
        within = "" if rest else ".".join(module.split(".")[:2]) + "."
        ending = [
            full
            for full, entry in self.objects.items()
            if full.endswith(f".{name}") and full.startswith(within) and (rest or entry.name == name)
        ]
        return ending[0] if len(ending) == 1 else ""

    def children(self, name: str) -> Iterator[Module]:
        """Give the modules that lie directly in a package, by name."""
        return (module for _, module in sorted(self.modules.items()) if module.parent == name)
