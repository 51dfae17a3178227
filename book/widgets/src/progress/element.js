// <nn-progress>: what is kept, and the reader's hand on it: export, import, delete.
import { html, setText } from "../frame/dom.js";
import { confirm } from "./confirm.js";
import { download } from "./download.js";
import { buildImport } from "./import.js";
import { countAttempts } from "./merge.js";
import { NOTES } from "./notes.js";
import { progress } from "./reader.js";
import { exportName, exportText } from "./transfer.js";
import { keptWords, plural } from "./words.js";

/** @param {string} label @param {() => void} act */
const action = (label, act) => {
  const button = html("button", { type: "button" }, label);
  button.addEventListener("click", act);
  return button;
};

export class ProgressPanel extends HTMLElement {
  #summary = html("p", { class: "nn-kept" });
  #note = html("p", { class: "nn-note" });
  #said = html("p", { class: "nn-said-status", role: "status" });
  #export = action("Export to a file", () => this.#save());
  #delete = action("Delete everything…", () => void this.#ask());
  #rescue = action("Save what could not be read", () => this.#saveSetAside());
  /** @type {(() => void) | null} */ #unsubscribe = null;

  connectedCallback() {
    if (this.childElementCount === 0) this.#build();
    this.#unsubscribe = progress.subscribe(() => this.#show());
    this.#show();
    this.dataset.ready = "";
  }

  disconnectedCallback() {
    this.#unsubscribe?.();
  }

  #build() {
    const { field, box } = buildImport(progress, (message) => this.#say(message));
    const actions = html("p", { class: "nn-actions" }, this.#export, this.#rescue, this.#delete);
    this.append(this.#summary, this.#note, actions, field, box, this.#said);
  }

  #show() {
    const all = progress.read();
    const answers = countAttempts(all);
    const kept = progress.status === "kept" || progress.status === "damaged";
    setText(this.#summary, kept ? keptWords(answers, all.size) : `${plural(answers, "answer")} to ${plural(all.size, "question")} on this page.`);
    setText(this.#note, NOTES[progress.status]);
    this.#note.hidden = progress.status === "kept";
    const setAside = progress.setAside.length > 0 || progress.status === "newer";
    this.#rescue.hidden = !setAside;
    setText(this.#rescue, progress.status === "newer" ? "Save the newer version's data" : "Save what could not be read");
    this.#export.disabled = answers === 0;
    this.#delete.disabled = answers === 0 && !setAside && progress.status !== "damaged";
  }

  /** @param {string} message */
  #say(message) {
    setText(this.#said, message);
  }

  #save() {
    const now = new Date();
    download(exportName(now), exportText(progress.read(), now));
    this.#say(`Saved as ${exportName(now)}, in your downloads.`);
  }

  /** The texts as they are, since this code does not understand them. */
  #saveSetAside() {
    const texts = progress.status === "newer" ? [progress.text ?? ""] : progress.setAside;
    texts.forEach((text, index) => download(`nnbook-unread-${index + 1}.txt`, text));
    this.#say(`${plural(texts.length, "file")} saved, in your downloads.`);
  }

  async #ask() {
    const yes = await confirm(this, {
      question: "Delete all your answers?",
      consequence: "They are removed from this browser, in all open pages of the book, and cannot be brought back. An exported file stays yours.",
      yes: "Delete everything",
      no: "Keep them",
    });
    if (!yes) return this.#say("Nothing was deleted.");
    const worked = await progress.clear();
    this.#say(worked ? "All answers are deleted." : "Your browser did not let this page delete them. Clear this site's data in its settings.");
  }
}
