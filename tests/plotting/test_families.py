"""The families of pictures: what each draws, in which role, and what it refuses."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, PathPatch

from nnbook import plotting
from nnbook.plotting import curves, diagrams, heatmaps, points
from nnbook.plotting.palette import LIGHT, READABLE_OPACITY
from nnbook.plotting.style import SMALL, TEXT

XY = (("x₁", "no unit"), ("x₂", "no unit"))


@pytest.fixture
def ax():
    return plotting.axes(*XY)


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


# Axes


@pytest.mark.parametrize("name", ["loss", ("loss",), ("loss", ""), ("", "nats"), ["loss", "nats"], ("loss", None)])
def test_axis_without_name_or_unit_is_refused(name, untyped):
    with pytest.raises(ValueError, match=r"an axis is given as \(name, unit\)"):
        plotting.axes(("step", "steps"), name)


def test_axes_are_named_once_in_a_grid():
    grid = plotting.panels(2, 2, ("step", "steps"), ("loss", "nats"), height=200, titles=("a", "b", "c"))
    assert grid[0, 0].figure.get_supxlabel() == "step (steps)"
    assert words(grid[0, 0]) == ["loss (nats)"]
    assert [axis.get_title(loc="left") for axis in grid.flat] == ["a", "b", "c", ""]


def test_logarithmic_axis_writes_powers_in_unicode(ax):
    ax.plot([1, 2], [1e-6, 1])
    plotting.log_axis(ax.yaxis)
    ax.figure.draw_without_rendering()
    assert ax.get_yscale() == "log"
    assert {"10⁻⁶", "10⁰"} <= {label.get_text() for label in ax.get_yticklabels()}


def test_canvas_is_measured_in_points():
    ax = plotting.canvas(100)
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 340), (0, 100))
    np.testing.assert_allclose(ax.bbox.size * 72 / ax.figure.dpi, (340, 100))


def test_zero_lines_are_rules(ax):
    plotting.zero_lines(ax)
    plotting.zero_lines(ax, x=False, y=False)
    assert [line.get_color() for line in ax.lines] == [LIGHT["rule"]] * 2


# Curves


def test_lines_have_role_and_dash_and_gradients_are_dotted(ax):
    value = curves.line(ax, [0, 1], [0, 1], "value")
    loss = curves.line(ax, [0, 1], [1, 0], "loss", role="error")
    assert (value.get_color(), value.is_dashed()) == (LIGHT["hidden"], False)
    assert (loss.get_color(), loss.is_dashed()) == (LIGHT["error"], True)
    with pytest.raises(ValueError, match="'wavy' is no dash"):
        curves.line(ax, [0, 1], [0, 1], dash="wavy")


def test_names_stand_at_the_ends_in_the_line_s_colour_and_apart(ax):
    curves.line(ax, [0, 1], [0, 1.0], "first")
    curves.line(ax, [0, 1], [0, 1.001], "second", role="data")
    curves.line(ax, [0, 1], [0, 0.5])
    curves.name_lines(ax)
    first, second = [text for text in ax.texts if text.get_text() in ("first", "second")]
    assert second.get_color() == LIGHT["data"]
    height = ax.bbox.height * 72 / ax.figure.dpi
    assert (second.xy[1] - first.xy[1]) * height == pytest.approx(1.25 * TEXT, rel=0.02)


def test_last_point_skips_what_is_no_number(ax):
    assert curves.last_point(curves.line(ax, [0, 1, 2], [0, 7, np.nan])).tolist() == [1, 7]


def test_spread_keeps_order_and_gap():
    moved = curves.spread([5.0, 0.0, 5.5, 6.0, 30.0], gap=4.0)
    assert np.argsort(moved).tolist() == [1, 0, 2, 3, 4]
    assert np.diff(np.sort(moved)).min() >= 4.0 - 1e-9
    assert moved[4] == 30.0


def test_band_is_a_tint_of_its_role(ax):
    curves.band(ax, [0, 1], [0, 0], [1, 1], role="data")
    assert to_hex(ax.collections[0].get_facecolor()[0]) == LIGHT["data"]
    assert ax.collections[0].get_alpha() == 0.16


@pytest.mark.parametrize(("right", "side"), [(True, "left"), (False, "right")])
def test_mark_says_what_is_at_a_point(ax, right, side):
    curves.mark(ax, 0.5, 0.25, "0.25", right=right)
    assert words(ax)[-1] == "0.25"
    assert ax.texts[-1].get_ha() == side


def test_key_names_lines_above_small_multiples():
    grid = plotting.panels(1, 2, *XY, height=100, titles=("a", "b"))
    curves.line(grid[0, 1], [0, 1], [0, 1], "value")
    curves.line(grid[0, 1], [0, 1], [0, 1], "slope", role="error")
    curves.key(grid[0, 1], ("value", "slope"))
    assert [text.get_text() for text in grid[0, 1].get_legend().get_texts()] == ["value", "slope"]


# Points

SQUARE = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], float)


def test_classes_differ_in_colour_and_shape_and_are_named(ax):
    points.classes(ax, SQUARE, [0, 0, 1, 1], ("no", "yes"))
    assert [(line.get_marker(), line.get_color()) for line in ax.lines] == [
        ("s", LIGHT["data"]),
        ("o", LIGHT["output"]),
    ]
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 2]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no", "yes"]


def test_decision_line_halves_the_plane_and_w_stands_on_it(ax):
    points.window(ax, SQUARE)
    points.decision(ax, [1.0, 1.0], -1.0)
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_xydata() @ [1, 1], 1.0, atol=1e-9)
    corners = ax.patches[0].get_xy()
    assert (corners @ [1, 1] - 1 > -1e-9).all()
    assert "w" in words(ax)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.15, 1.15), (-0.15, 1.15))


def test_half_plane_of_a_square():
    side = points.half_plane(SQUARE, np.array([1.0, 0.0]), -0.25)
    assert sorted(map(tuple, side)) == [(0.25, 0), (0.25, 1), (1, 0), (1, 1)]
    assert points.half_plane(SQUARE, np.array([1.0, 0.0]), -2.0).shape == (0, 2)


@pytest.mark.parametrize(("b", "filled"), [(1.0, 1), (-1.0, 0)])
def test_without_weights_one_answer_fills_all_and_there_is_no_line(ax, b, filled):
    points.window(ax, SQUARE)
    points.decision(ax, [0.0, 0.0], b)
    assert (len(ax.lines), len(ax.patches)) == (0, filled)


def test_line_outside_the_picture_has_no_arrow(ax):
    points.window(ax, SQUARE)
    points.decision(ax, [1.0, 0.0], -9.0)
    assert "w" not in words(ax)
    points.decision(ax, [1.0, 1.0], -1.0, arrow=False)
    assert "w" not in words(ax)


def test_boundary_of_a_function(ax):
    points.window(ax, SQUARE)
    points.boundary(ax, lambda x: 0.4 - np.linalg.norm(x - 0.5, axis=1), resolution=60)
    line = ax.collections[-1].get_paths()[0].vertices
    np.testing.assert_allclose(np.linalg.norm(line - 0.5, axis=1), 0.4, atol=0.01)


@pytest.mark.parametrize(("value", "drawn"), [(1.0, 1), (-1.0, 0)])
def test_boundary_of_one_answer_is_a_tint_or_nothing(ax, value, drawn):
    points.window(ax, SQUARE)
    points.boundary(ax, lambda x: value * np.ones(len(x)), resolution=10)
    assert len(ax.collections) == drawn


# Heat maps


def heat(matrix, **kwargs):
    ax = plotting.frames(1, 1, height=120)[0, 0]
    rows, columns = np.shape(matrix)
    heatmaps.heatmap(
        ax, matrix, rows=[f"r{i}" for i in range(rows)], columns=[f"c{i}" for i in range(columns)], **kwargs
    )
    return ax


def test_numbers_are_written_with_true_minus_and_open_cells():
    ax = heat([[1.26, -0.04], [-np.inf, np.nan]], diverging=True, numbers=".1f")
    assert sorted(words(ax)) == sorted(["1.3", "0.0", "−∞", "–"])
    assert len([patch for patch in ax.patches if isinstance(patch, PathPatch)]) == 2


def test_signed_cells_stay_readable_under_numbers_and_full_without():
    for numbers, opacity in ((".1f", READABLE_OPACITY), ("", 1.0)):
        ax = heat([[2.0, -1.0]], diverging=True, numbers=numbers)
        found = {to_hex(patch.get_facecolor()): patch.get_facecolor()[3] for patch in ax.patches}
        assert found == {LIGHT["data"]: pytest.approx(opacity), LIGHT["parameter"]: pytest.approx(opacity / 2)}


def test_magnitudes_run_from_zero_to_most():
    ax = heat([[0.0, 0.5]], most=1.0, numbers=".2f", row_name=("query", "token"), column_name=("key", "token"))
    assert {to_hex(patch.get_facecolor()) for patch in ax.patches} == {"#00224e", plotting.palette.magnitude(0.5)}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("key (token)", "query (token)")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["c0", "c1"]


def test_matrix_of_nothing_but_open_cells_is_drawn():
    assert words(heat([[np.nan]], numbers=".1f")) == ["–"]
    assert words(heat([[np.nan, 0.0]])) == []


def test_large_matrix_shares_paths_and_joins_neighbours():
    ax = heat(np.ones((25, 30)))
    (cells,) = ax.patches
    assert len(cells.get_path().vertices) == 25 * 5
    assert cells.get_gid() == "crisp"


@pytest.mark.parametrize(
    ("matrix", "names", "says"),
    [([[1.0, 2.0]], 1, "wants as many names"), ([[-1.0]], 1, "a magnitude is negative")],
)
def test_heat_map_refuses_what_does_not_fit(matrix, names, says):
    ax = plotting.frames(1, 1, height=120)[0, 0]
    with pytest.raises(ValueError, match=says):
        heatmaps.heatmap(ax, matrix, rows=["r"], columns=["c"] * names)


@pytest.mark.parametrize(("low", "diverging", "ends"), [(-1.0, True, ["−1", "1"]), (0.0, False, ["0", "1"])])
def test_colour_key_names_its_ends(low, diverging, ends):
    ax = heat(np.ones((3, 3)))
    heatmaps.colour_key(ax, low, 1.0, ("value", "no unit"), diverging=diverging)
    (strip,) = ax.child_axes
    assert [label.get_text() for label in strip.get_xticklabels()] == ends
    assert strip.get_title(loc="left") == "value (no unit)"
    assert len(strip.patches) == heatmaps.STRIP


# Diagrams


@pytest.fixture
def ground():
    return plotting.canvas(120)


def test_sides_of_a_shape():
    shape = diagrams.Shape(10.0, 20.0, 3.0, 4.0)
    assert (shape.left, shape.right, shape.top, shape.bottom) == ((7, 20), (13, 20), (10, 24), (10, 16))


def test_unit_is_a_circle_and_an_output_a_double_one(ground):
    shape = diagrams.unit(ground, 50, 50, "0.5", role="data", radius=10)
    assert (shape.left, shape.top) == ((40, 50), (50, 60))
    circles = len([patch for patch in ground.patches if isinstance(patch, Circle)])
    diagrams.unit(ground, 90, 50, role="output")
    assert len([patch for patch in ground.patches if isinstance(patch, Circle)]) == 2 * circles + 1
    assert words(ground) == ["0.5"]


@pytest.mark.parametrize(("level", "height"), [(0.25, 5.0), (2.0, 20.0), (-1.0, 0.0)])
def test_unit_is_filled_to_its_level(ground, level, height):
    diagrams.unit(ground, 50, 50, radius=10, level=level)
    (amount,) = [patch for patch in ground.patches if patch.get_alpha() == 0.25]
    assert amount.get_height() == height
    assert amount.get_clip_path() is not None


def test_tensor_has_its_shape_under_it_in_small_type(ground):
    shape = diagrams.tensor(ground, 100, 60, "Q", "4 × 8", role="output")
    name, size = ground.texts
    assert (name.get_text(), name.get_fontsize(), size.get_text(), size.get_fontsize()) == ("Q", TEXT, "4 × 8", SMALL)
    assert size.get_position()[1] < shape.bottom[1]
    diagrams.tensor(ground, 200, 60, "K")
    assert len(ground.texts) == 3


def test_operation_is_a_pill(ground):
    shape = diagrams.operation(ground, 100, 60, "softmax")
    assert (shape.right, words(ground)) == ((132, 60), ["softmax"])


def test_weight_shows_size_by_width_and_sign_by_dash(ground):
    for value in (2.0, -1.0, 0.0):
        diagrams.weight(ground, (0, 0), (50, 0), value, largest=2.0, number="+.1f" if value else "")
    diagrams.weight(ground, (0, 0), (50, 0), 0.0, largest=0.0)
    wide, dashed, nothing, alone = ground.lines
    assert wide.get_linewidth() > dashed.get_linewidth() > nothing.get_linewidth() == alone.get_linewidth() > 0
    assert (wide.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert words(ground) == ["+2.0", "−1.0"]


def test_arrows_of_data_are_solid_and_of_gradients_dotted_with_a_solid_head(ground):
    diagrams.arrow(ground, (0, 0), (50, 0))
    diagrams.gradient_arrow(ground, (50, 50), (0, 50), bend=0.2)
    data, back, head = (text.arrow_patch for text in ground.texts)
    assert to_hex(data.get_edgecolor()) == LIGHT["ink"]
    assert to_hex(back.get_edgecolor()) == to_hex(head.get_facecolor()) == LIGHT["error"]
    assert (data.get_linestyle(), head.get_linestyle()) == ("solid", "solid")
    assert back.get_linestyle() == (0, (1, 1.8))


def test_cells_that_touch_are_drawn_without_a_seam():
    assert 'shape-rendering="crispEdges"' in plotting.Figure(heat(np.ones((25, 30))), alt="One colour.").svg
