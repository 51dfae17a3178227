// Scaled dot-product attention, one head, every step kept so that a picture can show it.

import { matmul, matmulTransposed } from "./linear.js";
import { softmax } from "./softmax.js";

/**
 * @typedef {object} Attention
 * @property {Float32Array} scores (t, s): q·k, divided by √dₖ where scaled, −∞ where the mask forbids to look
 * @property {Float32Array} weights (t, s): softmax of the scores, row by row
 * @property {Float32Array} output (t, dᵥ): the values, averaged by the weights
 */

/**
 * @param {Float32Array} q (t, dₖ) @param {Float32Array} k (s, dₖ) @param {Float32Array} v (s, dᵥ)
 * @param {{t: number, s: number, dk: number, dv: number}} sizes
 * @param {{scale?: boolean, causal?: boolean, temperature?: number}} [options]
 * @returns {Attention}
 */
export function attend(q, k, v, { t, s, dk, dv }, { scale = true, causal = false, temperature = 1 } = {}) {
  const scores = matmulTransposed(q, k, t, dk, s);
  if (scale) {
    const root = Math.sqrt(dk);
    for (let i = 0; i < scores.length; i++) scores[i] = scores[i] / root;
  }
  const weights = new Float32Array(t * s);
  for (let row = 0; row < t; row++) {
    const ofRow = scores.subarray(row * s, row * s + s);
    // The paper's rule: a masked score is −∞, so that its exponential is exactly 0.
    if (causal) ofRow.fill(-Infinity, row + 1);
    weights.set(softmax(ofRow, { temperature }), row * s);
  }
  return { scores, weights, output: matmul(weights, v, t, s, dv) };
}
