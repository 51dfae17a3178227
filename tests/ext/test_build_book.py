"""A build that fails ends with the mistake, where it is one of the book's."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "book" / "_ext" / "build_book.py"


def build(folder, conf, *options):
    (folder / "conf.py").write_text(conf, encoding="utf-8")
    (folder / "index.md").write_text("# A page\n", encoding="utf-8")
    command = [sys.executable, SCRIPT, "-q", "-b", "dummy", *options, folder, folder / "_build"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def raising(error):
    return f"""
from sphinx.errors import ExtensionError
extensions = ["myst_parser"]
def fail(app):
    raise {error}
def setup(app):
    app.connect("builder-inited", fail)
"""


@pytest.mark.parametrize("options", [(), ("-W", "--keep-going")])
def test_a_mistake_of_the_book_stands_last(tmp_path, options):
    done = build(tmp_path, raising('ExtensionError("questions/neuron.yaml:7: unknown field")'), *options)
    assert done.returncode == 2
    assert done.stderr.rstrip().endswith("questions/neuron.yaml:7: unknown field")
    assert "Traceback" not in done.stderr


def test_a_traceback_can_be_asked_for(tmp_path):
    done = build(tmp_path, raising('ExtensionError("unknown field")'), "-T")
    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_a_mistake_of_the_program_is_told_by_sphinx(tmp_path):
    done = build(tmp_path, raising('ZeroDivisionError("our fault")'), "-T")
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" in done.stderr


def test_a_good_book_is_built(tmp_path):
    done = build(tmp_path, 'extensions = ["myst_parser"]\n')
    assert (done.returncode, done.stderr) == (0, "")
