// A text with blanks: each a choice from a list, a number, or a word.
import { isClose, readNumber } from "./numeric.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Grade} Grade */
/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {{choice: string} | {number: number, tol: number} | {words: string[]}} Blank */

/** @param {string} word */
const plainWord = (word) => word.trim().replace(/\s+/g, " ").toLowerCase();

/**
 * Whether the text typed fills the blank as `want` would.
 * @param {Blank} blank
 * @param {string} typed
 * @param {unknown} want
 */
function fills(blank, typed, want) {
  if ("choice" in blank) return typed === want;
  if ("words" in blank) return plainWord(typed) === plainWord(String(want));
  const read = readNumber(typed);
  return "value" in read && isClose(read.value, Number(want), blank.tol);
}

/**
 * @param {Blank} blank
 * @param {string} typed
 */
function isRight(blank, typed) {
  if ("choice" in blank) return fills(blank, typed, blank.choice);
  if ("words" in blank) return blank.words.some((word) => fills(blank, typed, word));
  return fills(blank, typed, blank.number);
}

/**
 * @param {{answer: Record<string, Blank>, wrong?: {blank: string, value: unknown, feedback: string}[]}} key
 * @param {Answer} answer
 * @returns {Grade | Problem}
 */
export function gradeCloze(key, answer) {
  /** @type {Record<string, boolean>} */
  const parts = {};
  /** @type {Grade["feedback"]} */
  const feedback = [];
  const remarks = [];
  for (const [name, blank] of Object.entries(key.answer)) {
    const typed = answer[name]?.[0] ?? "";
    if (typed.trim() === "") return { at: name, problem: `Fill blank ${name} first.` };
    const read = "number" in blank ? readNumber(typed) : { remark: "" };
    if ("problem" in read) return { at: name, problem: `Blank ${name}: ${read.problem}` };
    if (read.remark) remarks.push(read.remark);
    parts[name] = isRight(blank, typed);
    const foreseen = key.wrong?.find((wrong) => wrong.blank === name && fills(blank, typed, wrong.value));
    if (!parts[name] && foreseen) feedback.push({ at: name, name: foreseen.feedback });
  }
  const right = Object.values(parts).filter(Boolean).length;
  const correct = right === Object.keys(parts).length;
  if (!correct) remarks.unshift(`${right} of ${Object.keys(parts).length} blanks right.`);
  return { correct, parts, feedback, reveal: [], remark: remarks.join(" ") };
}
