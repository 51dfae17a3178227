// The attention explorer's model; the kernel under it is checked against nnbook in kernels.test.js.

import assert from "node:assert/strict";
import { test } from "node:test";
import { attentionData } from "../src/attention/data.js";
import { head, most, readSentence, row, spread } from "../src/attention/model.js";
import { near } from "./golden.js";

const JSON_DATA = {
  question: "Who?", tokens: ["a", "b"], vocabulary: { a: [1, 0], b: [0, 1], "don't": [1, 1] },
  w_q: [[2, 0], [0, 2]], w_k: [[1, 0], [0, 1]], w_v: [[1, 2, 3], [4, 5, 6]], scaled: true, causal: false, temperature: 1, max_tokens: 3,
};

test("a head by hand: two tokens that look at themselves", () => {
  const { products, scores, weights, output, dk, dv } = head(attentionData(JSON_DATA), ["a", "b"], { scaled: true, causal: false, temperature: 1 });
  assert.deepEqual([dk, dv], [2, 3]);
  near(products, [2, 0, 0, 2], "q·k");
  near(scores, [2, 0, 0, 2].map((score) => score / Math.SQRT2), "scores");
  const high = 1 / (1 + Math.exp(-Math.SQRT2));
  near(weights, [high, 1 - high, 1 - high, high], "weights");
  near(row(output, 0, 3), [1, 2, 3].map((first, i) => high * first + (1 - high) * [4, 5, 6][i]), "output");
});

test("with a causal mask the first token sees itself only, and the score of what it may not see is −∞", () => {
  const { products, scores, weights } = head(attentionData(JSON_DATA), ["a", "b"], { scaled: false, causal: true, temperature: 2 });
  assert.deepEqual([...row(scores, 0, 2)], [2, -Infinity]);
  assert.deepEqual([...row(weights, 0, 2)], [1, 0]);
  assert.equal(products[1], 0, "the product itself is there");
});

test("where a query looks most, and how far it spreads", () => {
  assert.equal(most([0.2, 0.5, 0.3]).index, 1);
  near([spread([0.25, 0.25, 0.25, 0.25]), spread([1, 0, 0]), spread([0.5, 0.5, 0])], [4, 1, 2], "spread");
});

test("a typed sentence: case and signs forgiven, strangers named, the rest left out", () => {
  const words = ["the", "cat", "don't", ".", "Paris"];
  assert.deepEqual(readSentence("The CAT, don't paris .", words, 8), { tokens: ["the", "cat", "don't", "Paris", "."], unknown: [], dropped: 0 });
  assert.deepEqual(readSentence("the dog and cat", words, 8), { tokens: ["the", "cat"], unknown: ["dog", "and"], dropped: 0 });
  assert.deepEqual(readSentence("the the the the", words, 3), { tokens: ["the", "the", "the"], unknown: [], dropped: 1 });
  assert.deepEqual(readSentence("   ", words, 3), { tokens: [], unknown: [], dropped: 0 });
});

test("data that do not fit are refused by name", () => {
  const wrong = (/** @type {object} */ change) => () => attentionData({ ...JSON_DATA, ...change });
  assert.throws(wrong({ tokens: ["a", "z"] }), /tokens\[1\]: got "z"/);
  assert.throws(wrong({ vocabulary: { a: [1, 0], b: [0] } }), /vocabulary.b: got \[0\]; wants a list of 2/);
  assert.throws(wrong({ vocabulary: { "a b": [1, 0] } }), /words without spaces/);
  assert.throws(wrong({ w_k: [[1, 0, 0], [0, 1, 0]] }), /w_k\[0\]: got \[1,0,0\]; wants a list of 2/);
  assert.throws(wrong({ w_v: [[1]] }), /w_v: got/);
  assert.throws(wrong({ temperature: 0 }), /temperature: got 0; wants 0.1 to 4/);
  assert.throws(wrong({ max_tokens: 1 }), /max_tokens: got 1; wants at least the 2 tokens/);
  assert.throws(wrong({ causal: undefined }), /causal: got nothing/);
});
