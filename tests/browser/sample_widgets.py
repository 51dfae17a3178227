"""The page of sample widgets: made by nnbook, with the book's own script and style sheet, opened from disk."""

import subprocess
from pathlib import Path

import jax
import jax.numpy as jnp
from playwright.sync_api import ElementHandle, Locator, Page

from nnbook import widgets
from nnbook.data import logic_gate
from nnbook.layers.neuron import Neuron

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "book" / "widgets"
TAGS = ["nn-neuron", "nn-activations", "nn-attention"]
WORDS = ["the", "cat", "sat", "on", "a", "mat", "don't", "."]

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="nnbook-style.css"><script defer src="nnbook.js"></script>
<style>body {{ margin: 0; font: 16px/1.5 sans-serif; color: var(--nn-ink); background: var(--nn-page) }}
main {{ max-width: 46rem; margin: auto; padding: 1rem }} figure {{ margin: 0 }}</style></head>
<body data-theme="auto"><main><h1>Widgets</h1>{body}</main></body></html>
"""


def build(folder: Path, *copies: str) -> Path:
    """Write the page: each widget once, and once more for each of copies."""
    esbuild = SOURCES / "node_modules" / ".bin" / "esbuild"
    sources = {"nnbook.js": SOURCES / "src/index.js", "nnbook-style.css": ROOT / "book/_static/css/index.css"}
    for name, source in sources.items():
        command = [esbuild, source, "--bundle", "--format=iife", f"--outfile={folder / name}", "--log-level=warning"]
        subprocess.run(command, check=True, cwd=SOURCES)
    page = folder / "index.html"
    made = all_widgets()
    page.write_text(_PAGE.format(body="\n".join(markup(made[tag]) for tag in (*TAGS, *copies))), encoding="utf-8")
    return page


def markup(widget: widgets.Widget) -> str:
    """The widget as the book's extension writes it: its static figure inside, a paragraph after it."""
    static = f'<div class="nn-static">{widget.figure.svg}</div>'
    return f"<figure>{widget.markup.replace('</script>', '</script>' + static)}</figure><p>The text goes on.</p>"


def all_widgets() -> dict[str, widgets.Widget]:
    """The three widgets with data as the chapters give them."""
    gates = {name: logic_gate(name) for name in ("AND", "OR", "XOR")}
    pairs = {name: (gate.inputs, gate.labels) for name, gate in gates.items()}
    neuron = widgets.neuron(
        Neuron(w=jnp.array([1.0, 0.5]), b=jnp.array(-0.8)),
        *pairs["AND"],
        name="AND",
        others={name: pairs[name] for name in ("OR", "XOR")},
        classes=("no", "yes"),
        question="Which questions can one line answer?",
        alt="Four points and a line.",
    )
    activations = widgets.activations(
        question="How steep is each?", alt="The curves.", shown=["relu", "sigmoid", "gelu"]
    )
    keys = jax.random.split(jax.random.key(0), len(WORDS) + 3)
    vocabulary = {word: jax.random.normal(key, (4,)) for word, key in zip(WORDS, keys, strict=False)}
    w_q, w_k, w_v = (jax.random.normal(key, (4, 4)) / 2 for key in keys[-3:])
    attention = widgets.attention(
        ["the", "cat", "sat", "on"], vocabulary, w_q, w_k, w_v, question="Who looks at whom?", alt="The weights."
    )
    return {f"nn-{widget.tag}": widget for widget in (neuron, activations, attention)}


def settle(page: Page) -> None:
    """Wait until what was done is drawn: a frame to draw in, and one after it."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def state(widget: Locator) -> dict:
    """Give the state of a widget."""
    return widget.evaluate("element => element.state")


def numbers(widget: Locator) -> dict[str, tuple[float, str]]:
    """Give every number that is seen: its key, the whole number behind it, and what is read."""
    found = widget.evaluate("""element => [...element.querySelectorAll("[data-number]")]
        .filter(place => place.checkVisibility() && place.textContent !== "")
        .map(place => [place.dataset.number, String(place.number ?? ""), place.textContent])""")
    assert found, "no number is seen"
    return {key: (float(value.replace("Infinity", "inf")) if value else None, text) for key, value, text in found}


def controls(widget: Locator) -> list[ElementHandle]:
    """Give everything in a widget that a reader can operate, in the order of the keyboard."""
    return widget.locator("input, select, button, [role=button], [role=slider]").element_handles()
