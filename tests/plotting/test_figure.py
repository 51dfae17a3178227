"""The figure object: demands its words, draws the same bytes each time, and leaves a reader's own plots alone."""

import base64
import hashlib
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure as Drawing
from matplotlib.image import imread

from nnbook import plotting
from nnbook.plotting.figure import MIME, Figure

SVG = "{http://www.w3.org/2000/svg}"


def plot(**kwargs):
    ax = plotting.axes(("input x", "no unit"), ("output", "no unit"), **kwargs)
    x = np.linspace(-3, 3, 101)
    plotting.curves.line(ax, x, np.tanh(x), "tanh")
    plotting.curves.name_lines(ax)
    return ax


def figure(**kwargs):
    return Figure(plot(), **{"alt": "An S-shaped curve.", **kwargs})


def test_svg_is_a_named_image_in_the_colours_of_the_page():
    svg = figure(alt="An S-shaped curve & more.").svg
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "An S-shaped curve & more."
    assert root.get("viewBox") == "0 0 340 200"
    assert "width" not in root.attrib
    assert "height" not in root.attrib
    assert "var(--nn-hidden,#0a7d5c)" in svg
    assert not re.search(r"(?<!,)#[0-9a-f]{6}", svg), "a colour that is not the fallback of a variable"


def test_words_stay_text_in_the_page_s_own_type():
    root = ET.fromstring(figure().svg)
    words = {text.text for text in root.iter(f"{SVG}text")}
    assert {"input x (no unit)", "output (no unit)", "tanh"} <= words
    assert "DejaVu" not in figure().svg


def test_nothing_is_left_of_dates_metadata_style_sheets_and_comments():
    svg = figure().svg
    assert not re.search(r"<metadata|<style|<!--|<!DOCTYPE|matplotlib|xlink|\d{4}-\d\d-\d\d", svg)


def test_ids_are_the_label_s_and_every_reference_has_its_target():
    ax = plot()
    plotting.diagrams.unit(ax, 0, 0, level=0.5, radius=0.5)
    root = ET.fromstring(Figure(ax, alt="A curve.", label="unit-level").svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    text = ET.tostring(root, encoding="unicode")
    references = set(re.findall(r"url\(#([^)]+)\)", text)) | {r[1:] for r in re.findall(r'href="(#[^"]+)"', text)}
    assert len(ids) == len(set(ids)) > 1
    assert all(name.startswith("unit-level-") for name in ids)
    assert references == set(ids)


def test_unlabelled_figures_that_differ_have_other_ids():
    other = plot()
    other.set_xlim(-1, 1)
    found = [re.findall(r' id="([^"]+)"', each.svg) for each in (figure(), Figure(other, alt="A line."))]
    assert found[0]
    assert not set(found[0]) & set(found[1])


def test_usual_plot_is_small():
    assert len(figure().svg.encode()) < 8_000


SCRIPT = """
import hashlib, sys
sys.path.insert(0, {root!r})
from tests.plotting.test_figure import figure
shown = figure(label="same")
print(hashlib.sha256(shown.svg.encode()).hexdigest(), hashlib.sha256(shown.png).hexdigest())
"""


def test_bytes_are_the_same_from_run_to_run_and_process_to_process(request):
    here = figure(label="same")
    again = figure(label="same")
    assert (here.svg, here.png) == (again.svg, again.png)
    script = SCRIPT.format(root=str(request.config.rootpath))
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert there.stdout.split() == [hashlib.sha256(b).hexdigest() for b in (here.svg.encode(), here.png)]


BARE_PLOT = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shown = []
shell.display_pub.publish = lambda data, *args, **kwargs: shown.append(data)
import sys
from nnbook import plotting
assert "matplotlib.pyplot" not in sys.modules, "pyplot was imported"
plotting.Figure(plotting.axes(("x", "no unit"), ("y", "no unit")), alt="Empty axes.")
assert "matplotlib.pyplot" not in sys.modules, "pyplot was imported by a figure"
shell.run_cell("import matplotlib.pyplot as plt; plt.plot([1, 2])")
assert any("image/png" in data for data in shown), shown
"""


def test_a_bare_plot_after_our_figure_is_still_shown():
    environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        [sys.executable, "-c", BARE_PLOT], capture_output=True, text=True, env=environment, check=False
    )
    assert run.returncode == 0, run.stderr


def test_settings_of_matplotlib_are_left_as_they_were():
    before = dict(mpl.rcParams.copy())
    figure()
    assert dict(mpl.rcParams.copy()) == before


def test_bundle_holds_each_form():
    shown = figure(caption="It flattens <both> ends.", label="flat")
    data, metadata = shown._repr_mimebundle_()
    assert set(data) == {MIME, "image/png", "text/html", "text/plain"}
    assert metadata == {MIME: {}}
    assert data["text/plain"] == "An S-shaped curve."
    assert data[MIME] == {
        "svg": shown.svg,
        "alt": "An S-shaped curve.",
        "caption": "It flattens <both> ends.",
        "label": "flat",
        "html": None,
        "width": 544,
    }
    assert data["text/html"].startswith("<figure style=")
    assert "<figcaption>It flattens &lt;both&gt; ends.</figcaption>" in data["text/html"]
    assert "figcaption" not in figure()._repr_mimebundle_()[0]["text/html"]


def test_png_is_the_light_picture_on_white():
    pixels = imread(io.BytesIO(base64.b64decode(figure()._repr_mimebundle_()[0]["image/png"])))
    assert pixels.shape[:2] == (555, 944)
    assert pixels[2, 2, :3].tolist() == [1, 1, 1]
    hidden = np.array([0x0A, 0x7D, 0x5C]) / 255
    assert (np.abs(pixels[..., :3] - hidden).max(axis=-1) < 0.01).sum() > 300


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_alt_text_is_demanded(alt, untyped):
    with pytest.raises(ValueError, match="wants alt text: say in a sentence"):
        Figure(plot(), alt=alt)


def test_empty_caption_and_odd_label_are_refused():
    with pytest.raises(ValueError, match="caption is empty"):
        figure(caption=" ")
    with pytest.raises(ValueError, match="'Fig 1' is not lower-case words"):
        figure(label="Fig 1")


def test_small_text_is_refused_by_name():
    ax = plot()
    ax.text(0, 0, "tiny", fontsize=8.5)
    with pytest.raises(ValueError, match=r"the text 'tiny' would print at 8\.5 points"):
        Figure(ax, alt="A curve.")


def test_text_that_shrinks_with_a_wide_figure_is_refused():
    with pytest.raises(ValueError, match=r"would print at 4\.5 points"):
        Figure(plot(width=680), alt="A wide curve.")


def test_invisible_text_may_have_any_size():
    ax = plot()
    ax.text(0, 0, "tiny", fontsize=2, visible=False)
    assert "tiny" not in Figure(ax, alt="A curve.").svg


def test_tex_is_refused():
    ax = plot()
    ax.text(0, 0, "$x_1$")
    with pytest.raises(ValueError, match="holds TeX"):
        Figure(ax, alt="A curve.")


def test_colour_without_role_is_refused():
    ax = plot()
    ax.axhline(0.5, color="tab:blue")
    with pytest.raises(ValueError, match="#1f77b4 is none of the roles"):
        Figure(ax, alt="A curve.")


def test_plain_matplotlib_figure_in_black_becomes_ink():
    drawing = Drawing(figsize=(4, 2))
    drawing.subplots().plot([0, 1], color="black")
    svg = Figure(drawing, alt="A rising line.").svg
    assert "var(--nn-ink,#1b1f24)" in svg
    assert "#000000" not in svg


def test_raster_images_are_kept_as_data():
    ax = plotting.frames(1, 1, height=100)[0, 0]
    ax.imshow(np.arange(64).reshape(8, 8), cmap="gray")
    assert 'href="data:image/png;base64,' in Figure(ax, alt="A grey ramp.").svg
