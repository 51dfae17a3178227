// A matrix of queries by keys as a heat map with every number in its cell; a row is a query.

import { setAttributes, setText, svg } from "../frame/dom.js";
import { cividis, onCividis } from "../frame/cividis.js";
import { showNumber } from "../frame/numbers.js";

const LEFT = 64;
const TOP = 40;
const SIDE = 288;
const LARGEST_CELL = 72;

/** @typedef {{square: SVGRectElement, number: SVGTextElement, fill: string, ink: string}} Cell with the colours it has now */
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
  /** @type {Map<number, ReturnType<typeof build>>} */
  const grids = new Map();
  let grid = build(0);
  let shown = "";

  /** @param {number} count of tokens */
  function build(count) {
    const cell = Math.min(LARGEST_CELL, SIDE / count);
    const place = (/** @type {number} */ i) => (i + 0.5) * cell;
    const size = count > 5 ? "nn-small" : "nn-tick-size";
    const heads = Array.from({ length: count }, (_, j) => svg("text", { x: LEFT + place(j), y: TOP - 7, "text-anchor": "middle", class: `nn-parameter ${size}` }));
    const parts = Array.from({ length: count }, (_, i) => {
      const name = svg("text", { x: LEFT - 8, y: TOP + place(i), dy: "0.35em", "text-anchor": "end", class: `nn-data ${size}` });
      const cells = Array.from({ length: count }, (_, j) => ({
        square: svg("rect", { x: LEFT + j * cell + 0.75, y: TOP + i * cell + 0.75, width: cell - 1.5, height: cell - 1.5, rx: 2, class: "nn-masked" }),
        fill: "", ink: "",
        number: svg("text", { x: LEFT + place(j), y: TOP + place(i), dy: "0.35em", "text-anchor": "middle", "data-number": `${kind}.${i}.${j}`, class: size }),
      }));
      const group = svg("g", { "aria-hidden": "true" }, name, ...cells.flatMap(({ square, number }) => [square, number]));
      // What is pressed lies over the row and says it in words; the numbers under it are for the eye.
      const target = svg("rect", { x: 0, y: TOP + i * cell, width: LEFT + count * cell, height: cell, class: "nn-row nn-target" });
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
      return { name, group, target, cells };
    });
    return { cell, heads, parts };
  }

  /** @param {readonly string[]} tokens their names, in a grid of their number; one that was seen before is kept */
  function put(tokens) {
    const made = grids.get(tokens.length) ?? build(tokens.length);
    if (made !== grid) {
      grids.set(tokens.length, (grid = made));
      columns.replaceChildren(...grid.heads);
      rows.replaceChildren(...grid.parts.map(({ group }) => group), ...grid.parts.map(({ target }) => target));
    }
    tokens.forEach((token, i) => {
      setText(grid.heads[i], fitted(token, grid.cell));
      setText(grid.parts[i].name, fitted(token, LEFT));
    });
  }

  return {
    element: root,
    /** @param {MapScene} scene */
    draw({ tokens, numbers, query, causal }) {
      if (shown !== tokens.join(" ")) put(tokens);
      shown = tokens.join(" ");
      const { cell, parts } = grid;
      const t = tokens.length;
      const finite = numbers.filter(Number.isFinite);
      const largest = finite.reduce((most, number) => Math.max(most, Math.abs(number)), 1e-9);
      // Five signs fit into the smallest cell.
      const digits = kind === "scores" && largest >= 100 ? 0 : kind === "scores" && largest >= 10 ? 1 : 2;
      parts.forEach(({ target, cells }, i) => {
        cells.forEach((each, j) => {
          const value = numbers[i * t + j];
          const masked = causal && j > i;
          showNumber(each.number, value, digits);
          if (masked) paint(each, "", "");
          else if (kind === "weights") paint(each, cividis(value), onCividis(value));
          else paint(each, signed(value / largest), "");
        });
        if (kind === "weights") {
          const said = tokens.map((token, j) => `${cells[j].number.textContent} to ${token}`).join(", ");
          setAttributes(target, { "aria-pressed": String(i === query), "aria-label": `Query ${i + 1}, ${tokens[i]}: ${said}` });
        }
      });
      setAttributes(frame, { x: LEFT, y: TOP + query * cell, width: t * cell, height: cell });
    },
  };
}

/** @param {Cell} cell @param {string} fill none for what is masked @param {string} ink none for the page's own */
function paint(cell, fill, ink) {
  if (!fill !== !cell.fill) setAttributes(cell.square, { class: fill ? "nn-cell" : "nn-masked" });
  if (fill !== cell.fill) cell.square.style.fill = fill;
  if (ink !== cell.ink) cell.number.style.fill = ink;
  Object.assign(cell, { fill, ink });
}

/** @param {string} word @param {number} width @returns {string} a long word is cut; it stands whole in the rows below */
const fitted = (word, width) => (word.length > width / 7.2 ? `${word.slice(0, Math.max(Math.floor(width / 7.2) - 1, 1))}…` : word);

/** @param {number} share from −1 to 1 @returns {string} from the parameters' colour through the page to the data's; light enough for ink on it */
const signed = (share) => `color-mix(in srgb, var(${share < 0 ? "--nn-parameter" : "--nn-data"}) ${Math.round(38 * Math.abs(share))}%, var(--nn-page))`;
