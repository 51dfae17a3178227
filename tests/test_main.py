"""`python -m nnbook`: what it runs, what it prints, and how it answers what cannot be done."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from nnbook import __main__ as command_line
from nnbook import chapters, devices
from nnbook.cells import ChapterError
from nnbook.chapters import chapter_names, find_chapter
from nnbook.running import run_chapter


def page(*cells):
    fences = "\n\n".join(f"Text.\n\n```{{code-cell}} ipython3\n{cell}\n```" for cell in cells)
    return f"---\nfile_format: mystnb\n---\n\n# Chapter\n\n{fences}\n"


@pytest.fixture
def write(tmp_path):
    def write(*cells, name="chapter.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(*cells), encoding="utf-8")
        return path

    return write


@pytest.fixture
def book(tmp_path, write, monkeypatch):
    write("print('a neuron')", name="book/foundations/neuron.md")
    write("1", name="book/foundations/activations.md")
    write("1", name="book/transformer/attention.md")
    write("1", name="book/architectures/attention.md")
    write("1", name="book/_templates/hidden.md")
    (tmp_path / "book" / "glossary.md").write_text("# Words\n\n`{code-cell}` is named here, nothing more.\n")
    monkeypatch.setattr(command_line, "BOOK", tmp_path / "book")
    return tmp_path / "book"


def nnbook(*arguments, **environment):
    # No chapter here needs more than one device or a warm cache.
    return subprocess.run(
        [sys.executable, "-m", "nnbook", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
    )  # fmt: skip


# Running a chapter


def test_cells_share_one_namespace_and_report_line_time_and_checks(write, capsys, monkeypatch):
    path = write(
        ":tags: [hide-input]\n\nimport nnbook\na = 20",
        "print('a line\\nand another', end='')\na + 1",
        "nnbook.check('twenty', a, 20, source='here')\nnnbook.glue('a', a)",
    )
    monkeypatch.chdir(path.parent)
    assert run_chapter("part/chapter", path)
    out, err = capsys.readouterr()
    assert err == ""
    assert re.sub(r" +\d+\.\d\d s", " _ s", out) == (
        "part/chapter: 3 code cells in chapter.md\n"
        "cell 1, line 12\n _ s\n"
        "cell 2, line 19\n"
        "    a line\n    and another21\n _ s\n"
        "cell 3, line 26\n"
        "    ✓ twenty: got 20, want 20 (here)\n _ s\n"
        "part/chapter: 1 of 1 checks held, 3 of 3 cells in _ s\n"
    )


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("'text'", "    'text'"),
        ("list(range(1000))", "    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,"),
        ("1;", None),
        ("None", None),
        ("x = 1", None),
        ("# only a comment", None),
        ("display(1, 'two')", "    1\n    'two'"),
        ("import matplotlib.pyplot as plt\nplt.figure()", "    figure: matplotlib Figure"),
        ("import numpy as np\nnp.zeros(\n(2, 2))", "    array([[0., 0.], [0., 0.]])"),
        ("%matplotlib inline\n2", "    left out, as only Jupyter knows it: %matplotlib inline\n    2"),
        ("a = 7\n(a\n% 4)", "    3"),
        (
            "class F:\n def _repr_mimebundle_(self, **_): return {'image/png': '', 'text/plain': 'alt'}\nF()",
            "    figure: alt",
        ),
        ("class F:\n def _repr_mimebundle_(self, **_): return {'a/b': ''}, {}\nF()", "    F"),
        ("class F:\n def _repr_mimebundle_(self, **_): return {}\nF", "    <class '__main__.F'>"),
        ("import pickle\nclass C: pass\ntype(pickle.loads(pickle.dumps(C()))) is C", "    True"),
    ],
)
def test_the_last_value_is_shown_in_a_line(write, capsys, cell, shown):
    assert run_chapter("chapter", write(cell))
    lines = capsys.readouterr().out.split("\n")[1:-2]
    assert all(len(line) < 120 for line in lines)
    head, *output, cost = lines
    assert head.startswith("cell 1, line ")
    assert re.fullmatch(r" +\d+\.\d\d s", cost)
    assert "\n".join(output).startswith(shown) if shown else output == []


def test_it_runs_in_the_folder_of_the_chapter_and_comes_back(write, capsys):
    before, main = os.getcwd(), sys.modules["__main__"]
    assert run_chapter("chapter", write("from pathlib import Path\nPath('chapter.md').read_text()[:3]"))
    assert "    '---'\n" in capsys.readouterr().out
    assert (os.getcwd(), sys.modules["__main__"]) == (before, main)


@pytest.mark.parametrize(
    ("cells", "cell", "line", "source", "summary"),
    [
        (("x = 1", "y = 2\nx / 0\n"), 2, 17, "x / 0", "ZeroDivisionError: division by zero"),
        (("x = 1", "x = (\n  1,\n"), 2, 16, "x = (", "SyntaxError: '(' was never closed"),
        (("def f():\n    return {}['key']", "f()\n"), 2, 17, "f()", "KeyError: 'key'"),
        (("import nnbook\nnnbook.check('sum', 1 + 1, 3)",), 1, 11, "nnbook.check(", "CheckError: ✗ sum: got 2, want 3"),
        (("raise SystemExit(3)",), 1, 10, "raise SystemExit(3)", "SystemExit: 3"),
        (("raise ValueError",), 1, 10, "raise ValueError", "ValueError"),
        ((":tags: [a]\n\nimport nowhere",), 1, 12, "import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        (("!pip install x\n1 +",), 1, 11, "1 +", "SyntaxError: invalid syntax"),
    ],
)
def test_an_error_names_chapter_cell_line_and_source(write, capsys, cells, cell, line, source, summary):
    path = write(*cells, "print('never')")
    assert not run_chapter("part/chapter", path)
    out, err = capsys.readouterr()
    assert "never" not in out
    assert f"{cell - 1} of {len(cells) + 1} cells" in out
    *trace, place, offender = err.rstrip("\n").split("\n")
    assert place == f"part/chapter, cell {cell}, line {line} of {path}: {summary}"
    assert offender.startswith(f"    {source}")
    assert not [row for row in trace if "running.py" in row]


def test_a_check_that_fails_is_counted(write, capsys):
    assert not run_chapter("chapter", write("import nnbook\nnnbook.check('a', 1, 1)", "nnbook.check('b', 1, 2)"))
    out = capsys.readouterr().out
    assert "    ✗ b: got 1, want 2\n" in out
    assert "1 of 2 checks held, 1 of 2 cells" in out


def test_tags_are_honoured(write, capsys):
    path = write(
        ":tags: [raises-exception]\nraise ValueError('as shown\\nhere')",
        ":tags: [skip-execution]\nraise ValueError('not run')",
        "print('goes on')",
    )
    assert run_chapter("chapter", path)
    out, err = capsys.readouterr()
    assert "raised ValueError: as shown, as its tag allows" in out
    assert "left out, as its tag says" in out
    assert "    goes on\n" in out
    assert err == ""


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "chapter.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ChapterError, match=r"chapter.md cannot be read: 'utf-8'"):
        run_chapter("chapter", tmp_path / "chapter.md")


def test_figures_open_no_window_and_do_not_pile_up(write):
    cells = ["import matplotlib\nimport matplotlib.pyplot as plt\nprint(matplotlib.get_backend())"]
    cells += ["plt.figure(); plt.figure()\nprint(len(plt.get_fignums()))"] * 2
    ran = nnbook("run", write(*cells), MPLBACKEND="TkAgg")
    assert ran.returncode == 0, ran.stderr
    assert "    agg\n" in ran.stdout.lower()
    assert ran.stdout.count("    2\n") == 2


# Finding a chapter


def test_chapters_are_the_pages_with_cells(book):
    assert list(chapter_names(book)) == [
        "architectures/attention", "foundations/activations", "foundations/neuron", "transformer/attention",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["neuron", "foundations/neuron", "Neuron", "neuron.md", "foundations/neuron.md"])
def test_a_chapter_is_found_by_name(book, name):
    assert find_chapter(name, book) == ("foundations/neuron", book / "foundations" / "neuron.md")


def test_a_chapter_is_found_by_path(book, write, monkeypatch):
    monkeypatch.chdir(book.parent)
    assert find_chapter("book/foundations/neuron.md", book)[0] == "foundations/neuron"
    elsewhere = write("1", name="draft.md")
    assert find_chapter(str(elsewhere), book) == ("draft", elsewhere)


@pytest.mark.parametrize("name", ["neurin", "foundations/neurin", "neurons"])
def test_an_unknown_name_gets_the_nearest_and_the_list(book, capsys, name):
    assert command_line.main(["run", name]) == 2
    err = capsys.readouterr().err
    assert f"there is no chapter '{name}'. Did you mean foundations/neuron?" in err
    assert "\n  transformer/attention" in err


def test_a_name_like_no_other_gets_the_list_alone(book):
    with pytest.raises(ChapterError, match=r"there is no chapter 'xyzzy'. There are:\n  architectures/attention\n"):
        find_chapter("xyzzy", book)


def test_a_name_of_two_chapters_gets_both(book):
    with pytest.raises(ChapterError, match=r"several.*\n  architectures/attention\n  transformer/attention$"):
        find_chapter("attention", book)


@pytest.mark.parametrize(
    ("addresses", "place"),
    [
        (["Homepage, https://a.example", "Repository, https://b.example"], r"repository \(https://b.example\), or"),
        (["Homepage, https://a.example"], "a clone of the book's repository, or give the path"),
        (None, "a clone of the book's repository, or give the path"),
    ],
)
def test_without_a_book_it_says_where_the_chapters_are(tmp_path, monkeypatch, capsys, addresses, place):
    monkeypatch.setattr(command_line, "BOOK", tmp_path / "book")
    monkeypatch.setattr(chapters.metadata, "metadata", lambda _: SimpleNamespace(get_all=lambda _: addresses))
    with pytest.raises(ChapterError, match=f"do not come with the installed package.*{place}"):
        find_chapter("neuron", tmp_path / "book")
    with pytest.raises(ChapterError, match=r"there is no file a/b.md; the chapters"):
        find_chapter("a/b.md", tmp_path / "book")
    assert command_line.main(["run", "--all"]) == 2


def test_run_from_sources_that_are_not_installed(tmp_path, monkeypatch):
    def missing(_):
        raise chapters.metadata.PackageNotFoundError

    monkeypatch.setattr(chapters.metadata, "metadata", missing)
    assert "a clone of the book's repository," in chapters.how_to_get_chapters()


# The commands


def test_run_by_name_and_its_exit_status(book, write, capsys):
    assert command_line.main(["run", "neuron"]) == 0
    assert "    a neuron\n" in capsys.readouterr().out
    assert command_line.main(["run", str(write("1 / 0"))]) == 1


def test_run_all_gives_each_a_process_of_its_own(book, write, capfd, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    write("import sys\nsys.modules['left over'] = 1", name="book/a.md")
    write("import sys\nassert 'left over' not in sys.modules", name="book/b.md")
    for name in ("architectures/attention", "foundations/activations", "foundations/neuron"):
        (book / f"{name}.md").unlink()
    assert command_line.main(["run", "--all"]) == 0
    write("1 / 0", name="book/a.md")
    assert command_line.main(["run", "--all"]) == 1
    out, _ = capfd.readouterr()
    assert "3 of 3 chapters ran to the end" in out
    assert "2 of 3 chapters ran to the end\n  failed: a\n" in out


def test_run_all_stops_at_a_request_that_none_can_fulfil(book, monkeypatch):
    ran = []
    fake = SimpleNamespace(run=lambda command, check: ran.append(command) or SimpleNamespace(returncode=2))
    monkeypatch.setattr(command_line, "subprocess", fake)
    assert command_line.main(["run", "--all", "--platform", "tpu"]) == 2
    assert ran[0][-2:] == ["--platform", "tpu"]
    assert len(ran) == 1


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", "neuron", "--all"], ["run", "x", "--platform", "npu"]])
def test_requests_that_make_no_sense(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        command_line.main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m nnbook" in capsys.readouterr().err


def test_an_interrupt_is_not_an_error_of_the_chapter(write, capsys):
    assert command_line.main(["run", str(write("raise KeyboardInterrupt"))]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_the_platform_is_chosen_before_jax_starts(write):
    path = write("import jax\nprint(jax.default_backend(), jax.config.jax_platforms)")
    ran = nnbook("run", path, "--platform", "cpu", JAX_PLATFORMS="nonsense")
    assert ran.returncode == 0, ran.stderr
    assert "    cpu cpu\n" in ran.stdout


def test_a_platform_that_is_not_here_says_what_to_install(write):
    ran = nnbook("run", write("1"), "--platform", "tpu")
    if ran.returncode == 0:
        assert "1 of 1 cells" in ran.stdout  # this machine has one
    else:
        assert ran.returncode == 2
        assert "JAX finds no tpu here" in ran.stderr
        assert 'pip install -e ".[tpu]" in a clone' in ran.stderr


def test_devices_in_a_process_of_its_own():
    ran = nnbook("devices", "--platform", "cpu")
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"JAX \d+\.\d+.*\ncpu: 1 of it, 1 on this machine\n  0: cpu", ran.stdout)
    assert "It computes right here." in ran.stdout


# Devices


@pytest.mark.parametrize(("platform", "found"), [("gpu", "cpu"), ("tpu", RuntimeError("no libtpu"))])
def test_choosing_what_jax_does_not_find(monkeypatch, capsys, platform, found):
    import jax

    def backend():
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setenv("JAX_PLATFORMS", "")
    monkeypatch.setattr(jax, "default_backend", backend)
    before = jax.config.jax_platforms
    try:
        assert command_line.main(["devices", "--platform", platform]) == 2
    finally:
        jax.config.update("jax_platforms", before)
    err = capsys.readouterr().err
    assert f"JAX finds no {platform} here" in err
    assert 'pip install -e ".[' in err


def test_every_probe_is_right_here(capsys):
    assert command_line.main(["devices"]) == 0
    out = capsys.readouterr().out
    assert out.count(" right\n") + out.count(" rounded\n") == len(devices.probes())


@pytest.mark.parametrize(
    ("error", "verdict"), [(1e-3, "rounded"), (0.5, "WRONG on device 0"), (np.nan, "WRONG on device 0")]
)
def test_a_device_that_computes_otherwise_is_found_out(monkeypatch, capsys, error, verdict):
    monkeypatch.setattr(devices, "error_of", lambda probe, device: error if "matmul, default" in probe.name else 0.0)
    assert command_line.main(["devices"]) == (0 if verdict == "rounded" else 1)
    out = capsys.readouterr().out
    assert verdict in out
    assert ("do not trust" in out) == (verdict != "rounded")


def test_the_probes_notice_a_wrong_number():
    import jax

    probe = devices.probes()[0]
    off_by_a_tenth = devices.Probe("off", lambda a, b: 1.1 * probe.on_device(a, b), probe.in_numpy, probe.shapes, 2e-2)
    assert devices.error_of(off_by_a_tenth, jax.devices()[0]) == pytest.approx(0.1, rel=1e-3)
