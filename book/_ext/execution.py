"""Execute every chapter's cells before Sphinx reads a page: kernels in parallel, one writer of the cache.

jupyter-cache finds a notebook by its own text alone, so its folder carries a digest of what the cells import: an edit in
`nnbook` or another version of JAX finds an empty folder and runs again. Other extensions hand in notebooks of their own
through the event `nnbook-notebooks` and read the outputs with `executed`.
"""

import asyncio
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from kernels import Job, run_all
from myst_nb.core.read import create_nb_reader
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)
KEPT_DIGESTS = 4  # one for each interpreter that builds here, and the code before the last edit


def digest(package: Path) -> str:
    """Give 16 hex digits that change when the package's code or a library that sets the outputs does."""
    state = hashlib.sha256(platform.python_version().encode())
    for library in ("jax", "jaxlib", "numpy", "matplotlib"):
        try:
            state.update(f"{library}={version(library)};".encode())
        except PackageNotFoundError:
            state.update(f"{library} absent;".encode())
    state.update(Path(__file__).with_name("kernels.py").read_bytes())  # the driver decides what a notebook keeps
    for path in sorted(package.rglob("*.py")):
        state.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return state.hexdigest()[:16]


def choose_cache(app: Sphinx, config) -> None:
    """Point myst-nb at this digest's folder; a new value makes Sphinx read every page again."""
    root = Path(app.confdir) / ".cache" / "cells"
    folder = root / digest(Path(app.confdir) / "nnbook")
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    config.nb_execution_cache_path = str(folder)
    for old in sorted(root.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)[KEPT_DIGESTS:]:
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def chapter_notebook(app: Sphinx, docname: str) -> nbformat.NotebookNode | None:
    """Read a page as a notebook, or give None for a page without cells."""
    path = Path(app.env.doc2path(docname))
    text = path.read_text(encoding="utf-8")
    reader = create_nb_reader(str(path), app.env.myst_config, app.env.mystnb_config, text)
    return reader.read(text) if reader else None


def execute(app: Sphinx, env, docnames: list[str]) -> None:
    """Run what the cache does not hold, longest first, and say what each cost."""
    cache = get_cache(app.env.mystnb_config.execution_cache_path)
    notebooks = {name: nb for name in docnames if (nb := chapter_notebook(app, name)) is not None}
    for handed_in in app.emit("nnbook-notebooks", env):
        notebooks.update(handed_in)
    env.nnbook_notebooks = getattr(env, "nnbook_notebooks", {}) | notebooks

    costs_file = Path(app.confdir) / ".cache" / "costs.json"
    costs = json.loads(costs_file.read_text()) if costs_file.exists() else {}
    jobs = []
    for name, notebook in notebooks.items():
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            page = Path(env.doc2path(name)) if name in env.found_docs else None
            folder = page.parent if page else Path(app.srcdir)
            jobs.append(
                Job(name, notebook, page, folder, expected=costs.get(name, {}).get("cpu", 60.0 if page else 3.0))
            )
    if not jobs:
        return

    def store(job: Job) -> None:
        cache.cache_notebook_bundle(
            CacheBundleIn(
                job.notebook, job.name, data={"execution_seconds": job.wall_seconds, "cpu_seconds": job.cpu_seconds}
            ),
            check_validity=False,
            overwrite=True,
        )
        costs[job.name] = {"cpu": round(job.cpu_seconds, 2), "wall": round(job.wall_seconds, 2)}

    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(app.confdir) / ".cache" / "jax"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    failures = run_to_end(run_all(jobs, store, timeout=app.config.nb_execution_timeout, at_once=os.cpu_count() or 1))
    costs_file.write_text(json.dumps(costs, indent=1, sort_keys=True))
    for job in sorted(jobs, key=lambda job: -job.cpu_seconds):
        logger.info("  %-40s %6.1f CPU s  %6.1f s", job.name, job.cpu_seconds, job.wall_seconds)
    if failures:
        raise ExtensionError("\n\n".join(failures))


def run_to_end(work: Coroutine[Any, Any, list[str]]) -> list[str]:
    """Run a coroutine to its end, also where an event loop runs already, as in Jupyter."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()


def executed(app: Sphinx, name: str) -> nbformat.NotebookNode:
    """Give the notebook of that name with the outputs of this build. Raises KeyError if nothing of that name was run."""
    cache = get_cache(app.env.mystnb_config.execution_cache_path)
    return cache.merge_match_into_notebook(app.env.nnbook_notebooks[name])[1]


def setup(app: Sphinx) -> dict:
    app.add_event("nnbook-notebooks")
    app.connect("config-inited", choose_cache, priority=400)
    app.connect("env-before-read-docs", execute, priority=400)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
