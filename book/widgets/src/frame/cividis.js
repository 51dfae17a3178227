// The cividis map of the book's magnitudes: perceptually even, and the same to readers with colour blindness.
// Twenty stops of matplotlib's table with straight lines between: nowhere more than 8 of 255 away from it.

const STOPS = "00224e 002c64 0c3470 273e6e 38476c 46516c 535a6d 5f636f 6b6d72 777776 828079 908b78 9c9576 aaa073 b8aa6e c6b667 d4c15f e4ce53 f2da44 fee838"
  .split(" ")
  .map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));

/** @param {number} amount from 0 to 1 @returns {string} a CSS colour */
export function cividis(amount) {
  const at = Math.min(Math.max(amount, 0), 1) * (STOPS.length - 1);
  const i = Math.min(Math.floor(at), STOPS.length - 2);
  return `rgb(${STOPS[i].map((part, c) => Math.round(part + (at - i) * (STOPS[i + 1][c] - part))).join(" ")})`;
}

/** @param {number} amount @returns {string} black or white, whichever reads better on cividis(amount): at least 4.5 : 1 */
export const onCividis = (amount) => (amount > 0.465 ? "#000" : "#fff");
