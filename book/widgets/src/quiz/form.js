// The static form of a question, as book/_ext/questions/html.py describes it: finding its parts and reading the answer.

/** @typedef {import("./grading/types.js").Answer} Answer */
/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/**
 * @template {Element} T
 * @param {ParentNode} place
 * @param {string} selector
 * @returns {T}
 */
function need(place, selector) {
  const found = place.querySelector(selector);
  if (!found) throw new Error(`No ${selector} in this question.`);
  return /** @type {T} */ (found);
}

export class QuestionForm {
  /** @param {HTMLFormElement} element */
  constructor(element) {
    const { question, rev, type } = element.dataset;
    if (!question || !rev || !type) throw new Error("A question needs data-question, data-rev and data-type.");
    this.element = element;
    this.id = question;
    this.rev = Number(rev);
    this.type = type;
    /** @type {HTMLFieldSetElement} */
    this.fieldset = need(element, ":scope > fieldset");
    /** @type {HTMLElement} */
    this.verdict = need(element, ".nn-verdict");
    /** @type {HTMLDetailsElement} */
    this.answer = need(element, ".nn-answer");
    /** @type {HTMLDetailsElement | null} */
    this.hint = element.querySelector(".nn-hint");
    /** @type {Control[]} what the reader fills in, in the order of the page */
    this.controls = [...this.fieldset.querySelectorAll(":is(input, select):not([name=confidence])")].map((control) => /** @type {Control} */ (control));
    if (this.controls.length === 0) throw new Error("This question has nothing to fill in.");
    this.key = JSON.parse(need(element, "script.nn-key").textContent ?? "");
  }

  get hasOptions() {
    return this.controls[0].matches("[type=radio], [type=checkbox]");
  }

  /** @returns {Answer} */
  read() {
    if (this.hasOptions) {
      return { answer: this.controls.filter((control) => /** @type {HTMLInputElement} */ (control).checked).map(({ value }) => value) };
    }
    return Object.fromEntries(this.controls.map(({ name, value }) => [name, [value]]));
  }

  /** @returns {boolean | null} null when the reader did not say */
  isSure() {
    const chosen = this.fieldset.querySelector("[name=confidence]:checked");
    return chosen ? chosen.getAttribute("value") === "sure" : null;
  }

  /**
   * @param {string} part an option's letter, the name of a field, or "answer" for the first field
   * @returns {Control}
   */
  control(part) {
    const named = this.controls.find(({ name, value }) => (this.hasOptions ? value : name) === part);
    return named ?? this.controls[0];
  }

  /**
   * Where a mark goes, and where a longer note goes.
   * @param {string} part
   * @returns {{mark: (mark: Element) => void, note: (note: Element) => void}}
   */
  place(part) {
    const control = this.control(part);
    const item = control.closest("li");
    if (item) return { mark: (mark) => item.append(mark), note: (note) => item.append(note) };
    // A note is a block: it cannot stand inside the paragraph of a text field, nor inside a sentence with blanks.
    const entry = control.closest(".nn-entry");
    let last = entry ?? control.closest(".nn-cloze") ?? control;
    while (last.nextElementSibling?.matches(".nn-said")) last = last.nextElementSibling;
    return { mark: (mark) => (entry ? entry.append(mark) : control.after(mark)), note: (note) => last.after(note) };
  }

  /**
   * @param {string} name
   * @returns {HTMLElement | null} the prepared feedback, in the list of the answer
   */
  feedback(name) {
    return this.answer.querySelector(`.nn-feedback[data-feedback="${CSS.escape(name)}"]`);
  }
}
