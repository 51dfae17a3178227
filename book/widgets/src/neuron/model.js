// One neuron over points of the plane: numbers in, numbers out.

import { activations } from "../kernels/activations.js";
import { dot } from "../kernels/linear.js";

/** @typedef {readonly [number, number]} Pair */
/** @typedef {{w: Pair, b: number, activation: string}} Neuron */
/** @typedef {{products: [number, number], z: number, y: number, says: 0 | 1}} Answer */

/** @param {Neuron} neuron @param {Pair} x @returns {Answer} every number on the way, in float32 */
export function answer({ w, b, activation }, x) {
  const weights = Float32Array.from(w);
  const inputs = Float32Array.from(x);
  const z = Math.fround(dot(weights, inputs) + Math.fround(b));
  return {
    products: [Math.fround(weights[0] * inputs[0]), Math.fround(weights[1] * inputs[1])],
    z,
    y: activations[activation].value(z),
    says: z >= 0 ? 1 : 0,
  };
}

/**
 * The line z = 0 inside a box.
 * @param {{w: Pair, b: number}} neuron @param {Pair} range1 @param {Pair} range2
 * @returns {[Pair, Pair] | null} null where the line does not cross the box, or there is none because w = 0
 */
export function boundary({ w: [w1, w2], b }, range1, range2) {
  /** @type {Pair[]} */
  const ends = [];
  const add = (/** @type {number} */ x1, /** @type {number} */ x2) => {
    const near = (/** @type {number} */ x, /** @type {Pair} */ [low, high]) => x >= low - 1e-9 && x <= high + 1e-9;
    const known = ends.some((end) => Math.hypot(end[0] - x1, end[1] - x2) < 1e-9);
    if (near(x1, range1) && near(x2, range2) && !known) ends.push([x1, x2]);
  };
  if (w2 !== 0) for (const x1 of range1) add(x1, -(w1 * x1 + b) / w2);
  if (w1 !== 0) for (const x2 of range2) add(-(w2 * x2 + b) / w1, x2);
  return ends.length >= 2 ? [ends[0], ends[1]] : null;
}

/**
 * The best that any line can do. As a line turns, the order in which it meets the points changes only where it is
 * parallel to the join of two of them. So one direction between each two neighbouring such angles, and one line in each
 * gap of that order, stand for all lines there are; the angles themselves are tried too, since they give the widest gaps.
 * @param {readonly Pair[]} points @param {readonly number[]} labels
 * @returns {{w: Pair, b: number, right: number}} w of length 1
 */
export function bestLine(points, labels) {
  let best = { w: /** @type {Pair} */ ([1, 0]), b: 0, right: -1, gap: 0 };
  for (const angle of directions(points)) {
    const w = /** @type {Pair} */ ([Math.cos(angle), Math.sin(angle)]);
    const order = points.map(([x1, x2], i) => ({ along: w[0] * x1 + w[1] * x2, label: labels[i] })).sort((a, b) => a.along - b.along);
    let right = order.filter(({ label }) => label === 1).length;
    for (let i = 0; i <= order.length; i++) {
      // The line stands before point i: those from i on lie on its positive side.
      const before = order[i - 1]?.along ?? order[0].along - 0.5;
      const after = order[i]?.along ?? order[order.length - 1].along + 0.5;
      // Of equally good lines, the one with the most room.
      const gap = after - before;
      if (gap > 1e-9) {
        for (const [side, count] of [[1, right], [-1, order.length - right]]) {
          if (count > best.right || (count === best.right && gap > best.gap)) {
            best = { w: [side * w[0], side * w[1]], b: (-side * (before + after)) / 2, right: count, gap };
          }
        }
      }
      if (i < order.length) right += order[i].label === 1 ? -1 : 1;
    }
  }
  return { w: best.w, b: best.b, right: best.right };
}

/** @param {readonly Pair[]} points @returns {number[]} the angles at which two points fall together, and one between each two */
function directions(points) {
  const critical = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = 0; j < i; j++) {
      const join = Math.atan2(points[i][1] - points[j][1], points[i][0] - points[j][0]);
      critical.push((join + 2.5 * Math.PI) % Math.PI);
    }
  }
  const sorted = [...new Set(critical)].sort((a, b) => a - b);
  if (sorted.length === 0) return [0];
  return sorted.flatMap((angle, i) => [angle, (angle + (sorted[i + 1] ?? sorted[0] + Math.PI)) / 2]);
}

/** @param {readonly number[]} flat @returns {Pair[]} x1, x2, x1, x2, … as pairs */
export function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, i) => /** @type {Pair} */ ([flat[2 * i], flat[2 * i + 1]]));
}
