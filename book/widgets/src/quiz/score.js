// The end of a block of questions: how many are right, by concept, and what to read again.
import { html } from "../frame/dom.js";
import { NOTES } from "../progress/notes.js";
import { score } from "../progress/score.js";
import { plural } from "../progress/words.js";

/** @typedef {import("../progress/store.js").ProgressStore} ProgressStore */
/** @typedef {import("../progress/score.js").Asked} Asked */
/** @typedef {import("../progress/score.js").ConceptScore} ConceptScore */

/** @param {string} slug */
const asWords = (slug) => slug.replaceAll("-", " ");

/** @param {string} words */
const capitalised = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/**
 * @param {HTMLElement} block
 * @returns {Asked[]}
 */
export function askedIn(block) {
  /** @type {Record<string, string>} */
  const names = JSON.parse(block.dataset.conceptNames ?? "{}");
  return [...block.querySelectorAll("form[data-ready]")].map((element) => {
    const form = /** @type {HTMLFormElement} */ (element);
    const concepts = (form.dataset.concepts ?? "").split(" ").filter(Boolean);
    return {
      id: form.dataset.question ?? "",
      rev: Number(form.dataset.rev),
      concepts: concepts.map((concept) => names[concept] ?? asWords(concept)),
      link: form.querySelector(".nn-source a")?.getAttribute("href") ?? "",
    };
  });
}

/** @param {ConceptScore} entry */
function againItem({ concept, link, sureButWrong }) {
  const name = link ? html("a", { href: link }, concept) : concept;
  return html("li", {}, name, sureButWrong ? " (you were certain)" : "");
}

/**
 * @param {HTMLElement} block
 * @param {ProgressStore} store
 */
export function addScore(block, store) {
  const asked = askedIn(block);
  const topic = capitalised(asWords(block.dataset.questions ?? ""));
  const line = html("p", { class: "nn-score-line" });
  const concepts = html("ul", { class: "nn-concepts" });
  const again = html("div", { class: "nn-read-again" });
  const note = html("p", { class: "nn-note", role: "status" });
  const keep = html("details", { class: "nn-keep" }, html("summary", {}, "Keep, move or delete your answers"), document.createElement("nn-progress"));
  block.append(html("section", { class: "nn-score", "aria-label": `Your score: ${topic}` }, line, concepts, again, note, keep));

  const show = () => {
    const now = score(asked, store.read());
    const open = now.total - now.answered;
    line.replaceChildren(html("strong", {}, `${topic}: ${now.right} of ${now.total}`), open > 0 ? ` · ${plural(open, "question")} not answered yet` : "");
    concepts.hidden = now.answered === 0;
    concepts.replaceChildren(...now.concepts.map(({ concept, right, total }) => html("li", {}, `${concept} ${right} of ${total}`)));
    again.hidden = now.again.length === 0;
    again.replaceChildren(html("span", {}, "Read again: "), html("ul", {}, ...now.again.map(againItem)));
    note.hidden = store.status === "kept";
    if (note.textContent !== NOTES[store.status]) note.textContent = NOTES[store.status];
  };
  store.subscribe(show);
  show();
}
