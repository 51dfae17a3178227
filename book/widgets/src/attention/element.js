// <nn-attention>: a sentence, who looks at whom, and every number on the way.

import { slider, toggle } from "../frame/controls.js";
import { html } from "../frame/dom.js";
import { format } from "../frame/numbers.js";
import { prediction } from "../frame/prediction.js";
import { flag, numberBetween, oneOf, wordsOf } from "../frame/state.js";
import { WidgetElement } from "../frame/widget-element.js";
import { attentionData, TEMPERATURES } from "./data.js";
import { map } from "./map.js";
import { head, most, row, spread } from "./model.js";
import { sentence } from "./sentence.js";
import { steps } from "./steps.js";

/** @typedef {import("./data.js").AttentionData} AttentionData */
/** @typedef {{tokens: string[], query: number, scaled: boolean, causal: boolean, temperature: number, predicted: string}} AttentionState */

/** @extends {WidgetElement<AttentionData, AttentionState>} */
export class AttentionElement extends WidgetElement {
  static observedAttributes = ["tokens", "query", "scaled", "causal", "temperature", "predicted", "numbers"];

  /** @type {() => string} */ #show = () => "";

  validate = attentionData;

  start() {
    const { tokens, scaled, causal, temperature } = this.data;
    return { tokens, query: tokens.length - 1, scaled, causal, temperature, predicted: "" };
  }

  codecs() {
    const { words, maxTokens } = this.data;
    return {
      tokens: wordsOf(words, maxTokens), query: numberBetween(0, maxTokens - 1), scaled: flag(), causal: flag(),
      temperature: numberBetween(...TEMPERATURES), predicted: oneOf(["sharper", "flatter", "same"]),
    };
  }

  /** The sentence is never empty, and the query is one of its words. */
  get chosen() {
    const tokens = this.state.tokens.length ? this.state.tokens : this.data.tokens;
    return { tokens, query: Math.min(Math.round(this.state.query), tokens.length - 1) };
  }

  /** @param {ReturnType<typeof import("../frame/parts.js").buildFrame>} frame */
  build(frame) {
    const { words, maxTokens, wk } = this.data;
    const choose = (/** @type {number} */ query) => query !== this.chosen.query && this.set({ query });
    const scores = map({ kind: "scores", title: "scores", choose });
    const weights = map({ kind: "weights", title: "weights: softmax by row", choose });
    const walk = steps();
    frame.picture.append(html("div", { class: "nn-panel" }, scores.element), html("div", { class: "nn-panel" }, weights.element), walk.element);

    const predicted = prediction({
      question: `without the division by √dₖ = ${format(Math.sqrt(wk.columns), Number.isInteger(Math.sqrt(wk.columns)) ? 0 : 2)}, what do the weights of this query become?`,
      before: "Say first. Then the division is switched off.",
      answers: [{ value: "sharper", label: "sharper" }, { value: "flatter", label: "flatter" }, { value: "same", label: "the same" }],
      choose: (answer) => this.set({ scaled: false, predicted: answer }),
    });
    frame.prediction.append(predicted.element);

    const controls = {
      tokens: sentence({ words, longest: maxTokens, change: (tokens) => this.set({ tokens }) }),
      scaled: toggle({ label: ["divide by √dₖ"], change: (scaled) => this.set({ scaled }) }),
      causal: toggle({ label: ["causal mask: no look ahead"], change: (causal) => this.set({ causal }) }),
      temperature: slider({ label: ["temperature"], name: "temperature", low: TEMPERATURES[0], high: TEMPERATURES[1], step: 0.05, change: (temperature) => this.set({ temperature }) }),
    };
    frame.controls.append(controls.tokens.element,
      html("div", { class: "nn-switches" }, controls.scaled.element, controls.causal.element), controls.temperature.element);

    this.#show = () => {
      const { scaled, causal, temperature } = this.state;
      const { tokens, query } = this.chosen;
      const now = head(this.data, tokens, { scaled, causal, temperature });
      scores.draw({ tokens, numbers: now.scores, query, causal });
      weights.draw({ tokens, numbers: now.weights, query, causal });
      walk.draw({ tokens, head: now, query, scaled });
      predicted.update(this.state.predicted, this.#truth());
      controls.tokens.update(tokens);
      controls.scaled.update(scaled);
      controls.causal.update(causal);
      controls.temperature.update(temperature);
      const ofQuery = row(now.weights, query, now.t);
      const top = most(ofQuery);
      const whom = top.index === query ? "itself" : `“${tokens[top.index]}”`;
      return `“${tokens[query]}” looks most at ${whom}, with weight ${format(top.weight, 3)}. It spreads as wide as ${format(spread(ofQuery), 1)} tokens with equal shares.`;
    };
  }

  render() {
    return this.#show();
  }

  table() {
    const { tokens } = this.chosen;
    const { t, products, scores, weights } = head(this.data, tokens, this.state);
    const numbers = (/** @type {number} */ at) => [products[at], scores[at], weights[at]];
    return {
      caption: "Every query with every key",
      columns: ["query → key", "q·k", "score", "weight"],
      rows: tokens.flatMap((query, i) => tokens.map((key, j) => [`${query} → ${key}`, ...numbers(i * t + j)])),
    };
  }

  #truth() {
    const { predicted, causal, temperature } = this.state;
    if (!predicted) return "";
    const { tokens, query } = this.chosen;
    const largest = (/** @type {boolean} */ scaled) => {
      const { weights, t } = head(this.data, tokens, { scaled, causal, temperature });
      return most(row(weights, query, t)).weight;
    };
    const [divided, plain] = [largest(true), largest(false)];
    const truth = Math.abs(plain - divided) < 5e-4 ? "same" : plain > divided ? "sharper" : "flatter";
    const verdict = truth === predicted ? "As you said." : "Not so.";
    const why = truth === "same" ? "With one key to look at, softmax has no choice." : "Larger scores leave softmax less doubt.";
    return `${verdict} The largest weight of “${tokens[query]}” is ${format(divided, 3)} with the division and ${format(plain, 3)} without: ${truth === "same" ? "the same" : truth}. ${why}`;
  }
}
