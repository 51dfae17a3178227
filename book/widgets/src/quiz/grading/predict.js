// What the code prints, typed by the reader.

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Grade} Grade */
/** @typedef {import("./types.js").Problem} Problem */

/**
 * Runs of white space count as one blank. Phones turn quotes and minus signs into typographic ones: turn them back.
 * @param {string} text
 */
export const plainOutput = (text) =>
  text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2212\u2013]/g, "-");

/**
 * @param {{answer: string, wrong?: {value: string, feedback: string}[]}} key
 * @param {Answer} answer
 * @returns {Grade | Problem}
 */
export function gradePredict(key, answer) {
  const given = plainOutput(answer.answer?.[0] ?? "");
  if (given === "") return { at: "answer", problem: "Write what it prints first." };
  const correct = given === plainOutput(key.answer);
  const foreseen = correct ? undefined : key.wrong?.find(({ value }) => given === plainOutput(value));
  return {
    correct,
    parts: { answer: correct },
    feedback: foreseen ? [{ at: "answer", name: foreseen.feedback }] : [],
    reveal: [],
    remark: "",
  };
}
