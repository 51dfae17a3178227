// A number, typed by a person.

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Grade} Grade */
/** @typedef {import("./types.js").Problem} Problem */

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;
const PERHAPS_THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;
const GROUPED = /^([+-]?\d{1,3})((?:[ \u00a0\u2009\u202f]\d{3})+)(?![\d ])/;

/**
 * Read 0.5, −2, 1e-3, 1/3, 10 000 and 0,5; say what is wrong with anything else.
 * @param {string} text
 * @returns {{value: number, remark: string} | {problem: string}}
 */
export function readNumber(text) {
  const typed = text.trim();
  const plain = typed.replace(/[\u2212\u2013]/g, "-").replace(GROUPED, (all) => all.replace(/\s/g, ""));
  if (DECIMAL.test(plain)) return finite(Number(plain), "", typed);
  if (PERHAPS_THOUSANDS.test(plain)) {
    const [point, none] = [plain.replace(",", "."), plain.replace(",", "")];
    return { problem: `“${typed}” can be read in two ways. Write ${point} or ${none}.` };
  }
  if (DECIMAL_COMMA.test(plain)) {
    const value = Number(plain.replace(",", "."));
    return finite(value, `Your comma was read as a decimal point: ${value}.`, typed);
  }
  const [top, bottom, ...more] = plain.split("/").map((part) => part.trim());
  if (more.length === 0 && bottom !== undefined && DECIMAL.test(top) && DECIMAL.test(bottom)) {
    if (Number(bottom) === 0) return { problem: "Nothing can be divided by 0. Write another number." };
    return finite(Number(top) / Number(bottom), "", typed);
  }
  if (/^[+-]?[\d.,]+\s*%$/.test(plain)) return { problem: "Write a share, not per cent: 50 % is 0.5." };
  if (/^[+-]?[\d.,]+$/.test(plain)) {
    return { problem: `“${typed}” is not one number. Use one point, for the decimals, as in 1234.5.` };
  }
  return { problem: `“${typed}” is not a number. Write one such as 0.5, −2 or 1/3.` };
}

/**
 * @param {number} value
 * @param {string} remark
 * @param {string} typed
 */
const finite = (value, remark, typed) =>
  Number.isFinite(value) ? { value, remark } : { problem: `“${typed}” is too large to be a number here.` };

/**
 * The book's rule of closeness, the same as `nnbook.check`.
 * @param {number} given
 * @param {number} want
 * @param {number} tol
 */
export const isClose = (given, want, tol) => Math.abs(given - want) <= tol * (1 + Math.abs(want));

/**
 * @param {{answer: number, tol: number, wrong?: {value: number, feedback: string}[]}} key
 * @param {Answer} answer
 * @returns {Grade | Problem}
 */
export function gradeNumeric(key, answer) {
  const typed = answer.answer?.[0] ?? "";
  if (typed.trim() === "") return { at: "answer", problem: "Write a number first." };
  const read = readNumber(typed);
  if ("problem" in read) return { at: "answer", problem: read.problem };
  const correct = isClose(read.value, key.answer, key.tol);
  const foreseen = correct ? undefined : key.wrong?.find(({ value }) => isClose(read.value, value, key.tol));
  return {
    correct,
    parts: { answer: correct },
    feedback: foreseen ? [{ at: "answer", name: foreseen.feedback }] : [],
    reveal: [],
    remark: read.remark,
  };
}
