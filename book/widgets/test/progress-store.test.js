import assert from "node:assert/strict";
import { test } from "node:test";
import { countAttempts } from "../src/progress/merge.js";
import { parse } from "../src/progress/schema.js";
import { KEY } from "../src/progress/storage.js";
import { ProgressStore } from "../src/progress/store.js";

const answer = { rev: 1, correct: true, sure: null, hinted: false, choice: ["a"] };

/** A shelf of several tabs: tells the others, as the browser does, and can be made to fail. */
class FakeShelf {
  /** @type {Map<string, string>} */ items = new Map();
  room = Infinity;
  forbidden = false;
  get length() {
    return this.items.size;
  }
  /** @param {number} index */
  key(index) {
    return [...this.items.keys()][index] ?? null;
  }
  /** @param {string} key */
  getItem(key) {
    if (this.forbidden) throw new DOMException("no", "SecurityError");
    return this.items.get(key) ?? null;
  }
  /** @param {string} key @param {string} value */
  setItem(key, value) {
    const others = [...this.items].filter(([name]) => name !== key).reduce((sum, [, text]) => sum + text.length, 0);
    if (others + value.length > this.room) throw new DOMException("full", "QuotaExceededError");
    this.items.set(key, value);
  }
  /** @param {string} key */
  removeItem(key) {
    this.items.delete(key);
  }
}

let time = Date.parse("2026-11-23T07:00:00.000Z");
const clock = () => new Date((time += 1));

/** @param {FakeShelf} shelf @param {object} [more] */
const open = (shelf, more = {}) => new ProgressStore({ shelf: () => shelf, clock, ...more });

/** @param {FakeShelf} shelf */
const stored = (shelf) => parse(shelf.items.get(KEY) ?? null).progress;

/** @param {EventTarget} tab @param {string | null} newValue */
function storageEvent(tab, newValue) {
  tab.dispatchEvent(Object.assign(new Event("storage"), { key: KEY, newValue }));
}

test("an answer is stored, and another visit reads it", async () => {
  const shelf = new FakeShelf();
  await open(shelf).record("q", answer);
  const later = open(shelf);
  assert.equal(later.status, "kept");
  assert.deepEqual(later.read().get("q")?.map(({ choice }) => choice), [["a"]]);
});

test("two tabs add to each other", async () => {
  const shelf = new FakeShelf();
  const [one, two] = [open(shelf), open(shelf)];
  await one.record("q", answer);
  await two.record("q", answer);
  await one.record("r", answer);
  assert.equal(countAttempts(two.read()), 3);
  assert.equal(countAttempts(stored(shelf)), 3);
});

test("two tabs without locks that write over each other are repaired by the storage event", async () => {
  const shelf = new FakeShelf();
  const tab = new EventTarget();
  const one = open(shelf, { events: tab });
  await one.record("mine", answer);
  // Another tab had read before that write, and writes only its own answer now.
  const other = new FakeShelf();
  await open(other).record("theirs", answer);
  shelf.items.set(KEY, other.items.get(KEY) ?? "");
  storageEvent(tab, shelf.items.get(KEY) ?? null);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([...stored(shelf).keys()], ["mine", "theirs"]);
});

test("what another tab deletes stays deleted", async () => {
  const shelf = new FakeShelf();
  const tab = new EventTarget();
  const one = open(shelf, { events: tab });
  await one.record("q", answer);
  assert.equal(await open(shelf).clear(), true);
  storageEvent(tab, null);
  await one.record("r", answer);
  assert.deepEqual([...stored(shelf).keys()], ["r"]);
  assert.deepEqual([...one.read().keys()], ["r"]);
});

test("a lock is used where there is one, and its refusal is survived", async () => {
  const shelf = new FakeShelf();
  /** @type {string[]} */
  const asked = [];
  const locks = { request: async (/** @type {string} */ name, /** @type {() => unknown} */ work) => { asked.push(name); return work(); } };
  await open(shelf, { locks }).record("q", answer);
  assert.deepEqual(asked, [KEY]);
  const refusing = { request: () => Promise.reject(new DOMException("opaque origin", "SecurityError")) };
  await open(shelf, { locks: refusing }).record("r", answer);
  assert.deepEqual([...stored(shelf).keys()], ["q", "r"]);
});

test("a page that closes while it waits for the lock still writes", async () => {
  const shelf = new FakeShelf();
  const tab = new EventTarget();
  const never = { request: () => new Promise(() => {}) };
  void open(shelf, { locks: never, events: tab }).record("q", answer);
  assert.equal(stored(shelf).size, 0);
  tab.dispatchEvent(new Event("pagehide"));
  assert.equal(stored(shelf).size, 1);
});

test("denied: in every way a browser denies, answers live in memory", async () => {
  const forbidden = new FakeShelf();
  forbidden.forbidden = true;
  const denials = [() => { throw new DOMException("no", "SecurityError"); }, () => null, () => undefined, () => forbidden];
  for (const shelf of denials) {
    const store = new ProgressStore({ shelf, clock });
    assert.equal(store.status, "denied");
    await store.record("q", answer);
    assert.equal(store.status, "denied");
    assert.equal(store.read().size, 1);
    assert.equal(await store.clear(), true);
    assert.equal(store.read().size, 0);
    assert.equal(store.status, "denied");
  }
});

test("full: answers live in memory, and all are written once there is room", async () => {
  const shelf = new FakeShelf();
  const store = open(shelf);
  await store.record("q", answer);
  const before = shelf.items.get(KEY);
  shelf.room = 10;
  await store.record("r", answer);
  assert.equal(store.status, "full");
  assert.equal(store.read().size, 2);
  assert.equal(shelf.items.get(KEY), before, "what was stored is untouched");
  shelf.room = Infinity;
  await store.record("s", answer);
  assert.equal(store.status, "kept");
  assert.deepEqual([...stored(shelf).keys()], ["q", "r", "s"]);
});

test("corrupt: set aside under a key of its own, once, and the readable part goes on", async () => {
  const shelf = new FakeShelf();
  const whole = { attempts: [{ when: "2026-01-01T00:00:00.000Z", ...answer }] };
  const damaged = JSON.stringify({ version: 1, questions: { q: whole, r: 7 } });
  shelf.items.set(KEY, damaged);
  const store = open(shelf);
  assert.equal(store.status, "damaged");
  assert.equal(shelf.items.get(KEY), damaged, "reading alone changes nothing");
  await store.record("s", answer);
  assert.deepEqual([...stored(shelf).keys()], ["q", "s"]);
  assert.deepEqual(store.setAside, [damaged]);
  shelf.items.set(KEY, damaged);
  await open(shelf).record("s", answer);
  assert.deepEqual(store.setAside, [damaged], "the same text is not kept twice");
  await store.clear();
  assert.equal(shelf.items.size, 0);
});

test("corrupt and no room to set it aside: it is not overwritten", async () => {
  const shelf = new FakeShelf();
  shelf.items.set(KEY, "not JSON at all");
  shelf.room = 20;
  const store = open(shelf);
  await store.record("q", answer);
  assert.equal(shelf.items.get(KEY), "not JSON at all");
  assert.equal(store.status, "full");
  assert.equal(store.read().size, 1);
});

test("newer than the code: never written, until the reader deletes it", async () => {
  const shelf = new FakeShelf();
  const newer = JSON.stringify({ format: "nnbook-progress", version: 99, cards: [] });
  shelf.items.set(KEY, newer);
  const store = open(shelf);
  assert.equal(store.status, "newer");
  await store.record("q", answer);
  assert.equal(shelf.items.get(KEY), newer);
  assert.equal(store.text, newer);
  assert.equal(store.read().size, 1);
  await store.clear();
  assert.equal(shelf.items.has(KEY), false);
  assert.equal(store.status, "kept");
});

test("deleting can fail, and says so", async () => {
  const shelf = new FakeShelf();
  const store = open(shelf);
  await store.record("q", answer);
  shelf.removeItem = () => { throw new DOMException("no", "SecurityError"); };
  assert.equal(await store.clear(), false);
  assert.equal(store.read().size, 1);
});

test("listeners hear of writes and of other tabs, until they leave", async () => {
  const shelf = new FakeShelf();
  const tab = new EventTarget();
  const store = open(shelf, { events: tab });
  let heard = 0;
  const leave = store.subscribe(() => (heard += 1));
  await store.record("q", answer);
  assert.ok(heard > 0);
  const before = heard;
  storageEvent(tab, shelf.items.get(KEY) ?? null);
  assert.ok(heard > before);
  tab.dispatchEvent(Object.assign(new Event("storage"), { key: "another site's key", newValue: "x" }));
  const after = heard;
  leave();
  await store.record("q", answer);
  assert.equal(heard, after);
});
