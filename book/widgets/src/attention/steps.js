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
  const query = vector("nn-data", "q");
  const output = vector("nn-output", "output");
  const [asks, gets] = [html("span"), html("span")];
  const caption = html("caption", {}, "The keys, one by one");
  const table = html("table", { class: "nn-steps" }, caption, html("thead", {}, head), body);
  const element = html("div", { class: "nn-panel nn-whole" },
    html("p", { class: "nn-vector-line" }, asks, query.element), table, html("p", { class: "nn-vector-line" }, gets, output.element));
  /** @type {ReturnType<typeof rowOf>[]} one for each place of the longest sentence so far */
  const rows = [];

  /** @param {number} j */
  function rowOf(j) {
    const name = html("th", { scope: "row" });
    const [k, v] = [vector("nn-parameter", `k.${j}`), vector("nn-hidden", `v.${j}`)];
    const [product, score, weight] = ["product", "score", "weight"].map((key) => numberPlace(`steps.${j}.${key}`));
    weight.classList.add("nn-output");
    const bar = html("span", { class: "nn-bar" });
    const cells = [k.element, product, score, html("span", { class: "nn-weight" }, weight, bar), v.element].map((part, c) => html("td", { "data-label": COLUMNS[c + 1][0] }, part));
    return { name, element: html("tr", {}, name, ...cells), k, product, score, weight, bar, v };
  }

  /** @param {number} count */
  function put(count) {
    while (rows.length < count) rows.push(rowOf(rows.length));
    while (body.rows.length > count) body.lastChild?.remove();
    body.append(...rows.slice(body.rows.length, count).map((each) => each.element));
  }

  return {
    element,
    /** @param {{tokens: readonly string[], head: Head, query: number, scaled: boolean}} scene */
    draw({ tokens, head: { t, dk, dv, q, k, v, products, scores, weights, output: out }, query: i, scaled }) {
      if (body.rows.length !== t) put(t);
      setText(asks, `“${tokens[i]}” asks with q = `);
      query.draw(row(q, i, dk));
      setText(scoreHead, scaled ? "q·k / √dₖ" : "score");
      rows.slice(0, t).forEach((each, j) => {
        const masked = scores[i * t + j] === -Infinity;
        setAttributes(each.element, { class: masked ? "nn-unseen" : null });
        setText(each.name, tokens[j]);
        each.k.draw(row(k, j, dk));
        showNumber(each.product, products[i * t + j]);
        showNumber(each.score, scores[i * t + j]);
        showNumber(each.weight, weights[i * t + j], 3);
        each.bar.style.inlineSize = `${(100 * weights[i * t + j]).toFixed(1)}%`;
        each.v.draw(row(v, j, dv));
      });
      setText(gets, `“${tokens[i]}” gets the sum of weight × v = `);
      output.draw(row(out, i, dv));
    },
  };
}

/** A row of numbers, one place each. @param {string} role @param {string} key */
function vector(role, key) {
  const element = html("span", { class: `nn-vector ${role}` });
  return {
    element,
    /** @param {Float32Array} numbers */
    draw(numbers) {
      if (element.children.length !== numbers.length) element.replaceChildren(...Array.from(numbers, (_, i) => numberPlace(`${key}.${i}`)));
      numbers.forEach((number, i) => showNumber(element.children[i], number));
    },
  };
}
