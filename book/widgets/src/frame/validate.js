// Data of a widget come from a cell, but a page can be cut or edited: each part is looked at before anything is drawn.
// A message says which part is wrong and what is wanted.

/** @param {unknown} value @param {string} name @returns {Record<string, any>} */
export function needRecord(value, name) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(name, value, "an object");
  return /** @type {Record<string, any>} */ (value);
}

/** @param {unknown} value @param {string} name @returns {number} */
export function needNumber(value, name) {
  if (typeof value !== "number" || !Number.isFinite(value)) fail(name, value, "a finite number");
  return /** @type {number} */ (value);
}

/** @param {unknown} value @param {string} name @returns {string} */
export function needText(value, name) {
  if (typeof value !== "string" || value === "") fail(name, value, "a text");
  return /** @type {string} */ (value);
}

/** @param {unknown} value @param {string} name @returns {boolean} */
export function needBoolean(value, name) {
  if (typeof value !== "boolean") fail(name, value, "true or false");
  return /** @type {boolean} */ (value);
}

/**
 * @template T
 * @param {unknown} value @param {string} name
 * @param {(item: unknown, name: string) => T} needItem
 * @param {number} [length] how many there must be; at least one if left out
 * @returns {T[]}
 */
export function needList(value, name, needItem, length) {
  if (!Array.isArray(value) || (length === undefined ? value.length === 0 : value.length !== length)) {
    fail(name, value, length === undefined ? "a list with at least one item" : `a list of ${length}`);
  }
  return /** @type {unknown[]} */ (value).map((item, i) => needItem(item, `${name}[${i}]`));
}

/** @param {unknown} value @param {string} name @param {number} [length] @returns {number[]} */
export const needNumbers = (value, name, length) => needList(value, name, needNumber, length);

/** @param {unknown} value @param {string} name @param {number} [rows] @param {number} [columns] @returns {number[][]} */
export const needMatrix = (value, name, rows, columns) => {
  const matrix = needList(value, name, (row, rowName) => needNumbers(row, rowName, columns), rows);
  return matrix.map((row, i) => (row.length === matrix[0].length ? row : fail(`${name}[${i}]`, row, `a list of ${matrix[0].length}`)));
};

/** @param {unknown} value @param {string} name @param {readonly string[]} known @returns {string} */
export function needOneOf(value, name, known) {
  if (typeof value !== "string" || !known.includes(value)) fail(name, value, `one of ${known.join(", ")}`);
  return /** @type {string} */ (value);
}

/** @param {string} name @param {unknown} value @param {string} wanted @returns {never} */
function fail(name, value, wanted) {
  const got = value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value)).slice(0, 60);
  throw new TypeError(`${name}: got ${got}; wants ${wanted}`);
}
