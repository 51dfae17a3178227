"""How long a reader's and a writer's builds take: cold, warm, and after each kind of edit."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("book", "nnbook", "conf.py", "pyproject.toml")
CHAPTER = Path("book/foundations/neuron.md")


def build(folder: Path) -> float:
    """Build the book in a folder; give wall seconds."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-c", ".", "-b", "html", "-d", "_build/doctrees", "-W", "--keep-going", "-n", "book", "_build/html"],
        cwd=folder, check=True, env={**os.environ, "PYTHONPATH": str(folder)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    return time.perf_counter() - started


def kernel_costs(folder: Path) -> tuple[float, float]:
    """Give the CPU seconds of all kernels of the last cold build, and how many there were."""
    costs = json.loads((folder / ".cache" / "costs.json").read_text(encoding="utf-8"))
    return sum(cost["cpu"] for cost in costs.values()), len(costs)


@contextmanager
def checkout():
    """Give a copy of the book with nothing built."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in COPIED:
            source = ROOT / name
            ignore = shutil.ignore_patterns("node_modules", "__pycache__", "jupyter_execute")
            shutil.copytree(source, folder / name, ignore=ignore) if source.is_dir() else shutil.copy(
                source, folder / name
            )
        yield folder


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before, f"the edit of {path.name} changed nothing; its words have moved"
    path.write_text(after, encoding="utf-8")


def seen_in_serve(folder: Path) -> float:
    """Edit a sentence while the live preview runs; give wall seconds until its page has the sentence."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sphinx_autobuild", "-q", "-c", ".", "-d", "_build/doctrees", "--port", str(port), "book", "_build/serve"]  # fmt: skip
    page = f"http://127.0.0.1:{port}/{CHAPTER.relative_to('book').with_suffix('.html').as_posix()}"

    def wait_for(words: str) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(page, timeout=30) as answer:
                if words in answer.read().decode():
                    return
            time.sleep(0.02)
        raise TimeoutError(f"{page} never showed {words!r}")

    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(folder), "NNBOOK_CSP": "0"}) as server:  # fmt: skip
        try:
            wait_for("neuron")
            time.sleep(5)  # its watcher starts after the first build
            started = time.perf_counter()
            edit(
                folder / CHAPTER,
                lambda text: text.replace("## Remember\n", "A sentence seen at once.\n\n## Remember\n"),
            )
            wait_for("A sentence seen at once.")
            return time.perf_counter() - started
        finally:
            server.terminate()


def measure() -> None:
    """Print one line a kind of build."""
    rows = []
    with checkout() as folder:
        for attempt in (1, 2, 3):
            shutil.rmtree(folder / ".cache", ignore_errors=True)
            shutil.rmtree(folder / "_build", ignore_errors=True)
            cold = build(folder)
            cpu, kernels = kernel_costs(folder)
            rows.append((f"cold, attempt {attempt}", cold, f"{kernels} kernels, {cpu:.1f} CPU s in all"))
        overhead = cold - cpu / min(os.cpu_count() or 1, kernels)
        rows.append(("  of it beside the kernels' CPU time", overhead, f"on {os.cpu_count()} cores"))
        rows.append(("warm, nothing changed", build(folder), ""))
        edit(folder / CHAPTER, lambda text: text.replace("## Remember\n", "One more sentence.\n\n## Remember\n"))
        rows.append(("a prose edit", build(folder), ""))
        rows.append(("a prose edit, until it is seen in `nox -s serve`", seen_in_serve(folder), ""))
        edit(
            folder / CHAPTER,
            lambda text: text.replace("epochs=12)", "epochs=13)").replace("jnp.arange(1, 13)", "jnp.arange(1, 14)"),
        )
        rows.append(("an edit in a cell of that chapter", build(folder), ""))
        edit(folder / "nnbook" / "layers" / "neuron.py", lambda text: text + "\n# an edit\n")
        rows.append(("an edit in nnbook, kernels compiled before", build(folder), "every chapter runs again"))
    for name, seconds, note in rows:
        print(f"{name:50} {seconds:7.1f} s   {note}")
