// The plane of the two inputs: the points, the side where the neuron says 1, the line between.

import { setAttributes, setText, svg, uniqueId } from "../frame/dom.js";
import { format } from "../frame/numbers.js";
import { axes, linearScale, pointerScale } from "../frame/plot.js";
import { activations } from "../kernels/activations.js";
import { boundary } from "./model.js";

/** @typedef {import("./model.js").Pair} Pair */

const SIZE = 400;
const BOX = { left: 46, right: 388, top: 26, bottom: 352 };
const STEP = 0.1;
// Where the shading is sampled, from the least z to the largest; twice in the middle, where a step is sharp.
const STOPS = [...Array.from({ length: 12 }, (_, i) => i / 24), 0.4999, 0.5001, ...Array.from({ length: 12 }, (_, i) => (13 + i) / 24)];
const ARROW = 44;
// Where the name of a side may stand.
const SPOTS = [0.14, 0.32, 0.5, 0.68, 0.86].flatMap((across) => [0.06, 0.24, 0.42, 0.6, 0.78, 0.95].map((down) =>
  new DOMPointReadOnly(BOX.left + across * (BOX.right - BOX.left), BOX.top + down * (BOX.bottom - BOX.top))));

/**
 * @param {import("./data.js").NeuronData} data
 * @param {{move: (index: number, to: Pair) => void, choose: (index: number) => void}} actions
 */
export function plane({ inputs, classes, ranges, question }, actions) {
  const x = linearScale(ranges.x1, [BOX.left, BOX.right]);
  const y = linearScale(ranges.x2, [BOX.bottom, BOX.top]);
  const ids = { shade: uniqueId("nn-shade"), clip: uniqueId("nn-clip"), tip: uniqueId("nn-arrow-tip") };
  const box = { x: BOX.left, y: BOX.top, width: BOX.right - BOX.left, height: BOX.bottom - BOX.top };
  const stops = STOPS.map((offset) => svg("stop", { offset }));
  const gradient = svg("linearGradient", { id: ids.shade, gradientUnits: "userSpaceOnUse" }, ...stops);
  const line = svg("line", { class: "nn-boundary", "clip-path": `url(#${ids.clip})` });
  const arrow = svg("line", { class: "nn-normal", "marker-end": `url(#${ids.tip})` });
  const arrowName = svg("text", { class: "nn-label nn-parameter", "text-anchor": "middle" }, "w");
  const sides = classes.map((name) => svg("text", { class: "nn-label nn-output", "text-anchor": "middle" }, `says ${name}`));
  const marks = svg("g", {});
  const root = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "nn-plane", role: "group", "aria-label": `${question} The plane of ${inputs.join(" and ")}.` },
    svg("defs", {}, gradient,
      svg("clipPath", { id: ids.clip }, svg("rect", box)),
      svg("marker", { id: ids.tip, viewBox: "0 0 10 10", refX: 8, refY: 5, markerWidth: 5, markerHeight: 5, orient: "auto" },
        svg("path", { d: "M0 0 10 5 0 10z", class: "nn-arrow-tip" }))),
    svg("rect", { ...box, fill: `url(#${ids.shade})` }),
    axes({ scale: x, domain: ranges.x1, name: `${inputs[0]}, no unit` }, { scale: y, domain: ranges.x2, name: inputs[1] }),
    line, svg("g", { "aria-hidden": "true" }, arrow, arrowName, ...sides), marks);

  /** @param {{w: Pair, b: number, activation: string}} neuron */
  function drawNeuron({ w, b, activation }) {
    // How z grows on the screen: the vector from the line to where z is largest.
    const slope = [w[0] / (x(1) - x(0)), w[1] / (y(1) - y(0))];
    const steepness = slope[0] ** 2 + slope[1] ** 2;
    const corners = ranges.x1.flatMap((x1) => ranges.x2.map((x2) => Math.abs(w[0] * x1 + w[1] * x2 + b)));
    const reach = Math.max(...corners, 1e-6);
    const outputs = STOPS.map((offset) => activations[activation].value(steepness ? (2 * offset - 1) * reach : b));
    const [low, high] = [Math.min(0, ...outputs), Math.max(1e-6, ...outputs)];
    stops.forEach((stop, i) => setAttributes(stop, { "stop-opacity": ((0.26 * (outputs[i] - low)) / (high - low)).toFixed(3) }));
    const ends = boundary({ w, b }, ranges.x1, ranges.x2);
    // Any point of the line will do to hang the shading on; the one nearest to the origin always exists.
    const square = w[0] ** 2 + w[1] ** 2;
    const foot = square ? [x((-b * w[0]) / square), y((-b * w[1]) / square)] : [x(0), y(0)];
    const along = steepness ? slope.map((part) => (part * reach) / steepness) : [1, 0];
    setAttributes(gradient, { x1: foot[0] - along[0], y1: foot[1] - along[1], x2: foot[0] + along[0], y2: foot[1] + along[1] });
    nameSides(w, b);
    for (const part of [line, arrow, arrowName]) part.toggleAttribute("hidden", !ends);
    if (!ends) return;
    const [from, to] = ends.map(([x1, x2]) => [x(x1), y(x2)]);
    setAttributes(line, { x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
    const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const length = Math.sqrt(steepness);
    const unit = slope.map((part) => part / length);
    setAttributes(arrow, { x1: middle[0], y1: middle[1], x2: middle[0] + ARROW * unit[0], y2: middle[1] + ARROW * unit[1] });
    setAttributes(arrowName, { x: middle[0] + (ARROW + 14) * unit[0], y: middle[1] + (ARROW + 14) * unit[1], dy: "0.35em" });
  }

  /** @type {(DOMPointReadOnly | undefined)[]} */
  const places = [undefined, undefined];

  /**
   * Each side is named where neither the line nor a point is near; a name stays where it is as long as it has room.
   * @param {Pair} w @param {number} b
   */
  function nameSides(w, b) {
    const perPixel = Math.hypot(w[0] / (x(1) - x(0)), w[1] / (y(1) - y(0)));
    const room = (/** @type {number} */ side, /** @type {DOMPointReadOnly} */ at) => {
      const z = w[0] * x.invert(at.x) + w[1] * y.invert(at.y) + b;
      if ((z >= 0 ? 1 : 0) !== side) return -1;
      const others = current.map(([x1, x2]) => Math.hypot((x(x1) + 6 - at.x) / 1.5, y(x2) - 4 - at.y));
      return Math.min(...others, perPixel ? Math.abs(z) / perPixel : Infinity, 70);
    };
    sides.forEach((text, side) => {
      const before = places[side];
      if (!before || room(side, before) < 30) {
        const rated = SPOTS.map((at) => ({ at, room: room(side, at) })).sort((one, other) => other.room - one.room)[0];
        places[side] = rated.room > 16 ? rated.at : undefined;
      }
      const now = places[side];
      text.toggleAttribute("hidden", !now);
      if (now) setAttributes(text, { x: now.x, y: now.y, dy: "0.35em" });
    });
  }

  /** @type {SVGGElement[]} */
  let shown = [];

  /** @param {{name: string, at: Pair, label: number, says: number, chosen: boolean}[]} points */
  function drawPoints(points) {
    if (shown.length !== points.length) {
      shown = points.map((_, i) => makePoint(i));
      marks.replaceChildren(...shown);
    }
    points.forEach(({ name, at, label, says, chosen }, i) => {
      const right = says === label;
      const where = `${inputs[0]} ${format(at[0])}, ${inputs[1]} ${format(at[1])}`;
      setAttributes(shown[i], {
        transform: `translate(${x(at[0])} ${y(at[1])})`,
        class: `${label ? "nn-full" : "nn-open"}${right ? "" : " nn-wrong"}${chosen ? " nn-chosen" : ""}`,
      });
      setAttributes(/** @type {Element} */ (shown[i].firstChild), {
        "aria-pressed": String(chosen),
        "aria-label": `Point ${name}: ${where}, is ${classes[label]}, the neuron says ${classes[says]}. Arrow keys move it.`,
      });
      setText(/** @type {Element} */ (shown[i].lastChild), points.length > 12 ? "" : name);
      current[i] = at;
    });
  }

  /** @type {Pair[]} */
  const current = [];
  const keep = (/** @type {number} */ value, /** @type {readonly number[]} */ [low, high]) => Math.min(Math.max(Math.round(value * 100) / 100, low), high);
  const moveTo = (/** @type {number} */ i, /** @type {number} */ x1, /** @type {number} */ x2) =>
    actions.move(i, (current[i] = [keep(x1, ranges.x1), keep(x2, ranges.x2)]));

  /** @param {number} i */
  function makePoint(i) {
    const group = svg("g", { role: "button", tabindex: 0, class: "nn-point" },
      svg("circle", { r: 19, class: "nn-target" }), svg("circle", { r: 15, class: "nn-halo" }),
      svg("rect", { x: -7, y: -7, width: 14, height: 14, class: "nn-point-mark" }));
    group.addEventListener("focus", () => actions.choose(i));
    // touch-action reaches whole drawings only; here the page scrolls under a finger anywhere but on a point.
    group.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    group.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const toPicture = pointerScale(root);
      const began = toPicture(event);
      const [dx, dy] = [x(current[i][0]) - began.x, y(current[i][1]) - began.y];
      group.setPointerCapture(event.pointerId);
      actions.choose(i);
      const follow = (/** @type {PointerEvent} */ move) => {
        const at = toPicture(move);
        moveTo(i, x.invert(at.x + dx), y.invert(at.y + dy));
        // Where the finger leaves counts, even if no move was told of on the way there.
        group.onpointerup = (up) => (follow(up), stop());
      };
      const stop = () => (group.onpointermove = group.onpointerup = group.onpointercancel = null);
      group.onpointermove = follow;
      group.onpointerup = group.onpointercancel = stop;
    });
    group.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? STEP / 10 : STEP;
      const by = /** @type {Record<string, Pair>} */ ({ ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] })[event.key];
      if (by) moveTo(i, current[i][0] + by[0], current[i][1] + by[1]);
      else if (event.key === "Enter" || event.key === " ") actions.choose(i);
      else return;
      event.preventDefault();
    });
    return svg("g", {}, group, svg("text", { x: 14, y: -12, class: "nn-point-name", "aria-hidden": "true" }));
  }

  return { element: root, drawNeuron, drawPoints };
}
