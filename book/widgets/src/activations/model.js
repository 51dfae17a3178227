// What the explorer says of a curve: numbers in, numbers out.

import { activations } from "../kernels/activations.js";

/** @param {string} name @param {number} x @returns {{value: number, slope: number}} in float32 */
export const at = (name, x) => ({ value: activations[name].value(x), slope: activations[name].slope(x) });

/**
 * Where a curve is steepest on the grid, the place nearest to 0 if there are several, and what ten such slopes leave of a gradient of 1.
 * @param {readonly number[]} grid @param {readonly number[]} slopes
 * @returns {{x: number, slope: number, afterTen: number}}
 */
export function steepest(grid, slopes) {
  const best = slopes.reduce((found, slope, i) => {
    const gain = slope - slopes[found];
    return gain > 1e-6 || (gain > -1e-6 && Math.abs(grid[i]) < Math.abs(grid[found])) ? i : found;
  }, 0);
  return { x: grid[best], slope: slopes[best], afterTen: slopes[best] ** 10 };
}

/** @param {number} afterTen @returns {"more" | "same" | "less"} than the gradient of 1 that came in */
export const compared = (afterTen) => (afterTen > 1.05 ? "more" : afterTen >= 0.9 ? "same" : "less");

/**
 * @param {readonly number[]} x @param {readonly number[]} y
 * @returns {[number, number][][]} the curve in pieces: a jump is a gap, since a line across it would be a slope that is not there
 */
export function pieces(x, y) {
  /** @type {[number, number][][]} */
  const parts = [];
  y.forEach((value, i) => {
    // Beside a jump the curve is nearly flat on both sides; on a steep curve the steps next to this one are as large.
    const step = Math.abs(value - y[i - 1]);
    const around = Math.max(Math.abs(y[i - 1] - (y[i - 2] ?? y[i - 1])), Math.abs((y[i + 1] ?? value) - value));
    if (i === 0 || (step > 0.1 && step > 8 * around)) parts.push([]);
    parts[parts.length - 1].push([x[i], value]);
  });
  return parts;
}

/**
 * A place for each curve's name where its neighbours are far: direct labels, without a legend to look up.
 * @param {{name: string, y: readonly number[]}[]} curves in pixels @param {readonly number[]} x in pixels
 * @param {{left: number, right: number, top: number, bottom: number}} box
 * @param {(name: string) => number} widthOf
 * @returns {Record<string, {x: number, y: number} | undefined>} the middle of the text; undefined where none is free
 */
export function labelPlaces(curves, x, box, widthOf) {
  /** @type {Record<string, {x: number, y: number} | undefined>} */
  const places = {};
  const taken = /** @type {{x: number, y: number, width: number}[]} */ ([]);
  for (const { name, y } of curves) {
    const width = widthOf(name);
    /** @type {{x: number, y: number, room: number} | undefined} */
    let best;
    for (let i = 0; i < x.length; i += 2) {
      for (const side of [-1, 1]) {
        const spot = { x: x[i], y: y[i] + side * 13 };
        if (spot.x - width / 2 < box.left || spot.x + width / 2 > box.right || spot.y < box.top + 8 || spot.y > box.bottom - 8) continue;
        if (taken.some((other) => Math.abs(other.y - spot.y) < 17 && Math.abs(other.x - spot.x) < (other.width + width) / 2 + 6)) continue;
        // The clearance of the whole text from every curve, its own at half weight: it should lie near that one.
        let room = Infinity;
        for (let j = 0; j < x.length; j++) {
          if (Math.abs(x[j] - spot.x) > width / 2 + 4) continue;
          for (const other of curves) room = Math.min(room, Math.abs(other.y[j] - spot.y) * (other.name === name ? 1 : 0.6));
        }
        if (room > 6.5 && (!best || room > best.room)) best = { ...spot, room: Math.min(room, 30) };
      }
    }
    places[name] = best && { x: best.x, y: best.y };
    if (best) taken.push({ x: best.x, y: best.y, width });
  }
  return places;
}
