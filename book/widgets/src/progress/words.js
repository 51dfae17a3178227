// Counts and sentences of the progress panel.

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/**
 * @param {number} answers
 * @param {number} questions
 */
export function keptWords(answers, questions) {
  if (answers === 0) return "No answers yet. What you answer is kept in this browser and sent nowhere.";
  const [verb, pronoun] = answers === 1 ? ["is", "It is"] : ["are", "They are"];
  return `${plural(answers, "answer")} to ${plural(questions, "question")} ${verb} kept in this browser. ${pronoun} sent nowhere.`;
}

/**
 * What an import would do, before it is done.
 * @param {{answers: number, questions: number, isNew: number, known: number, unreadable: number, exported: string | null}} found
 */
export function previewWords({ answers, questions, isNew, known, unreadable, exported }) {
  const sentences = [
    `The file${exported ? ` of ${exported}` : ""} holds ${plural(answers, "answer")} to ${plural(questions, "question")}: ` +
      `${isNew} new, ${known} already here.`,
  ];
  if (unreadable > 0) sentences.push(`${plural(unreadable, "record")} in it cannot be read and would be left out.`);
  sentences.push("Nothing you have here is removed.");
  return sentences.join(" ");
}
