// One grader a type of question: numbers and strings in, a grade out, no DOM.
import { gradeMatch, gradeOrder } from "./arrange.js";
import { gradeMultiple, gradeSingle } from "./choice.js";
import { gradeCloze } from "./cloze.js";
import { gradeNumeric } from "./numeric.js";
import { gradePredict } from "./predict.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Grade} Grade */
/** @typedef {import("./types.js").Problem} Problem */

/** @type {Record<string, (key: any, answer: Answer) => Grade | Problem>} */
const GRADERS = {
  single: gradeSingle,
  multiple: gradeMultiple,
  numeric: gradeNumeric,
  predict: gradePredict,
  order: gradeOrder,
  match: gradeMatch,
  cloze: gradeCloze,
};

/**
 * @param {string} type
 * @param {boolean} hasOptions a predict question with options is graded by its letter
 * @returns {(key: any, answer: Answer) => Grade | Problem}
 */
export function graderFor(type, hasOptions) {
  const grader = type === "predict" && hasOptions ? gradeSingle : GRADERS[type];
  if (!grader) throw new Error(`No grader for questions of type “${type}”.`);
  return grader;
}
