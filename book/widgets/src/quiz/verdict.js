// The course of one question: two tries, and what is said after each. No DOM.

/** `open`: nothing checked yet. `retry`: wrong once. `closed`: right, or wrong twice. @typedef {"open" | "retry" | "closed"} Phase */

/**
 * @param {Phase} phase before the check
 * @param {boolean} correct
 * @returns {Phase}
 */
export const nextPhase = (phase, correct) => (correct || phase === "retry" ? "closed" : "retry");

/**
 * @param {{phase: Phase, correct: boolean, sure: boolean | null, hasHint: boolean, remark: string}} check
 *   phase is the one before the check
 * @returns {string}
 */
export function verdictWords({ phase, correct, sure, hasHint, remark }) {
  const sentences = [];
  if (correct) {
    sentences.push(phase === "open" ? "Right." : "Right, at the second try.");
    if (sure === false) sentences.push("You were not sure: the reasons below settle it.");
  } else {
    sentences.push(phase === "open" ? "Not yet." : "Not right.");
  }
  if (remark) sentences.push(remark);
  if (!correct && phase === "open") sentences.push(hasHint ? "Read the hint, then check once more." : "Think again, then check once more.");
  if (!correct && phase === "retry") sentences.push("The answer and its reasons are below.");
  if (!correct && sure === true) sentences.push("You were certain, so this is what to read again first.");
  return sentences.join(" ");
}
