// The neuron itself, for one point: inputs, weights on their edges, sum, activation, output; and the sum as a bill.

import { html, setAttributes, setText, svg, symbol } from "../frame/dom.js";
import { format, numberPlace, showNumber } from "../frame/numbers.js";

/** @typedef {import("./model.js").Answer} Answer */
/** @typedef {{w: readonly [number, number], b: number, activation: string, x: readonly [number, number], answer: Answer}} Scene */

const WIDTH = 344;
const UNIT = { x: 162, y: 92, r: 31 };
const OUT = { x: 312, y: 92, r: 27 };
const INPUTS = [{ x: 28, y: 40 }, { x: 28, y: 144 }];
const BIAS = { x: 162, y: 190 };

/** @param {readonly string[]} inputs the names of the two */
export function diagram(inputs) {
  const edges = INPUTS.map(({ x, y }) => edge(x + 23, y, UNIT.x - UNIT.r + 3, UNIT.y + (y < UNIT.y ? -12 : 12)));
  const biasEdge = edge(BIAS.x, BIAS.y - 15, UNIT.x, UNIT.y + UNIT.r + 2);
  const inputNumbers = INPUTS.map(({ x, y }) => label(x, y, "nn-data"));
  const weightNumbers = [label(97, 36, "nn-parameter"), label(97, 150, "nn-parameter")];
  const bias = label(BIAS.x, BIAS.y, "nn-parameter");
  const z = label(UNIT.x, UNIT.y + 8, "nn-hidden");
  const y = label(OUT.x, OUT.y + 8, "nn-output");
  const pill = label(236, UNIT.y, "nn-ink");
  const places = { x1: inputNumbers[0], x2: inputNumbers[1], w1: weightNumbers[0], w2: weightNumbers[1], b: bias, z, y };
  for (const [key, place] of Object.entries(places)) setAttributes(place, { "data-number": `diagram.${key}` });
  const element = svg("svg", { viewBox: `0 0 ${WIDTH} 206`, class: "nn-diagram", role: "img" },
    svg("line", { x1: UNIT.x + UNIT.r, y1: UNIT.y, x2: OUT.x - OUT.r, y2: OUT.y, class: "nn-flow" }),
    svg("path", { d: `M${OUT.x - OUT.r - 7} ${OUT.y - 4.5}l7 4.5-7 4.5z`, class: "nn-head" }),
    ...edges, biasEdge,
    ...INPUTS.map(({ x, y: top }) => svg("rect", { x: x - 23, y: top - 19, width: 46, height: 38, rx: 3, class: "nn-shape nn-data" })),
    ...INPUTS.map(({ x, y: top }, i) => svg("text", { x, y: top + (i ? 36 : -27), "text-anchor": "middle", class: "nn-label nn-data" }, inputs[i])),
    svg("circle", { cx: UNIT.x, cy: UNIT.y, r: UNIT.r, class: "nn-shape nn-hidden" }),
    svg("text", { x: UNIT.x, y: UNIT.y - 12, "text-anchor": "middle", class: "nn-tick" }, "Σ = z"),
    svg("rect", { x: 201, y: UNIT.y - 14, width: 70, height: 28, rx: 14, class: "nn-pill" }),
    svg("circle", { cx: OUT.x, cy: OUT.y, r: OUT.r, class: "nn-shape nn-output" }),
    svg("circle", { cx: OUT.x, cy: OUT.y, r: OUT.r - 4, class: "nn-shape nn-output" }),
    svg("text", { x: OUT.x, y: OUT.y - 10, "text-anchor": "middle", class: "nn-tick" }, "y"),
    ...inputNumbers, ...weightNumbers, bias, z, y, pill);
  return {
    element,
    /** @param {Scene} scene */
    draw({ w, b, activation, x, answer }) {
      [...w, b].forEach((weight, i) => setAttributes([...edges, biasEdge][i], {
        "stroke-width": (weight ? 1.25 + 2 * Math.min(Math.abs(weight), 4) : 0.75).toFixed(2),
        "stroke-dasharray": weight < 0 ? "7 5" : null,
      }));
      x.forEach((value, i) => showNumber(inputNumbers[i], value));
      w.forEach((value, i) => showNumber(weightNumbers[i], value, 2, (n) => `w${"₁₂"[i]} = ${format(n)}`));
      showNumber(bias, b, 2, (n) => `b = ${format(n)}`);
      showNumber(z, answer.z);
      showNumber(y, answer.y);
      setText(pill, activation);
      setAttributes(element, { "aria-label": `The neuron: ${inputs[0]} = ${format(x[0])} times ${format(w[0])}, plus ${inputs[1]} = ${format(x[1])} times ${format(w[1])}, ` +
        `plus ${format(b)}, is z = ${format(answer.z)}; ${activation} of it is ${format(answer.y)}.` });
    },
  };
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
const edge = (x1, y1, x2, y2) => svg("line", { x1, y1, x2, y2, class: "nn-edge nn-parameter" });
/** @param {number} x @param {number} y @param {string} role */
const label = (x, y, role) => svg("text", { x, y, dy: "0.35em", "text-anchor": "middle", class: `nn-label ${role}` });

/** The sum with this point's numbers, line by line as on a bill. */
export function bill() {
  const places = Object.fromEntries(["w1", "x1", "w1x1", "w2", "x2", "w2x2", "b", "z", "y"].map((key) => [key, numberPlace(key)]));
  const curve = html("span", { class: "nn-curve" });
  const side = html("span");
  const row = (/** @type {(Node | string)[]} */ what, /** @type {(Node | string)[]} */ how, /** @type {Node} */ result, kind = "") =>
    html("tr", { class: kind || null }, html("th", { scope: "row" }, ...what), html("td", {}, ...how), html("td", {}, result));
  const product = (/** @type {number} */ i) => row([symbol("w", i), " ", symbol("x", i)], [places[`w${i}`], " × ", places[`x${i}`]], places[`w${i}x${i}`]);
  const caption = html("caption", {});
  const element = html("table", { class: "nn-bill" }, caption,
    html("tbody", {}, product(1), product(2), row([symbol("b")], [], places.b),
      row([symbol("z")], ["the sum"], places.z, "nn-total"), row([symbol("y")], [curve], places.y), html("tr", {}, html("td", { colspan: 3, class: "nn-bill-verdict" }, side))));
  for (const [key, role] of Object.entries({ w1: "parameter", w2: "parameter", b: "parameter", x1: "data", x2: "data", z: "hidden", y: "output" })) places[key].classList.add(`nn-${role}`);
  return {
    element,
    /** @param {Scene & {name: string, verdict: string}} scene */
    draw({ name, w, b, activation, x, answer, verdict }) {
      setText(caption, `Point ${name}, term by term`);
      w.forEach((value, i) => showNumber(places[`w${i + 1}`], value));
      x.forEach((value, i) => showNumber(places[`x${i + 1}`], value));
      answer.products.forEach((value, i) => showNumber(places[`w${i + 1}x${i + 1}`], value));
      showNumber(places.b, b);
      showNumber(places.z, answer.z);
      showNumber(places.y, answer.y, 3);
      setText(curve, `${activation}(z)`);
      setText(side, verdict);
    },
  };
}
