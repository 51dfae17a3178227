// <nn-activations>: read value and slope along a curve, compare curves, and see what ten slopes in a row leave of a gradient.

import { select, slider, toggle } from "../frame/controls.js";
import { html, setAttributes, setText, symbol } from "../frame/dom.js";
import { format, numberPlace, showNumber } from "../frame/numbers.js";
import { prediction } from "../frame/prediction.js";
import { numberBetween, oneOf, wordsOf } from "../frame/state.js";
import { WidgetElement } from "../frame/widget-element.js";
import { chart } from "./chart.js";
import { activationsData } from "./data.js";
import { at, compared, steepest } from "./model.js";
import { readings } from "./readings.js";

/** @typedef {import("./data.js").ActivationsData} ActivationsData */
/** @typedef {{x: number, shown: string[], focus: string, predicted: string}} ActivationsState */

const ROWS = 25;

/** @extends {WidgetElement<ActivationsData, ActivationsState>} */
export class ActivationsElement extends WidgetElement {
  static observedAttributes = ["x", "shown", "focus", "predicted", "numbers"];

  /** @type {() => void} */ #show = () => {};

  validate = activationsData;

  start() {
    const { grid, shown } = this.data;
    return { x: Math.min(1, grid[grid.length - 1]), shown, focus: shown[shown.length - 1], predicted: "" };
  }

  codecs() {
    const { grid, names } = this.data;
    return { x: numberBetween(grid[0], grid[grid.length - 1]), shown: wordsOf(names), focus: oneOf(names), predicted: oneOf(["more", "same", "less"]) };
  }

  /** The curves to draw, in the order of the data; the one in focus is always among them. */
  get shown() {
    return this.data.names.filter((name) => name === this.state.focus || this.state.shown.includes(name));
  }

  /** @param {ReturnType<typeof import("../frame/parts.js").buildFrame>} frame */
  build(frame) {
    const { grid, values, slopes, names, facts } = this.data;
    const titles = Object.fromEntries(names.map((name) => [name, facts[name].title]));
    const actions = { move: (/** @type {number} */ x) => x !== this.state.x && this.set({ x }), pick: (/** @type {string} */ focus) => this.#focus(focus) };
    const charts = [
      chart({ grid, tables: values, titles, domain: span(values, -2, 4), name: "f(x)", what: "value f(x)", tangent: true }, actions),
      chart({ grid, tables: slopes, titles, domain: span(slopes, -0.5, 2), name: "f′(x)", what: "slope f′(x)", tangent: false }, actions),
    ];
    const table = readings(titles, (name) => this.#focus(name));
    const formulas = html("dl", { class: "nn-facts" });
    const lines = ["f(x)", "f′(x)", "range"].map((what) => {
      const place = html("dd");
      formulas.append(html("div", {}, html("dt", {}, what), place));
      return place;
    });
    frame.picture.append(...charts.map(({ element }) => html("div", { class: "nn-panel" }, element)),
      html("div", { class: "nn-panel" }, table.element), html("div", { class: "nn-panel" }, formulas));

    const predicted = prediction({
      question: "a gradient of 1 goes back through ten layers, each at this curve’s steepest point. How much arrives?",
      before: "Say first. Then go to the steepest point and multiply.",
      answers: [{ value: "more", label: "more than 1" }, { value: "same", label: "about 1" }, { value: "less", label: "less than a thousandth" }],
      choose: (answer) => this.glide({ x: steepest(grid, slopes[this.state.focus]).x, predicted: answer }),
    });
    frame.prediction.append(predicted.element);

    const along = slider({ label: [symbol("x")], name: "x", low: grid[0], high: grid[grid.length - 1], step: 0.01, role: "data", change: (x) => this.set({ x }) });
    const focus = select({ label: "In front", options: names.map((name) => ({ value: name, label: titles[name] })), change: (name) => this.#focus(name) });
    const boxes = names.map((name) => toggle({ label: [titles[name]], change: (on) => this.#toggle(name, on) }));
    frame.controls.append(along.element, focus.element,
      html("fieldset", { class: "nn-boxes" }, html("legend", {}, "Compare"), html("div", {}, ...boxes.map(({ element }) => element))));

    this.#show = () => {
      const { x, focus: front } = this.state;
      const points = this.shown.map((name) => ({ name, ...at(name, x) }));
      charts.forEach((each, i) => {
        each.drawCurves(this.shown, front);
        each.drawCursor(x, points.map((point) => ({ ...point, y: i ? point.slope : point.value })), front);
      });
      table.draw(points, front);
      [facts[front].formula, facts[front].slope, facts[front].range].forEach((text, i) => setText(lines[i], text));
      along.update(x);
      focus.update(front);
      boxes.forEach((box, i) => {
        box.update(this.shown.includes(names[i]));
        setAttributes(/** @type {Element} */ (box.element.querySelector("input")), { disabled: names[i] === front });
      });
      predicted.update(this.state.predicted, this.#truth());
    };
  }

  render() {
    this.#show();
    const { x, focus } = this.state;
    const { value, slope } = at(focus, x);
    const passes = slope === 0 ? "no gradient passes back" : `${format(100 * slope, slope < 0.1 ? 1 : 0)} % of a gradient passes back`;
    return `At x = ${format(x)}, ${this.data.facts[focus].title} gives ${format(value, 3)}. Its slope there is ${format(slope, 3)}: ${passes}.`;
  }

  table() {
    const { grid, facts } = this.data;
    const every = Math.max(Math.ceil((grid.length - 1) / (ROWS - 1)), 1);
    const rows = grid.filter((_, i) => i % every === 0);
    return {
      caption: "Value and slope of the curves shown",
      columns: ["x", ...this.shown.flatMap((name) => [facts[name].title, `${facts[name].title}′`])],
      rows: rows.map((x) => [format(x), ...this.shown.flatMap((name) => Object.values(at(name, x)))]),
    };
  }

  /** @param {string} focus in front from now on; what was in front stays to compare with */
  #focus(focus) {
    if (focus !== this.state.focus) this.set({ focus, shown: this.data.names.filter((name) => name === focus || this.shown.includes(name)), predicted: "" });
  }

  /** @param {string} name @param {boolean} on */
  #toggle(name, on) {
    this.set({ shown: this.data.names.filter((each) => (each === name ? on : this.shown.includes(each))) });
  }

  #truth() {
    const { focus, predicted } = this.state;
    if (!predicted) return "";
    const { x, slope, afterTen } = steepest(this.data.grid, this.data.slopes[focus]);
    const verdict = compared(afterTen) === predicted ? "As you said." : "Not so.";
    return `${verdict} ${this.data.facts[focus].title} is steepest at x = ${format(x)}, with slope ${format(slope, 3)}. Ten of them multiply to ${amount(afterTen)}.`;
  }
}

/** @param {number} value @returns {string} small numbers with a power of ten: 9.54 × 10⁻⁷ */
function amount(value) {
  if (value === 0 || value >= 0.01) return format(value, value >= 100 ? 0 : value === 0 ? 0 : 2);
  const [digits, power] = value.toExponential(2).split("e");
  return `${digits}\u00a0×\u00a010${power.replace("-", "⁻").replace("+", "").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)])}`;
}

/** @param {Record<string, number[]>} tables @param {number} lowest @param {number} highest @returns {[number, number]} what the curves need, within the two */
function span(tables, lowest, highest) {
  const all = Object.values(tables).flat();
  return [Math.max(Math.min(...all) - 0.15, lowest), Math.min(Math.max(...all) + 0.15, highest)];
}
