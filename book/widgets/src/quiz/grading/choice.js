// Questions with options: one right letter (single, predict with options) or several (multiple).

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Grade} Grade */
/** @typedef {import("./types.js").Problem} Problem */

/**
 * @param {{answer: string}} key
 * @param {Answer} answer
 * @returns {Grade | Problem}
 */
export function gradeSingle(key, answer) {
  const [chosen] = answer.answer ?? [];
  if (chosen === undefined) return { at: "answer", problem: "Choose an answer first." };
  const correct = chosen === key.answer;
  return {
    correct,
    parts: { [chosen]: correct },
    feedback: [{ at: chosen, name: chosen }],
    reveal: correct ? [] : [key.answer],
    remark: "",
  };
}

/**
 * @param {{answer: string[]}} key
 * @param {Answer} answer
 * @returns {Grade | Problem}
 */
export function gradeMultiple(key, answer) {
  const chosen = answer.answer ?? [];
  if (chosen.length === 0) return { at: "answer", problem: "Choose at least one answer first." };
  const missed = key.answer.filter((letter) => !chosen.includes(letter));
  const wrong = chosen.filter((letter) => !key.answer.includes(letter));
  let remark = "";
  if (wrong.length === 0 && missed.length > 0) {
    remark = `What you chose is right, but ${missed.length === 1 ? "one more belongs" : `${missed.length} more belong`} to it.`;
  }
  return {
    correct: wrong.length === 0 && missed.length === 0,
    parts: Object.fromEntries(chosen.map((letter) => [letter, key.answer.includes(letter)])),
    feedback: chosen.map((letter) => ({ at: letter, name: letter })),
    reveal: missed,
    remark,
  };
}
