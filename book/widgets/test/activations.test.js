// What the explorer says of curves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { at, compared, labelPlaces, pieces, steepest } from "../src/activations/model.js";
import { activations } from "../src/kernels/activations.js";

const GRID = Array.from({ length: 97 }, (_, i) => -6 + i / 8);
const slopes = (/** @type {string} */ name) => GRID.map(activations[name].slope);

test("value and slope at a place", () => assert.deepEqual(at("relu", 2), { value: 2, slope: 1 }));

test("the steepest point, nearest to 0 where there are many", () => {
  assert.deepEqual(steepest(GRID, slopes("sigmoid")), { x: 0, slope: 0.25, afterTen: 0.25 ** 10 });
  assert.equal(steepest(GRID, slopes("relu")).x, 0.125);
  assert.equal(steepest(GRID, slopes("step")).x, 0);
  assert.ok(Math.abs(steepest(GRID, slopes("gelu")).slope - 1.1289) < 2e-3);
});

test("what ten slopes leave, in words", () => {
  const verdict = (/** @type {string} */ name) => compared(steepest(GRID, slopes(name)).afterTen);
  assert.deepEqual(["sigmoid", "hard_sigmoid", "step"].map(verdict), ["less", "less", "less"]);
  assert.deepEqual(["tanh", "relu", "leaky_relu", "elu", "hard_tanh", "relu6", "softplus"].map(verdict), Array(7).fill("same"));
  assert.deepEqual(["gelu", "gelu_tanh", "silu", "selu", "mish", "hard_swish"].map(verdict), Array(6).fill("more"));
});

test("no curve loses between a thousandth and nine tenths: the three answers offered are all there are", () => {
  for (const name of Object.keys(activations)) {
    const { afterTen } = steepest(GRID, slopes(name));
    assert.ok(afterTen < 1e-3 || afterTen >= 0.9, `${name}: ${afterTen}`);
  }
});

test("a jump is a gap in the curve, a steep curve is not", () => {
  const values = (/** @type {string} */ name) => GRID.map(activations[name].value);
  assert.equal(pieces(GRID, values("step")).length, 2);
  for (const name of Object.keys(activations).filter((each) => each !== "step")) assert.equal(pieces(GRID, values(name)).length, 1, name);
  assert.equal(pieces(GRID, slopes("relu")).length, 2);
  assert.equal(pieces(GRID, slopes("sigmoid")).length, 1);
  assert.equal(pieces(GRID, values("step")).flat().length, GRID.length, "every point is drawn");
});

test("names stand inside the box, clear of each other", () => {
  const box = { left: 40, right: 352, top: 28, bottom: 238 };
  const x = GRID.map((value) => 40 + ((value + 6) / 12) * 312);
  const curves = ["relu", "sigmoid", "tanh", "elu"].map((name) => ({ name, y: GRID.map((value) => 170 - 35 * activations[name].value(value)) }));
  const places = Object.entries(labelPlaces(curves, x, box, (name) => 7 * name.length)).flatMap(([name, place]) => (place ? [{ name, ...place }] : []));
  assert.ok(places.length >= 3);
  for (const [i, one] of places.entries()) {
    assert.ok(one.x > box.left && one.x < box.right && one.y > box.top && one.y < box.bottom, one.name);
    for (const other of places.slice(0, i)) assert.ok(Math.abs(one.y - other.y) >= 17 || Math.abs(one.x - other.x) > 20, `${one.name} on ${other.name}`);
  }
});
