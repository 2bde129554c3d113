// Rounding as Python's, where a pixel or an evaluation hangs on it.

/**
 * The nearest integer; a half goes to the even neighbour.
 * @param {number} value
 * @returns {number}
 */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 ? below + 1 : below;
}
