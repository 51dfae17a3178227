// What a cell hands to <nn-attention>; nnbook/widgets says the same in Python.

import { needBoolean, needList, needMatrix, needNumber, needNumbers, needOneOf, needRecord } from "../frame/validate.js";

/** @typedef {{rows: number, columns: number, numbers: Float32Array}} Matrix */
/**
 * @typedef {object} AttentionData
 * @property {string} question
 * @property {string[]} tokens
 * @property {string[]} words the vocabulary, in the order to offer them
 * @property {Record<string, number[]>} vocabulary
 * @property {Matrix} wq @property {Matrix} wk @property {Matrix} wv
 * @property {boolean} scaled @property {boolean} causal
 * @property {number} temperature
 * @property {number} maxTokens
 */

export const TEMPERATURES = /** @type {const} */ ([0.1, 4]);

/** @param {Record<string, any>} json @returns {AttentionData} */
export function attentionData(json) {
  const table = needRecord(json.vocabulary, "vocabulary");
  const words = Object.keys(table);
  if (words.some((word) => /\s/.test(word) || word === "")) throw new RangeError("vocabulary: wants words without spaces");
  const w = needMatrix(json.w_q, "w_q");
  const model = w.length;
  const temperature = needNumber(json.temperature, "temperature");
  if (temperature < TEMPERATURES[0] || temperature > TEMPERATURES[1]) throw new RangeError(`temperature: got ${temperature}; wants ${TEMPERATURES.join(" to ")}`);
  const maxTokens = needNumber(json.max_tokens, "max_tokens");
  const tokens = needList(json.tokens, "tokens", (token, name) => needOneOf(token, name, words));
  if (!Number.isInteger(maxTokens) || maxTokens < tokens.length) throw new RangeError(`max_tokens: got ${maxTokens}; wants at least the ${tokens.length} tokens of the start`);
  return {
    question: json.question, tokens, words, temperature, maxTokens,
    vocabulary: Object.fromEntries(words.map((word) => [word, needNumbers(table[word], `vocabulary.${word}`, model)])),
    wq: matrix(w),
    wk: matrix(needMatrix(json.w_k, "w_k", model, w[0].length)),
    wv: matrix(needMatrix(json.w_v, "w_v", model)),
    scaled: needBoolean(json.scaled, "scaled"),
    causal: needBoolean(json.causal, "causal"),
  };
}

/** @param {number[][]} rows @returns {Matrix} */
const matrix = (rows) => ({ rows: rows.length, columns: rows[0].length, numbers: Float32Array.from(rows.flat()) });
