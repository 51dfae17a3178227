// The standard normal distribution, which GELU weighs its input by.

/** @param {number} x */
export const normalDensity = (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** @param {number} x @returns {number} Φ(x), to about 1e-15 */
export const normalCdf = (x) => 0.5 * (1 + erf(x / Math.SQRT2));

/**
 * The error function by e^(−x²) · 2/√π · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!: every term has x's sign, so nothing cancels.
 * @param {number} x @returns {number}
 */
export function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
