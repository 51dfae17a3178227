// What the stored attempts say about questions and concepts.

/** @typedef {import("./schema.js").Attempt} Attempt */
/** @typedef {import("./schema.js").Progress} Progress */
/** @typedef {"open" | "right" | "hinted" | "wrong"} Standing `hinted`: right, but only after the hint */

/**
 * @typedef {object} Asked
 * @property {string} id
 * @property {number} rev
 * @property {string[]} concepts what it tests, in the reader's words
 * @property {string} link where that is explained
 */

/**
 * @typedef {object} ConceptScore
 * @property {string} concept
 * @property {string} link
 * @property {number} right
 * @property {number} total
 * @property {boolean} again whether something answered needed the hint or stayed wrong
 * @property {boolean} sureButWrong
 */

/**
 * Where the reader stands with one question: the last round counts, and only for the question as it now is.
 * @param {Attempt[]} attempts oldest first
 * @param {number} rev
 * @returns {{standing: Standing, sureButWrong: boolean}}
 */
export function standing(attempts, rev) {
  const current = attempts.filter((attempt) => attempt.rev === rev);
  const last = current.at(-1);
  if (!last) return { standing: "open", sureButWrong: false };
  const first = current.findLast((attempt) => !attempt.hinted) ?? last;
  const sureButWrong = first.sure === true && !first.correct;
  if (!last.correct) return { standing: "wrong", sureButWrong };
  return { standing: last.hinted ? "hinted" : "right", sureButWrong };
}

/**
 * @param {Asked[]} asked
 * @param {Progress} progress
 */
export function score(asked, progress) {
  /** @type {Map<string, ConceptScore>} */
  const concepts = new Map();
  let right = 0;
  let answered = 0;
  for (const question of asked) {
    const now = standing(progress.get(question.id) ?? [], question.rev);
    const isRight = now.standing === "right" || now.standing === "hinted";
    const again = now.standing === "wrong" || now.standing === "hinted";
    for (const concept of question.concepts) {
      const entry = concepts.get(concept) ?? { concept, link: "", right: 0, total: 0, again: false, sureButWrong: false };
      entry.total += 1;
      entry.right += isRight ? 1 : 0;
      // The link of a question that went wrong helps most.
      if (entry.link === "" || (again && !entry.again)) entry.link = question.link;
      entry.again ||= again;
      entry.sureButWrong ||= now.sureButWrong;
      concepts.set(concept, entry);
    }
    right += isRight ? 1 : 0;
    answered += now.standing === "open" ? 0 : 1;
  }
  const list = [...concepts.values()];
  // Sure but wrong comes first: what is believed most firmly needs the second look most.
  const again = list.filter((entry) => entry.again).sort((a, b) => Number(b.sureButWrong) - Number(a.sureButWrong));
  return { right, answered, total: asked.length, concepts: list, again };
}
