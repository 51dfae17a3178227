// The base of every widget: data in, frame around, state in attributes, one draw a frame, and the static figure as the
// floor to fall back on. A widget says what its data and its state are, builds its parts once and renders them often.

import { buildFrame } from "./parts.js";
import { setAttributes, setText } from "./dom.js";
import { flag } from "./state.js";
import { needRecord, needText } from "./validate.js";

/** @typedef {import("./parts.js").Table} Table */
/** @typedef {import("./state.js").Codec<any>} Codec */

const GLIDE_MS = 300;
const SETTLED_MS = 400;

/**
 * @template {{question: string}} Data
 * @template {Record<string, any>} State
 */
export class WidgetElement extends HTMLElement {
  /** @type {Data} */ data = /** @type {any} */ (undefined);
  /** @type {State} */ state = /** @type {any} */ (undefined);
  /** @type {ReturnType<typeof buildFrame> | undefined} */ #frame;
  /** @type {Record<string, Codec>} */ #codecs = {};
  #drawing = 0;
  #gliding = 0;
  #reflecting = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #settling;

  // What a widget says of itself.

  /** @param {Record<string, any>} json @returns {Data} the parts it needs, each looked at; throws if one is wrong */
  validate(json) { return /** @type {any} */ (json); }
  /** @returns {State} where the reader finds it, and where reset leads back to */
  start() { return /** @type {any} */ ({}); }
  /** @returns {Record<string, Codec>} how each attribute of the state is written */
  codecs() { return {}; }
  /** @param {ReturnType<typeof buildFrame>} _frame make the parts and put them in */
  build(_frame) {}
  /** @returns {string} draw the state, and say in words what is seen */
  render() { return ""; }
  /** @returns {Table} the numbers behind the picture */
  table() { return { caption: "", columns: [], rows: [] }; }

  connectedCallback() {
    if (this.#frame) return this.#request();
    this.#guard(() => {
      const json = needRecord(readJson(this), "data");
      needText(json.question, "question");
      this.data = this.validate(json);
      this.#codecs = { ...this.codecs(), numbers: flag() };
      this.state = this.#fromAttributes();
      this.#frame = buildFrame(this.data.question, {
        openNumbers: (open) => this.set(/** @type {any} */ ({ numbers: open })),
        reset: () => this.glide({ ...this.start(), numbers: this.state.numbers }),
      });
      this.build(this.#frame);
      this.#draw();
      this.append(this.#frame.element);
      // Only now, with the picture drawn, may the static one go.
      this.#showStatic(false);
      setAttributes(this, { "data-ready": true });
    });
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#drawing);
    cancelAnimationFrame(this.#gliding);
    clearTimeout(this.#settling);
    this.#drawing = this.#gliding = 0;
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (!this.#frame || this.#reflecting || before === after) return;
    this.set(/** @type {any} */ ({ [name]: this.#parse(name, after) }));
  }

  /** @param {Partial<State>} changes drawn in the next frame, together with all others until then */
  set(changes) {
    cancelAnimationFrame(this.#gliding);
    this.#merge(changes);
  }

  /**
   * Go to a state so that the eye can follow: numbers move there in 300 ms, the rest is there at once.
   * @param {Partial<State>} changes
   */
  glide(changes) {
    cancelAnimationFrame(this.#gliding);
    const moving = Object.entries(changes).filter(([name, to]) => isNumeric(to) && isNumeric(this.state[name]) && length(to) === length(this.state[name]));
    if (moving.length === 0 || matchMedia("(prefers-reduced-motion: reduce)").matches) return this.#merge(changes);
    const from = Object.fromEntries(moving.map(([name]) => [name, this.state[name]]));
    this.#merge({ ...changes, ...from });
    const began = performance.now();
    const step = (/** @type {number} */ now) => {
      const t = Math.min(Math.max(now - began, 0) / GLIDE_MS, 1);
      if (t < 1) this.#gliding = requestAnimationFrame(step);
      const eased = t * t * (3 - 2 * t);
      this.#merge(/** @type {any} */ (Object.fromEntries(moving.map(([name, to]) => [name, t < 1 ? between(from[name], to, eased) : to]))));
    };
    this.#gliding = requestAnimationFrame(step);
  }

  /** @param {Partial<State>} changes */
  #merge(changes) {
    this.state = { ...this.state, ...changes };
    this.#request();
  }

  #request() {
    if (this.#drawing || !this.isConnected) return;
    this.#drawing = requestAnimationFrame(() => this.#guard(() => {
      this.#drawing = 0;
      this.#reflect();
      this.#draw();
      this.dispatchEvent(new CustomEvent("nn-change", { bubbles: true, detail: { ...this.state } }));
    }));
  }

  #draw() {
    const frame = /** @type {ReturnType<typeof buildFrame>} */ (this.#frame);
    const words = this.render();
    if (frame.words.textContent !== words) {
      // While something moves, a listener is spared the words of every frame and hears those of the last.
      frame.words.ariaBusy = "true";
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => (frame.words.ariaBusy = "false"), SETTLED_MS);
      setText(frame.words, words);
    }
    frame.showNumbers(Boolean(this.state.numbers), () => this.table());
  }

  /** @param {() => void} work on an error the static figure is shown again, and the message stands in data-error */
  #guard(work) {
    try {
      work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.disconnectedCallback();
      this.#frame?.element.remove();
      this.#frame = undefined;
      this.#showStatic(true);
      setAttributes(this, { "data-ready": false, "data-error": message });
      console.warn(`${this.localName}: ${message}`);
    }
  }

  /** @param {boolean} shown */
  #showStatic(shown) {
    for (const figure of this.querySelectorAll(":scope > .nn-static")) figure.toggleAttribute("hidden", !shown);
  }

  #reflect() {
    this.#reflecting = true;
    const start = { numbers: false, ...this.start() };
    for (const [name, codec] of Object.entries(this.#codecs)) {
      const text = codec.print(this.state[name]);
      // What is as at the start needs no attribute.
      setAttributes(this, { [name]: text === codec.print(start[name]) ? null : text });
    }
    this.#reflecting = false;
  }

  /** @returns {State} */
  #fromAttributes() {
    return /** @type {any} */ (Object.fromEntries(Object.keys(this.#codecs).map((name) => [name, this.#parse(name, this.getAttribute(name))])));
  }

  /** @param {string} name @param {string | null} text */
  #parse(name, text) {
    const parsed = text === null ? undefined : this.#codecs[name].parse(text);
    return parsed ?? { numbers: false, ...this.start() }[name];
  }
}

/** @param {HTMLElement} element */
function readJson(element) {
  const script = element.querySelector(":scope > script.nn-widget-data");
  if (!script) throw new TypeError("data: got no <script class=\"nn-widget-data\">");
  return JSON.parse(script.textContent ?? "");
}

/** @param {unknown} value @returns {value is number | number[]} */
const isNumeric = (value) => typeof value === "number" || (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "number"));
/** @param {number | number[]} value */
const length = (value) => (Array.isArray(value) ? value.length : -1);
/** @param {any} from @param {any} to @param {number} t @returns {number | number[]} */
const between = (from, to, t) => (Array.isArray(from) ? from.map((item, i) => item + t * (to[i] - item)) : from + t * (to - from));
