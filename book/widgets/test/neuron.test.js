// The neuron's model: its numbers against nnbook, its line against geometry, its best line against counting.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, bestLine, boundary, pairs } from "../src/neuron/model.js";
import { golden, near, vector } from "./golden.js";

/** @typedef {import("../src/neuron/model.js").Pair} Pair */

const SQUARE = /** @type {Pair[]} */ ([[0, 0], [0, 1], [1, 0], [1, 1]]);

test("z, y and what the neuron says", () => {
  for (const { w, b, points, z, y } of golden("neuron")) {
    for (const activation of Object.keys(y)) {
      const answers = points.map((/** @type {Pair} */ x) => answer({ w, b, activation }, x));
      near(answers.map((/** @type {any} */ each) => each.z), vector(z), "z");
      near(answers.map((/** @type {any} */ each) => each.y), vector(y[activation]), activation);
      assert.deepEqual(answers.map((/** @type {any} */ each) => each.says), [...vector(z)].map((number) => (number >= 0 ? 1 : 0)));
    }
  }
});

test("the terms add up to z", () => {
  const { products, z } = answer({ w: [0.3, -1.7], b: 0.25, activation: "relu" }, [0.9, 0.4]);
  near([products[0] + products[1] + 0.25], [z], "sum");
});

test("at z = 0 the neuron fires, as nnbook's step does", () => {
  const { z, y, says } = answer({ w: [1, 1], b: -1, activation: "step" }, [1, 0]);
  assert.deepEqual([z, y, says], [0, 1, 1]);
});

test("the boundary is where z = 0, cut to the box", () => {
  assert.deepEqual(boundary({ w: [0, 2], b: -1 }, [-1, 1], [-1, 1]), [[-1, 0.5], [1, 0.5]]);
  const ends = /** @type {[Pair, Pair]} */ (boundary({ w: [1, 1], b: -1.5 }, [-0.5, 1.5], [-0.5, 1.5]));
  near(ends.map(([x1, x2]) => x1 + x2), [1.5, 1.5], "x1 + x2");
  assert.ok(ends.flat().every((x) => x >= -0.5 && x <= 1.5));
});

test("through a corner, through both corners, outside, and no line at all", () => {
  const diagonal = /** @type {[Pair, Pair]} */ (boundary({ w: [1, -1], b: 0 }, [0, 1], [0, 1]));
  assert.deepEqual(diagonal.map((end) => end.map(Math.abs)).sort(), [[0, 0], [1, 1]]);
  assert.equal(boundary({ w: [1, 1], b: 9 }, [0, 1], [0, 1]), null);
  assert.equal(boundary({ w: [0, 0], b: 1 }, [0, 1], [0, 1]), null);
});

test("of the 16 Boolean functions of two inputs a line gets all but XOR and XNOR, and of these three", () => {
  for (let code = 0; code < 16; code++) {
    const labels = SQUARE.map((_, i) => (code >> i) & 1);
    const { w, b, right } = bestLine(SQUARE, labels);
    assert.equal(right, labels.join("") === "0110" || labels.join("") === "1001" ? 3 : 4, labels.join(""));
    const counted = SQUARE.filter((x, i) => answer({ w, b, activation: "step" }, x).says === labels[i]).length;
    assert.equal(counted, right, `the line of ${labels.join("")} does what it says`);
  }
});

test("no line of a fine search beats the best line", () => {
  const points = /** @type {Pair[]} */ ([[0, 0], [1, 0.2], [0.4, 0.9], [0.9, 1.1], [0.2, 0.3], [0.6, 0.5], [1.2, 0.7]]);
  for (let code = 0; code < 128; code += 5) {
    const labels = points.map((_, i) => (code >> i) & 1);
    let found = 0;
    for (let angle = 0; angle < 2 * Math.PI; angle += Math.PI / 90) {
      for (let b = -2; b <= 2; b += 0.05) {
        const w = /** @type {Pair} */ ([Math.cos(angle), Math.sin(angle)]);
        found = Math.max(found, points.filter((x, i) => answer({ w, b, activation: "step" }, x).says === labels[i]).length);
      }
    }
    assert.ok(bestLine(points, labels).right >= found, `labels ${labels}: a search found ${found}`);
  }
});

test("points on one line, in one place, and one alone", () => {
  assert.equal(bestLine([[0, 0], [1, 1], [2, 2]], [1, 0, 1]).right, 2);
  assert.equal(bestLine([[1, 1], [1, 1]], [1, 0]).right, 1);
  assert.equal(bestLine([[1, 1]], [1]).right, 1);
});

test("flat coordinates as pairs", () => assert.deepEqual(pairs([1, 2, 3, 4]), [[1, 2], [3, 4]]));
