// What the reader is told about keeping: nothing as long as all is well.

/** @type {Record<import("./store.js").Status, string>} */
export const NOTES = {
  kept: "",
  denied:
    "Your browser does not let this page store anything. Your answers stay until you close this page; export them if you want to keep them.",
  full: "Your browser's storage for this site is full. New answers stay until you close this page; export them if you want to keep them.",
  newer:
    "Your progress was saved by a newer version of this book, so this page does not change it. What you answer here stays until you close it.",
  damaged:
    "Part of your saved progress could not be read. It is set aside, not deleted, and what could be read is still used.",
};
