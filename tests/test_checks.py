"""`check` passes what holds and nothing else, and leaves the record that the evidence page is made of."""

import json
import math
import subprocess
import sys

import jax.numpy as jnp
import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbclient import NotebookClient
from traitlets.config import Config

import nnbook
from nnbook.checks import MIME_TYPE, CheckError, check, recording
from nnbook.jupyter import GLUE_PREFIX, glue

numbers = st.floats(-1e6, 1e6)
NAN, INF = math.nan, math.inf


def holds(*arguments, **options):
    with recording() as checks:
        try:
            check("claim", *arguments, **options)
        except CheckError:
            return False
    return checks[0].held


@given(numbers, numbers, st.floats(0, 10))
def test_equal_means_within_tol_of_want(got, want, tol):
    assert holds(got, want, tol) == (abs(got - want) <= tol * (1 + abs(want)))


@given(numbers, numbers, st.floats(0, 1e6))
def test_below_and_above_are_verdicts_with_a_margin(got, bound, margin):
    assert holds(got, below=bound, margin=margin) == (bound - got > margin)
    assert holds(got, above=bound, margin=margin) == (got - bound > margin)


@given(numbers, numbers, numbers)
def test_between_includes_its_ends(got, one, other):
    lo, hi = sorted((one, other))
    assert holds(got, between=(lo, hi)) == (lo <= got <= hi)
    assert holds(lo, between=(lo, hi))
    assert holds(hi, between=(lo, hi))


@given(st.lists(numbers, min_size=1, max_size=5), st.integers(0, 4))
def test_arrays_hold_if_every_element_does(want, place):
    want = np.array(want)
    got = want.copy()
    got[place % len(want)] += 1
    assert holds(want, want)
    assert not holds(got, want)
    assert holds(got, want, tol=1.01)
    assert holds(want, between=(want.min(), want.max()))


@pytest.mark.parametrize(
    "comparison",
    [
        {"want": NAN, "tol": 1},
        {"below": 1},
        {"above": 1},
        {"between": (-INF, INF)},
        {"below": INF},
        {"want": 0, "tol": 9},
    ],
)
def test_nan_never_passes(comparison):
    assert not holds(NAN, **comparison)
    assert not holds([0.0, NAN], **{k: [v, v] if k != "between" and k != "tol" else v for k, v in comparison.items()})


def test_infinity_equals_itself_alone():
    assert holds(-INF, -INF)
    assert holds(jnp.array([-jnp.inf, 0.5]), [-INF, 0.5])
    assert not holds(5.0, INF, tol=1)
    assert not holds(INF, 5.0, tol=1)
    assert not holds(INF, -INF, tol=1)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (3, 3),
        (True, True),
        (np.bool_(True), True),
        (jnp.array(2), 2),
        (jnp.bfloat16(0.5), 0.5),
        ([[1, 2]], [[1.0, 2.0]]),
    ],
)
def test_numbers_of_all_kinds(got, want):
    assert holds(got, want)


def test_shapes_must_agree():
    with pytest.raises(CheckError, match=r"got has shape \(1,\), want has shape \(\)"):
        check("claim", [1.0], 1.0)
    with pytest.raises(CheckError, match=r"got has shape \(2,\), below has shape \(3,\)"):
        check("claim", [1.0, 2.0], below=[3.0, 3.0, 3.0])
    assert holds([1.0, 2.0], below=3.0)
    assert holds([1.0, 2.0], above=[0.0, 1.0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "got nothing to compare with; wants one of want="),
        ({"want": 1, "below": 2}, ValueError, "got want and below; wants one"),
        ({"want": 1, "tol": -1}, ValueError, "tol -1.0"),
        ({"want": 1, "tol": NAN}, ValueError, "tol nan"),
        ({"want": 1, "tol": INF}, ValueError, "tol inf"),
        ({"below": 1, "margin": -1}, ValueError, "margin -1.0"),
        ({"below": 1, "tol": 0.1}, ValueError, "tol belongs to want="),
        ({"want": 1, "margin": 0.1}, ValueError, "margin belongs to below= and above="),
        ({"between": (2, 1)}, ValueError, "lo ≤ hi"),
        ({"between": (1, 2, 3)}, ValueError, "lo ≤ hi"),
        ({"want": 1, "got": []}, ValueError, r"got has shape \(0,\); a check of no numbers"),
        ({"want": "one"}, TypeError, "equal is <U3; wants real numbers"),
        ({"want": 1, "got": 1j}, TypeError, "got is complex128; wants real numbers"),
        ({"want": 1, "got": np.zeros(1, [("a", float)])}, TypeError, "wants real numbers"),
        ({"want": 1, "claim": " "}, ValueError, "got no claim"),
    ],
)
def test_what_cannot_be_checked(arguments, error, message):
    with pytest.raises(error, match=message):
        check(**{"claim": "claim", "got": 1} | arguments)


def test_the_error_has_both_numbers_in_full():
    with pytest.raises(
        AssertionError, match=r"✗ π: got 3.14159, want 3.141592653589793 ± 4.14e-07 \(Euler\)"
    ) as caught:
        check("π", 3.14159, math.pi, tol=1e-7, source="Euler")
    assert caught.value.record.got == 3.14159
    with pytest.raises(CheckError, match=r"✗ rows: got 7.5 at \[1, 0\] \(the worst of 4\), want 1.0 ± 0.2$"):
        check("rows", [[1.0, 1.2], [7.5, 1.3]], np.ones((2, 2)), tol=0.1)
    with pytest.raises(CheckError, match=r"✗ Adam wins: got 0.45, want below 0.5 by more than 0.1$"):
        check("Adam wins", 0.45, below=0.5, margin=0.1)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"got": 0.99712, "want": 1, "tol": 0.01, "source": "paper"}, "✓ claim: got 0.997, want 1 ± 0.02 (paper)"),
        ({"got": 124439808, "want": 124439808}, "✓ claim: got 124439808, want 124439808"),
        ({"got": [1, 2], "want": [1, 2], "source": "paper"}, "✓ claim: all 2 numbers as wanted (paper)"),
        ({"got": [1.01, 2], "want": [1, 2], "tol": 0.1}, "✓ claim: got 1.01 (the worst of 2), want 1 ± 0.2"),
        ({"got": 0.2, "above": 0.1}, "✓ claim: got 0.2, want above 0.1"),
        ({"got": 4, "between": (4, 5)}, "✓ claim: got 4, want between 4 and 5"),
        ({"got": True, "want": True}, "✓ claim: got True, want True"),
        ({"got": -INF, "want": -INF, "tol": 0.1}, "✓ claim: got -inf, want -inf"),
    ],
)
def test_outside_jupyter_a_line_is_printed(capsys, arguments, line):
    check("claim", **arguments)
    assert capsys.readouterr().out == line + "\n"


def test_recordings_nest_and_print_nothing(capsys):
    with recording() as outer:
        check("first", 1, 1)
        with recording() as inner:
            check("second", 2, 2)
        with pytest.raises(CheckError):
            check("third", 3, 4)
    assert [(c.claim, c.held) for c in outer] == [("first", True), ("third", False)]
    assert [c.claim for c in inner] == ["second"]
    assert capsys.readouterr().out == ""


def test_the_record_is_json():
    with recording() as checks:
        check("mean", np.float32(0.5), 0.25, tol=0.5, source="paper")
        check("modes", [4, 5], between=(4, 6))
        check("masked", -INF, -INF)
        check("wins", 1, below=3, margin=1)
    records = [json.loads(json.dumps(c.as_json(), allow_nan=False)) for c in checks]
    assert records[0] == {
        "claim": "mean", "got": 0.5, "want": 0.25, "tol": 0.5, "source": "paper",
        "relation": "equal", "margin": 0.0, "wanted": "0.25 ± 0.625", "size": 1,
    }  # fmt: skip
    assert (records[1]["relation"], records[1]["want"], records[1]["size"]) == ("between", [4, 6], 2)
    assert (records[2]["got"], records[2]["want"]) == ("-inf", "-inf")
    assert (records[3]["relation"], records[3]["want"], records[3]["wanted"]) == ("below", 3, "below 3 by more than 1")


@pytest.fixture
def ipython():
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield shell
    InteractiveShell.clear_instance()


def test_in_ipython_a_check_shows_its_record(ipython, capsys):
    with capture_output() as captured:
        check("claim", 0.5, 0.5)
    (output,) = captured.outputs
    assert output.data["text/plain"] == "✓ claim: got 0.5, want 0.5"
    assert output.data[MIME_TYPE]["got"] == 0.5
    assert captured.stdout == ""


def test_glue_makes_numbers_of_arrays_without_axes(ipython):
    for value in (0.5, np.float64(0.5), jnp.array(0.5)):
        with capture_output() as captured:
            glue("half", value)
        assert captured.outputs[0].data == {GLUE_PREFIX + "text/plain": "0.5"}
        assert captured.outputs[0].metadata == {"scrapbook": {"name": "half", "mime_prefix": GLUE_PREFIX}}


def test_glue_outside_jupyter_says_nothing_but_refuses_names_the_prose_cannot_quote(capsys):
    glue("half", 0.5)
    assert capsys.readouterr().out == ""
    for name in ("", "a:b"):
        with pytest.raises(ValueError, match="a name without a colon"):
            glue(name, 1)


def test_in_a_kernel_glue_leaves_what_myst_nb_leaves():
    cells = [
        "import nnbook, myst_nb; x = {'a': [0.5, 'b']}",
        "nnbook.glue('x', x)",
        "myst_nb.glue('x', x, display=False)",
    ]
    cells.append("nnbook.check('one', 1, 1)")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3").execute()
    _, ours, theirs, checked = (cell.outputs for cell in notebook.cells)
    assert ours == theirs
    assert ours[0].output_type == "display_data"
    assert checked[0].data[MIME_TYPE]["claim"] == "one"


def test_importing_nnbook_loads_neither_jax_nor_numpy_nor_ipython():
    code = "import sys, nnbook; print([m for m in ('jax', 'numpy', 'IPython') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_three_names_at_the_top():
    assert nnbook.check is check
    assert nnbook.glue is glue
    assert issubclass(nnbook.ShapeError, ValueError)
    with pytest.raises(AttributeError, match="no attribute 'checker'"):
        nnbook.checker  # noqa: B018
