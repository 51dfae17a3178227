// A matrix of queries by keys as a heat map with every number in its cell; a row is a query.

import { setAttributes, setText, svg } from "../frame/dom.js";
import { cividis, onCividis } from "../frame/cividis.js";
import { format } from "../frame/numbers.js";

const LEFT = 64;
const TOP = 40;
const SIDE = 288;
const LARGEST_CELL = 72;

/** @typedef {{tokens: readonly string[], numbers: Float32Array, query: number, causal: boolean}} MapScene */

/**
 * @param {{kind: "scores" | "weights", title: string, choose: (query: number) => void}} options
 *   scores are signed, weights lie between 0 and 1; the rows of the weights can be reached by keyboard
 */
export function map({ kind, title, choose }) {
  const columns = svg("g", { "aria-hidden": "true" });
  const rows = svg("g", {});
  const frame = svg("rect", { class: "nn-chosen-row", rx: 3 });
  const root = svg("svg", { viewBox: `0 0 ${LEFT + SIDE + 4} ${TOP + SIDE + 4}`, class: "nn-map", role: kind === "weights" ? "group" : "img", "aria-label": `${title}, a row for each query` },
    svg("text", { x: LEFT, y: 14, class: "nn-axis-name", "aria-hidden": "true" }, title),
    svg("text", { x: LEFT - 8, y: TOP - 7, "text-anchor": "end", class: "nn-tick", "aria-hidden": "true" }, "query ↓"),
    svg("text", { x: LEFT + SIDE, y: 14, "text-anchor": "end", class: "nn-tick", "aria-hidden": "true" }, "key →"), columns, rows, frame);
  let drawn = "";
  /** @type {{group: SVGGElement, target: SVGRectElement, cells: {square: SVGRectElement, number: SVGTextElement}[]}[]} */
  let parts = [];
  let cell = LARGEST_CELL;

  /** @param {readonly string[]} tokens */
  function build(tokens) {
    cell = Math.min(LARGEST_CELL, SIDE / tokens.length);
    const place = (/** @type {number} */ i) => (i + 0.5) * cell;
    columns.replaceChildren(...tokens.map((token, j) => svg("text", { x: LEFT + place(j), y: TOP - 7, "text-anchor": "middle", class: `nn-parameter ${size(tokens)}` }, fitted(token, cell))));
    parts = tokens.map((token, i) => {
      const name = svg("text", { x: LEFT - 8, y: TOP + place(i), dy: "0.35em", "text-anchor": "end", class: `nn-data ${size(tokens)}` }, fitted(token, LEFT));
      const cells = tokens.map((_, j) => ({
        square: svg("rect", { x: LEFT + j * cell + 0.75, y: TOP + i * cell + 0.75, width: cell - 1.5, height: cell - 1.5, rx: 2 }),
        number: svg("text", { x: LEFT + place(j), y: TOP + place(i), dy: "0.35em", "text-anchor": "middle", "data-number": `${kind}.${i}.${j}`, class: size(tokens) }),
      }));
      const group = svg("g", { "aria-hidden": "true" }, name, ...cells.flatMap(({ square, number }) => [square, number]));
      // What is pressed lies over the row and says it in words; the numbers under it are for the eye.
      const target = svg("rect", { x: 0, y: TOP + i * cell, width: LEFT + tokens.length * cell, height: cell, class: "nn-row nn-target" });
      target.addEventListener("pointerenter", () => choose(i));
      target.addEventListener("click", () => choose(i));
      if (kind === "weights") {
        setAttributes(target, { role: "button", tabindex: 0 });
        target.addEventListener("focus", () => choose(i));
        target.addEventListener("keydown", (event) => {
          const to = { ArrowUp: i - 1, ArrowDown: i + 1, Home: 0, End: parts.length - 1 }[event.key];
          if (to === undefined) return;
          event.preventDefault();
          parts[to]?.target.focus();
        });
      }
      return { group, target, cells };
    });
    rows.replaceChildren(...parts.map(({ group }) => group), ...parts.map(({ target }) => target));
  }

  return {
    element: root,
    /** @param {MapScene} scene */
    draw({ tokens, numbers, query, causal }) {
      if (drawn !== tokens.join(" ")) build(tokens);
      drawn = tokens.join(" ");
      const t = tokens.length;
      const finite = numbers.filter(Number.isFinite);
      const largest = finite.reduce((most, number) => Math.max(most, Math.abs(number)), 1e-9);
      // Five signs fit into the smallest cell.
      const digits = kind === "scores" && largest >= 100 ? 0 : kind === "scores" && largest >= 10 ? 1 : 2;
      parts.forEach(({ target, cells }, i) => {
        cells.forEach(({ square, number }, j) => {
          const value = numbers[i * t + j];
          const masked = causal && j > i;
          setAttributes(square, { class: masked ? "nn-masked" : "nn-cell", style: masked ? null : `fill: ${kind === "weights" ? cividis(value) : signed(value / largest)}` });
          setAttributes(number, { "data-value": value, style: masked || kind === "scores" ? null : `fill: ${onCividis(value)}` });
          setText(number, format(value, digits));
        });
        if (kind === "weights") {
          const said = tokens.map((token, j) => `${format(numbers[i * t + j])} to ${token}`).join(", ");
          setAttributes(target, { "aria-pressed": String(i === query), "aria-label": `Query ${i + 1}, ${tokens[i]}: ${said}` });
        }
      });
      setAttributes(frame, { x: LEFT, y: TOP + query * cell, width: t * cell, height: cell });
    },
  };
}

/** @param {readonly string[]} tokens */
const size = (tokens) => (tokens.length > 5 ? "nn-small" : "nn-tick-size");

/** @param {string} word @param {number} width @returns {string} a long word is cut; it stands whole in the rows below */
const fitted = (word, width) => (word.length > width / 7.2 ? `${word.slice(0, Math.max(Math.floor(width / 7.2) - 1, 1))}…` : word);

/** @param {number} share from −1 to 1 @returns {string} from the parameters' colour through the page to the data's; light enough for ink on it */
const signed = (share) => `color-mix(in srgb, var(${share < 0 ? "--nn-parameter" : "--nn-data"}) ${Math.round(38 * Math.abs(share))}%, var(--nn-page))`;
