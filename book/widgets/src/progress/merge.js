// The union of two records of progress: the same whichever comes first, and however often it is repeated.

/** @typedef {import("./schema.js").Attempt} Attempt */
/** @typedef {import("./schema.js").Progress} Progress */

/** The newest attempts kept for each question. */
export const MOST_ATTEMPTS = 50;

/**
 * Everything an attempt says, as one string. It starts with the moment, so sorting by it sorts by time, and two tabs
 * that check in the same millisecond do not hide each other.
 * @param {Attempt} attempt
 */
const identity = ({ when, rev, correct, sure, hinted, choice }) =>
  when + JSON.stringify([rev, correct, sure, hinted, choice]);

/**
 * @param {Attempt[]} left
 * @param {Attempt[]} right
 * @returns {Attempt[]}
 */
function mergeAttempts(left, right) {
  const byIdentity = new Map([...left, ...right].map((attempt) => [identity(attempt), attempt]));
  const sorted = [...byIdentity.keys()].sort();
  return sorted.slice(-MOST_ATTEMPTS).map((key) => /** @type {Attempt} */ (byIdentity.get(key)));
}

/**
 * @param {Progress} left
 * @param {Progress} right
 * @returns {Progress} a new map; neither argument is changed
 */
export function merge(left, right) {
  /** @type {Progress} */
  const merged = new Map();
  for (const id of new Set([...left.keys(), ...right.keys()])) {
    merged.set(id, mergeAttempts(left.get(id) ?? [], right.get(id) ?? []));
  }
  return merged;
}

/**
 * @param {Progress} progress
 * @returns {number} attempts of all questions together
 */
export const countAttempts = (progress) => [...progress.values()].reduce((sum, attempts) => sum + attempts.length, 0);
