// What the script writes beside the reader's answers: right or wrong in an icon and words, notes, and problems.
import { html, setAttributes, svg, uniqueId } from "../frame/dom.js";

/** @typedef {import("./form.js").QuestionForm} QuestionForm */
/** @typedef {"right" | "wrong" | "missed" | "problem"} Sign */

/** Strokes in a square of 16: a tick, a cross, an arrow, an exclamation mark. */
const STROKES = { right: "M3 8.5 6.5 12 13 4", wrong: "M4 4l8 8M12 4l-8 8", missed: "M2 8h11M9 4l4 4-4 4", problem: "M8 2.5v7M8 12.5v1" };

/** Drawn, since fonts disagree about such signs. @param {Sign} sign */
export const icon = (sign) =>
  svg("svg", { class: `nn-icon nn-icon-${sign}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: STROKES[sign] }));

export class Marks {
  /** @type {Map<string, Element[]>} */ #written = new Map();

  /** @param {QuestionForm} form */
  constructor(form) {
    this.form = form;
  }

  /**
   * @param {string} part
   * @param {Sign} sign
   * @param {string} words
   */
  mark(part, sign, words) {
    const mark = html("span", { class: `nn-mark nn-mark-${sign}`, id: uniqueId("nn-mark") }, icon(sign), " ", words);
    this.form.place(part).mark(mark);
    this.#keep(part, mark);
  }

  /**
   * Show a prepared feedback at the part it speaks of.
   * @param {string} part
   * @param {string} name
   */
  note(part, name) {
    const prepared = this.form.feedback(name);
    if (!prepared) return;
    const copy = [...prepared.childNodes].map((node) => node.cloneNode(true));
    const note = html("div", { class: "nn-said", id: uniqueId("nn-said") }, ...copy);
    note.querySelector(".nn-feedback-for")?.remove();
    this.form.place(part).note(note);
    this.#keep(part, note);
  }

  /**
   * Say at the field why its answer cannot be graded.
   * @param {string} part
   * @param {string} words
   */
  problem(part, words) {
    const control = this.form.control(part);
    const problem = html("p", { class: "nn-problem", id: uniqueId("nn-problem") }, icon("problem"), " ", words);
    const list = this.form.hasOptions ? control.closest("ul") : null;
    if (list) list.before(problem);
    else this.form.place(part).note(problem);
    // A single radio button cannot be invalid, only its group can: there the description says it.
    if (!this.form.hasOptions) control.setAttribute("aria-invalid", "true");
    this.#keep(part, problem);
  }

  /**
   * @param {string} part
   * @param {Element} element
   */
  #keep(part, element) {
    this.#describe(part, [...(this.#written.get(part) ?? []), element]);
  }

  /**
   * @param {string} part
   * @param {Element[]} elements all that is said of it now
   */
  #describe(part, elements) {
    this.#written.set(part, elements);
    const control = this.form.control(part);
    // What is said of the question as a whole stands at its first control, beside what is said of that control.
    const described = [...this.#written].filter(([other]) => this.form.control(other) === control);
    const ids = described.flatMap(([, said]) => said.map(({ id }) => id)).join(" ");
    setAttributes(control, { "aria-describedby": ids || null });
  }

  /**
   * @param {string} part
   * @param {string} [only] a selector: what does not match it stays
   */
  clear(part, only = "*") {
    const elements = this.#written.get(part) ?? [];
    this.#describe(part, elements.filter((element) => !element.matches(only)));
    for (const element of elements) if (element.matches(only)) element.remove();
    this.form.control(part).removeAttribute("aria-invalid");
  }

  /** @param {string} [only] */
  clearAll(only) {
    for (const part of this.#written.keys()) this.clear(part, only);
  }

  clearProblems() {
    this.clearAll(".nn-problem");
  }
}
