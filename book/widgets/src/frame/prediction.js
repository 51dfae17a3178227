// The second gesture: say what will happen before it does. Then it happens, and the number says who was right.

import { button } from "./controls.js";
import { html, setAttributes, setText, uniqueId } from "./dom.js";

/**
 * @param {{question: string, before: string, answers: {value: string, label: string}[], choose: (value: string) => void}} options
 */
export function prediction({ question, before, answers, choose }) {
  const id = uniqueId("nn-prediction");
  const buttons = answers.map(({ value, label }) => button(label, () => choose(value), { "aria-pressed": "false" }));
  const truth = html("p", { class: "nn-truth", role: "status" });
  const ask = html("p", { id, class: "nn-ask" }, html("b", {}, "Your prediction: "), question);
  const element = html("div", { class: "nn-prediction", role: "group", "aria-labelledby": id }, ask, html("div", { class: "nn-answers" }, ...buttons), truth);
  return {
    element,
    /** @param {string} chosen "" for none yet @param {string} text what was measured, once one is chosen */
    update(chosen, text) {
      buttons.forEach((each, i) => setAttributes(each, { "aria-pressed": String(answers[i].value === chosen) }));
      setText(truth, chosen ? text : before);
      truth.classList.toggle("nn-known", chosen !== "");
    },
  };
}
