// One head of self-attention over a sentence: numbers in, numbers out.

import { attend } from "../kernels/attention.js";
import { matmul, matmulTransposed } from "../kernels/linear.js";

/** @typedef {import("./data.js").AttentionData} AttentionData */
/** @typedef {{scaled: boolean, causal: boolean, temperature: number}} Switches */
/**
 * @typedef {object} Head every array row-major
 * @property {number} t @property {number} dk @property {number} dv
 * @property {Float32Array} q (t, dₖ) @property {Float32Array} k (t, dₖ) @property {Float32Array} v (t, dᵥ)
 * @property {Float32Array} products (t, t): q·k, before anything else
 * @property {Float32Array} scores (t, t): divided by √dₖ where scaled, −∞ where masked
 * @property {Float32Array} weights (t, t) @property {Float32Array} output (t, dᵥ)
 */

/** @param {AttentionData} data @param {readonly string[]} tokens @param {Switches} switches @returns {Head} */
export function head({ vocabulary, wq, wk, wv }, tokens, { scaled, causal, temperature }) {
  const t = tokens.length;
  const x = Float32Array.from(tokens.flatMap((token) => vocabulary[token]));
  const [q, k, v] = [wq, wk, wv].map((w) => matmul(x, w.numbers, t, w.rows, w.columns));
  const sizes = { t, s: t, dk: wk.columns, dv: wv.columns };
  const { scores, weights, output } = attend(q, k, v, sizes, { scale: scaled, causal, temperature });
  return { t, dk: sizes.dk, dv: sizes.dv, q, k, v, products: matmulTransposed(q, k, t, sizes.dk, t), scores, weights, output };
}

/** @param {Float32Array} numbers @param {number} i @param {number} columns @returns {Float32Array} */
export const row = (numbers, i, columns) => numbers.subarray(i * columns, (i + 1) * columns);

/** @param {ArrayLike<number>} weights @returns {{index: number, weight: number}} where a query looks most */
export function most(weights) {
  let index = 0;
  for (let i = 1; i < weights.length; i++) if (weights[i] > weights[index]) index = i;
  return { index, weight: weights[index] };
}

/** @param {ArrayLike<number>} weights @returns {number} in how many equal parts attention would be as spread: 2 to the entropy in bits */
export function spread(weights) {
  let entropy = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] > 0) entropy -= weights[i] * Math.log2(weights[i]);
  return 2 ** entropy;
}

/**
 * Words typed by a reader, as tokens of the vocabulary.
 * @param {string} text @param {readonly string[]} words @param {number} longest
 * @returns {{tokens: string[], unknown: string[], dropped: number}}
 */
export function readSentence(text, words, longest) {
  const byLower = new Map(words.map((word) => [word.toLowerCase(), word]));
  // A word that stands in the vocabulary with its sign, such as "." or "don't", is taken whole; else its edges are trimmed.
  const typed = text.split(/\s+/).filter(Boolean).map((word) => byLower.get(word.toLowerCase()) ?? byLower.get(trim(word)) ?? { unknown: word });
  const known = typed.filter((word) => typeof word === "string");
  const unknown = typed.flatMap((word) => (typeof word === "string" ? [] : [word.unknown]));
  return { tokens: known.slice(0, longest), unknown, dropped: Math.max(known.length - longest, 0) };
}

/** @param {string} word */
const trim = (word) => word.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
