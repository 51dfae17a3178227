// The controls all widgets share: native inputs, each with a visible label and a visible value.
// A control calls `change` with the new value, and `update` shows a value that came from elsewhere.

import { html, uniqueId } from "./dom.js";

/**
 * @template T
 * @typedef {{element: HTMLElement, update: (value: T) => void}} Control
 */

/**
 * A slider with a field for the exact number beside it.
 * @param {{label: (Node | string)[], name: string, low: number, high: number, step: number, role?: string, change: (value: number) => void}} options
 *   name is the label as one would say it: "w1", "temperature"; role is the colour of what it moves
 * @returns {Control<number>}
 */
export function slider({ label, name, low, high, step, role, change }) {
  const id = uniqueId("nn-slider");
  const range = html("input", { type: "range", id, min: low, max: high, step });
  const exact = html("input", { type: "number", min: low, max: high, step, inputmode: "decimal", "aria-label": `${name}, as a number` });
  range.addEventListener("input", () => change(range.valueAsNumber));
  exact.addEventListener("input", () => {
    if (Number.isFinite(exact.valueAsNumber)) change(Math.min(Math.max(exact.valueAsNumber, low), high));
  });
  let shown = NaN;
  // A half-typed or out-of-range number is put right when the reader leaves the field.
  exact.addEventListener("change", () => (exact.value = readable(shown)));
  return {
    element: html("div", { class: `nn-slider${role ? ` nn-${role}` : ""}` }, html("label", { for: id }, ...label), range, exact),
    update(value) {
      if (value === shown) return;
      shown = value;
      // Written only if it differs, which it does not while this very slider is moved.
      if (range.valueAsNumber !== value) range.valueAsNumber = value;
      const typing = document.activeElement === exact && Math.fround(exact.valueAsNumber) === Math.fround(value);
      if (!typing) exact.value = readable(value);
    },
  };
}

/** @param {number} value @returns {string} without the digits that only float32 put there */
const readable = (value) => String(Number(value.toFixed(3)));

/**
 * One of a few, all seen at once.
 * @param {{legend: string, options: {value: string, label: string}[], change: (value: string) => void}} options
 * @returns {Control<string>}
 */
export function choice({ legend, options, change }) {
  const group = uniqueId("nn-choice");
  const inputs = options.map(({ value }) => html("input", { type: "radio", name: group, value }));
  inputs.forEach((input) => input.addEventListener("change", () => input.checked && change(input.value)));
  const labels = options.map(({ label }, i) => html("label", {}, inputs[i], html("span", {}, label)));
  return {
    element: html("fieldset", { class: "nn-choice" }, html("legend", {}, legend), html("div", { class: "nn-segments" }, ...labels)),
    update(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

/**
 * @param {{label: string, hidden?: boolean, options: {value: string, label: string}[], change: (value: string) => void}} options
 *   hidden: the label is there for those who listen, a heading nearby says it for those who look
 * @returns {Control<string>}
 */
export function select({ label, hidden = false, options, change }) {
  const id = uniqueId("nn-select");
  const field = html("select", { id }, ...options.map(({ value, label: text }) => html("option", { value }, text)));
  field.addEventListener("change", () => change(field.value));
  return {
    element: html("div", { class: "nn-select" }, html("label", { for: id, class: hidden && "nn-heard" }, label), field),
    update(value) {
      if (field.value !== value) field.value = value;
    },
  };
}

/**
 * @param {{label: (Node | string)[], change: (value: boolean) => void}} options
 * @returns {Control<boolean>}
 */
export function toggle({ label, change }) {
  const box = html("input", { type: "checkbox" });
  box.addEventListener("change", () => change(box.checked));
  return {
    element: html("label", { class: "nn-toggle" }, box, html("span", {}, ...label)),
    update(value) {
      box.checked = value;
    },
  };
}

/** @param {string} label @param {() => void} press @param {Record<string, string>} [attributes] */
export function button(label, press, attributes = {}) {
  const element = html("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", press);
  return element;
}
