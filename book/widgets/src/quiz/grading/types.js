// The words the graders share.

/** What the reader filled in: the values of each field, by the field's name. @typedef {Record<string, string[]>} Answer */

/**
 * @typedef {object} Grade
 * @property {boolean} correct
 * @property {Record<string, boolean>} parts whether each part that was answered is right: by letter, item, blank or "answer"
 * @property {{at: string, name: string}[]} feedback which prepared feedback to show, and at which part
 * @property {string[]} reveal parts that belong to the answer and were not chosen: shown when the question is closed
 * @property {string} remark a sentence on the answer as a whole, or ""
 */

/** Why the answer cannot be graded, and at which field. Costs no try. @typedef {{at: string, problem: string}} Problem */

/**
 * @param {Grade | Problem} result
 * @returns {result is Problem}
 */
export const isProblem = (result) => "problem" in result;
