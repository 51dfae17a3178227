// One question, upgraded: Check grades, a wrong answer gets a hint and one more try, then the answer is explained.
import { html, setAttributes, setText } from "../frame/dom.js";
import { LONGEST_ANSWER, MOST_PARTS } from "../progress/schema.js";
import { QuestionForm } from "./form.js";
import { graderFor } from "./grading/index.js";
import { isProblem } from "./grading/types.js";
import { icon, Marks } from "./marks.js";
import { nextPhase, verdictWords } from "./verdict.js";

/** @typedef {import("./grading/types.js").Answer} Answer */
/** @typedef {import("./grading/types.js").Grade} Grade */
/** @typedef {Omit<import("../progress/schema.js").Attempt, "when">} Checked */

const SAME = "This is the answer you have just checked. Change it, then check once more.";

/**
 * What is stored of an answer.
 * @param {Answer} answer
 * @returns {string[]}
 */
export const choiceOf = (answer) =>
  Object.entries(answer)
    .flatMap(([part, values]) => values.map((value) => (part === "answer" ? value : `${part}:${value}`)))
    .map((value) => value.slice(0, LONGEST_ANSWER))
    .slice(0, MOST_PARTS);

export class Question {
  /** @type {import("./verdict.js").Phase} */ #phase = "open";
  /** The answer that was wrong. */ #tried = "";
  #again = html("button", { type: "button", class: "nn-again" }, "Try again from the start");
  #after = html("p", { class: "nn-after", hidden: true }, this.#again);

  /**
   * @param {HTMLFormElement} element
   * @param {(id: string, checked: Checked) => void} record
   */
  constructor(element, record) {
    this.form = new QuestionForm(element);
    this.grade = graderFor(this.form.type, this.form.hasOptions);
    this.record = record;
    this.marks = new Marks(this.form);
    element.append(this.#after);
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    for (const control of this.form.controls) control.addEventListener("input", () => this.#changed(control));
    this.#again.addEventListener("click", () => this.restart());
    this.#enter("open");
    // Only now does the style sheet show Check and hide what stood in for it.
    element.dataset.ready = "";
  }

  check() {
    if (this.#phase === "closed") return;
    const answer = this.form.read();
    const result = this.grade(this.form.key, answer);
    this.marks.clearProblems();
    if (isProblem(result)) return this.#refuse(result);
    const before = this.#phase;
    const choice = choiceOf(answer);
    // A second tap on Check, meant or not, must not use up the second try.
    if (before === "retry" && choice.join("|") === this.#tried) return this.#refuse({ at: "answer", problem: SAME });
    this.#tried = choice.join("|");
    this.marks.clearAll();
    const sure = this.form.isSure();
    const phase = nextPhase(before, result.correct);
    this.#show(result, phase === "closed");
    const words = verdictWords({ phase: before, correct: result.correct, sure, hasHint: this.form.hint !== null, remark: result.remark });
    this.#say(result.correct ? "right" : "wrong", words);
    this.#enter(phase);
    this.record(this.form.id, { rev: this.form.rev, correct: result.correct, sure, hinted: before === "retry", choice });
  }

  /** @param {import("./grading/types.js").Problem} problem */
  #refuse({ at, problem }) {
    this.marks.problem(at, problem);
    this.form.control(at).focus();
  }

  restart() {
    this.form.element.reset();
    this.marks.clearAll();
    this.#say("", "");
    this.#enter("open");
    this.form.controls[0].focus();
  }

  /**
   * @param {Grade} grade
   * @param {boolean} closed
   */
  #show(grade, closed) {
    for (const [part, right] of Object.entries(grade.parts)) this.marks.mark(part, right ? "right" : "wrong", right ? "right" : "not right");
    if (closed) for (const part of grade.reveal) this.marks.mark(part, "missed", "belongs to the answer");
    for (const { at, name } of grade.feedback) this.marks.note(at, name);
    // What is said at the reader's own answer is not said twice.
    const said = closed ? grade.feedback.map(({ name }) => name) : [];
    for (const item of this.form.answer.querySelectorAll(".nn-feedback")) {
      /** @type {HTMLElement} */ (item).hidden = said.includes(item.getAttribute("data-feedback") ?? "");
    }
  }

  /** @param {import("./verdict.js").Phase} phase */
  #enter(phase) {
    const { element, fieldset, hint, answer } = this.form;
    this.#phase = phase;
    element.dataset.phase = phase;
    if (hint) {
      hint.hidden = phase !== "retry";
      hint.open = phase === "retry";
    }
    answer.hidden = phase !== "closed";
    answer.open = phase === "closed";
    this.#after.hidden = phase !== "closed";
    // The button that had the focus is about to be disabled: go on where the reading goes on.
    if (phase === "closed") answer.querySelector("summary")?.focus();
    // Each control, not the fieldset: code in the question must stay scrollable with the keyboard.
    for (const control of fieldset.querySelectorAll("input, select, button")) setAttributes(control, { disabled: phase === "closed" });
  }

  /**
   * @param {"right" | "wrong" | ""} kind
   * @param {string} words
   */
  #say(kind, words) {
    const { verdict } = this.form;
    verdict.dataset.kind = kind;
    if (kind === "") setText(verdict, "");
    else verdict.replaceChildren(icon(kind), " ", words);
  }

  /** @param {import("./form.js").Control} control that the reader changed: what was said of it no longer holds */
  #changed(control) {
    if (!this.form.hasOptions) this.marks.clear(control.name);
    this.marks.clearProblems();
  }
}
