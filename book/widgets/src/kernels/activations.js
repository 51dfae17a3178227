// Every activation of the chapter with its slope: float32 in, float32 out, doubles between. Names are those of
// nnbook.layers.activations; where a curve has a corner, the slope is the one nnbook gives.

import { normalCdf, normalDensity } from "./normal.js";

/** @typedef {(x: number) => number} Curve */
/** @typedef {{value: Curve, slope: Curve}} Activation */

const LEAK = 0.01;
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
const GELU_ROOT = Math.sqrt(2 / Math.PI);
const GELU_CUBE = 0.044715;

/** @param {number} x */
const logistic = (x) => 1 / (1 + Math.exp(-x));
/** @param {number} x */
const logOnePlusExp = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** @param {number} x */
const geluTanh = (x) => Math.tanh(GELU_ROOT * (x + GELU_CUBE * x ** 3));
/** @param {number} x @param {number} low @param {number} high */
const inside = (x, low, high) => (x > low && x < high ? 1 : 0);
/** @param {number} x @param {number} low @param {number} high */
const clip = (x, low, high) => Math.min(Math.max(x, low), high);

/** @type {Record<string, [Curve, Curve]>} value and slope, in doubles */
const CURVES = {
  identity: [(x) => x, () => 1],
  step: [(x) => (x >= 0 ? 1 : 0), () => 0],
  sigmoid: [logistic, (x) => logistic(x) * logistic(-x)],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x) => (x > 0 ? x : LEAK * x), (x) => (x > 0 ? 1 : LEAK)],
  relu6: [(x) => clip(x, 0, 6), (x) => inside(x, 0, 6)],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
  selu: [
    (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
  ],
  gelu: [(x) => x * normalCdf(x), (x) => normalCdf(x) + x * normalDensity(x)],
  gelu_tanh: [
    (x) => 0.5 * x * (1 + geluTanh(x)),
    (x) => 0.5 * (1 + geluTanh(x)) + 0.5 * x * (1 - geluTanh(x) ** 2) * GELU_ROOT * (1 + 3 * GELU_CUBE * x * x),
  ],
  silu: [(x) => x * logistic(x), (x) => logistic(x) * (1 + x * logistic(-x))],
  softplus: [logOnePlusExp, logistic],
  mish: [
    (x) => x * Math.tanh(logOnePlusExp(x)),
    (x) => {
      const t = Math.tanh(logOnePlusExp(x));
      return t + x * (1 - t * t) * logistic(x);
    },
  ],
  hard_sigmoid: [(x) => clip(x + 3, 0, 6) / 6, (x) => inside(x, -3, 3) / 6],
  hard_tanh: [(x) => clip(x, -1, 1), (x) => inside(x, -1, 1)],
  hard_swish: [
    (x) => (x * clip(x + 3, 0, 6)) / 6,
    (x) => (x >= 3 ? 1 : (inside(x, -3, 3) * (2 * x + 3)) / 6),
  ],
};

/** @type {Readonly<Record<string, Activation>>} */
export const activations = Object.freeze(
  Object.fromEntries(
    Object.entries(CURVES).map(([name, [value, slope]]) => [
      name,
      { value: (/** @type {number} */ x) => Math.fround(value(Math.fround(x))), slope: (/** @type {number} */ x) => Math.fround(slope(Math.fround(x))) },
    ]),
  ),
);

/** @param {Float32Array} x @param {Float32Array} gate @returns {Float32Array} x ⊙ σ(gate): the gated linear unit */
export function glu(x, gate) {
  return x.map((value, i) => value * logistic(gate[i]));
}

/** @param {Float32Array} x @param {Float32Array} gate @returns {Float32Array} x ⊙ silu(gate): SwiGLU */
export function swiglu(x, gate) {
  return x.map((value, i) => value * gate[i] * logistic(gate[i]));
}
