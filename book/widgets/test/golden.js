// The numbers of nnbook that the kernels must reproduce, and how near is near enough.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** @param {string} family @returns {any[]} */
export function golden(family) {
  try {
    return JSON.parse(readFileSync(new URL(`../golden/${family}.json`, import.meta.url), "utf8"));
  } catch (error) {
    throw new Error(`book/widgets/golden/${family}.json cannot be read; \`python -m tests.widgets.golden\` writes it`, { cause: error });
  }
}

/** @param {(number | string | null)[]} list @returns {Float32Array} null is NaN, "inf" and "-inf" are the infinities */
export const vector = (list) => Float32Array.from(list, (x) => (x === null ? NaN : Number(String(x).replace("inf", "Infinity"))));

/**
 * |got − want| ≤ tol · (1 + |want|), number by number; NaN equals NaN, an infinity only itself.
 * @param {ArrayLike<number>} got @param {ArrayLike<number>} want @param {string} what @param {number} [tol]
 */
export function near(got, want, what, tol = 1e-6) {
  assert.equal(got.length, want.length, `${what}: number of numbers`);
  for (let i = 0; i < want.length; i++) {
    const same = Object.is(got[i], want[i]) || got[i] === want[i];
    assert.ok(same || Math.abs(got[i] - want[i]) <= tol * (1 + Math.abs(want[i])), `${what}, at ${i}: got ${got[i]}, want ${want[i]}`);
  }
}
