"""What every widget owes its reader: a figure to fall back on, the keyboard, touch, calm, words, room, and its state in attributes."""

import json
import re

import pytest

from tests.browser import axe, budget
from tests.browser.sample_widgets import TAGS, build, numbers, settle, state


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A page with each widget twice, on disk."""
    return build(tmp_path_factory.mktemp("widgets"), *TAGS)


@pytest.fixture
def page(visit, sample):
    """A page without motion; anything on the console fails the test."""
    page, watch = visit(sample.as_uri())
    page.emulate_media(reduced_motion="reduce")
    yield page
    assert watch.problems() == []


def test_drawn_before_the_figure_goes_and_nothing_moves(visit, sample):
    page, watch = visit(sample.as_uri())
    assert page.locator("[data-ready]").count() == 6, "each is there twice"
    assert page.locator(".nn-frame").count() == 6
    assert page.locator(".nn-static:visible").count() == 0
    ids = page.evaluate(
        "[...document.querySelectorAll('[id]')].filter(each => !each.closest('.nn-static')).map(each => each.id)"
    )
    assert len(ids) == len(set(ids)), "ids are unique"
    assert watch.shift() <= budget.SHIFT
    assert watch.problems() == []


def test_two_of_a_kind_do_not_touch_each_other(page):
    one, other = page.locator("nn-neuron").all()
    before = state(other)
    one.get_by_label("XOR").check()
    one.get_by_label("w1, as a number").fill("-2")
    settle(page)
    assert (state(one)["points-of"], state(one)["w1"]) == ("XOR", -2)
    assert state(other) == before
    assert other.get_by_role("radio", name="AND").is_checked()


@pytest.mark.parametrize("media", ["print", "screen"])
def test_without_a_script_and_on_paper_the_figure_stands(visit, sample, media):
    page, _ = visit(sample.as_uri(), javascript=media == "print")
    page.emulate_media(media=media)
    for tag in TAGS:
        widget = page.locator(tag).first
        assert widget.locator(".nn-static").is_visible()
        assert not widget.locator(".nn-frame").is_visible()
        picture, room = (widget.locator(part).bounding_box()["height"] for part in (".nn-static > svg", ".nn-static"))
        if media == "screen":
            assert room == pytest.approx(picture, abs=12), "no room is kept for what will not come"


CORRUPT = {
    "cut off": (r"\{", "", "SyntaxError|JSON|property"),
    "no question": (r'"question":"[^"]*"', '"question":7', "question: got 7; wants a text"),
    "numbers as text": (r'"(w|grid|w_q)":\[', r'"\1":["1",', 'wants a list of|got "1"; wants'),
    "a part gone": (r'"(ranges|values|vocabulary)":', r'"\1-gone":', "got nothing; wants an object"),
}


@pytest.mark.parametrize("fault", CORRUPT)
def test_corrupt_data_leave_the_figure(visit, sample, tmp_path, fault):
    pattern, replacement, message = CORRUPT[fault]
    text = sample.read_text(encoding="utf-8")
    broken = re.sub(
        r"(?<=nn-widget-data\">).*?(?=</script>)",
        lambda data: re.sub(pattern, replacement, data[0], count=1),
        text,
        flags=re.S,
    )
    folder = tmp_path / "broken"
    folder.mkdir()
    for name in ("nnbook.js", "nnbook-style.css"):
        (folder / name).write_bytes((sample.parent / name).read_bytes())
    (folder / "index.html").write_text(broken, encoding="utf-8")
    page, watch = visit((folder / "index.html").as_uri())
    for tag in TAGS:
        widget = page.locator(tag).first
        assert re.search(message, widget.get_attribute("data-error")), widget.get_attribute("data-error")
        assert widget.get_attribute("data-ready") is None
        assert widget.locator(".nn-static").is_visible()
        assert widget.locator(".nn-frame").count() == 0
        assert any(tag in problem for problem in watch.problems()), "the author is told on the console"
    assert not [problem for problem in watch.problems() if problem.startswith("script error")]


@pytest.mark.parametrize("tag", TAGS)
def test_tab_reaches_every_control_and_shows_where_it_is(page, tag):
    widget = page.locator(tag).first
    stops = widget.evaluate("""element => {
        const all = [...element.querySelectorAll("input, select, button, [tabindex]")]
            .filter(each => !each.disabled && each.checkVisibility() && !(each.type === "radio" && !each.checked));
        element.tabIndex = -1;
        element.focus();
        window.stops = all;
        return all.length;
    }""")
    for number in range(stops):
        page.keyboard.press("Tab")
        at, marked = page.evaluate("""() => {
            const style = getComputedStyle(document.activeElement);
            const ring = document.activeElement.matches(".nn-target") ? document.activeElement : document.activeElement.querySelector(".nn-target");
            return [window.stops.indexOf(document.activeElement),
                ring ? getComputedStyle(ring).stroke !== "none" : style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
        }""")
        assert (at, marked) == (number, True), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_a_point_is_dragged_by_mouse_and_by_touch(page):
    widget = page.locator("nn-neuron").first
    point = widget.locator(".nn-point").nth(1)
    box = point.locator(".nn-point-mark").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 40, steps=4)
    page.mouse.up()
    page.mouse.move(x + 90, y + 90)
    settle(page)
    moved = state(widget)["moved"]
    unit = point.locator("xpath=ancestor::*[name()='svg']").bounding_box()["width"] / 400 * 342 / 1.4
    assert moved[2:4] == [pytest.approx(30 / unit, abs=0.03), pytest.approx(1 - 40 / unit, abs=0.03)]
    assert moved[:2] == [0, 0], "only the one that was taken"
    assert state(widget)["point"] == 1

    touch = page.context.new_cdp_session(page)
    at = {"x": x + 30, "y": y + 40}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    for step in (10, 20, 30):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": "touchMove", "touchPoints": [{"x": at["x"] + step, "y": at["y"] - step}]},
        )
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(page)
    assert state(widget)["moved"][2] == pytest.approx(60 / unit, abs=0.03)


def test_a_point_stays_in_the_plane(page):
    widget = page.locator("nn-neuron").first
    point = widget.locator(".nn-point").nth(3)
    for _ in range(9):
        point.press("ArrowRight")
    point.press("Shift+ArrowDown")
    settle(page)
    assert state(widget)["moved"][6:] == [1.2, 0.99]
    assert "x₁ 1.20, x₂ 0.99" in point.get_attribute("aria-label")


def test_the_best_count_is_kept_until_the_points_change(page):
    widget = page.locator("nn-neuron").first

    def counts():
        settle(page)
        shown = numbers(widget)
        return [shown[key][0] for key in ("right", "of", "best")]

    widget.get_by_label("XOR").check()
    assert counts() == [2, 4, 2]
    widget.get_by_label("b, as a number").fill("1.5")
    widget.get_by_label("w1, as a number").fill("-1")
    widget.get_by_label("w2, as a number").fill("-1")
    assert counts() == [3, 4, 3]
    widget.get_by_label("w1, as a number").fill("3")
    assert counts() == [2, 4, 3]
    widget.get_by_role("button", name="make it yes").click()
    assert counts()[2] == counts()[0], "other labels, other record"


def test_hover_and_touch_along_a_curve(page):
    widget = page.locator("nn-activations").first
    chart = widget.locator(".nn-chart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    settle(page)
    wanted = -6 + (0.25 * 360 - 40) / 312 * 12
    assert state(widget)["x"] == pytest.approx(wanted, abs=0.05)
    handle = widget.get_by_role("slider", name="x, along the value f(x)")
    assert float(handle.get_attribute("aria-valuenow")) == state(widget)["x"]
    assert f"GELU {numbers(widget)['gelu.value'][1]}" in handle.get_attribute("aria-valuetext")
    before = state(widget)["x"]
    handle.press("PageUp")
    settle(page)
    assert state(widget)["x"] == pytest.approx(before + 1)
    handle.press("End")
    settle(page)
    assert state(widget)["x"] == 6
    # Pressing on another curve brings it to the front: sigmoid, at the right end of the chart, is at 1.
    page.mouse.click(*point_of(widget, 5.0, 0.9933))
    settle(page)
    assert state(widget)["focus"] == "sigmoid"
    touch = page.context.new_cdp_session(page)
    x, y = point_of(widget, -2.0, 2.0)
    for kind, at in (
        ("touchStart", [{"x": x - 20, "y": y}]),
        ("touchMove", [{"x": x - 10, "y": y}]),
        ("touchMove", [{"x": x, "y": y}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    settle(page)
    assert state(widget)["x"] == pytest.approx(-2, abs=0.1)


def point_of(widget, x, value):
    """Where a place of the first chart is on the screen; f(x) = 0 and the tick 2 give the scale."""
    return widget.locator(".nn-chart").first.evaluate(
        """(chart, [x, value]) => {
        const at = (text, axis) => [...chart.querySelectorAll(".nn-axes .nn-tick")].filter(each => each.textContent === text)[axis].getBoundingClientRect();
        const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];
        const [x0] = middle(at("0", 0)), [x2] = middle(at("2", 0));
        const y0 = middle(at("0", 1))[1], y2 = middle(at("2", 1))[1];
        return [x0 + (x2 - x0) * x / 2, y0 + (y2 - y0) * value / 2];
    }""",
        [x, value],
    )


def test_a_token_under_the_pointer_or_the_focus_shows_its_row(page):
    widget = page.locator("nn-attention").first
    rows = widget.locator(".nn-map").nth(1).locator(".nn-row")
    rows.nth(0).hover()
    settle(page)
    assert "“the” looks most at" in widget.locator(".nn-words").inner_text()
    rows.nth(0).focus()
    rows.nth(0).press("ArrowDown")
    settle(page)
    assert state(widget)["query"] == 1
    assert [row.get_attribute("aria-pressed") for row in rows.all()] == ["false", "true", "false", "false"]
    assert "“cat” asks with q" in widget.locator(".nn-vector-line").first.inner_text()
    assert rows.nth(1).get_attribute("aria-label").startswith("Query 2, cat: ")


def test_a_sentence_is_typed_lengthened_and_shortened(page):
    widget = page.locator("nn-attention").first
    field, note = widget.get_by_label("or type it"), widget.locator(".nn-sentence-note")
    field.fill("the dog sat")
    field.press("Enter")
    settle(page)
    assert state(widget)["tokens"] == ["the", "sat"]
    assert note.inner_text() == "Not in the vocabulary: “dog”."
    field.fill("hello")
    field.press("Enter")
    settle(page)
    assert state(widget)["tokens"] == ["the", "sat"]
    assert "stays as it was" in note.inner_text()
    field.fill("a " * 9)
    field.press("Enter")
    settle(page)
    assert len(state(widget)["tokens"]) == 8
    assert note.inner_text() == "At most 8 words: the last 1 left out."
    assert widget.get_by_role("button", name="Add a word").is_disabled()
    for _ in range(7):
        widget.get_by_role("button", name="Remove the last").click()
        settle(page)
    assert state(widget)["tokens"] == ["a"]
    assert widget.get_by_role("button", name="Remove the last").is_disabled()
    assert numbers(widget)["weights.0.0"] == (1.0, "1.00")


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_glide_moves_only_where_motion_is_welcome(visit, sample, motion):
    page, _ = visit(sample.as_uri())
    page.emulate_media(reduced_motion=motion)
    widget = page.locator("nn-neuron").first
    seen = widget.evaluate("""async element => {
        const seen = [];
        element.addEventListener("nn-change", event => seen.push(event.detail.w2));
        element.querySelector(".nn-answers button").click();
        await new Promise(done => setTimeout(done, 900));
        return seen;
    }""")
    assert seen[-1] == pytest.approx(1)
    if motion == "reduce":
        assert len(seen) == 1, "one still"
    else:
        assert len(seen) > 3, "a way there"
        assert seen == sorted(seen), "without overshooting"
        assert any(0.5 < w2 < 1 for w2 in seen)


def test_many_inputs_one_draw_one_event(page):
    found = page.locator("nn-neuron").first.evaluate("""async element => {
        const details = [];
        element.addEventListener("nn-change", event => details.push(event.detail));
        const range = element.querySelector("input[type=range]");
        for (let i = 0; i < 50; i++) { range.value = i / 25; range.dispatchEvent(new Event("input", { bubbles: true })); }
        await new Promise(done => setTimeout(done, 200));
        return [details, element.state];
    }""")
    details, now = found
    assert len(details) == 1
    assert details[0] == now
    assert now["w1"] == 1.95


def test_the_state_is_in_attributes(page):
    widget = page.locator("nn-neuron").first
    attributes = "element => Object.fromEntries([...element.attributes].map(each => [each.name, each.value]))"
    plain = widget.evaluate(attributes)
    widget.evaluate(
        "element => { element.setAttribute('points-of', 'XOR'); element.setAttribute('w1', '-1.5'); element.setAttribute('b', 'much') }"
    )
    settle(page)
    assert (state(widget)["points-of"], state(widget)["w1"]) == ("XOR", -1.5)
    assert state(widget)["b"] == pytest.approx(-0.8), "what means nothing is the value of the start"
    assert widget.get_by_label("XOR").is_checked()
    widget.get_by_label("Activation").select_option("tanh")
    settle(page)
    assert widget.get_attribute("activation") == "tanh"
    widget.evaluate("element => element.removeAttribute('w1')")
    settle(page)
    assert state(widget)["w1"] == 1
    widget.get_by_role("button", name="Reset").click()
    settle(page)
    assert widget.evaluate(attributes) == plain


def test_attributes_in_the_page_are_where_it_starts(visit, sample, tmp_path):
    copy = sample.with_name("started.html")
    copy.write_text(
        sample.read_text(encoding="utf-8").replace(
            '<nn-attention class="nn-widget">',
            '<nn-attention class="nn-widget" tokens="a mat" causal="true" query="0">',
            1,
        ),
        encoding="utf-8",
    )
    page, _ = visit(copy.as_uri())
    widget = page.locator("nn-attention").first
    assert (state(widget)["tokens"], state(widget)["causal"], state(widget)["query"]) == (["a", "mat"], True, 0)
    assert numbers(widget)["scores.0.1"][1] == "−∞"


def test_taken_out_in_the_middle_of_a_glide_and_put_back(visit, sample):
    page, watch = visit(sample.as_uri())
    found = page.locator("nn-neuron").first.evaluate("""async element => {
        const place = element.parentElement;
        element.querySelector(".nn-answers button").click();
        await new Promise(done => setTimeout(done, 80));
        let changes = 0;
        element.addEventListener("nn-change", () => changes++);
        element.remove();
        await new Promise(done => setTimeout(done, 500));
        const whileOut = changes;
        place.prepend(element);
        element.querySelector("input[type=number]").value = "2";
        element.querySelector("input[type=number]").dispatchEvent(new Event("input"));
        await new Promise(done => setTimeout(done, 200));
        return [whileOut, changes, element.state.w1, element.querySelectorAll(".nn-frame").length];
    }""")
    assert found[0] == 0, "nothing is drawn while it is out"
    assert found[1] >= 1
    assert found[2:] == [2, 1]
    assert watch.problems() == []


def test_the_words_are_a_polite_live_region_that_waits_for_rest(page):
    widget = page.locator("nn-neuron").first
    words = widget.locator(".nn-words")
    assert words.get_attribute("role") == "status"
    widget.get_by_label("XOR").check()
    settle(page)
    assert words.get_attribute("aria-busy") == "true"
    page.wait_for_timeout(700)
    assert words.get_attribute("aria-busy") == "false"


def test_numbers_are_one_key_away(page):
    widget = page.locator("nn-activations").first
    button = widget.get_by_role("button", name="Show the numbers")
    assert button.get_attribute("aria-expanded") == "false"
    button.press("Enter")
    settle(page)
    opened = widget.get_by_role("button", name="Hide the numbers")
    assert opened.get_attribute("aria-expanded") == "true"
    region = page.locator(f"#{opened.get_attribute('aria-controls')}")
    assert region.is_visible()
    assert region.locator("thead th").all_inner_texts()[0] == "x"
    opened.press("Enter")
    settle(page)
    assert region.is_hidden()


def test_a_prediction_is_asked_anew_when_what_it_is_about_changes(page):
    widget = page.locator("nn-neuron").first
    answers = widget.locator(".nn-answers button")
    assert [each.get_attribute("aria-pressed") for each in answers.all()] == ["false", "false"]
    answers.first.press("Enter")
    settle(page)
    assert answers.first.get_attribute("aria-pressed") == "true"
    widget.get_by_label("XOR").check()
    settle(page)
    assert answers.first.get_attribute("aria-pressed") == "false"
    assert "Say first" in widget.locator(".nn-truth").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_and_room_in_every_state(visit, sample, review, scheme, width):
    page, _ = visit(sample.as_uri(), scheme=scheme, width=width)
    page.emulate_media(reduced_motion="reduce", color_scheme=scheme)

    def looks_right(when):
        settle(page)
        assert (when, axe.unreviewed(page, "widgets", review)) == (when, [])
        assert (when, budget.overflow(page)) == (when, [])
        assert (when, page.evaluate("document.documentElement.scrollWidth")) == (when, width)
        assert (when, small_targets(page)) == (when, [])

    looks_right("at the start")
    for tag in TAGS:
        page.locator(tag).first.get_by_role("button", name="Show the numbers").click()
        page.locator(tag).first.locator(".nn-answers button").first.click()
    looks_right("numbers open, prediction made")
    page.locator("nn-neuron").first.get_by_label("XOR").check()
    page.locator("nn-neuron").first.get_by_label("Activation").select_option("tanh")
    page.locator("nn-neuron").first.get_by_label("w1, as a number").fill("-3")
    for box in page.locator("nn-activations").first.locator("input[type=checkbox]:enabled").all():
        box.check()
    page.locator("nn-attention").first.get_by_label("causal mask").check()
    page.locator("nn-attention").first.get_by_label("or type it").fill("the cat sat on a mat don't dog")
    page.locator("nn-attention").first.get_by_label("or type it").press("Enter")
    looks_right("wrong points, every curve, a long sentence under a mask")


def small_targets(page):
    """Everything to press that is smaller than 24 by 24 pixels, its label counted in."""
    return page.evaluate("""() => [...document.querySelectorAll(".nn-frame :is(button, select, input, [role=button], [role=slider])")]
        .filter(each => each.checkVisibility())
        .map(each => [each, (each.matches("[type=radio], [type=checkbox]") ? each.closest("label") : each).getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24)
        .map(([each, box]) => `${each.outerHTML.slice(0, 90)}: ${box.width.toFixed(1)} × ${box.height.toFixed(1)}`)""")


def test_nothing_of_the_data_is_taken_for_markup(visit, sample):
    name = json.dumps("<img src=x onerror=alert(1)>").replace("<", "\\u003c")
    copy = sample.with_name("hostile.html")
    copy.write_text(sample.read_text(encoding="utf-8").replace('"yes"', name), encoding="utf-8")
    page, watch = visit(copy.as_uri())
    assert page.locator("nn-neuron").first.get_attribute("data-ready") == ""
    assert page.locator(".nn-frame img").count() == 0
    assert watch.problems() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_in_the_drawings_can_be_read(visit, sample, scheme):
    """What axe cannot judge: each text against its cell, or against the page (in the plane each has an edge of that colour)."""
    page, _ = visit(sample.as_uri(), scheme=scheme)
    widget = page.locator("nn-attention").first
    for causal, temperature in (("false", "1"), ("true", "0.3"), ("false", "4")):
        widget.evaluate(
            "(element, [causal, temperature]) => { element.setAttribute('causal', causal); element.setAttribute('temperature', temperature) }",
            [causal, temperature],
        )
        settle(page)
        low = page.evaluate("""() => {
            const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const light = (colour) => {
                context.fillStyle = colour;
                context.fillRect(0, 0, 1, 1);
                return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
                    .map(part => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
            };
            const page = getComputedStyle(document.body).backgroundColor;
            const behind = (text) => text.previousElementSibling?.matches(".nn-cell") ? getComputedStyle(text.previousElementSibling).fill : page;
            return [...document.querySelectorAll(".nn-frame svg text")].filter(text => text.checkVisibility() && text.textContent).map(text => {
                const [dark, bright] = [light(getComputedStyle(text).fill), light(behind(text))].sort((a, b) => a - b);
                return [(bright + 0.05) / (dark + 0.05), text.textContent, text.closest("nn-neuron, nn-activations, nn-attention").localName];
            }).filter(([contrast]) => contrast < 4.5);
        }""")
        assert low == []
