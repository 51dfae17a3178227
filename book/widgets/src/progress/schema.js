// What the reader's progress looks like, in memory and as text. No storage and no DOM here.

/**
 * One answer that was checked.
 * @typedef {object} Attempt
 * @property {string} when moment of the check: ISO 8601, UTC, with milliseconds
 * @property {number} rev revision of the question that was answered
 * @property {boolean} correct
 * @property {boolean | null} sure what the reader said of the answer; null when nothing was said
 * @property {boolean} hinted true for the second try, after the hint
 * @property {string[]} choice the answer: the letters chosen, the text typed, or "part:value" for each part
 */

/** Attempts of each question, by its permanent id, oldest first. @typedef {Map<string, Attempt[]>} Progress */

/**
 * @typedef {object} Parsed
 * @property {"empty" | "good" | "damaged" | "newer"} kind
 * @property {Progress} progress what could be read
 * @property {number} unreadable how many records could not (0 when the whole text could not be read)
 */

/** @typedef {Record<number, (document: any) => any>} Migrations from version n to n + 1 */

export const FORMAT = "nnbook-progress";
export const VERSION = 1;

/** Steps from older versions. Version 1 is the first, so there is none yet. @type {Migrations} */
export const MIGRATIONS = {};

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,119}$/;
const WHEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const LONGEST_ANSWER = 200;
export const MOST_PARTS = 50;

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The attempt in canonical field order, or null if it is none.
 * @param {unknown} value
 * @returns {Attempt | null}
 */
export function asAttempt(value) {
  if (!isRecord(value)) return null;
  const { when, rev, correct, sure, hinted, choice } = value;
  if (typeof when !== "string" || !WHEN.test(when) || Number.isNaN(Date.parse(when))) return null;
  if (typeof rev !== "number" || !Number.isSafeInteger(rev) || rev < 0) return null;
  if (typeof correct !== "boolean" || typeof hinted !== "boolean") return null;
  if (sure !== null && typeof sure !== "boolean") return null;
  if (!Array.isArray(choice) || choice.length > MOST_PARTS) return null;
  if (!choice.every((part) => typeof part === "string" && part.length <= LONGEST_ANSWER)) return null;
  return { when, rev, correct, sure, hinted, choice: [...choice] };
}

/**
 * @param {unknown} questions
 * @returns {{progress: Progress, unreadable: number}}
 */
function readQuestions(questions) {
  /** @type {Progress} */
  const progress = new Map();
  let unreadable = 0;
  for (const [id, record] of Object.entries(isRecord(questions) ? questions : {})) {
    const listed = isRecord(record) ? record.attempts : null;
    if (!ID.test(id) || !Array.isArray(listed)) {
      unreadable += 1;
      continue;
    }
    const attempts = listed.map(asAttempt);
    const readable = attempts.filter((attempt) => attempt !== null);
    unreadable += attempts.length - readable.length;
    if (readable.length > 0) progress.set(id, readable);
  }
  return { progress, unreadable };
}

/**
 * Read stored text. Never throws: what cannot be read is reported, and the rest is still returned.
 * @param {string | null} text
 * @param {{version?: number, migrations?: Migrations}} [code] the version this code writes, and its migrations
 * @returns {Parsed}
 */
export function parse(text, { version = VERSION, migrations = MIGRATIONS } = {}) {
  if (text === null) return { kind: "empty", progress: new Map(), unreadable: 0 };
  /** @type {Parsed} */
  const damaged = { kind: "damaged", progress: new Map(), unreadable: 0 };
  try {
    let document = JSON.parse(text);
    if (!isRecord(document) || !Number.isSafeInteger(document.version)) return damaged;
    const found = Number(document.version);
    if (found > version) return { ...damaged, kind: "newer" };
    if (found < 1) return damaged;
    for (let step = found; step < version; step += 1) document = migrations[step](document);
    if (!isRecord(document.questions)) return damaged;
    const read = readQuestions(document.questions);
    return { ...read, kind: read.unreadable > 0 ? "damaged" : "good" };
  } catch {
    return damaged;
  }
}

/**
 * The text that `parse` reads: sorted by id, so equal progress is equal text.
 * @param {Progress} progress
 * @param {Record<string, unknown>} [extra] further fields, such as the date of an export
 */
export function serialise(progress, extra = {}) {
  const ids = [...progress.keys()].sort();
  const questions = Object.fromEntries(ids.map((id) => [id, { attempts: progress.get(id) }]));
  return JSON.stringify({ format: FORMAT, version: VERSION, ...extra, questions });
}
