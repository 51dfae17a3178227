// The reader's progress, kept in the reader's browser. Every write reads first and merges, so tabs add to each other.
import { merge } from "./merge.js";
import { parse, serialise } from "./schema.js";
import { exclusively, KEY, openShelf, quarantine, quarantined, removeAll, whyNotWritten } from "./storage.js";

/** @typedef {import("./schema.js").Attempt} Attempt */
/** @typedef {import("./schema.js").Progress} Progress */
/** @typedef {import("./storage.js").Shelf} Shelf */
/** @typedef {import("./storage.js").Locks} Locks */

/**
 * What the reader should know about keeping: `kept`: all is stored. `denied`, `full`: new answers live until the page
 * closes. `newer`: as these, since stored data comes from newer code. `damaged`: stored data was set aside in part.
 * @typedef {"kept" | "denied" | "full" | "newer" | "damaged"} Status
 */

/**
 * @typedef {object} Surroundings
 * @property {() => Shelf | null | undefined} shelf
 * @property {Locks | null} [locks]
 * @property {EventTarget | null} [events] where `storage` and `pagehide` events arrive: the window
 * @property {() => Date} [clock]
 */

export class ProgressStore {
  /** @type {Shelf | null} */ #shelf;
  /** @type {Locks | null} */ #locks;
  /** @type {() => Date} */ #clock;
  /** Not yet written. @type {Progress} */ #pending = new Map();
  /** Written by this page, to repair what a tab without locks overwrites. @type {Progress} */ #written = new Map();
  /** @type {{text: string | null, parsed: import("./schema.js").Parsed} | null} */ #last = null;
  /** @type {Set<() => void>} */ #listeners = new Set();
  /** @type {Status} */ #status = "kept";

  /** @param {Surroundings} surroundings */
  constructor({ shelf, locks = null, events = null, clock = () => new Date() }) {
    this.#shelf = openShelf(shelf);
    this.#locks = locks;
    this.#clock = clock;
    if (!this.#shelf) this.#status = "denied";
    this.#load();
    events?.addEventListener("storage", (event) => this.#onStorage(/** @type {StorageEvent} */ (event)));
    // A lock may still be awaited when the page closes: better to write without it than to lose the answer.
    events?.addEventListener("pagehide", () => this.#write());
  }

  /** @returns {Status} */
  get status() {
    return this.#status;
  }

  /** Stored and not yet stored together. @returns {Progress} */
  read() {
    return merge(this.#load().progress, this.#pending);
  }

  /** The stored text as it is, for a reader who wants to save what this code cannot read. */
  get text() {
    return this.#shelf?.getItem(KEY) ?? null;
  }

  /** @returns {string[]} texts that could not be read */
  get setAside() {
    return this.#shelf ? quarantined(this.#shelf) : [];
  }

  /**
   * @param {string} id permanent id of the question
   * @param {Omit<Attempt, "when">} answer
   */
  async record(id, answer) {
    const when = this.#clock().toISOString();
    await this.add(new Map([[id, [{ when, ...answer }]]]));
  }

  /**
   * Merge attempts into what is stored. Nothing stored is removed but what `merge` bounds.
   * @param {Progress} attempts
   */
  async add(attempts) {
    this.#pending = merge(this.#pending, attempts);
    this.#tell();
    await exclusively(this.#locks, () => this.#write());
    this.#tell();
  }

  /** Delete everything this class ever stored, and what waits to be. @returns {Promise<boolean>} whether it worked */
  async clear() {
    const worked = await exclusively(this.#locks, () => {
      try {
        if (this.#shelf) removeAll(this.#shelf);
      } catch {
        return false;
      }
      this.#forget();
      if (this.#shelf) this.#status = "kept";
      return true;
    });
    this.#tell();
    return worked;
  }

  /**
   * @param {() => void} listener called after every change, of this tab or another
   * @returns {() => void} stops it
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }

  #forget() {
    this.#pending = new Map();
    this.#written = new Map();
  }

  #load() {
    let text = null;
    try {
      text = this.#shelf?.getItem(KEY) ?? null;
    } catch {
      this.#status = "denied";
    }
    if (this.#last === null || this.#last.text !== text) {
      this.#last = { text, parsed: parse(text) };
      if (this.#last.parsed.kind === "newer") this.#status = "newer";
      if (this.#last.parsed.kind === "damaged") this.#status = "damaged";
    }
    return this.#last.parsed;
  }

  #write() {
    if (!this.#shelf || this.#pending.size === 0) return;
    const { kind, progress } = this.#load();
    if (kind === "newer") return;
    try {
      // Set aside before overwriting: if there is no room for both, the damaged text stays where it is.
      if (kind === "damaged") quarantine(this.#shelf, this.text ?? "", this.#clock().toISOString());
      this.#shelf.setItem(KEY, serialise(merge(progress, this.#pending)));
    } catch (error) {
      this.#status = whyNotWritten(error);
      return;
    }
    this.#written = merge(this.#written, this.#pending);
    this.#pending = new Map();
    if (this.#status !== "damaged") this.#status = "kept";
  }

  /** @param {StorageEvent} event */
  #onStorage(event) {
    if (event.key !== null && event.key !== KEY) return;
    if (event.newValue === null) {
      this.#forget();
    } else {
      const { kind, progress } = this.#load();
      const stored = serialise(progress);
      const lost = kind === "good" && serialise(merge(progress, this.#written)) !== stored;
      if (lost) this.#pending = merge(this.#pending, this.#written);
      if (lost) void exclusively(this.#locks, () => this.#write()).then(() => this.#tell());
    }
    this.#tell();
  }
}
