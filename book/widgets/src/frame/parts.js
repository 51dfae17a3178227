// The frame around every widget: question, picture, words, controls, prediction, numbers, reset, always in this order.

import { button } from "./controls.js";
import { html, setAttributes, setText, uniqueId } from "./dom.js";
import { showNumber } from "./numbers.js";

/** @typedef {{caption: string, columns: string[], rows: (string | number)[][], digits?: number}} Table */

/**
 * @param {string} question
 * @param {{openNumbers: (open: boolean) => void, reset: () => void}} actions
 */
export function buildFrame(question, actions) {
  const ids = { question: uniqueId("nn-frame-question"), numbers: uniqueId("nn-numbers") };
  const picture = html("div", { class: "nn-picture" });
  const words = html("p", { class: "nn-words", role: "status" });
  const prediction = html("div");
  const controls = html("div", { class: "nn-frame-controls" });
  const numbers = html("div", { class: "nn-numbers", id: ids.numbers, role: "region", tabindex: 0, hidden: true });
  const toggle = button("Numbers", () => actions.openNumbers(numbers.hidden), { "aria-expanded": "false", "aria-controls": ids.numbers });
  const foot = html("div", { class: "nn-foot" }, toggle, button("Reset", actions.reset, { class: "nn-reset" }));
  const element = html("div", { class: "nn-frame", role: "group", "aria-labelledby": ids.question },
    html("p", { class: "nn-frame-question", id: ids.question }, question), picture, words, controls, prediction, foot, numbers);
  return {
    element,
    picture,
    words,
    prediction,
    controls,
    /** @param {boolean} open @param {() => Table} table made only when it is seen */
    showNumbers(open, table) {
      setAttributes(toggle, { "aria-expanded": String(open) });
      setText(toggle, open ? "Hide the numbers" : "Show the numbers");
      numbers.hidden = !open;
      if (open) fillTable(numbers, table());
    },
  };
}

/**
 * The rows are written into the cells that are there, so that a reader's place in the table is kept.
 * @param {HTMLElement} place @param {Table} table
 */
function fillTable(place, { caption, columns, rows, digits = 4 }) {
  const shape = `${columns.join("|")}×${rows.length}`;
  setAttributes(place, { "aria-label": caption });
  if (place.dataset.shape !== shape) {
    const cells = (/** @type {number} */ r) => columns.map((_, c) => html(c === 0 ? "th" : "td", c === 0 ? { scope: "row" } : { "data-number": `table.${r}.${c}` }));
    place.replaceChildren(html("table", {},
      html("caption", {}, caption),
      html("thead", {}, html("tr", {}, ...columns.map((column) => html("th", { scope: "col" }, column)))),
      html("tbody", {}, ...rows.map((_, r) => html("tr", {}, ...cells(r))))));
    place.dataset.shape = shape;
  }
  const body = /** @type {HTMLTableElement} */ (place.querySelector("table")).tBodies[0];
  rows.forEach((row, r) => row.forEach((value, c) => {
    const cell = body.rows[r].cells[c];
    if (typeof value === "number") showNumber(cell, value, digits);
    else setText(cell, value);
  }));
}
