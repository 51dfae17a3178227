// The sentence: a select for each word, buttons for one more and one less, and a field to type the whole of it.

import { button } from "../frame/controls.js";
import { html, setText, uniqueId } from "../frame/dom.js";
import { readSentence } from "./model.js";

/** @param {{words: readonly string[], longest: number, change: (tokens: string[]) => void}} options */
export function sentence({ words, longest, change }) {
  /** @type {string[]} */
  let tokens = [];
  const id = uniqueId("nn-sentence");
  const places = html("span", { class: "nn-words-chosen" });
  const more = button("Add a word", () => change([...tokens, words.find((word) => !tokens.includes(word)) ?? words[0]]));
  const fewer = button("Remove the last", () => change(tokens.slice(0, -1)));
  const field = html("input", { type: "text", id, autocomplete: "off", spellcheck: "false" });
  const note = html("p", { class: "nn-sentence-note", role: "status" });
  field.addEventListener("change", () => {
    const { tokens: typed, unknown, dropped } = readSentence(field.value, words, longest);
    const notes = [];
    if (unknown.length) notes.push(`Not in the vocabulary: ${unknown.map((word) => `“${word}”`).join(", ")}.`);
    if (dropped) notes.push(`At most ${longest} words: the last ${dropped} left out.`);
    if (typed.length) change(typed);
    else notes.push("The sentence stays as it was.");
    setText(note, notes.join(" "));
    field.value = (typed.length ? typed : tokens).join(" ");
  });
  return {
    element: html("fieldset", { class: "nn-sentence" }, html("legend", {}, "Sentence"),
      html("div", { class: "nn-sentence-row" }, places, more, fewer),
      html("div", { class: "nn-typed" }, html("label", { for: id }, "or type it"), field), note),
    /** @param {readonly string[]} now */
    update(now) {
      if (now.join(" ") === tokens.join(" ")) return;
      tokens = [...now];
      while (places.children.length > tokens.length) places.lastChild?.remove();
      while (places.children.length < tokens.length) places.append(wordSelect(places.children.length));
      tokens.forEach((token, i) => (/** @type {HTMLSelectElement} */ (places.children[i]).value = token));
      more.disabled = tokens.length >= longest;
      fewer.disabled = tokens.length <= 1;
      if (document.activeElement !== field) field.value = tokens.join(" ");
    },
  };

  /** @param {number} i */
  function wordSelect(i) {
    const select = html("select", { "aria-label": `Word ${i + 1}` }, ...words.map((word) => html("option", {}, word)));
    select.addEventListener("change", () => change(tokens.map((token, j) => (j === i ? select.value : token))));
    return select;
  }
}
