"""Every chore of the book, one session each. `nox -l` lists them."""

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"  # lanes are made from the interpreters that are here
nox.options.reuse_venv = "yes"
nox.options.sessions = ["html"]

ROOT = Path(__file__).parent
WIDGETS = ROOT / "book" / "widgets"
HTML = ROOT / "_build" / "html"
PYTHONS = ["3.11", "3.12", "3.13"]


def install(session: nox.Session, lock: str) -> None:
    """Install a hash-locked list, then the package itself, which adds nothing.

    The code is compiled once here: where Python may not keep its bytecode, each kernel would compile JAX anew.
    """
    session.install("--require-hashes", "-r", f"requirements/{lock}.txt", env={"UV_COMPILE_BYTECODE": "1"})
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


def script(session: nox.Session, *arguments: str) -> None:
    """Run one of the browser side's own scripts, after its locked packages stand."""
    npm = shutil.which("npm", path=session.bin)
    with session.chdir(WIDGETS):
        stamp = WIDGETS / "node_modules" / ".nnbook-lock"
        lock = (WIDGETS / "package-lock.json").read_text(encoding="utf-8")
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
            session.run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", silent=True)
            if stamp.parent.is_dir():  # under --install-only nothing was run
                stamp.write_text(lock, encoding="utf-8")
        session.run(npm, "run", "--silent", *arguments)


def sphinx(session: nox.Session, builder: str, output: Path, *arguments: str) -> None:
    """Build the book; a warning is an error."""
    session.run(
        "python",
        "book/_ext/build_book.py",
        "-c",
        ".",
        "-b",
        builder,
        "-d",
        "_build/doctrees",
        "-W",
        "--keep-going",
        "-n",
        *arguments,
        "book",
        str(output),
    )


@nox.session
def html(session: nox.Session) -> None:
    """Build the whole executed book and print where to open it."""
    install(session, "book")
    script(session, "build")
    sphinx(session, "html", HTML, *session.posargs)
    session.log(f"The book is ready: {(HTML / 'index.html').as_uri()}")


@nox.session
def serve(session: nox.Session) -> None:
    """Live preview: edit a chapter and see it in seconds."""
    install(session, "book")
    script(session, "build")
    session.run(
        "sphinx-autobuild", "-c", ".", "-d", "_build/doctrees", "--watch", "nnbook", "--watch", "conf.py",
        "--ignore", "*/_static/build/*", "--ignore", "*/node_modules/*", "--ignore", "*/jupyter_execute/*",
        "--open-browser", *session.posargs, "book", "_build/serve",
        env={"NNBOOK_CSP": "0"},  # the preview's own reload script is inline and changes
    )  # fmt: skip


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, spelling, types and workflow files."""
    install(session, "test")
    lint_all(session)


def lint_all(session: nox.Session) -> None:
    """Run every check that needs no build."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("codespell")
    session.run("ty", "check", "nnbook")
    workflows = sorted(map(str, ROOT.glob(".github/workflows/*.yml")))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)


@nox.session
def tests(session: nox.Session) -> None:
    """Test package, extensions, browser kernels, book and pages, on the interpreter that started nox."""
    install(session, "test")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    lint_all(session)
    session.run("python", "-m", "tests.browser.chromium")
    session.run("python", "-m", "tests.widgets.golden")
    script(session, "check")
    script(session, "test")
    script(session, "build")
    sphinx(session, "html", HTML)
    session.run("pytest", "--cov", "--cov-report=term:skip-covered")
    session.log("Once more with every shape annotation enforced:")
    session.run("pytest", *PACKAGE_TESTS, env={"NNBOOK_TYPECHECK": "1"})


PACKAGE_TESTS = [
    *(f"tests/{room}" for room in ("analysis", "data", "layers", "models", "parity", "text", "training")),
    *("tests/test_errors.py", "tests/test_pytree.py"),
]


@nox.session(python=PYTHONS)
def lanes(session: nox.Session) -> None:
    """Test the package on every Python found (3.11, 3.12, 3.13)."""
    install(session, "test")
    session.run(
        "pytest",
        "nnbook",
        *PACKAGE_TESTS,
        "tests/plotting",
        "tests/test_parallel.py",
        "tests/test_checks.py",
        "tests/test_cells.py",
        "tests/test_main.py",
        *session.posargs,
    )


@nox.session(venv_backend="virtualenv")
def parity_torch(session: nox.Session) -> None:
    """Hold the package against PyTorch: values, gradients and speed (a large download)."""
    install(session, "test")
    session.install("torch==2.13.*")
    # Named one by one: their names keep them out of `nox -s tests`, where there is no PyTorch.
    session.run("pytest", *sorted(map(str, ROOT.glob("tests/parity_torch/torch_*.py"))), *session.posargs)
    session.run("python", "-m", "tests.bench", "kernels")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure builds and kernels; print tables of medians and ratios."""
    install(session, "test")
    script(session, "build")
    session.run("python", "-m", "tests.bench", *session.posargs)


@nox.session
def locks(session: nox.Session) -> None:
    """Compile requirements/*.txt from pyproject's extras, and the npm lock; arguments go to uv, such as --upgrade."""
    install(session, "book")
    session.install("uv")
    for lock in ("book", "test"):
        session.run(
            *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url"),
            *("--no-annotate", "--no-header", "--extra", lock, "pyproject.toml", "-o", f"requirements/{lock}.txt"),
            *session.posargs,
        )
    with session.chdir(WIDGETS):
        npm = shutil.which("npm", path=session.bin)
        session.run(npm, "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved")


@nox.session
def schemas(session: nox.Session) -> None:
    """Write the JSON schemas that editors check questions, cards and lists by."""
    install(session, "book")
    session.run("python", "-m", "questions", env={"PYTHONPATH": "book/_ext"})


@nox.session(venv_backend="none")
def clean(session: nox.Session) -> None:
    """Remove what builds leave behind: pages, cached cells, compiled kernels."""
    for folder in ("_build", ".cache", "book/_static/build"):
        shutil.rmtree(ROOT / folder, ignore_errors=True)
