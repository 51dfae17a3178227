// Import in two steps: the file is read and shown first, and merged only when the reader says so.
import { html, setText, uniqueId } from "../frame/dom.js";
import { preview, readImport } from "./transfer.js";
import { plural, previewWords } from "./words.js";

/** @typedef {import("./store.js").ProgressStore} ProgressStore */

/**
 * @param {ProgressStore} store
 * @param {(message: string) => void} say
 */
export function buildImport(store, say) {
  const id = uniqueId("nn-import");
  const file = html("input", { type: "file", id, accept: ".json,application/json" });
  const words = html("p", { class: "nn-preview-words" });
  const accept = html("button", { type: "button" });
  const cancel = html("button", { type: "button" }, "Cancel");
  const box = html("div", { class: "nn-preview", role: "group", "aria-label": "Import: before anything changes", tabindex: -1, hidden: true },
    words, html("p", { class: "nn-actions" }, accept, cancel));
  /** @type {import("./schema.js").Progress} */
  let read = new Map();

  const close = () => {
    box.hidden = true;
    file.value = "";
    file.focus();
  };
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    box.hidden = true;
    if (!chosen) return;
    const found = await chosen.text().then(readImport, () => ({ problem: "Your browser could not read this file." }));
    if ("problem" in found) {
      file.value = "";
      say(found.problem);
      return;
    }
    say("");
    read = found.progress;
    const counts = preview(store.read(), read);
    setText(words, previewWords({ ...found, ...counts }));
    setText(accept, counts.isNew > 0 ? `Add ${plural(counts.isNew, "answer")}` : "Add nothing");
    box.hidden = false;
    box.focus();
  });
  accept.addEventListener("click", async () => {
    const { isNew } = preview(store.read(), read);
    await store.add(read);
    close();
    say(isNew > 0 ? `${plural(isNew, "answer")} added.` : "All of these answers were here already.");
  });
  cancel.addEventListener("click", () => {
    close();
    say("Nothing was imported.");
  });
  const label = html("label", { for: id }, "Import from a file");
  return { field: html("p", { class: "nn-import" }, label, file), box };
}
