import { html, uniqueId } from "../frame/dom.js";

/**
 * Ask before something that cannot be undone. The native dialog keeps the focus inside, closes on Escape, and gives the
 * focus back to where it was.
 * @param {HTMLElement} place the dialog is put here while it is open
 * @param {{question: string, consequence: string, yes: string, no: string}} words
 * @returns {Promise<boolean>}
 */
export function confirm(place, { question, consequence, yes, no }) {
  const [title, body] = [uniqueId("nn-confirm"), uniqueId("nn-confirm")];
  const form = html("form", { method: "dialog" },
    html("p", { id: title, class: "nn-confirm-question" }, question),
    html("p", { id: body }, consequence),
    html("p", { class: "nn-actions" },
      html("button", { type: "submit", value: "no", autofocus: true }, no),
      html("button", { type: "submit", value: "yes", class: "nn-delete" }, yes)));
  const dialog = html("dialog", { class: "nn-confirm", "aria-labelledby": title, "aria-describedby": body }, form);
  place.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
