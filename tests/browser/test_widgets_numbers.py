"""Every number a widget shows against nnbook, to 1e-5: at the start, and after each of its controls, by keyboard alone."""

import math
import re
from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

from nnbook.layers import neuron
from nnbook.layers.activations import ACTIVATIONS
from nnbook.layers.attention import attention_scores, attention_weights, unscaled_scores
from nnbook.layers.masks import causal_mask
from tests.browser.sample_widgets import TAGS, all_widgets, build, controls, numbers, settle, state

TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample page on disk."""
    return build(tmp_path_factory.mktemp("widgets"))


@pytest.mark.parametrize("tag", TAGS)
def test_every_number_before_and_after_every_control(visit, sample, tag):
    page, watch = visit(sample.as_uri())
    page.emulate_media(reduced_motion="reduce")
    widget, data = page.locator(tag), all_widgets()[tag].data
    start = state(widget)
    moved = set()
    assert_right(widget, EXPECTED[tag](data, start), tag, "at the start")
    widget.get_by_role("button", name="Show the numbers").press("Enter")
    for control in controls(widget):
        # Some controls come and go: rows with the words of a sentence.
        if not control.evaluate("element => element.isConnected && !element.disabled"):
            continue
        before = state(widget)
        what = f"after {control.evaluate('element => element.outerHTML.slice(0, 160)')}"
        operate(control)
        settle(page)
        if not widget.locator(".nn-numbers").is_visible():
            control.press("Enter")
            settle(page)
        now = state(widget)
        moved |= {key for key in now if now[key] != before[key]}
        assert_right(widget, EXPECTED[tag](data, now), tag, what)
    # "numbers" was opened before the tour, and closed and opened in it.
    assert moved == set(start) - {"numbers"}, "each part of the state was moved by some control"
    assert state(widget) == start | {"numbers": True}, "the last control is reset"
    assert watch.problems() == []


@pytest.mark.parametrize("tag", TAGS)
def test_the_reference_of_the_cell_is_what_the_browser_shows(visit, sample, tag):
    """The same check without a formula in this file: the numbers nnbook put into the page."""
    page, _ = visit(sample.as_uri())
    page.emulate_media(reduced_motion="reduce")
    widget, data = page.locator(tag), all_widgets()[tag].data
    widget.get_by_role("button", name="Show the numbers").click()
    if tag == "nn-neuron":
        for activation, y in data["reference"]["y"].items():
            widget.evaluate("(element, name) => element.setAttribute('activation', name)", activation)
            settle(page)
            shown = numbers(widget)
            near([shown[f"table.{i}.5"][0] for i in range(4)], data["reference"]["z"])
            near([shown[f"table.{i}.6"][0] for i in range(4)], y)
    elif tag == "nn-activations":
        for i in (0, 20, 47, 48, 64, 96):
            widget.evaluate("(element, [x, names]) => { element.setAttribute('x', x); element.setAttribute('shown', names) }",
                            [data["grid"][i], " ".join(data["names"])])  # fmt: skip
            settle(page)
            shown = numbers(widget)
            for name in data["names"]:
                got = [shown[f"{name}.{part}"][0] for part in ("value", "slope")]
                near(got, [data[part][name][i] for part in ("values", "slopes")])
    else:
        for case in data["reference"]["cases"]:
            for part in ("scaled", "causal", "temperature"):
                widget.evaluate(
                    "(element, [name, value]) => element.setAttribute(name, value)", [part, str(case[part]).lower()]
                )
            settle(page)
            shown = numbers(widget)
            for part in ("scores", "weights"):
                for i, row in enumerate(case[part]):
                    near([shown[f"{part}.{i}.{j}"][0] for j in range(4)], [-math.inf if x is None else x for x in row])
            near([shown[f"output.{i}"][0] for i in range(4)], case["output"][3])


def test_words_and_verdicts_quote_the_numbers(visit, sample):
    page, _ = visit(sample.as_uri())
    page.emulate_media(reduced_motion="reduce")

    neuron_widget = page.locator("nn-neuron")
    neuron_widget.get_by_label("XOR").check()
    neuron_widget.get_by_role("button", name="all of them").click()
    settle(page)
    assert "Not so. Of all lines there are, the best gets 3 of 4" in neuron_widget.locator(".nn-truth").inner_text()
    assert "3 of 4 points are right; 1 point on the wrong side" in neuron_widget.locator(".nn-words").inner_text()
    neuron_widget.get_by_label("OR", exact=True).check()
    neuron_widget.get_by_role("button", name="all of them").click()
    settle(page)
    assert "As you said. This line gets all 4 right" in neuron_widget.locator(".nn-truth").inner_text()
    assert "All 4 points are on their side" in neuron_widget.locator(".nn-words").inner_text()

    curves = page.locator("nn-activations")
    curves.get_by_label("In front").select_option("sigmoid")
    curves.get_by_role("button", name="about 1").click()
    settle(page)
    assert f"Ten of them multiply to {0.25**10 * 1e7:.2f}\u00a0×\u00a010⁻⁷" in curves.locator(".nn-truth").inner_text()
    assert "steepest at x = 0.00, with slope 0.250" in curves.locator(".nn-truth").inner_text()
    assert "Not so." in curves.locator(".nn-truth").inner_text()

    attention = page.locator("nn-attention")
    attention.get_by_role("button", name="sharper").click()
    settle(page)
    data = all_widgets()["nn-attention"].data
    largest = {case["scaled"]: max(case["weights"][3]) for case in data["reference"]["cases"][:4] if not case["causal"]}
    truth = attention.locator(".nn-truth").inner_text()
    assert f"is {largest[True]:.3f} with the division and {largest[False]:.3f} without: sharper" in truth
    assert f"with weight {largest[False]:.3f}" in attention.locator(".nn-words").inner_text()


def operate(control):
    """Do what a reader does with a control, with the keyboard."""
    control.focus()
    kind = control.evaluate("element => element.getAttribute('role') ?? element.type")
    if kind == "range":
        control.press("ArrowRight")
    elif kind == "number":
        low, high = (float(control.get_attribute(end)) for end in ("min", "max"))
        control.press("ControlOrMeta+a")
        control.type(f"{low + 0.37 * (high - low):.2f}")
    elif kind == "text":
        control.press("ControlOrMeta+a")
        control.type("Mat, the DON'T cat .")
        control.press("Enter")
    elif kind == "select-one":
        at, count = control.evaluate("element => [element.selectedIndex, element.length]")
        control.press("ArrowDown" if at + 1 < count else "ArrowUp")
    elif kind in ("checkbox", "radio"):
        control.press("Space")
    elif kind == "slider" or (
        control.get_attribute("class") == "nn-point" and control.evaluate("element => element.localName") == "g"
    ):
        control.press("ArrowRight")
        control.press("ArrowUp")
    else:
        control.press("Enter")


def assert_right(widget, expected, tag, when):
    """Each number seen is expected, is right to 1e-5, and is read as it is, rounded."""
    seen = numbers(widget)
    for key, (value, text) in seen.items():
        assert key in expected, f"{tag} {when}: shows {key or text!r}, which is not checked"
        want = expected[key]
        if isinstance(want, str):
            assert text == want, f"{tag} {when}: {key}"
            continue
        near([value], [want], f"{tag} {when}: {key}")
        read = re.search(r"−?(\d+(\.(\d+))?|∞)$", text.strip())
        assert read, f"{tag} {when}: {key} reads {text!r}"
        as_read = float(read[0].replace("−", "-").replace("∞", "inf"))
        half_a_digit = 0.5 * 10 ** -len(read[3] or "")
        assert as_read == value or abs(as_read - value) <= half_a_digit * 1.0001, (
            f"{tag} {when}: {key} is {value}, reads {text!r}"
        )
    for key in expected:
        assert key in seen or key.startswith("table"), f"{tag} {when}: {key} is not seen"


def near(got, want, what=""):
    """|got − want| ≤ 1e-5 · (1 + |want|), infinities equal."""
    for one, other in zip(got, want, strict=True):
        assert one == other or abs(one - other) <= TOLERANCE * (1 + abs(other)), (
            f"{what}: shows {one}, nnbook says {other}"
        )


def expected_neuron(data, state):
    """What nnbook makes of the neuron's state."""
    given = next(each for each in data["sets"] if each["name"] == state["points-of"])
    points = jnp.asarray(state["moved"] or np.ravel(given["points"]), jnp.float32).reshape(-1, 2)
    labels = state["relabelled"] or given["labels"]
    unit = neuron.Neuron(w=jnp.asarray([state["w1"], state["w2"]], jnp.float32), b=jnp.asarray(state["b"], jnp.float32))
    z = [neuron.pre_activation(unit, x) for x in points]
    y = [float(ACTIVATIONS[state["activation"]].function(each)) for each in z]
    says = [int(each >= 0) for each in z]
    right = sum(int(a == b) for a, b in zip(says, labels, strict=True))
    i = int(state["point"])
    w, x = np.asarray(unit.w), np.asarray(points[i])
    bill = {"w1": w[0], "w2": w[1], "x1": x[0], "x2": x[1], "b": unit.b, "z": z[i], "y": y[i]}
    table = {}
    for r, point in enumerate(np.asarray(points)):
        cells = [*point, *(w * point), z[r], y[r], data["classes"][says[r]], data["classes"][int(labels[r])]]
        table |= {f"table.{r}.{c + 1}": cell if isinstance(cell, str) else float(cell) for c, cell in enumerate(cells)}
    # The best count so far is the widget's memory, not its state; test_widgets.py follows it through a story.
    memory = {"best": Memory(right)}
    return {key: float(value) for key, value in bill.items()} | {"w1x1": float(w[0] * x[0]), "w2x2": float(w[1] * x[1])} | {
        f"diagram.{key}": float(value) for key, value in bill.items()
    } | {"right": right, "of": len(labels)} | memory | table  # fmt: skip


class Memory(float):
    """A number that may be larger than what the state alone says."""

    __hash__ = float.__hash__

    def __eq__(self, other):
        return other >= float(self)


def expected_activations(data, state):
    """What nnbook makes of the explorer's state."""
    shown = [name for name in data["names"] if name in state["shown"] or name == state["focus"]]
    rows = tuple(data["grid"][:: math.ceil((len(data["grid"]) - 1) / 24)])
    found = {}
    for c, name in enumerate(shown):
        here = along(name, (state["x"],))
        found |= {f"{name}.{part}": float(here[part][0]) for part in ("value", "slope")}
        if name == state["focus"]:
            found |= {"f(x) in the chart": float(here["value"][0]), "f′(x) in the chart": float(here["slope"][0])}
        for part, column in along(name, rows).items():
            offset = 1 + 2 * c + (part == "slope")
            found |= {f"table.{r}.{offset}": float(cell) for r, cell in enumerate(column)}
    return found


@cache
def along(name, x):
    """Value and slope of a curve at some places."""
    entry, places = ACTIVATIONS[name], jnp.asarray(x, jnp.float32)
    return {"value": np.asarray(entry.function(places)), "slope": np.asarray(entry.derivative(places))}


def expected_attention(data, state):
    """What nnbook makes of the explorer's state."""
    x = jnp.asarray([data["vocabulary"][token] for token in state["tokens"]], jnp.float32)
    q, k, v = (x @ jnp.asarray(data[name], jnp.float32) for name in ("w_q", "w_k", "w_v"))
    t = len(state["tokens"])
    i = min(int(state["query"]), t - 1)
    mask = causal_mask(t) if state["causal"] else jnp.ones((t, t), bool)
    products = unscaled_scores(q, k)
    fit = attention_scores(q, k) if state["scaled"] else products
    weights = attention_weights(fit / jnp.float32(state["temperature"]), mask)
    scores = jnp.where(mask, fit, -jnp.inf)
    found = {}
    for name, matrix in {"scores": scores, "weights": weights, "k": k, "v": v}.items():
        found |= {f"{name}.{r}.{c}": float(cell) for (r, c), cell in np.ndenumerate(matrix)}
    for name, row in {"q": q[i], "output": (weights @ v)[i]}.items():
        found |= {f"{name}.{c}": float(cell) for c, cell in enumerate(row)}
    for name, matrix in {"product": products, "score": scores, "weight": weights}.items():
        found |= {f"steps.{j}.{name}": float(matrix[i, j]) for j in range(t)}
    for r, (a, b) in enumerate(np.ndindex(t, t)):
        found |= {f"table.{r}.{c + 1}": float(matrix[a, b]) for c, matrix in enumerate((products, scores, weights))}
    return found


EXPECTED = {"nn-neuron": expected_neuron, "nn-activations": expected_activations, "nn-attention": expected_attention}
