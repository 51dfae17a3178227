// The numbers at x, a row for each curve shown; the button of a row brings its curve to the front.

import { html, setAttributes, svg } from "../frame/dom.js";
import { button } from "../frame/controls.js";
import { numberPlace, showNumber } from "../frame/numbers.js";

/** @param {Record<string, string>} titles @param {(name: string) => void} pick */
export function readings(titles, pick) {
  const body = html("tbody");
  const head = ["curve", "f(x)", "f′(x)"].map((text) => html("th", { scope: "col" }, text));
  const element = html("table", { class: "nn-readings" }, html("caption", {}, "At x"), html("thead", {}, html("tr", {}, ...head)), body);
  /** @type {Map<string, {row: HTMLTableRowElement, choose: HTMLButtonElement, swatch: SVGLineElement, value: Element, slope: Element}>} */
  const rows = new Map(Object.keys(titles).map((name) => {
    const swatch = svg("line", { x1: 1, x2: 27, y1: 6, y2: 6 });
    const choose = button(titles[name], () => pick(name));
    choose.prepend(svg("svg", { viewBox: "0 0 28 12", class: "nn-swatch", "aria-hidden": "true" }, swatch));
    const [value, slope] = [numberPlace(`${name}.value`), numberPlace(`${name}.slope`)];
    return [name, { row: html("tr", {}, html("th", { scope: "row" }, choose), html("td", {}, value), html("td", {}, slope)), choose, swatch, value, slope }];
  }));
  let drawn = "";
  return {
    element,
    /** @param {{name: string, value: number, slope: number}[]} points @param {string} focus */
    draw(points, focus) {
      const names = points.map(({ name }) => name);
      if (drawn !== names.join()) body.replaceChildren(...names.map((name) => /** @type {any} */ (rows.get(name)).row));
      drawn = names.join();
      points.forEach(({ name, value, slope }, i) => {
        const row = /** @type {any} */ (rows.get(name));
        showNumber(row.value, value, 3);
        showNumber(row.slope, slope, 3);
        setAttributes(row.choose, { "aria-pressed": String(name === focus) });
        setAttributes(row.swatch, { class: `nn-line ${name === focus ? "nn-focus" : `nn-style-${i % 6}`}` });
      });
    },
  };
}
