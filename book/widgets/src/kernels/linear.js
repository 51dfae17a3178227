// Dot products and matrix products on Float32Array, row-major. Products of two float32 numbers are exact in JavaScript's
// doubles, so each sum is carried in double and rounded to float32 once: nearer to the true value than any float32 order.

/** @param {Float32Array} a @param {Float32Array} b @returns {number} a·b, rounded to float32 */
export function dot(a, b) {
  if (a.length !== b.length) throw new RangeError(`dot: lengths ${a.length} and ${b.length} differ`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return Math.fround(sum);
}

/**
 * @param {Float32Array} a (rows, inner)
 * @param {Float32Array} b (inner, columns)
 * @param {number} rows @param {number} inner @param {number} columns
 * @returns {Float32Array} a b, of shape (rows, columns)
 */
export function matmul(a, b, rows, inner, columns) {
  needSize("matmul: a", a, rows, inner);
  needSize("matmul: b", b, inner, columns);
  const out = new Float32Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    sums.fill(0);
    for (let i = 0; i < inner; i++) {
      const factor = a[r * inner + i];
      for (let c = 0; c < columns; c++) sums[c] += factor * b[i * columns + c];
    }
    out.set(sums, r * columns);
  }
  return out;
}

/**
 * @param {Float32Array} a (rows, inner)
 * @param {Float32Array} b (columns, inner)
 * @param {number} rows @param {number} inner @param {number} columns
 * @returns {Float32Array} a bᵀ, of shape (rows, columns)
 */
export function matmulTransposed(a, b, rows, inner, columns) {
  needSize("matmulTransposed: a", a, rows, inner);
  needSize("matmulTransposed: b", b, columns, inner);
  const out = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let i = 0; i < inner; i++) sum += a[r * inner + i] * b[c * inner + i];
      out[r * columns + c] = sum;
    }
  }
  return out;
}

/** @param {string} what @param {Float32Array} array @param {number} rows @param {number} columns */
function needSize(what, array, rows, columns) {
  if (array.length !== rows * columns) {
    throw new RangeError(`${what} holds ${array.length} numbers, a ${rows} × ${columns} matrix has ${rows * columns}`);
  }
}
