// One query, step by step: its vector, each key, their product, the score, the weight, the value, and the sum of it all.

import { html, setAttributes, setText } from "../frame/dom.js";
import { format, numberPlace, showNumber } from "../frame/numbers.js";
import { row } from "./model.js";

/** @typedef {import("./model.js").Head} Head */

const COLUMNS = [["key", ""], ["k", "nn-parameter"], ["q·k", ""], ["score", ""], ["weight", "nn-output"], ["v", "nn-hidden"]];

/** The steps of the chosen query. */
export function steps() {
  const head = html("tr", {}, ...COLUMNS.map(([name, role]) => html("th", { scope: "col", class: role || null }, name)));
  const scoreHead = /** @type {HTMLElement} */ (head.children[3]);
  const body = html("tbody");
  const query = vector("nn-data");
  const output = vector("nn-output");
  const [asks, gets] = [html("span"), html("span")];
  const caption = html("caption", {}, "The keys, one by one");
  const table = html("table", { class: "nn-steps" }, caption, html("thead", {}, head), body);
  const element = html("div", { class: "nn-panel nn-whole" },
    html("p", { class: "nn-vector-line" }, asks, query.element), table, html("p", { class: "nn-vector-line" }, gets, output.element));
  /** @type {{name: Element, row: HTMLElement, k: Vector, product: Element, score: Element, weight: Element, bar: HTMLElement, v: Vector}[]} */
  let rows = [];

  /** @param {number} count */
  function build(count) {
    rows = Array.from({ length: count }, (_, j) => {
      const name = html("th", { scope: "row" });
      const [k, v] = [vector("nn-parameter"), vector("nn-hidden")];
      const [product, score, weight] = ["product", "score", "weight"].map((key) => numberPlace(`steps.${j}.${key}`));
      weight.classList.add("nn-output");
      const bar = html("span", { class: "nn-bar" });
      const cells = [k.element, product, score, html("span", { class: "nn-weight" }, weight, bar), v.element].map((part, c) => html("td", { "data-label": COLUMNS[c + 1][0] }, part));
      return { name, row: html("tr", {}, name, ...cells), k, product, score, weight, bar, v };
    });
    body.replaceChildren(...rows.map((each) => each.row));
  }

  return {
    element,
    /** @param {{tokens: readonly string[], head: Head, query: number, scaled: boolean}} scene */
    draw({ tokens, head: { t, dk, dv, q, k, v, products, scores, weights, output: out }, query: i, scaled }) {
      if (rows.length !== t) build(t);
      setText(asks, `“${tokens[i]}” asks with q = `);
      query.draw(row(q, i, dk), "q");
      setText(scoreHead, scaled ? "q·k / √dₖ" : "score");
      rows.forEach((each, j) => {
        const masked = scores[i * t + j] === -Infinity;
        setAttributes(each.row, { class: masked ? "nn-unseen" : null });
        setText(each.name, tokens[j]);
        each.k.draw(row(k, j, dk), `k.${j}`);
        showNumber(each.product, products[i * t + j]);
        showNumber(each.score, scores[i * t + j]);
        showNumber(each.weight, weights[i * t + j], 3);
        each.bar.style.inlineSize = `${(100 * weights[i * t + j]).toFixed(1)}%`;
        each.v.draw(row(v, j, dv), `v.${j}`);
      });
      setText(gets, `“${tokens[i]}” gets the sum of weight × v = `);
      output.draw(row(out, i, dv), "output");
    },
  };
}

/** @typedef {ReturnType<typeof vector>} Vector */

/** A row of numbers, one place each. @param {string} role */
function vector(role) {
  const element = html("span", { class: `nn-vector ${role}` });
  return {
    element,
    /** @param {Float32Array} numbers @param {string} key */
    draw(numbers, key) {
      if (element.children.length !== numbers.length) element.replaceChildren(...Array.from(numbers, (_, i) => numberPlace(`${key}.${i}`)));
      numbers.forEach((number, i) => {
        setAttributes(element.children[i], { "data-number": `${key}.${i}` });
        showNumber(element.children[i], number);
      });
    },
  };
}
