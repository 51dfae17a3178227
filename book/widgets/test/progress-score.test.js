import assert from "node:assert/strict";
import { test } from "node:test";
import { score, standing } from "../src/progress/score.js";

/** @typedef {import("../src/progress/schema.js").Attempt} Attempt */

let second = 0;
/** @param {Partial<Attempt>} [change] @returns {Attempt} */
const attempt = (change = {}) => ({
  when: new Date(1_700_000_000_000 + 1000 * (second += 1)).toISOString(), rev: 1, correct: true, sure: null, hinted: false, choice: [], ...change });
const wrong = (change = {}) => attempt({ correct: false, ...change });

test("the last round counts", () => {
  assert.equal(standing([], 1).standing, "open");
  assert.equal(standing([attempt()], 1).standing, "right");
  assert.equal(standing([wrong()], 1).standing, "wrong");
  assert.equal(standing([wrong(), attempt({ hinted: true })], 1).standing, "hinted");
  assert.equal(standing([wrong(), wrong({ hinted: true }), attempt()], 1).standing, "right");
  assert.equal(standing([attempt(), wrong()], 1).standing, "wrong");
});

test("answers to an older revision of the question do not count", () => {
  assert.equal(standing([attempt({ rev: 1 })], 2).standing, "open");
});

test("sure but wrong is remembered until a later round goes better", () => {
  assert.equal(standing([wrong({ sure: true }), attempt({ hinted: true, sure: true })], 1).sureButWrong, true);
  assert.equal(standing([wrong({ sure: false })], 1).sureButWrong, false);
  assert.equal(standing([wrong({ sure: true }), attempt({ sure: true })], 1).sureButWrong, false);
});

test("by concept, with sure but wrong first among what to read again", () => {
  const asked = [
    { id: "1", rev: 1, concepts: ["neuron"], link: "#one" },
    { id: "2", rev: 1, concepts: ["neuron", "bias"], link: "#two" },
    { id: "3", rev: 1, concepts: ["perceptron"], link: "#three" },
    { id: "4", rev: 1, concepts: ["bias"], link: "#four" },
  ];
  const progress = new Map([["1", [attempt()]], ["2", [wrong()]], ["3", [wrong({ sure: true }), attempt({ hinted: true })]]]);
  const now = score(asked, progress);
  assert.deepEqual([now.right, now.answered, now.total], [2, 3, 4]);
  assert.deepEqual(now.concepts.map(({ concept, right, total }) => [concept, right, total]), [["neuron", 1, 2], ["bias", 0, 2], ["perceptron", 1, 1]]);
  assert.deepEqual(now.again.map(({ concept, link }) => [concept, link]), [["perceptron", "#three"], ["neuron", "#two"], ["bias", "#two"]]);
});
