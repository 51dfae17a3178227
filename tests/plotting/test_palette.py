"""The roles of colour: the same in Python and on the page, readable, and told apart by every eye."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from nnbook.plotting import palette
from nnbook.plotting.palette import DARK, LIGHT, ROLES

ROLES_CSS = Path(__file__).parents[2] / "book" / "_static" / "css" / "roles.css"

# What a dichromat sees, on linear RGB. Source: Machado, Oliveira and Fernandes (2009), severity 1.
EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ @ np.ones(3)


def linear(hexadecimal: str) -> np.ndarray:
    channels = np.array([int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(hexadecimal: str, eye: np.ndarray) -> np.ndarray:
    ratio = TO_XYZ @ np.clip(eye @ linear(hexadecimal), 0, 1) / WHITE
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def mixed(top: str, below: str, share: float) -> str:
    parts = [round(int(top[i : i + 2], 16) * share + int(below[i : i + 2], 16) * (1 - share)) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def test_page_and_pictures_hold_the_same_values():
    blocks = re.findall(r"\{([^{}]*)\}", ROLES_CSS.read_text())
    sets = [dict(re.findall(r"--nn-([a-z]+):\s*(#[0-9a-f]{6});", block)) for block in blocks]
    sets = [{role: value for role, value in each.items() if role in LIGHT} for each in sets if "data" in each]
    assert sets == [dict(LIGHT), dict(DARK), dict(DARK)]


@pytest.mark.parametrize("page", [LIGHT, DARK], ids=["light", "dark"])
def test_every_role_is_read_on_its_page(page):
    assert min(palette.contrast(page[role], page["page"]) for role in (*ROLES, "ink", "muted")) >= 4.6


@pytest.mark.parametrize("eye", EYES.values(), ids=EYES)
@pytest.mark.parametrize("page", [LIGHT, DARK], ids=["light", "dark"])
def test_any_two_roles_differ_to_every_eye(page, eye):
    differences = {
        pair: np.linalg.norm(lab(page[pair[0]], eye) - lab(page[pair[1]], eye)) for pair in combinations(ROLES, 2)
    }
    assert min(differences.values()) >= 21, differences


def test_contrast_is_that_of_wcag():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert palette.contrast("#ffffff", "#767676") == palette.contrast("#767676", "#ffffff")


@pytest.mark.parametrize("page", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("level", [-1.0, -0.3, 0.0, 0.4, 1.0])
def test_ink_is_read_on_signed_cells_of_either_page(page, level):
    role, opacity = palette.signed(level, palette.READABLE_OPACITY)
    name = next(name for name, value in LIGHT.items() if value == role)
    assert palette.contrast(page["ink"], mixed(page[name], page["page"], opacity)) >= 4.5


def test_ink_is_read_on_every_magnitude():
    assert min(palette.contrast(palette.ink_on(fill), fill) for fill in palette.CIVIDIS) >= 4.5


def test_magnitudes_are_cividis_and_stay_within_it():
    assert [palette.magnitude(level) for level in (-1, 0, 1, 2)] == ["#00224e", "#00224e", "#fee838", "#fee838"]
    light = [palette.luminance(fill) for fill in palette.CIVIDIS]
    assert np.diff(light).min() > -1e-3  # darker never means more
    assert light[-1] - light[0] > 0.7


def test_signed_goes_from_parameter_through_the_page_to_data():
    assert palette.signed(-1) == (LIGHT["parameter"], 1.0)
    assert palette.signed(0)[1] == 0.0
    assert palette.signed(0.25, 0.5) == (LIGHT["data"], 0.125)
    assert palette.signed(9) == (LIGHT["data"], 1.0)


def test_colours_without_meaning_are_refused():
    with pytest.raises(ValueError, match="'blue' is no role"):
        palette.colour("blue")
    with pytest.raises(ValueError, match="#1f77b4 is none of the roles"):
        palette.css("#1f77b4")


def test_words_of_matplotlib_become_roles():
    assert palette.css("#000000") == "var(--nn-ink,#1b1f24)"
    assert palette.css("#ffffff") == "var(--nn-page,#ffffff)"
    assert palette.css(palette.FIXED_DARK) == palette.FIXED_DARK
