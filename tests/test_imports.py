"""Imports point one way: models → layers → pytree. The rooms are read as text, so nothing has to be run for it."""

import ast
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nnbook

PACKAGE = Path(nnbook.__file__).parent
ROOT = PACKAGE.parent
EXTENSIONS = sorted((ROOT / "book" / "_ext").rglob("*.py"))

# What each room may import from nnbook, beside itself.
ALLOWED = {
    "pytree": set(),
    "errors": set(),
    "layers": {"pytree", "errors"},
    "models": {"layers", "pytree", "errors"},
    "batches": {"errors"},
    "training": {"layers", "batches", "pytree", "errors"},
    "data": {"batches", "pytree", "errors"},
    "text": {"pytree", "errors"},
    "analysis": {"models", "layers", "pytree", "errors"},
    "parallel": {"models", "layers", "pytree", "errors"},
}
NO_MODELS = ("plotting", "widgets")


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(file: Path) -> set[str]:
    """Every module a file names in an import, wherever in the file it stands."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # "from nnbook.layers import neuron" may name a module or what stands in one.
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.ImportFrom):
            # Relative to the file's own package.
            package = module_name(file).split(".")[: None if file.name == "__init__.py" else -1]
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


FILES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def rooms(module: str) -> set[str]:
    names = {name.split(".")[1] for name in imported(FILES[module]) if name.startswith("nnbook.")}
    return names - {"ShapeError"}  # nnbook.ShapeError is nnbook.errors' own


@pytest.mark.parametrize("module", FILES)
def test_rooms_open_one_way(module):
    room = module.split(".")[1] if "." in module else ""
    if room in ALLOWED:
        assert rooms(module) <= ALLOWED[room] | {room}
    if room in NO_MODELS:
        assert not rooms(module) & {"models", "training"}


@pytest.mark.parametrize("module", FILES)
def test_the_package_knows_no_sphinx(module):
    assert not {name.split(".")[0] for name in imported(FILES[module])} & {"sphinx", "docutils", "myst_nb"}


def needs(names: set[str]) -> set[str]:
    """Follow imports through nnbook: every top-level package that comes along."""
    known, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        parents = [".".join(name.split(".")[: n + 1]) for n in range(len(name.split(".")))]
        for module in parents:
            if module in known:
                continue
            known.add(module)
            # nnbook/__init__.py names its rooms only for type checkers; see the test of its laziness.
            if module in FILES and module != "nnbook":
                waiting.extend(imported(FILES[module]))
    return {name.split(".")[0] for name in known}


@pytest.mark.parametrize("file", EXTENSIONS, ids=lambda file: file.name)
def test_extensions_import_no_jax(file):
    assert not needs(imported(file)) & {"jax", "jaxlib", "optax"}


def test_there_are_extensions_to_look_at():
    assert EXTENSIONS


def test_the_reader_of_imports_sees_them_all():
    assert "jax" in needs({"nnbook.layers.neuron"})
    assert "jax" not in needs({"nnbook"})
    assert {"nnbook.pytree.params", "jax.numpy"} <= imported(FILES["nnbook.layers.neuron"])


def run(code: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


def test_importing_the_package_loads_no_jax():
    done = run("import sys, nnbook; assert 'jax' not in sys.modules and 'numpy' not in sys.modules")
    assert done.returncode == 0, done.stderr


def test_importing_every_room_starts_no_device():
    names = [module.name for module in pkgutil.walk_packages([str(PACKAGE)], "nnbook.")]
    modules = [name for name in names if name != "nnbook.__main__"]
    assert "nnbook.models.mlp" in modules
    # With a platform that does not exist, the first touch of a device raises.
    imports = "; ".join(f"import {name}" for name in modules)
    done = run(imports, JAX_PLATFORMS="nowhere")
    assert done.returncode == 0, done.stderr
    touched = run("import jax.numpy as jnp; jnp.zeros(1)", JAX_PLATFORMS="nowhere")
    assert "nowhere" in touched.stderr, "the trap of this test does not close"
