// Progress as a file: written for export, and read back with every doubt about a file somebody hands us.
import { countAttempts, merge } from "./merge.js";
import { FORMAT, parse, serialise, VERSION } from "./schema.js";

/** @typedef {import("./schema.js").Progress} Progress */

const LARGEST_FILE = 5_000_000;

/**
 * @param {Progress} progress
 * @param {Date} now
 * @returns {string} indented JSON, for a reader who opens it
 */
export const exportText = (progress, now) =>
  `${JSON.stringify(JSON.parse(serialise(progress, { exported: now.toISOString() })), null, 2)}\n`;

/** @param {Date} now */
export const exportName = (now) => `nnbook-progress-${now.toISOString().slice(0, 10)}.json`;

/**
 * @typedef {object} Import
 * @property {Progress} progress
 * @property {string | null} exported date of the export, YYYY-MM-DD
 * @property {number} unreadable records in the file that are no answers
 */

/**
 * @param {string} text
 * @returns {Import | {problem: string}} the problem in words for the reader
 */
export function readImport(text) {
  if (text.length > LARGEST_FILE) return { problem: "This file is larger than 5 MB. An export of this book is smaller." };
  /** @type {any} */
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    return { problem: "This file is not JSON. Choose a file that “Export” of this book has saved." };
  }
  if (document?.format !== FORMAT) {
    return { problem: "This is not progress of this book. Choose a file that “Export” of this book has saved." };
  }
  const { kind, progress, unreadable } = parse(text);
  if (kind === "newer") {
    return {
      problem: `This file is of version ${document.version}; this page reads up to ${VERSION}. Open the newest book, then import again.`,
    };
  }
  if (progress.size === 0) {
    return { problem: kind === "good" ? "This file holds no answers." : "No answer in this file can be read." };
  }
  const exported = typeof document.exported === "string" ? document.exported.slice(0, 10) : null;
  return { progress, unreadable, exported };
}

/**
 * What an import would do.
 * @param {Progress} current
 * @param {Progress} imported
 */
export function preview(current, imported) {
  const before = countAttempts(current);
  const answers = countAttempts(imported);
  const isNew = countAttempts(merge(current, imported)) - before;
  return { answers, questions: imported.size, isNew, known: answers - isNew };
}
