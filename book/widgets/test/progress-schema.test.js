import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, serialise, VERSION } from "../src/progress/schema.js";

const attempt = { when: "2026-11-23T07:00:00.000Z", rev: 1, correct: true, sure: null, hinted: false, choice: ["b"] };
const good = serialise(new Map([["q-1", [attempt]]]));

test("what is written can be read, and is sorted by id", () => {
  const read = parse(good);
  assert.equal(read.kind, "good");
  assert.deepEqual(read.progress.get("q-1"), [attempt]);
  const [ab, ba] = [["a", "b"], ["b", "a"]].map((ids) => serialise(new Map(ids.map((id) => [id, [attempt]]))));
  assert.equal(ab, ba);
});

test("nothing stored is empty, not damaged", () => {
  assert.equal(parse(null).kind, "empty");
});

test("text that is no progress is damaged, and never throws", () => {
  const texts = ["", "{", "null", "[]", "7", '"x"', "{}", '{"version":"1","questions":{}}', '{"version":0,"questions":{}}',
    `{"version":${VERSION}}`, `{"version":${VERSION},"questions":[]}`, '{"version":1.5,"questions":{}}'];
  for (const text of texts) {
    const { kind, progress } = parse(text);
    assert.equal(kind, "damaged", text);
    assert.equal(progress.size, 0);
  }
});

test("one bad record does not take the others with it", () => {
  /** @type {any[]} */
  const bad = [
    { when: "yesterday" }, { when: "2026-13-45T07:00:00.000Z" }, { rev: -1 }, { rev: 0.5 }, { rev: "1" }, { correct: 1 }, { sure: "yes" }, { hinted: null },
    { choice: "b" }, { choice: [1] }, { choice: ["x".repeat(201)] }, { choice: Array(51).fill("x") },
  ];
  for (const change of bad) {
    const text = JSON.stringify({ version: VERSION, questions: { q: { attempts: [{ ...attempt, ...change }, attempt] }, r: { attempts: [attempt] } } });
    const { kind, progress, unreadable } = parse(text);
    assert.equal(kind, "damaged", JSON.stringify(change));
    assert.equal(unreadable, 1);
    assert.deepEqual([progress.get("q"), progress.get("r")], [[attempt], [attempt]]);
  }
  const badIds = `{"version":1,"questions":{"__proto__":{"attempts":[]},"a b":{"attempts":[]},"":{"attempts":[]},"q":null}}`;
  assert.equal(parse(badIds).unreadable, 4);
  assert.equal(parse('{"version":1,"questions":{"constructor":{"attempts":[]}}}').kind, "good");
});

test("a newer version is not touched", () => {
  assert.equal(parse(JSON.stringify({ version: VERSION + 1, anything: true })).kind, "newer");
});

test("older versions are migrated step by step", () => {
  /** @type {import("../src/progress/schema.js").Migrations} */
  const migrations = {
    1: (document) => ({ ...document, questions: document.answers }),
    2: (document) => ({ ...document, questions: { ...document.questions, added: { attempts: [attempt] } } }),
  };
  const old = JSON.stringify({ version: 1, answers: { q: { attempts: [attempt] } } });
  const { kind, progress } = parse(old, { version: 3, migrations });
  assert.equal(kind, "good");
  assert.deepEqual([...progress.keys()], ["q", "added"]);
  const throwing = parse(old, { version: 2, migrations: { 1: () => { throw new Error("broken"); } } });
  assert.equal(throwing.kind, "damaged");
});
