// Numbers as a reader sees them, with the whole number kept beside the rounded one.

import { html } from "./dom.js";

/**
 * @param {number} value
 * @param {number} [digits] after the point
 * @returns {string} with a true minus sign, and no minus before a zero
 */
export function format(value, digits = 2) {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** @param {number} value @param {number} [digits] @returns {string} with its sign in front, for a term of a sum */
export function formatTerm(value, digits = 2) {
  const text = format(value, digits);
  return text.startsWith("−") ? `− ${text.slice(1)}` : `+ ${text}`;
}

/** @param {string} key @returns {HTMLSpanElement} a place for a number */
export function numberPlace(key) {
  return html("span", { class: "nn-amount", "data-number": key });
}

/** @typedef {Element & {number?: number, text?: string}} NumberPlace what it shows, kept beside it: to ask the document is slow */

/**
 * Show a number in an HTML or SVG element. What is read is rounded; the whole number is the element's property `number`.
 * @param {NumberPlace} place
 * @param {number} value
 * @param {number} [digits]
 * @param {(value: number, digits?: number) => string} [print]
 */
export function showNumber(place, value, digits = 2, print = format) {
  place.number = value;
  const text = print(value, digits);
  if (text === place.text) return;
  place.text = text;
  // The node that is there is written over: cheaper than a new one for each number of each frame.
  if (place.firstChild instanceof Text) place.firstChild.data = text;
  else place.textContent = text;
}

/** @param {number} count @param {string} one @param {string} [many] @returns {string} "1 point", "3 points" */
export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
