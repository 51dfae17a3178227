// What a cell hands to <nn-activations>; nnbook/widgets says the same in Python.

import { needList, needNumbers, needOneOf, needRecord, needText } from "../frame/validate.js";
import { activations as curves } from "../kernels/activations.js";

/** @typedef {{title: string, formula: string, slope: string, range: string}} Facts */
/**
 * @typedef {object} ActivationsData
 * @property {string} question
 * @property {string[]} names
 * @property {string[]} shown
 * @property {number[]} grid ascending
 * @property {Record<string, number[]>} values
 * @property {Record<string, number[]>} slopes
 * @property {Record<string, Facts>} facts
 */

/** @param {Record<string, any>} json @returns {ActivationsData} */
export function activationsData(json) {
  const known = Object.keys(curves);
  const names = needList(json.names, "names", (item, name) => needOneOf(item, name, known));
  const shown = needList(json.shown, "shown", (item, name) => needOneOf(item, name, names));
  const grid = needNumbers(json.grid, "grid");
  if (grid.length < 2 || grid.some((x, i) => i > 0 && x <= grid[i - 1])) throw new RangeError("grid: wants at least two numbers, ascending");
  const onGrid = (/** @type {string} */ part) => {
    const tables = needRecord(json[part], part);
    return Object.fromEntries(names.map((name) => [name, needNumbers(tables[name], `${part}.${name}`, grid.length)]));
  };
  const facts = needRecord(json.facts, "facts");
  return {
    question: json.question, names, shown, grid,
    values: onGrid("values"),
    slopes: onGrid("slopes"),
    facts: Object.fromEntries(names.map((name) => {
      const of = needRecord(facts[name], `facts.${name}`);
      const text = (/** @type {keyof Facts} */ part) => needText(of[part], `facts.${name}.${part}`);
      return [name, { title: text("title"), formula: text("formula"), slope: text("slope"), range: text("range") }];
    })),
  };
}
