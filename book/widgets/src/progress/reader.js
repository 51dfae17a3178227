// The one store of this page: the reader's own browser.
import { ProgressStore } from "./store.js";

export const progress = new ProgressStore({
  shelf: () => globalThis.localStorage,
  locks: globalThis.navigator?.locks,
  events: globalThis.window,
});
