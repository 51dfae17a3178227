// The parts of the frame that need no page: numbers as text, ticks, codecs of the state, and what is wrong with data.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cividis, onCividis } from "../src/frame/cividis.js";
import { format, plural } from "../src/frame/numbers.js";
import { linearScale, ticks } from "../src/frame/plot.js";
import { flag, numberBetween, numbersOf, oneOf, wordsOf } from "../src/frame/state.js";
import * as need from "../src/frame/validate.js";

test("numbers as a reader sees them", () => {
  assert.equal(format(-1.5), "−1.50");
  assert.equal(format(0.12345, 3), "0.123");
  assert.equal(format(-0.001), "0.00", "no minus before a zero");
  assert.equal(format(-0.001, 3), "−0.001");
  assert.equal(format(-Infinity), "−∞");
  assert.equal(format(Infinity), "∞");
  assert.equal(format(NaN), "undefined");
  assert.equal(plural(1, "point"), "1 point");
  assert.equal(plural(0, "point"), "0 points");
});

test("ticks are round, inside, and about as many as asked for", () => {
  assert.deepEqual(ticks(-0.2, 1.2, 6), [0, 0.5, 1]);
  assert.deepEqual(ticks(-6, 6, 6), [-6, -4, -2, 0, 2, 4, 6]);
  assert.deepEqual(ticks(0, 0.3, 3), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(ticks(-250, 900, 4), [0, 500]);
});

test("a scale and its inverse", () => {
  const scale = linearScale([-1, 3], [100, 20]);
  assert.equal(scale(-1), 100);
  assert.equal(scale(3), 20);
  assert.equal(scale.invert(scale(0.7)).toFixed(12), "0.700000000000");
});

test("cividis at its ends, and readable text on all of it", () => {
  assert.equal(cividis(0), "rgb(0 34 78)");
  assert.equal(cividis(1), "rgb(254 232 56)");
  assert.equal(cividis(-3), cividis(0));
  assert.equal(cividis(7), cividis(1));
  const channel = (/** @type {number} */ part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  for (let amount = 0; amount <= 1; amount += 0.005) {
    const [r, g, b] = /** @type {RegExpMatchArray} */ (cividis(amount).match(/\d+/g)).map(Number).map(channel);
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const contrast = onCividis(amount) === "#000" ? (light + 0.05) / 0.05 : 1.05 / (light + 0.05);
    assert.ok(contrast >= 4.5, `at ${amount}: ${contrast}`);
  }
});

test("codecs read what they write, and know what means nothing", () => {
  assert.equal(numberBetween(-3, 3).parse("1.25"), 1.25);
  assert.equal(numberBetween(-3, 3).parse("9"), 3);
  for (const text of ["", " ", "one", "NaN", "Infinity"]) assert.equal(numberBetween(-3, 3).parse(text), undefined, text);
  assert.equal(oneOf(["a", "b"]).parse("b"), "b");
  assert.equal(oneOf(["a", "b"]).parse("c"), undefined);
  assert.equal(oneOf(["a"]).print(""), null);
  assert.deepEqual([flag().parse("true"), flag().parse(""), flag().parse("false"), flag().parse("no")], [true, true, false, undefined]);
  assert.deepEqual(wordsOf(["the", "cat"], 2).parse("  the cat "), ["the", "cat"]);
  assert.equal(wordsOf(["the", "cat"], 2).parse("the cat the"), undefined);
  assert.equal(wordsOf(["the", "cat"]).parse("the dog"), undefined);
  assert.deepEqual(numbersOf().parse("1 -2.5"), [1, -2.5]);
  assert.equal(numbersOf().parse("1 x"), undefined);
  assert.equal(numbersOf().print([1, -2.5]), "1 -2.5");
});

test("data that are wrong are named, with what is wanted", () => {
  assert.throws(() => need.needNumber("1", "b"), /^TypeError: b: got "1"; wants a finite number$/);
  assert.throws(() => need.needNumber(NaN, "b"), /b: got null; wants a finite number/);
  assert.throws(() => need.needText("", "question"), /question: got ""; wants a text/);
  assert.throws(() => need.needRecord([], "data"), /data: got \[\]; wants an object/);
  assert.throws(() => need.needRecord(null, "data"), /data: got null/);
  assert.throws(() => need.needNumbers([1, "x"], "w"), /w\[1\]: got "x"/);
  assert.throws(() => need.needNumbers([1], "w", 2), /w: got \[1\]; wants a list of 2/);
  assert.throws(() => need.needNumbers([], "w"), /w: got \[\]; wants a list with at least one item/);
  assert.throws(() => need.needNumbers(undefined, "w"), /w: got nothing/);
  assert.throws(() => need.needMatrix([[1, 2], [3]], "w_q"), /w_q\[1\]: got \[3\]; wants a list of 2/);
  assert.throws(() => need.needBoolean(1, "causal"), /causal: got 1; wants true or false/);
  assert.throws(() => need.needOneOf("relux", "activation", ["relu"]), /activation: got "relux"; wants one of relu/);
  assert.deepEqual(need.needMatrix([[1, 2], [3, 4]], "w", 2, 2), [[1, 2], [3, 4]]);
});
