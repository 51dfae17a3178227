// The state of a widget lives in attributes of its element, as text. A codec reads one and writes one.

/**
 * @template T
 * @typedef {object} Codec
 * @property {(text: string) => T | undefined} parse undefined where the text means nothing: the start value is taken
 * @property {(value: T) => string | null} print null leaves the attribute out
 */

/** @param {number} low @param {number} high @returns {Codec<number>} a number, kept within the two */
export const numberBetween = (low, high) => ({
  parse: (text) => (text.trim() === "" || !Number.isFinite(Number(text)) ? undefined : Math.min(Math.max(Number(text), low), high)),
  print: (value) => String(value),
});

/** @param {readonly string[]} known @returns {Codec<string>} */
export const oneOf = (known) => ({
  parse: (text) => (known.includes(text) ? text : undefined),
  print: (value) => value || null,
});

/** @returns {Codec<boolean>} written out, since an attribute left out means the start value */
export const flag = () => ({
  parse: (text) => (text === "" || text === "true" ? true : text === "false" ? false : undefined),
  print: (value) => String(value),
});

/** @param {readonly string[]} known @param {number} [longest] @returns {Codec<string[]>} words with a space between */
export const wordsOf = (known, longest = Infinity) => ({
  parse: (text) => {
    const words = text.split(/\s+/).filter(Boolean);
    return words.length <= longest && words.every((word) => known.includes(word)) ? words : undefined;
  },
  print: (value) => value.join(" "),
});

/** @returns {Codec<number[]>} numbers with a space between */
export const numbersOf = () => ({
  parse: (text) => {
    const numbers = text.split(/\s+/).filter(Boolean).map(Number);
    return numbers.every(Number.isFinite) ? numbers : undefined;
  },
  print: (value) => value.join(" "),
});
