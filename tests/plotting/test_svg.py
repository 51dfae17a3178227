"""Short SVG: the same picture in fewer bytes."""

import re
import xml.etree.ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnbook.plotting.svg import gather_styles, prune
from nnbook.plotting.svg_path import commands, short_path

coordinate = st.floats(-500, 500, allow_nan=False).map(lambda value: round(value, 6))
point = st.tuples(coordinate, coordinate)


def absolute_points(path: str) -> list[tuple[float, float]]:
    """The points of a relative path of M, l, h, v and z, as a browser adds them up."""
    x = y = 0.0
    found = []
    for command, numbers in re.findall(r"([Mlhvz])([^Mlhvz]*)", path):
        values = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        if command == "M":
            x, y = values
        elif command == "l":
            x, y = x + values[0], y + values[1]
        elif command == "h":
            x += values[0]
        elif command == "v":
            y += values[0]
        else:
            continue
        found.append((x, y))
    return found


@given(st.lists(point, min_size=2, max_size=80))
def test_rounding_does_not_add_up_along_a_path(points):
    path = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in points)
    np.testing.assert_allclose(absolute_points(short_path(path)), points, atol=0.0051)


def test_curves_keep_their_control_points_and_each_part_its_start():
    path = "M 1 2 Q 2 2 3 4 C 3 5 4 5 4 6 z M 10 10 L 10 12 z L 12 10"
    assert short_path(path) == "M1 2q1 0 2 2c0 1 1 1 1 2zM10 10v2zh2"


def test_line_that_closes_a_shape_is_left_to_z():
    assert commands("M 0 0 L 1 0 L 1 1 L 0 0 z")[-2:] == [("L", [1.0, 1.0]), ("z", [])]


def element(text: str) -> ET.Element:
    return ET.fromstring(text)


def text_of(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def test_what_draws_nothing_goes():
    root = element(
        '<svg><metadata/><defs><style/></defs><g><g><path d="M0 0" style="fill:none"/><text>a</text></g></g><g a="b"/></svg>'
    )
    prune(root)
    assert text_of(root) == "<svg><text>a</text></svg>"


def test_neighbours_share_a_style_unless_it_would_not_be_handed_on():
    root = element(
        '<svg><text style="s:1">a</text><text style="s:1">b</text><path style="opacity:.5"/><path style="opacity:.5"/></svg>'
    )
    gather_styles(root)
    assert text_of(root) == (
        '<svg><g style="s:1"><text>a</text><text>b</text></g><path style="opacity:.5"/><path style="opacity:.5"/></svg>'
    )


def test_neighbouring_groups_of_one_clip_path_become_one():
    root = element('<svg><g clip-path="c"><path d="1"/></g><g clip-path="c"><path d="2"/></g><path id="x"/></svg>')
    gather_styles(root)
    assert text_of(root) == '<svg><g clip-path="c"><path d="1"/><path d="2"/></g><path id="x"/></svg>'
