import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise } from "../src/progress/schema.js";
import { exportName, exportText, preview, readImport } from "../src/progress/transfer.js";
import { keptWords, previewWords } from "../src/progress/words.js";

const attempt = { when: "2026-11-23T07:00:00.000Z", rev: 1, correct: true, sure: true, hinted: false, choice: ["b"] };
const now = new Date("2026-11-24T08:00:00.000Z");
const progress = new Map([["q", [attempt]], ["r", [attempt, { ...attempt, when: "2026-11-23T07:00:01.000Z" }]]]);

test("export and import are each other's inverse", () => {
  const read = readImport(exportText(progress, now));
  assert.ok(!("problem" in read));
  assert.equal(serialise(read.progress), serialise(progress));
  assert.equal(read.exported, "2026-11-24");
  assert.equal(read.unreadable, 0);
  assert.equal(exportName(now), "nnbook-progress-2026-11-24.json");
});

test("a file that is no export is refused with the reason and what to do", () => {
  /** @type {[string, RegExp][]} */
  const refused = [
    ["hello", /not JSON.*Export/], ["null", /not progress of this book/], ["[1]", /not progress of this book/], ['{"version":1}', /not progress of this book/],
    ['{"format":"nnbook-progress","version":7,"questions":{}}', /version 7; this page reads up to 1/],
    ['{"format":"nnbook-progress","version":1,"questions":{}}', /holds no answers/],
    ['{"format":"nnbook-progress","version":1,"questions":{"q":{"attempts":[3]}}}', /No answer in this file can be read/],
    ['{"format":"nnbook-progress"}', /No answer in this file can be read/], ["x".repeat(5_000_001), /larger than 5 MB/],
  ];
  for (const [text, words] of refused) {
    const read = readImport(text);
    assert.ok("problem" in read, text.slice(0, 80));
    assert.match(read.problem, words);
  }
});

test("records that cannot be read are counted, the others imported", () => {
  const text = JSON.stringify({ format: "nnbook-progress", version: 1, questions: { q: { attempts: [attempt, 3] } } });
  const read = readImport(text);
  assert.ok(!("problem" in read));
  assert.deepEqual([read.unreadable, read.progress.size, read.exported], [1, 1, null]);
});

test("the preview counts what is new and what is here", () => {
  const found = preview(new Map([["q", [attempt]]]), progress);
  assert.deepEqual(found, { answers: 3, questions: 2, isNew: 2, known: 1 });
  const words = previewWords({ ...found, unreadable: 1, exported: "2026-11-24" });
  assert.equal(words, "The file of 2026-11-24 holds 3 answers to 2 questions: 2 new, 1 already here. " +
    "1 record in it cannot be read and would be left out. Nothing you have here is removed.");
  assert.match(previewWords({ ...found, unreadable: 0, exported: null }), /^The file holds/);
});

test("the panel counts in good English", () => {
  assert.match(keptWords(0, 0), /No answers yet/);
  assert.equal(keptWords(1, 1), "1 answer to 1 question is kept in this browser. It is sent nowhere.");
  assert.equal(keptWords(3, 2), "3 answers to 2 questions are kept in this browser. They are sent nowhere.");
});
