// What a cell hands to <nn-neuron>; nnbook/widgets.py says the same in Python.

import { needList, needNumber, needNumbers, needOneOf, needRecord, needText } from "../frame/validate.js";
import { activations as curves } from "../kernels/activations.js";
import { pairs } from "./model.js";

const MOST_POINTS = 60;

/** @typedef {import("./model.js").Pair} Pair */
/** @typedef {{name: string, points: Pair[], labels: number[]}} PointSet */
/**
 * @typedef {object} NeuronData
 * @property {string} question
 * @property {[string, string]} inputs
 * @property {[string, string]} classes
 * @property {Pair} w
 * @property {number} b
 * @property {string} activation
 * @property {string[]} activations
 * @property {PointSet[]} sets the first is shown at the start
 * @property {{x1: Pair, x2: Pair, w: Pair, b: Pair}} ranges
 */

/** @param {Record<string, any>} json @returns {NeuronData} */
export function neuronData(json) {
  const pair = (/** @type {unknown} */ value, /** @type {string} */ name) => /** @type {Pair} */ (/** @type {unknown} */ (needNumbers(value, name, 2)));
  const ranges = needRecord(json.ranges, "ranges");
  const known = Object.keys(curves);
  const activations = needList(json.activations, "activations", (item, name) => needOneOf(item, name, known));
  const own = pointSet({ name: "these points", points: json.points, labels: json.labels }, "data");
  return {
    question: json.question,
    inputs: /** @type {[string, string]} */ (needList(json.inputs, "inputs", needText, 2)),
    classes: /** @type {[string, string]} */ (needList(json.classes, "classes", needText, 2)),
    w: pair(json.w, "w"),
    b: needNumber(json.b, "b"),
    activation: needOneOf(json.activation, "activation", activations),
    activations,
    sets: json.sets === undefined ? [own] : needList(json.sets, "sets", pointSet),
    ranges: { x1: range(ranges.x1, "x1"), x2: range(ranges.x2, "x2"), w: range(ranges.w, "w"), b: range(ranges.b, "b") },
  };

  /** @param {unknown} value @param {string} name @returns {Pair} */
  function range(value, name) {
    const [low, high] = pair(value, `ranges.${name}`);
    if (low >= high) throw new RangeError(`ranges.${name}: got ${low} to ${high}; wants the lower number first`);
    return [low, high];
  }

  /** @param {unknown} value @param {string} name @returns {PointSet} */
  function pointSet(value, name) {
    const set = needRecord(value, name);
    const points = pairs(needList(set.points, `${name}.points`, (point, at) => pair(point, at)).flat());
    if (points.length > MOST_POINTS) throw new RangeError(`${name}.points: got ${points.length}; wants at most ${MOST_POINTS}`);
    const labels = needNumbers(set.labels, `${name}.labels`, points.length);
    if (!labels.every((label) => label === 0 || label === 1)) throw new RangeError(`${name}.labels: got ${labels}; wants 0 and 1`);
    return { name: needText(set.name, `${name}.name`), points, labels };
  }
}
