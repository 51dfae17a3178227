import assert from "node:assert/strict";
import { test } from "node:test";
import { nextPhase, verdictWords } from "../src/quiz/verdict.js";

const base = { phase: /** @type {const} */ ("open"), correct: false, sure: null, hasHint: true, remark: "" };

test("a right answer closes a question, a wrong one gives exactly one retry", () => {
  assert.equal(nextPhase("open", true), "closed");
  assert.equal(nextPhase("open", false), "retry");
  assert.equal(nextPhase("retry", true), "closed");
  assert.equal(nextPhase("retry", false), "closed");
});

test("the verdict says what happened and what to do next", () => {
  assert.equal(verdictWords({ ...base, correct: true }), "Right.");
  assert.equal(verdictWords({ ...base, correct: true, phase: "retry" }), "Right, at the second try.");
  assert.equal(verdictWords(base), "Not yet. Read the hint, then check once more.");
  assert.equal(verdictWords({ ...base, hasHint: false }), "Not yet. Think again, then check once more.");
  assert.equal(verdictWords({ ...base, phase: "retry" }), "Not right. The answer and its reasons are below.");
  assert.match(verdictWords({ ...base, remark: "1 of 3 in the right place." }), /^Not yet\. 1 of 3 in the right place\./);
});

test("sure but wrong, and right but unsure, are named", () => {
  assert.match(verdictWords({ ...base, sure: true }), /You were certain/);
  assert.match(verdictWords({ ...base, correct: true, sure: false }), /You were not sure/);
  assert.doesNotMatch(verdictWords({ ...base, sure: false }), /sure|certain/);
});
