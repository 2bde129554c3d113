/** The scales of a run: the sizes it paints at, with evaluations and content weight; settings/schedule.py. */
import { roundHalfEven } from "./rounding.js";

const COARSE = [256, 362]; // pixels, up to FINE
const FINER = 0.75; // evaluations at a scale, as a share of those at the next coarser one
/** Pixels; at larger scales the content weighs less, and styles lose their grain. */
export const FINE = 512;

/**
 * The [longest side, evaluations] of each scale, coarse to fine.
 *
 * Sides grow by √2 up to 512 pixels, then by 2 up to `size`. A scale that would get no evaluation is
 * left out, except the finest.
 * @param {number} size longest side of the result in pixels.
 * @param {number} scales number of scales, each √2 times the one before; 0 for all sides from 256.
 * @param {number|number[]} iterations evaluations of all scales together, or of each.
 * @returns {[number, number][]}
 * @throws {Error} there are other numbers of evaluations than scales.
 */
export function schedule(size, scales, iterations) {
  let sides = [];
  if (scales) {
    for (let k = scales - 1; k >= 0; k--) sides.push(Math.max(1, roundHalfEven(size / 2 ** (k / 2))));
  } else {
    sides = COARSE.filter((side) => side < 0.85 * size);
    for (let side = FINE; side < 0.85 * size; side *= 2) sides.push(side);
    sides.push(size);
  }
  if (Array.isArray(iterations)) {
    if (iterations.length !== sides.length) throw new Error(`${sides.length} scales, not ${iterations.length}`);
    return sides.map((side, k) => [side, iterations[k]]);
  }
  sides = sides.slice(-iterations);
  const ends = sides.map((_, k) => roundHalfEven(iterations * (1 - FINER ** k)));
  const counts = sides.map((_, k) => (ends[k + 1] ?? iterations) - ends[k]);
  const finest = counts.length - 1;
  if (!counts[finest]) {
    counts[0] -= 1;
    counts[finest] = 1;
  }
  return sides.map((side, k) => [side, counts[k]]).filter(([, count]) => count);
}

/**
 * The content weight and the spectral exponent at the scale of longest side `side`.
 *
 * A run of one scale has the values given. Otherwise the content weighs less above 512 pixels, and
 * there is no exponent there unless at the coarsest scale.
 * @param {number} side
 * @param {[number, number][]} scales what `schedule` returned.
 * @param {{contentWeight: number, spectral: number}} values
 * @returns {{contentWeight: number, spectral: number}}
 */
export function valuesAt(side, scales, { contentWeight, spectral }) {
  if (scales.length === 1) return { contentWeight, spectral };
  const [coarsest] = scales[0];
  return {
    contentWeight: contentWeight * Math.min(1, FINE / side),
    spectral: side <= Math.max(FINE, coarsest) ? spectral : 0,
  };
}
