// Each kernel against nnbook, to 1e-6.

import assert from "node:assert/strict";
import { test } from "node:test";
import { activations, glu, swiglu } from "../src/kernels/activations.js";
import { attend } from "../src/kernels/attention.js";
import { dot, matmul, matmulTransposed } from "../src/kernels/linear.js";
import { erf } from "../src/kernels/normal.js";
import { logSoftmax, softmax } from "../src/kernels/softmax.js";
import { golden, near, vector } from "./golden.js";

test("every activation of nnbook is here, and only identity besides", () => {
  const names = golden("activations").map(({ name }) => name);
  assert.deepEqual([...names, "identity"].sort(), Object.keys(activations).sort());
});

for (const { name, x, value, slope } of golden("activations")) {
  test(`${name}: value and slope`, () => {
    near([...vector(x)].map(activations[name].value), vector(value), `${name}(x)`);
    near([...vector(x)].map(activations[name].slope), vector(slope), `${name}′(x)`);
  });
}

test("identity: value and slope", () => {
  assert.equal(activations.identity.value(-2.5), -2.5);
  assert.equal(activations.identity.slope(-2.5), 1);
});

test("an activation's answer is a float32", () => {
  for (const [name, { value, slope }] of Object.entries(activations)) {
    for (const x of [-1.1, 0.3, 2.7]) {
      assert.equal(value(x), Math.fround(value(x)), name);
      assert.equal(slope(x), Math.fround(slope(x)), name);
    }
  }
});

test("gates: GLU and SwiGLU", () => {
  for (const { name, value, gate, want } of golden("gates")) near({ glu, swiglu }[/** @type {"glu" | "swiglu"} */ (name)](vector(value), vector(gate)), vector(want), name);
});

test("the error function at known places", () => {
  near([erf(0), erf(0.5), erf(1), erf(2), erf(-1), erf(7), erf(-9)], [0, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527, -0.8427007929497149, 1, -1], "erf", 1e-15);
});

test("matrix products and dot products", () => {
  for (const { rows, inner, columns, a, b, bt, want } of golden("linear")) {
    near(matmul(vector(a), vector(b), rows, inner, columns), vector(want), "a b");
    near(matmulTransposed(vector(a), vector(bt), rows, inner, columns), vector(want), "a (bᵀ)ᵀ");
    near([dot(vector(a).subarray(0, inner), vector(bt).subarray(0, inner))], [vector(want)[0]], "first row · first column");
  }
});

test("sizes that do not fit are refused", () => {
  assert.throws(() => dot(new Float32Array(2), new Float32Array(3)), /lengths 2 and 3/);
  assert.throws(() => matmul(new Float32Array(5), new Float32Array(6), 2, 3, 2), /a holds 5 numbers, a 2 × 3 matrix has 6/);
  assert.throws(() => matmulTransposed(new Float32Array(6), new Float32Array(5), 2, 3, 2), /b holds 5/);
});

test("softmax with temperature and mask, and its logarithm", () => {
  for (const { logits, temperature, mask, want, log } of golden("softmax")) {
    near(softmax(vector(logits), { temperature, mask: mask ?? undefined }), vector(want), `softmax, T = ${temperature}, mask ${mask}`);
    if (log) near(logSoftmax(vector(logits)), vector(log), "log-softmax");
  }
});

test("attention: scores, weights and output in every position of its switches", () => {
  for (const { t, s, dk, dv, q, k, v, scale, causal, temperature, ...want } of golden("attention")) {
    const got = attend(vector(q), vector(k), vector(v), { t, s, dk, dv }, { scale, causal, temperature });
    for (const part of /** @type {const} */ (["scores", "weights", "output"])) {
      near(got[part], vector(want[part]), `${part}, t = ${t}, s = ${s}, scale ${scale}, causal ${causal}, T = ${temperature}`);
    }
  }
});
