"""Is it smooth? Each widget operated with the processor slowed four times: `nox -s bench -- widgets`.

Two numbers a gesture: script per frame (wanted in what moves on: at most 8 ms in the middle case) and event to paint (at most
100 ms in 95 of 100). A click that builds new parts, marked "once", is judged by its paint only. Wants a quiet machine.
No test depends on them: they are times, and times vary.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import chromium
from tests.browser.sample_widgets import build

SLOWED = 4
STEPS = 60
SCRIPT_LIMIT, PAINT_LIMIT = 8.0, 100.0

# How each gesture makes its nth event, and the element to send it to; `widget` is the element.
GESTURES = {
    "neuron: slide a weight": ("nn-neuron", "slide(widget.querySelector('input[type=range]'), n)"),
    "neuron: drag a point": ("nn-neuron", "drag(widget.querySelector('.nn-point'), n)"),
    "neuron: slide, numbers open": ("nn-neuron", "open(widget), slide(widget.querySelector('input[type=range]'), n)"),
    "activations: along the curve": ("nn-activations", "hover(widget.querySelector('.nn-catch'), n)"),
    "activations: the same, 16 curves": ("nn-activations", "all(widget), hover(widget.querySelector('.nn-catch'), n)"),
    "once: activations, a curve more": ("nn-activations", "click(widget.querySelectorAll('[type=checkbox]')[n % 3])"),
    "attention: slide the temperature": ("nn-attention", "slide(widget.querySelector('input[type=range]'), n)"),
    "attention: from row to row": ("nn-attention", "row(widget, n)"),
    "attention: temperature, 8 tokens": (
        "nn-attention",
        "eight(widget), slide(widget.querySelector('input[type=range]'), n)",
    ),
    "once: attention, a word more or less": (
        "nn-attention",
        "click(widget.querySelectorAll('.nn-sentence button')[n % 2])",
    ),
}

_MEASURE = """async ([tag, gesture, steps]) => {
  const widget = document.querySelector(tag);
  widget.scrollIntoView({ block: "start" });
  const at = (element, n) => {
    const box = element.getBoundingClientRect();
    return { clientX: box.x + box.width * (0.1 + 0.8 * ((n % 30) / 30)), clientY: box.y + box.height / 2, bubbles: true, pointerId: 1, pointerType: "mouse" };
  };
  const helpers = {
    slide(range, n) { range.value = Number(range.min) + (Number(range.max) - Number(range.min)) * ((n % 30) / 30); return [range, new Event("input", { bubbles: true })]; },
    hover(surface, n) { if (n === 0) surface.dispatchEvent(new PointerEvent("pointerenter", at(surface, n))); return [surface, new PointerEvent("pointermove", at(surface, n))]; },
    drag(point, n) {
      point.setPointerCapture = () => {};
      const plane = point.closest("svg");
      if (n === 0) point.dispatchEvent(new PointerEvent("pointerdown", { ...at(plane, 1), button: 0 }));
      return [point, new PointerEvent("pointermove", at(plane, n))];
    },
    row(widget, n) { const rows = widget.querySelectorAll(".nn-row[role=button]"); return [rows[n % rows.length], new PointerEvent("pointerenter")]; },
    click(target) { return [target, new MouseEvent("click", { bubbles: true })]; },
    open(widget) { widget.setAttribute("numbers", "true"); },
    all(widget) { if (widget.state.shown.length < widget.data.names.length) widget.set({ shown: widget.data.names }); },
    eight(widget) { if (widget.state.tokens.length < 8) widget.set({ tokens: Array.from({ length: 8 }, (_, i) => widget.data.words[i % widget.data.words.length]) }); },
  };
  const prepare = new Function("widget", "n", ...Object.keys(helpers), `return (${gesture})`).bind(null, widget);
  const scripts = [], paints = [];
  // The widget draws in its own animation frame; the time of that callback is its script.
  const frame = window.requestAnimationFrame;
  let inFrame = 0;
  window.requestAnimationFrame = (work) => frame((now) => { const began = performance.now(); work(now); inFrame += performance.now() - began; });
  for (let n = 0; n < steps; n++) {
    inFrame = 0;
    // What a browser does itself before a page hears of a gesture, such as to move the thumb of a slider, is not counted.
    const [target, event] = prepare(n, ...Object.values(helpers));
    const began = performance.now();
    target.dispatchEvent(event);
    const handled = performance.now() - began;
    // After the frame that draws, a task of its own: by then the frame is painted.
    await new Promise(done => frame(() => { const channel = new MessageChannel(); channel.port1.onmessage = done; channel.port2.postMessage(0); }));
    if (n >= 5) { scripts.push(handled + inFrame); paints.push(performance.now() - began); }
    await new Promise(done => setTimeout(done, 20));
  }
  window.requestAnimationFrame = frame;
  return [scripts, paints];
}"""


def time_gesture(page: Page, tag: str, gesture: str) -> tuple[list[float], list[float]]:
    """Milliseconds of script per frame, and from event to paint, for each step of a gesture."""
    return page.evaluate(_MEASURE, [tag, gesture, STEPS])


def measure() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = build(Path(folder)).as_uri()
        browser = playwright.chromium.launch(executable_path=chromium.find(playwright.chromium), args=chromium.FLAGS)
        print(f"Chromium {browser.version}, processor slowed {SLOWED} times, {STEPS} events each; milliseconds")
        print(f"{'':36}script/frame          event to paint\n{'gesture':36}median  95 %          median  95 %")
        for name, (tag, gesture) in GESTURES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            scripts, paints = time_gesture(page, tag, gesture)
            page.close()
            high = [sorted(times)[int(0.95 * len(times))] for times in (scripts, paints)]
            middle = [statistics.median(times) for times in (scripts, paints)]
            smooth = "–" if name.startswith("once") else "✓" if middle[0] <= SCRIPT_LIMIT else "✗"
            marks = [smooth, "✓" if high[1] <= PAINT_LIMIT else "✗"]
            print(
                f"{name:36}{middle[0]:6.1f} {high[0]:6.1f} {marks[0]}       {middle[1]:6.1f} {high[1]:6.1f} {marks[1]}"
            )
        browser.close()
