// Items to put in order, and pairs to match: one select each.

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Grade} Grade */
/** @typedef {import("./types.js").Problem} Problem */

/**
 * The one value chosen in each field.
 * @param {Answer} answer
 * @returns {Record<string, string>}
 */
const chosenIn = (answer) => Object.fromEntries(Object.entries(answer).map(([name, [value = ""]]) => [name, value]));

/**
 * @param {Record<string, boolean>} parts
 * @param {string} inPlace what the right ones are, such as "in their place"
 */
function howMany(parts, inPlace) {
  const right = Object.values(parts).filter(Boolean).length;
  return `${right} of ${Object.keys(parts).length} ${inPlace}.`;
}

/**
 * @param {{answer: string[], wrong?: {puts: string, before: string, feedback: string}[]}} key letters in the right order
 * @param {Answer} answer the place, from 1, given to each letter
 * @returns {Grade | Problem}
 */
export function gradeOrder(key, answer) {
  const places = chosenIn(answer);
  const open = Object.keys(places).find((item) => places[item] === "");
  if (open !== undefined) return { at: open, problem: "Choose a place for every item." };
  const taken = new Set();
  for (const [item, place] of Object.entries(places)) {
    if (taken.has(place)) return { at: item, problem: `Place ${place} is given twice. Choose another for one of the two.` };
    taken.add(place);
  }
  const parts = Object.fromEntries(Object.keys(places).map((item) => [item, key.answer[Number(places[item]) - 1] === item]));
  const correct = Object.values(parts).every(Boolean);
  const met = (key.wrong ?? []).filter(({ puts, before }) => Number(places[puts]) < Number(places[before]));
  return {
    correct,
    parts,
    feedback: correct ? [] : met.map(({ puts, feedback }) => ({ at: puts, name: feedback })),
    reveal: [],
    remark: correct ? "" : howMany(parts, "in the right place"),
  };
}

/**
 * @param {{answer: Record<string, string>, wrong?: {left: string, right: string, feedback: string}[]}} key
 * @param {Answer} answer the letter given to each number
 * @returns {Grade | Problem}
 */
export function gradeMatch(key, answer) {
  const given = chosenIn(answer);
  const open = Object.keys(given).find((left) => given[left] === "");
  if (open !== undefined) return { at: open, problem: "Choose a partner for every item." };
  const parts = Object.fromEntries(Object.keys(given).map((left) => [left, given[left] === key.answer[left]]));
  const correct = Object.values(parts).every(Boolean);
  const met = (key.wrong ?? []).filter(({ left, right }) => given[left] === right);
  return {
    correct,
    parts,
    feedback: met.map(({ left, feedback }) => ({ at: left, name: feedback })),
    reveal: [],
    remark: correct ? "" : howMany(parts, "pairs right"),
  };
}
