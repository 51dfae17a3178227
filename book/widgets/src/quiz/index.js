// Upgrade every question of the page. One that cannot be upgraded stays as it is: readable, with its answer.
import "../progress/index.js";
import { progress } from "../progress/reader.js";
import { Question } from "./question.js";
import { addScore } from "./score.js";

for (const block of document.querySelectorAll(".nn-questions")) {
  for (const element of block.querySelectorAll("form.nn-question")) {
    const form = /** @type {HTMLFormElement} */ (element);
    try {
      new Question(form, (id, checked) => void progress.record(id, checked));
    } catch (error) {
      form.dataset.error = String(error);
      console.error(`Question ${form.dataset.question}: `, error);
    }
  }
  try {
    if (block.querySelector("form[data-ready]")) addScore(/** @type {HTMLElement} */ (block), progress);
  } catch (error) {
    console.error("Score of these questions: ", error);
  }
}
