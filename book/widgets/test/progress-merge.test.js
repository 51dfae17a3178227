import assert from "node:assert/strict";
import { test } from "node:test";
import { countAttempts, merge, MOST_ATTEMPTS } from "../src/progress/merge.js";
import { parse, serialise } from "../src/progress/schema.js";

/** @typedef {import("../src/progress/schema.js").Progress} Progress */

/** A small generator with a seed, so a failure can be repeated. @param {number} seed */
function generator(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Progress with many collisions: few ids, few moments. @param {(below: number) => number} random @returns {Progress} */
function anyProgress(random) {
  /** @type {Progress} */
  let progress = new Map();
  for (let i = random(12); i > 0; i -= 1) {
    const when = new Date(1_700_000_000_000 + random(6)).toISOString();
    const attempt = { when, rev: random(2), correct: random(2) === 1, sure: [true, false, null][random(3)], hinted: random(2) === 1, choice: ["a", "b"].slice(random(2)) };
    progress = merge(progress, new Map([[`q${random(3)}`, [attempt]]]));
  }
  return progress;
}

const text = (/** @type {Progress} */ progress) => serialise(progress);
const rounds = Array.from({ length: 300 }, (_, seed) => seed + 1);

test("merge is commutative, associative and idempotent", () => {
  for (const seed of rounds) {
    const random = generator(seed);
    const [a, b, c] = [anyProgress(random), anyProgress(random), anyProgress(random)];
    assert.equal(text(merge(a, b)), text(merge(b, a)), `seed ${seed}`);
    assert.equal(text(merge(merge(a, b), c)), text(merge(a, merge(b, c))), `seed ${seed}`);
    assert.equal(text(merge(a, a)), text(a), `seed ${seed}`);
    assert.equal(text(merge(a, new Map())), text(a), `seed ${seed}`);
  }
});

test("merge loses nothing and invents nothing", () => {
  for (const seed of rounds) {
    const random = generator(seed);
    const [a, b] = [anyProgress(random), anyProgress(random)];
    const merged = merge(a, b);
    const flat = (/** @type {Progress} */ progress) => [...progress].flatMap(([id, attempts]) => attempts.map((attempt) => JSON.stringify([id, attempt])));
    assert.deepEqual(new Set(flat(merged)), new Set([...flat(a), ...flat(b)]), `seed ${seed}`);
    assert.equal(flat(merged).length, new Set(flat(merged)).size, "nothing twice");
    assert.equal(text(parse(text(merged)).progress), text(merged), "survives being stored");
  }
});

test("merge leaves its arguments alone and keeps the newest when there are very many", () => {
  const many = (/** @type {number} */ from) => new Map([["q", Array.from({ length: 40 }, (_, i) => ({
    when: new Date(1_700_000_000_000 + from + i).toISOString(), rev: 1, correct: true, sure: null, hinted: false, choice: [] }))]]);
  const [a, b] = [many(0), many(1000)];
  const before = text(a);
  const merged = merge(a, b);
  assert.equal(text(a), before);
  assert.equal(countAttempts(merged), MOST_ATTEMPTS);
  assert.equal(merged.get("q")?.at(-1)?.when, b.get("q")?.at(-1)?.when);
  assert.deepEqual(merged.get("q")?.slice(-40), b.get("q"));
});
