// <nn-neuron>: two weights and a bias draw a line; which points can it part?

import { choice, select, slider, button } from "../frame/controls.js";
import { html, setAttributes, setText, symbol } from "../frame/dom.js";
import { numberPlace, plural, showNumber } from "../frame/numbers.js";
import { prediction } from "../frame/prediction.js";
import { numberBetween, numbersOf, oneOf } from "../frame/state.js";
import { WidgetElement } from "../frame/widget-element.js";
import { neuronData } from "./data.js";
import { bill, diagram } from "./diagram.js";
import { answer, bestLine, pairs } from "./model.js";
import { plane } from "./plane.js";

/** @typedef {import("./data.js").NeuronData} NeuronData */
/**
 * @typedef {object} NeuronState
 * @property {string} points-of the name of the point set
 * @property {number} w1 @property {number} w2 @property {number} b
 * @property {string} activation
 * @property {number} point the chosen one
 * @property {number[]} moved coordinates of all points once one has been moved, else empty
 * @property {number[]} relabelled labels of all points once one has been changed, else empty
 * @property {string} predicted
 */

/** @extends {WidgetElement<NeuronData, NeuronState>} */
export class NeuronElement extends WidgetElement {
  static observedAttributes = ["points-of", "w1", "w2", "b", "activation", "point", "moved", "relabelled", "predicted", "numbers"];

  /** @type {{of: string, count: number}} */ #record = { of: "", count: 0 };
  /** @type {{of: string, line: ReturnType<typeof bestLine> | undefined}} */ #tried = { of: "", line: undefined };
  /** @type {(scene: ReturnType<NeuronElement["scene"]>) => void} */ #show = () => {};

  validate = neuronData;

  start() {
    const { sets, w, b, activation } = this.data;
    return { "points-of": sets[0].name, w1: w[0], w2: w[1], b, activation, point: 0, moved: [], relabelled: [], predicted: "" };
  }

  codecs() {
    const { sets, ranges, activations } = this.data;
    const most = Math.max(...sets.map(({ points }) => points.length));
    return {
      "points-of": oneOf(sets.map(({ name }) => name)),
      w1: numberBetween(...ranges.w), w2: numberBetween(...ranges.w), b: numberBetween(...ranges.b),
      activation: oneOf(activations),
      point: numberBetween(0, most - 1),
      moved: numbersOf(), relabelled: numbersOf(),
      predicted: oneOf(["all", "less"]),
    };
  }

  /** Everything the picture shows, from the state alone. */
  scene() {
    const { state, data } = this;
    const set = data.sets.find(({ name }) => name === state["points-of"]) ?? data.sets[0];
    const points = state.moved.length === 2 * set.points.length ? pairs(state.moved) : set.points;
    const labels = state.relabelled.length === set.labels.length ? state.relabelled : set.labels;
    const neuron = { w: /** @type {const} */ ([state.w1, state.w2]), b: state.b, activation: state.activation };
    const answers = points.map((point) => answer(neuron, point));
    const right = answers.filter(({ says }, i) => says === labels[i]).length;
    const chosen = Math.min(Math.round(state.point), points.length - 1);
    const key = JSON.stringify([points, labels]);
    this.#record = { of: key, count: Math.max(right, this.#record.of === key ? this.#record.count : 0) };
    const names = points.map((_, i) => (points.length <= 26 ? String.fromCharCode(65 + i) : String(i + 1)));
    return { set, points, labels, neuron, answers, right, best: this.#record.count, chosen, names };
  }

  /** @param {ReturnType<typeof import("../frame/parts.js").buildFrame>} frame */
  build(frame) {
    const { inputs, classes, sets, ranges, activations } = this.data;
    const picture = plane(this.data, { move: (i, to) => this.#move(i, to), choose: (i) => this.state.point !== i && this.set({ point: i }) });
    const neuron = diagram(inputs);
    const sum = bill();
    const [right, of, best] = [numberPlace("right"), numberPlace("of"), numberPlace("best")];
    const tally = html("p", { class: "nn-tally" });
    frame.picture.append(
      html("div", { class: "nn-panel" }, picture.element, tally),
      html("div", { class: "nn-panel" }, neuron.element, sum.element),
    );
    const predicted = prediction({
      question: "how many of these points can one straight line get right?",
      before: "Say first. Then every line there is will be tried.",
      answers: [{ value: "all", label: "all of them" }, { value: "less", label: "not all" }],
      choose: (value) => this.#tryAll(value),
    });
    frame.prediction.append(predicted.element);

    const usual = (/** @type {string} */ letter, /** @type {string} */ index, /** @type {"w1" | "w2" | "b"} */ name) => slider({
      label: [symbol(letter, index)], name, low: ranges[letter === "b" ? "b" : "w"][0], high: ranges[letter === "b" ? "b" : "w"][1], step: 0.05, role: "parameter",
      change: (value) => this.set({ [name]: value }),
    });
    const controls = {
      set: choice({ legend: "Points", options: sets.map(({ name }) => ({ value: name, label: name })), change: (name) => this.set({ "points-of": name, point: 0, moved: [], relabelled: [], predicted: "" }) }),
      w1: usual("w", "1", "w1"), w2: usual("w", "2", "w2"), b: usual("b", "", "b"),
      activation: select({ label: "Activation", options: activations.map((name) => ({ value: name, label: name })), change: (activation) => this.set({ activation }) }),
      x1: this.#coordinate(0), x2: this.#coordinate(1),
    };
    const point = html("select", { "aria-label": "Chosen point" });
    point.addEventListener("change", () => this.set({ point: point.selectedIndex }));
    const label = button("", () => this.#relabel());
    frame.controls.append(
      ...(sets.length > 1 ? [controls.set.element] : []),
      html("div", { class: "nn-group" }, controls.w1.element, controls.w2.element, controls.b.element, controls.activation.element),
      html("fieldset", { class: "nn-group" }, html("legend", {}, "Chosen point ", point, " ", label), controls.x1.element, controls.x2.element),
    );

    this.#show = ({ set, points, labels, neuron: unit, answers, right: count, best: record, chosen, names }) => {
      picture.drawPoints(points.map((at, i) => ({ name: names[i], at, label: labels[i], says: answers[i].says, chosen: i === chosen })));
      picture.drawNeuron(unit);
      const scene = { ...unit, x: points[chosen], answer: answers[chosen] };
      neuron.draw(scene);
      sum.draw({ ...scene, name: names[chosen], verdict: `z ${answers[chosen].says ? "≥" : "<"} 0: the neuron says ${classes[answers[chosen].says]}; it is ${classes[labels[chosen]]}.` });
      showNumber(right, count, 0);
      showNumber(best, record, 0);
      if (!tally.firstChild) tally.append("Right: ", right, " of ", of, " · your best so far: ", best);
      showNumber(of, points.length, 0);
      predicted.update(this.state.predicted, this.#truth(points, labels));
      controls.set.update(set.name);
      controls.w1.update(this.state.w1);
      controls.w2.update(this.state.w2);
      controls.b.update(this.state.b);
      controls.activation.update(unit.activation);
      controls.x1.update(points[chosen][0]);
      controls.x2.update(points[chosen][1]);
      if (point.length !== points.length) point.replaceChildren(...names.map((name) => html("option", {}, name)));
      point.selectedIndex = chosen;
      setText(label, `make it ${classes[1 - labels[chosen]]}`);
    };
  }

  render() {
    const scene = this.scene();
    this.#show(scene);
    const { neuron, points, labels, answers, names, right } = scene;
    if (neuron.w[0] === 0 && neuron.w[1] === 0) return `With both weights 0 there is no line: every point gets z = b. ${right} of ${points.length} are right.`;
    const wrong = names.filter((_, i) => answers[i].says !== labels[i]);
    if (wrong.length === 0) return `All ${points.length} points are on their side of the line.`;
    return `${right} of ${points.length} points are right; ${plural(wrong.length, "point")} on the wrong side of the line: ${wrong.join(", ")}.`;
  }

  table() {
    const { inputs, classes } = this.data;
    const { points, labels, neuron, answers, names } = this.scene();
    return {
      caption: `Every point, with w = (${neuron.w.map((w) => w.toFixed(2)).join(", ")}) and b = ${neuron.b.toFixed(2)}`,
      columns: ["point", ...inputs, `w₁${inputs[0]}`, `w₂${inputs[1]}`, "z", "y", "says", "is"],
      rows: points.map((point, i) => [names[i], ...point, ...answers[i].products, answers[i].z, answers[i].y, classes[answers[i].says], classes[labels[i]]]),
    };
  }

  /** @param {0 | 1} axis */
  #coordinate(axis) {
    const [low, high] = this.data.ranges[axis ? "x2" : "x1"];
    return slider({ label: [symbol("x", axis + 1)], name: this.data.inputs[axis], low, high, step: 0.05, role: "data", change: (value) => {
      const { points, chosen } = this.scene();
      const to = [...points[chosen]];
      to[axis] = value;
      this.#move(chosen, /** @type {[number, number]} */ (to));
    } });
  }

  /** @param {number} index @param {readonly [number, number]} to */
  #move(index, to) {
    this.set({ moved: this.scene().points.map((point, i) => (i === index ? to : point)).flat(), point: index, predicted: "" });
  }

  #relabel() {
    const { labels, chosen } = this.scene();
    this.set({ relabelled: labels.map((label, i) => (i === chosen ? 1 - label : label)), predicted: "" });
  }

  /** The answer to a prediction: go to the best line there is. @param {string} predicted */
  #tryAll(predicted) {
    const { points, labels } = this.scene();
    const { w, b } = this.#best(points, labels);
    // Any positive multiple is the same line; the one whose larger weight is 1 is easy to read, if it fits the sliders.
    const size = Math.min(1 / Math.max(Math.abs(w[0]), Math.abs(w[1])), this.data.ranges.b[1] / Math.max(Math.abs(b), 1e-9));
    this.glide({ w1: size * w[0], w2: size * w[1], b: size * b, predicted });
  }

  /** Found once for each arrangement of points. @param {readonly (readonly [number, number])[]} points @param {number[]} labels */
  #best(points, labels) {
    const of = JSON.stringify([points, labels]);
    if (this.#tried.of !== of || !this.#tried.line) this.#tried = { of, line: bestLine(points, labels) };
    return /** @type {ReturnType<typeof bestLine>} */ (this.#tried.line);
  }

  /** @param {readonly (readonly [number, number])[]} points @param {number[]} labels */
  #truth(points, labels) {
    const { predicted } = this.state;
    if (!predicted) return "";
    const { right } = this.#best(points, labels);
    const all = right === points.length;
    const verdict = (predicted === "all") === all ? "As you said." : "Not so.";
    return all ? `${verdict} This line gets all ${points.length} right: the points are linearly separable.`
      : `${verdict} Of all lines there are, the best gets ${right} of ${points.length}; and this is one that does.`;
  }
}
