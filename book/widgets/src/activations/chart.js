// One chart of the explorer: the shown curves over x, the one in focus in front, and where the reader is on it.

import { setAttributes, svg, uniqueId } from "../frame/dom.js";
import { format, showNumber } from "../frame/numbers.js";
import { axes, linearScale, pointerScale } from "../frame/plot.js";
import { labelPlaces, pieces } from "./model.js";

const BOX = { left: 40, right: 352, top: 28, bottom: 238 };
const HEIGHT = 282;
const TANGENT = 42;

/**
 * @param {{grid: readonly number[], tables: Record<string, readonly number[]>, titles: Record<string, string>, domain: readonly [number, number],
 *   name: string, what: string, tangent: boolean}} options
 * @param {{move: (x: number) => void, pick: (name: string) => void}} actions
 */
export function chart({ grid, tables, titles, domain, name, what, tangent }, { move, pick }) {
  const x = linearScale([grid[0], grid[grid.length - 1]], [BOX.left, BOX.right]);
  const y = linearScale(domain, [BOX.bottom, BOX.top]);
  const clip = uniqueId("nn-clip");
  const box = { x: BOX.left, y: BOX.top, width: BOX.right - BOX.left, height: BOX.bottom - BOX.top };
  const paths = svg("g", { "clip-path": `url(#${clip})` });
  const names = svg("g", { "aria-hidden": "true" });
  const cursor = svg("line", { y1: BOX.top, y2: BOX.bottom, class: "nn-cursor" });
  const slope = svg("line", { class: "nn-tangent", "clip-path": `url(#${clip})` });
  const dots = svg("g", {});
  const reading = svg("text", { class: "nn-label nn-reading" });
  const handle = svg("g", {
    role: "slider", tabindex: 0, class: "nn-handle", "aria-label": `x, along the ${what}`,
    "aria-valuemin": grid[0], "aria-valuemax": grid[grid.length - 1], "aria-orientation": "horizontal",
  }, svg("circle", { r: 18, class: "nn-target" }), svg("circle", { r: 6.5, class: "nn-dot" }));
  const root = svg("svg", { viewBox: `0 0 360 ${HEIGHT}`, class: "nn-chart", role: "group", "aria-label": `${what} of the activations shown` },
    svg("defs", {}, svg("clipPath", { id: clip }, svg("rect", box))),
    axes({ scale: x, domain: [grid[0], grid[grid.length - 1]], name: "input x, no unit" }, { scale: y, domain, name, about: 5 }),
    paths, cursor, dots, slope, names, svg("g", { "aria-hidden": "true" }, reading), svg("rect", { ...box, class: "nn-catch" }), handle);

  const byName = new Map(Object.entries(tables).map(([each, values]) => [each, svg("path", { d: outline(values) })]));

  /** @param {readonly number[]} values */
  function outline(values) {
    // A curve ends a little outside the box, where the clip hides it, and not far out over other parts of the page.
    const inside = (/** @type {number} */ pixel) => Math.min(Math.max(pixel, BOX.top - 12), BOX.bottom + 12);
    const point = (/** @type {[number, number]} */ [px, py], /** @type {number} */ i) => `${i ? "L" : "M"}${x(px).toFixed(1)} ${inside(y(py)).toFixed(1)}`;
    return pieces(grid, values).map((part) => part.map(point).join("")).join("");
  }

  let curvesDrawn = "";

  /** Which curves there are, and their names beside them: only when the choice changes. @param {string[]} shown @param {string} focus */
  function drawCurves(shown, focus) {
    if (curvesDrawn === `${shown} ${focus}`) return;
    curvesDrawn = `${shown} ${focus}`;
    const order = [...shown.filter((each) => each !== focus), focus];
    const pixels = grid.map(x);
    const curves = [...order].reverse().map((each) => ({ name: each, y: tables[each].map(y) }));
    const places = labelPlaces(curves, pixels, BOX, (each) => 7.4 * titles[each].length);
    names.replaceChildren();
    for (const each of order) {
      const place = places[each];
      if (place) names.append(svg("text", { x: place.x, y: place.y, dy: "0.35em", "text-anchor": "middle", class: `nn-tick ${each === focus ? "nn-focus" : ""}` }, titles[each]));
      setAttributes(/** @type {Element} */ (byName.get(each)), { class: `nn-line ${each === focus ? "nn-focus" : `nn-style-${shown.indexOf(each) % 6}`}` });
    }
    paths.replaceChildren(...order.map((each) => /** @type {SVGPathElement} */ (byName.get(each))));
    dots.replaceChildren(...order.slice(0, -1).map(() => svg("circle", { r: 3.5, class: "nn-small-dot" })));
  }

  /** @param {number} at @param {{name: string, value: number, slope: number, y: number}[]} points @param {string} focus */
  function drawCursor(at, points, focus) {
    setAttributes(cursor, { x1: x(at), x2: x(at) });
    points.filter((point) => point.name !== focus).forEach((point, i) => {
      const visible = point.y >= domain[0] && point.y <= domain[1];
      dots.children[i].toggleAttribute("hidden", !visible);
      setAttributes(dots.children[i], { cx: x(at), cy: y(point.y) });
    });
    const main = /** @type {{name: string, value: number, slope: number, y: number}} */ (points.find((point) => point.name === focus));
    const py = Math.min(Math.max(y(main.y), BOX.top), BOX.bottom);
    setAttributes(handle, { transform: `translate(${x(at)} ${py})`, "aria-valuenow": at, "aria-valuetext": `x = ${format(at)}: ${titles[focus]} ${format(main.value, 3)}, slope ${format(main.slope, 3)}` });
    // Above the box, where no curve can be in the way.
    setAttributes(reading, { x: Math.min(Math.max(x(at), BOX.left + 78), BOX.right - 44), y: BOX.top - 10, "text-anchor": "middle", "data-number": `${name} in the chart` });
    showNumber(reading, main.y, 3, (value) => `${name.replace("x", format(at))} = ${format(value, 3)}`);
    const drawn = tangent && main.y >= domain[0] && main.y <= domain[1];
    slope.toggleAttribute("hidden", !drawn);
    if (!drawn) return;
    const run = [x(1) - x(0), main.slope * (y(1) - y(0))];
    const scale = TANGENT / Math.hypot(...run);
    setAttributes(slope, { x1: x(at) - scale * run[0], y1: y(main.y) - scale * run[1], x2: x(at) + scale * run[0], y2: y(main.y) + scale * run[1] });
  }

  const keep = (/** @type {number} */ value) => Math.min(Math.max(Math.round(value * 100) / 100, grid[0]), grid[grid.length - 1]);
  const follow = (/** @type {PointerEvent} */ event) => move(keep(x.invert(toPicture(event).x)));
  let toPicture = (/** @type {{clientX: number, clientY: number}} */ _event) => new DOMPoint();
  for (const part of [/** @type {Element} */ (root.querySelector(".nn-catch")), handle]) {
    const surface = /** @type {SVGGraphicsElement} */ (part);
    surface.addEventListener("pointerenter", () => (toPicture = pointerScale(root)));
    surface.addEventListener("pointermove", (event) => (event.pointerType === "mouse" || event.buttons) && follow(event));
    surface.addEventListener("pointerdown", (event) => {
      toPicture = pointerScale(root);
      follow(event);
      const at = toPicture(event);
      const nearest = [...paths.children].map((path) => ({ path, gap: distance(path, at) })).sort((a, b) => a.gap - b.gap)[0];
      const found = [...byName].find(([, path]) => path === nearest.path);
      if (found && nearest.gap < 14) pick(found[0]);
    });
  }

  /** @param {Element} path @param {DOMPoint} at */
  function distance(path, at) {
    const each = /** @type {[string, SVGPathElement]} */ ([...byName].find(([, other]) => other === path))[0];
    return Math.min(...grid.map((px, i) => Math.hypot(x(px) - at.x, y(tables[each][i]) - at.y)));
  }

  handle.addEventListener("keydown", (event) => {
    const now = Number(handle.getAttribute("aria-valuenow"));
    const [low, high] = [grid[0], grid[grid.length - 1]];
    const to = /** @type {Record<string, number>} */ ({ ArrowLeft: now - 0.1, ArrowDown: now - 0.1, ArrowRight: now + 0.1, ArrowUp: now + 0.1, PageDown: now - 1, PageUp: now + 1, Home: low, End: high })[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(keep(to));
  });

  return { element: root, drawCurves, drawCursor };
}
