// A plot's scales and axes: what data units are in pixels, where the ticks stand, and the grid that is drawn once.

import { svg } from "./dom.js";
import { format } from "./numbers.js";

/** @typedef {{(value: number): number, invert: (pixel: number) => number}} Scale */

/** @param {readonly number[]} domain [low, high] in data units @param {readonly number[]} range [first, last] in pixels @returns {Scale} */
export function linearScale([low, high], [first, last]) {
  const perUnit = (last - first) / (high - low);
  return Object.assign((/** @type {number} */ value) => first + (value - low) * perUnit, {
    invert: (/** @type {number} */ pixel) => low + (pixel - first) / perUnit,
  });
}

/** @param {number} low @param {number} high @param {number} [about] how many @returns {number[]} round numbers: steps of 1, 2 or 5 times a power of ten */
export function ticks(low, high, about = 6) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * @typedef {{scale: Scale, domain: readonly number[], name: string, about?: number}} Axis
 * @param {Axis} x @param {Axis} y
 * @returns {SVGGElement} grid, tick numbers and the names of both axes; for the eye only, the words say the rest
 */
export function axes(x, y) {
  const [left, right] = x.domain.map(x.scale);
  const [bottom, top] = y.domain.map(y.scale);
  const group = svg("g", { class: "nn-axes", "aria-hidden": "true" });
  for (const [axis, across] of /** @type {[Axis, boolean][]} */ ([[x, true], [y, false]])) {
    const marks = ticks(axis.domain[0], axis.domain[1], axis.about);
    const digits = marks.every(Number.isInteger) ? 0 : 1;
    for (const mark of marks) {
      const at = axis.scale(mark);
      const line = across ? { x1: at, x2: at, y1: bottom, y2: top } : { x1: left, x2: right, y1: at, y2: at };
      const place = across ? { x: at, y: bottom + 18, "text-anchor": "middle" } : { x: left - 8, y: at, dy: "0.35em", "text-anchor": "end" };
      group.append(svg("line", { ...line, class: mark === 0 ? "nn-zero" : "nn-grid" }), svg("text", { ...place, class: "nn-tick" }, format(mark, digits)));
    }
  }
  group.append(
    svg("text", { x: right, y: bottom + 36, "text-anchor": "end", class: "nn-axis-name" }, x.name),
    svg("text", { x: left, y: top - 10, "text-anchor": "middle", class: "nn-axis-name" }, y.name),
  );
  return group;
}

/**
 * @param {SVGSVGElement} root
 * @returns {(event: {clientX: number, clientY: number}) => DOMPoint} from the screen to the picture's own units; taken
 *   once as a gesture begins, so that no move has to ask for the layout
 */
export function pointerScale(root) {
  const inverse = /** @type {DOMMatrix} */ (root.getScreenCTM()).inverse();
  return ({ clientX, clientY }) => new DOMPoint(clientX, clientY).matrixTransform(inverse);
}
