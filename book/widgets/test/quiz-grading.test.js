import assert from "node:assert/strict";
import { test } from "node:test";
import { graderFor } from "../src/quiz/grading/index.js";
import { readNumber } from "../src/quiz/grading/numeric.js";

/** @typedef {import("../src/quiz/grading/types.js").Grade} Grade */

/**
 * @param {string} type
 * @param {any} key
 * @param {Record<string, string[]>} answer
 * @param {boolean} [hasOptions]
 * @returns {Grade}
 */
function grade(type, key, answer, hasOptions = false) {
  const result = graderFor(type, hasOptions)(key, answer);
  assert.ok(!("problem" in result), JSON.stringify(result));
  return result;
}

/**
 * @param {string} type
 * @param {any} key
 * @param {Record<string, string[]>} answer
 * @returns {{at: string, problem: string}}
 */
function problem(type, key, answer) {
  const result = graderFor(type, type === "single")(key, answer);
  assert.ok("problem" in result, JSON.stringify(result));
  return result;
}

test("single: right, wrong with its feedback and the answer revealed, and nothing chosen", () => {
  const key = { answer: "b" };
  assert.deepEqual(grade("single", key, { answer: ["b"] }), {
    correct: true, parts: { b: true }, feedback: [{ at: "b", name: "b" }], reveal: [], remark: "",
  });
  const wrong = grade("single", key, { answer: ["a"] });
  assert.equal(wrong.correct, false);
  assert.deepEqual(wrong.feedback, [{ at: "a", name: "a" }]);
  assert.deepEqual(wrong.reveal, ["b"]);
  assert.equal(problem("single", key, { answer: [] }).problem, "Choose an answer first.");
});

test("multiple: exactly the right set", () => {
  const key = { answer: ["a", "c"] };
  assert.equal(grade("multiple", key, { answer: ["c", "a"] }).correct, true);
  const half = grade("multiple", key, { answer: ["a"] });
  assert.equal(half.correct, false);
  assert.deepEqual(half.reveal, ["c"]);
  assert.match(half.remark, /one more belongs/);
  const mixed = grade("multiple", key, { answer: ["a", "b", "c"] });
  assert.equal(mixed.correct, false);
  assert.deepEqual(mixed.parts, { a: true, b: false, c: true });
  assert.equal(mixed.remark, "");
  assert.equal(problem("multiple", key, { answer: [] }).at, "answer");
});

test("numbers as people type them", () => {
  /** @type {[string, number][]} */
  const readable = [
    ["0.5", 0.5], [" -2 ", -2], ["−2", -2], ["+3", 3], [".25", 0.25], ["5.", 5], ["1e-3", 0.001], ["2E3", 2000],
    ["1/3", 1 / 3], ["-1 / 4", -0.25], ["0,5", 0.5], ["12,25", 12.25], ["0,125", 0.125], ["10 000", 10000],
    ["1 234 567.5", 1234567.5], ["1\u202f000", 1000],
  ];
  for (const [typed, want] of readable) {
    const read = readNumber(typed);
    assert.ok("value" in read, `${typed}: ${JSON.stringify(read)}`);
    assert.equal(read.value, want, typed);
  }
  assert.match(JSON.stringify(readNumber("0,5")), /comma was read as a decimal point: 0.5/);
});

test("what is no number is answered with what to write", () => {
  /** @type {[string, RegExp][]} */
  const unreadable = [
    ["abc", /“abc” is not a number/], ["1,000", /two ways. Write 1\.000 or 1000/], ["1,234.5", /not one number/],
    ["1.2.3", /not one number/], ["50 %", /50 % is 0\.5/], ["50%", /0\.5/], ["1/0", /divided by 0/],
    ["1/2/3", /not a number/], ["1 2", /not a number/], ["1e999", /too large/], ["Infinity", /not a number/],
    ["0x10", /not a number/], ["--1", /not a number/], ["1;2", /not a number/],
  ];
  for (const [typed, words] of unreadable) {
    const read = readNumber(typed);
    assert.ok("problem" in read, typed);
    assert.match(read.problem, words);
  }
});

test("numeric: tolerance as in nnbook.check, foreseen mistakes, and problems", () => {
  const key = { answer: 2, tol: 0.01, wrong: [{ value: 4, feedback: "w1" }] };
  assert.equal(grade("numeric", key, { answer: ["2.03"] }).correct, true);
  assert.equal(grade("numeric", key, { answer: ["2.031"] }).correct, false);
  assert.deepEqual(grade("numeric", key, { answer: ["4,02"] }).feedback, [{ at: "answer", name: "w1" }]);
  assert.deepEqual(grade("numeric", key, { answer: ["7"] }).feedback, []);
  assert.equal(problem("numeric", key, { answer: ["  "] }).problem, "Write a number first.");
  assert.match(problem("numeric", key, { answer: ["two"] }).problem, /“two” is not a number/);
});

test("predict: white space and typographic signs do not matter, anything else does", () => {
  const key = { answer: "[0 -1]  'a'", wrong: [{ value: "[0 1]", feedback: "w1" }] };
  assert.equal(grade("predict", key, { answer: [" [0   −1] ‘a’ "] }).correct, true);
  assert.equal(grade("predict", key, { answer: ["[0, -1] 'a'"] }).correct, false);
  assert.deepEqual(grade("predict", key, { answer: ["[0 1]"] }).feedback, [{ at: "answer", name: "w1" }]);
  assert.equal(problem("predict", key, { answer: [""] }).at, "answer");
  assert.equal(grade("predict", { answer: "b" }, { answer: ["b"] }, true).correct, true);
});

test("order: places, foreseen mistakes, open and doubled places", () => {
  const key = { answer: ["c", "a", "b"], wrong: [{ puts: "b", before: "a", feedback: "w1" }] };
  assert.equal(grade("order", key, { a: ["2"], b: ["3"], c: ["1"] }).correct, true);
  const wrong = grade("order", key, { a: ["3"], b: ["2"], c: ["1"] });
  assert.deepEqual(wrong.parts, { a: false, b: false, c: true });
  assert.deepEqual(wrong.feedback, [{ at: "b", name: "w1" }]);
  assert.equal(wrong.remark, "1 of 3 in the right place.");
  assert.deepEqual(problem("order", key, { a: ["1"], b: [""], c: ["2"] }), { at: "b", problem: "Choose a place for every item." });
  assert.match(problem("order", key, { a: ["1"], b: ["2"], c: ["1"] }).problem, /Place 1 is given twice/);
});

test("match: pairs, foreseen mistakes, open pairs", () => {
  const key = { answer: { 1: "b", 2: "a" }, wrong: [{ left: "1", right: "a", feedback: "w1" }] };
  assert.equal(grade("match", key, { 1: ["b"], 2: ["a"] }).correct, true);
  const wrong = grade("match", key, { 1: ["a"], 2: ["a"] });
  assert.deepEqual(wrong.parts, { 1: false, 2: true });
  assert.deepEqual(wrong.feedback, [{ at: "1", name: "w1" }]);
  assert.equal(problem("match", key, { 1: ["b"], 2: [""] }).at, "2");
});

test("cloze: choices, words and numbers", () => {
  const key = {
    answer: { 1: { choice: "b" }, 2: { words: ["bias", "Threshold"] }, 3: { number: 0.5, tol: 0.001 } },
    wrong: [{ blank: "1", value: "a", feedback: "w1" }, { blank: "2", value: "Weight", feedback: "w2" }, { blank: "3", value: 1, feedback: "w3" }],
  };
  assert.equal(grade("cloze", key, { 1: ["b"], 2: [" BIAS "], 3: ["1/2"] }).correct, true);
  assert.equal(grade("cloze", key, { 1: ["b"], 2: ["threshold"], 3: [".5"] }).correct, true);
  const wrong = grade("cloze", key, { 1: ["a"], 2: ["weight"], 3: ["1"] });
  assert.deepEqual(wrong.parts, { 1: false, 2: false, 3: false });
  assert.deepEqual(wrong.feedback.map(({ name }) => name), ["w1", "w2", "w3"]);
  assert.equal(wrong.remark, "0 of 3 blanks right.");
  assert.deepEqual(problem("cloze", key, { 1: ["b"], 2: [" "], 3: ["1"] }), { at: "2", problem: "Fill blank 2 first." });
  assert.match(problem("cloze", key, { 1: ["b"], 2: ["x"], 3: ["half"] }).problem, /Blank 3: “half” is not a number/);
});

test("an unknown type is an error, not a wrong answer", () => {
  assert.throws(() => graderFor("essay", false), /No grader for questions of type “essay”/);
});
