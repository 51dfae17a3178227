"""Widgets, the Python side: the data are what nnbook computes, exactly, and the figure stands for them."""

import json
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import widgets
from nnbook.errors import ShapeError
from nnbook.layers.activations import ACTIVATIONS
from nnbook.layers.neuron import Neuron
from nnbook.plotting.figure import MIME
from nnbook.widgets.plain_text import plain_range, plain_text
from nnbook.widgets.widget import numbers

WORDS = {"question": "What happens?", "alt": "A picture."}
CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def sent(widget) -> dict:
    """What the browser reads: the JSON in the element, as a page would hold it."""
    markup = widget._repr_mimebundle_()[0][MIME]["html"]
    return json.loads(re.search(r'class="nn-widget-data">(.*?)</script>', markup, re.DOTALL)[1])


def strict(rows) -> np.ndarray:
    """Rows of the JSON as float32, with minus infinity where null stands."""
    return np.array([[-np.inf if value is None else value for value in row] for row in rows], np.float32)


# What every widget is


def figure():
    return neuron().figure


def test_element_holds_its_data_and_cannot_be_broken_out_of():
    widget = widgets.Widget("live-network", {"text": "</script><b>"}, figure(), "  Where does it go? ")
    assert widget.markup == (
        '<nn-live-network class="nn-widget"><script type="application/json" class="nn-widget-data">'
        '{"question":"Where does it go?","text":"\\u003c/script>\\u003cb>"}</script></nn-live-network>'
    )
    assert sent(widget)["text"] == "</script><b>"


def test_a_notebook_shows_the_static_figure_only():
    data, metadata = neuron()._repr_mimebundle_()
    assert "<script" not in data["text/html"]
    assert "<svg" in data["text/html"]
    assert data["text/plain"] == "A picture."
    assert metadata == {MIME: {}}


@pytest.mark.parametrize(
    ("tag", "question", "says"), [("Neuron", "Why?", "cannot name"), ("neuron", "Look.", "question mark")]
)
def test_widget_without_name_or_question_is_refused(tag, question, says):
    with pytest.raises(ValueError, match=says):
        widgets.Widget(tag, {}, figure(), question)


def test_numbers_give_their_float32_back():
    values = np.asarray(jax.random.normal(jax.random.key(3), (50,))) * np.float32(1e-3)
    written = json.loads(json.dumps(numbers(values)))
    assert np.array_equal(np.array(written, np.float32), values)
    assert numbers(0.1) == 0.1


# Neuron


def neuron(params=None, points=CORNERS, labels=(0, 0, 0, 1), **options):
    params = params or Neuron(w=jnp.array([1.0, 1.0]), b=jnp.array(-1.5))
    return widgets.neuron(params, points, labels, **{**WORDS, **options})


def test_neuron_sends_what_it_computes():
    params = Neuron(w=jnp.array([0.7, -2.3]), b=jnp.array(0.3))
    data = sent(neuron(params, activation="sigmoid", classes=("no", "yes")))
    z = np.asarray(CORNERS, np.float32) @ np.array([0.7, -2.3], np.float32) + np.float32(0.3)
    np.testing.assert_allclose(data["reference"]["z"], z, rtol=1e-6)
    np.testing.assert_allclose(data["reference"]["y"]["sigmoid"], 1 / (1 + np.exp(-z)), rtol=1e-6)
    np.testing.assert_array_equal(data["reference"]["y"]["step"], (z >= 0).astype(float))
    assert (data["w"], data["b"], data["activation"]) == ([0.7, -2.3], 0.3, "sigmoid")
    assert (data["points"], data["labels"]) == (CORNERS, [0, 0, 0, 1])
    assert (data["inputs"], data["classes"]) == (["x₁", "x₂"], ["no", "yes"])
    assert set(data["reference"]["y"]) == set(data["activations"])
    assert "sets" not in data


def test_ranges_hold_everything_a_reader_sees_at_the_start():
    data = sent(neuron(Neuron(w=jnp.array([4.0, -9.0]), b=jnp.array(0.0)), others={"far": ([[7.0, -5.0]], [1])}))
    assert data["ranges"]["w"] == [-14.0, 14.0]
    assert data["ranges"]["b"] == [-3.0, 3.0]
    assert data["ranges"]["x1"][1] > 7
    assert data["ranges"]["x2"][0] < -5


def test_other_points_follow_those_of_the_start():
    data = sent(neuron(name="AND", others={"XOR": (CORNERS, [0, 1, 1, 0])}))
    assert [(each["name"], each["labels"]) for each in data["sets"]] == [("AND", [0, 0, 0, 1]), ("XOR", [0, 1, 1, 0])]
    assert data["sets"][0]["points"] == data["points"]


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"params": Neuron(w=jnp.ones(3), b=jnp.array(0.0))}, ShapeError, r"w of shape \(3,\)"),
        ({"points": [[1.0, 2.0, 3.0]], "labels": [1]}, ShapeError, r"points of shape \(1, 3\)"),
        ({"labels": [0, 1]}, ShapeError, r"labels of shape \(2,\)"),
        ({"points": np.zeros((0, 2)), "labels": []}, ShapeError, "n ≥ 1"),
        ({"labels": [0, 1, 2, -1]}, ValueError, "labels 0 and 1"),
        ({"points": np.zeros((61, 2)), "labels": np.zeros(61)}, ValueError, "61 points; 60 is the most"),
        ({"activation": "gelu"}, ValueError, "'gelu', is not among those offered: step"),
        ({"activation": "sigmoyd", "activations": ["sigmoyd"]}, ValueError, "did you mean 'sigmoid'"),
        ({"alt": ""}, ValueError, "alt text"),
        ({"question": "Look."}, ValueError, "question"),
    ],
)
def test_neuron_refuses(change, error, says, untyped):
    with pytest.raises(error, match=says):
        neuron(**change)


# Activations


@pytest.fixture(scope="module")
def explorer():
    return widgets.activations(shown=("relu", "gelu"), **WORDS)


def test_activations_send_values_and_the_slopes_of_jax_grad(explorer):
    data = sent(explorer)
    grid = jnp.asarray(data["grid"], jnp.float32)
    assert data["names"] == list(ACTIVATIONS)
    assert data["shown"] == ["relu", "gelu"]
    assert (data["grid"][0], data["grid"][48], data["grid"][-1]) == (-6, 0, 6)
    for name, entry in ACTIVATIONS.items():
        smooth = ~np.isin(grid, entry.kinks)
        np.testing.assert_allclose(data["values"][name], entry.function(grid), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(
            np.array(data["slopes"][name])[smooth],
            jax.vmap(jax.grad(entry.function))(grid)[smooth],
            rtol=1e-5,
            atol=1e-5,
        )


def test_facts_are_plain_text(explorer):
    facts = sent(explorer)["facts"]
    assert facts["sigmoid"] == {
        "title": "sigmoid",
        "formula": "σ(x) = 1 / (1 + e⁻ˣ)",
        "slope": "σ(x) (1 − σ(x))",
        "range": "from 0 to 1",
    }
    assert facts["selu"]["formula"] == "λ (x if x > 0, α (eˣ − 1) if x ≤ 0)"
    assert facts["hard_swish"]["slope"] == "0 if x ≤ −3, ⅙(2x + 3) if −3 < x < 3, 1 if x ≥ 3"
    assert facts["relu6"]["slope"] == "1 if 0 < x < 6, 0 otherwise"
    for texts in facts.values():
        assert not re.search(r"[\\{}^_&]", "".join(texts.values()))


def test_static_figure_names_every_curve(explorer):
    for entry in ACTIVATIONS.values():
        assert f">{entry.title}<" in explorer.figure.svg


def test_few_activations_leave_no_empty_axes():
    widget = widgets.activations(("sigmoid", "tanh", "relu", "elu", "step"), **WORDS)
    assert widget.figure.svg.count(">sigmoid<") == 1
    assert sent(widget)["shown"] == ["sigmoid", "tanh"]


@pytest.mark.parametrize(
    "change",
    [{"names": ()}, {"shown": ("mish",), "names": ("tanh",)}, {"low": 2.0, "high": -2.0}, {"steps": 0}],
)
def test_activations_refuse(change):
    with pytest.raises(ValueError, match="wants names, shown among them, and low under high"):
        widgets.activations(**{**WORDS, **change})


def test_unknown_activation_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'gelu'"):
        widgets.activations(("gelo",), **WORDS)


def test_formula_with_an_unknown_command_is_refused():
    with pytest.raises(ValueError, match=r"no plain sign for \\hbar"):
        plain_text(r"\hbar x")


def test_ranges_in_words():
    assert plain_range(-math.inf, 6) == "from −∞ to 6"


# Attention

TOKENS = ["the", "cat", "sat", "down"]


def attention(tokens=TOKENS, d_k=3, **options):
    keys = jax.random.split(jax.random.key(1), 4)
    vocabulary = dict(zip([*TOKENS, "dog"], jax.random.normal(keys[0], (5, 4)), strict=True))
    matrices = [jax.random.normal(key, (4, size)) for key, size in zip(keys[1:], (d_k, d_k, 2), strict=True)]
    arguments = {"tokens": tokens, "vocabulary": vocabulary, **dict(zip(("w_q", "w_k", "w_v"), matrices, strict=True))}
    return widgets.attention(**{**arguments, **WORDS, **options})


def test_attention_sends_what_it_computes_in_every_case():
    data = sent(attention())
    x, w_q, w_k, w_v = (
        strict(rows) for rows in ([data["vocabulary"][t] for t in TOKENS], data["w_q"], data["w_k"], data["w_v"])
    )
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    for name, value in (("q", q), ("k", k), ("v", v)):
        np.testing.assert_allclose(strict(data["reference"][name]), value, rtol=1e-5, atol=1e-6)
    settings = set()
    for case in data["reference"]["cases"]:
        settings.add((case["scaled"], case["causal"], case["temperature"]))
        scores = q @ k.T / (np.sqrt(3) if case["scaled"] else 1)
        if case["causal"]:
            scores = np.where(np.tri(4, dtype=bool), scores, -np.inf)
        raised = np.exp(scores / case["temperature"])
        weights = raised / raised.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(strict(case["scores"]), scores, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(strict(case["weights"]), weights, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(strict(case["output"]), weights @ v, rtol=1e-4, atol=1e-5)
    assert settings == {
        (True, False, 1.0), (True, True, 1.0), (False, False, 1.0), (False, True, 1.0), (True, False, 0.5), (True, False, 2.0)
    }  # fmt: skip
    assert (data["tokens"], data["scaled"], data["causal"], data["temperature"], data["max_tokens"]) == (
        TOKENS,
        True,
        False,
        1.0,
        8,
    )


def test_masked_scores_are_null():
    data = sent(attention(causal=True))
    causal = next(case for case in data["reference"]["cases"] if case["causal"])
    assert causal["scores"][0][1:] == [None, None, None]
    assert causal["weights"][0] == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(("causal", "dashes"), [(False, 0), (True, 6)])
def test_static_figure_prints_the_weights_and_leaves_the_future_open(causal, dashes):
    widget = attention(causal=causal)
    assert widget.figure.svg.count(">–<") == dashes
    case = next(case for case in sent(widget)["reference"]["cases"] if case["scaled"] and case["causal"] is causal)
    assert f">{case['weights'][3][0]:.2f}<" in widget.figure.svg


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"tokens": ["the", "mat"]}, ValueError, "no embedding for 'mat'; the vocabulary is the, cat"),
        ({"tokens": []}, ValueError, "0 tokens"),
        ({"max_tokens": 3}, ValueError, "4 tokens; it wants 1 to max_tokens = 3"),
        ({"temperature": 0.0}, ValueError, "must be positive"),
        ({"w_k": jnp.ones((4, 5))}, ShapeError, r"w_k \(4, 5\)"),
        ({"w_v": jnp.ones((3, 2))}, ShapeError, r"w_v \(3, 2\)"),
        (
            {"vocabulary": {"the": jnp.ones(4), "cat": jnp.ones(3)}, "tokens": ["the"]},
            ShapeError,
            r"embeddings \[\(3,\), \(4,\)\]",
        ),
    ],
)
def test_attention_refuses(change, error, says):
    with pytest.raises(error, match=says):
        attention(**change)
