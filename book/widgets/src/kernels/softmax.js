// Softmax and its logarithm: float32 in, float32 out, doubles between.

/**
 * exp(x/T) divided by its sum. Where mask is false the weight is exactly 0; a row with nothing to look at is NaN, as in nnbook.
 * @param {Float32Array} logits
 * @param {{mask?: ArrayLike<boolean | number>, temperature?: number}} [options]
 * @returns {Float32Array}
 */
export function softmax(logits, { mask, temperature = 1 } = {}) {
  const out = new Float32Array(logits.length);
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) if (!mask || mask[i]) largest = Math.max(largest, logits[i]);
  const powers = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    // The largest is subtracted first, so that no exponential overflows.
    powers[i] = !mask || mask[i] ? Math.exp((logits[i] - largest) / temperature) : 0;
    sum += powers[i];
  }
  for (let i = 0; i < logits.length; i++) out[i] = powers[i] / sum;
  return out;
}

/** @param {Float32Array} logits @returns {Float32Array} the logarithm of softmax, without ever taking the logarithm of 0 */
export function logSoftmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return logits.map((logit) => logit - largest - Math.log(sum));
}
