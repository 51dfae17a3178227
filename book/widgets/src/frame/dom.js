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
  return filled(document.createElement(tag), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} element new, so that nothing has to be compared @param {Attributes} attributes @param {(Node | string)[]} children
 */
function filled(element, attributes, children) {
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
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
