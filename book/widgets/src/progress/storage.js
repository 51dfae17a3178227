// The browser's storage may be absent, forbidden or full, and another tab may be writing. Here these are told apart.

export const KEY = "nnbook.progress";
const QUARANTINE = `${KEY}.quarantine.`;

/** The part of `Storage` that is used. @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Shelf */
/** The part of `LockManager` that is used. @typedef {{request(name: string, work: () => unknown): Promise<unknown>}} Locks */

/**
 * @param {() => Shelf | null | undefined} get reading `window.localStorage` itself throws where storage is forbidden
 * @returns {Shelf | null} null when the storage cannot even be read
 */
export function openShelf(get) {
  try {
    const shelf = get() ?? null;
    shelf?.getItem(KEY);
    return shelf;
  } catch {
    return null;
  }
}

/**
 * @param {unknown} error thrown by `setItem`
 * @returns {"full" | "denied"}
 */
export function whyNotWritten(error) {
  const name = error instanceof Error ? error.name : "";
  return name === "QuotaExceededError" || name === "NS_ERROR_DOM_QUOTA_REACHED" ? "full" : "denied";
}

/**
 * @param {Shelf} shelf
 * @returns {string[]} the keys of data that was set aside because it could not be read
 */
function quarantineKeys(shelf) {
  const keys = Array.from({ length: shelf.length }, (_, index) => shelf.key(index));
  return keys.filter((key) => key !== null).filter((key) => key.startsWith(QUARANTINE)).sort();
}

/**
 * @param {Shelf} shelf
 * @returns {string[]}
 */
export const quarantined = (shelf) => quarantineKeys(shelf).map((key) => shelf.getItem(key) ?? "");

/**
 * Keep a text that could not be read under a key of its own, once. Throws what `setItem` throws.
 * @param {Shelf} shelf
 * @param {string} text
 * @param {string} when
 */
export function quarantine(shelf, text, when) {
  if (quarantined(shelf).includes(text)) return;
  let key = QUARANTINE + when;
  while (shelf.getItem(key) !== null) key += "+";
  shelf.setItem(key, text);
}

/** @param {Shelf} shelf */
export function removeAll(shelf) {
  for (const key of [KEY, ...quarantineKeys(shelf)]) shelf.removeItem(key);
}

/**
 * Run `work` while no other tab does. Locks are missing in old browsers and refused on some `file://` pages: then it
 * runs at once, and the `storage` event repairs what two tabs may do to each other.
 * @template T
 * @param {Locks | null | undefined} locks
 * @param {() => T} work
 * @returns {Promise<T>}
 */
export async function exclusively(locks, work) {
  if (!locks) return work();
  /** @type {{value: T} | undefined} */
  let done;
  try {
    await locks.request(KEY, () => {
      done = { value: work() };
    });
  } catch {
    // Refused: `done` is not set, and the work is done below.
  }
  return done ? done.value : work();
}
