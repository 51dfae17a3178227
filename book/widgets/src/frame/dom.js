// Elements in one line each. Text is always set as text, never as markup: data cannot inject anything.

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes] false, null and undefined leave an attribute out, true gives it without a value
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** @param {Element} element @param {Attributes} attributes */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

/** @param {Element} element @param {string} text written only if it differs: an equal text would be announced again */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let count = 0;

/** @param {string} prefix @returns {string} an id that no other element of the page has */
export function uniqueId(prefix) {
  do count += 1;
  while (document.getElementById(`${prefix}-${count}`));
  return `${prefix}-${count}`;
}

/**
 * A symbol of the formulas: w₁ as an italic letter with an index, read aloud as "w1".
 * @param {string} letter @param {string | number} [index]
 */
export function symbol(letter, index = "") {
  const text = String(index);
  return html("span", { class: "nn-symbol" }, html("var", {}, letter), ...(text ? [html("sub", {}, text)] : []));
}
