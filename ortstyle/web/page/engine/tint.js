/** Styles of nearly one colour, such as paper: the content is drawn in that colour.
 *
 * The numbers are those of `run/flat_styles.py` and `pictures/tint.py`, for one opaque style.
 */

import { luma, moments } from "./colors.js";
import { resizePlane } from "./resize.js";
import { roundHalfEven } from "./rounding.js";

/** @typedef {import("./planes.js").Planes} Planes */

/** Flatness from which a person is told that the content is drawn in the style's colour. */
export const TOLD = 0.5;

const COARSE = 24; // pixels of the longest side of the picture that has what is coarse
const MOST_SHIFT = 8; // levels by which the mean colour may differ from the paper's
const SAMPLES = 1 << 16; // pixels from which the mean is estimated
const STEPS = 12; // of bisection

/**
 * How flat a style is: 1 − v / (floor·c), where v and c are the variances of the colours of style
 * and content, summed over channels; 0 where this is less than 0.
 *
 * @param {Planes} content
 * @param {Planes} style
 * @param {number} floor the setting `variance_floor`
 * @returns {number} 0–1
 */
export function flatness(content, style, floor) {
  const allowed = floor * colorMoments(content).variance;
  return allowed > 0 ? Math.max(0, 1 - colorMoments(style).variance / allowed) : 0;
}

/**
 * The content, tinted as far as the style is flat.
 *
 * @param {Planes} content
 * @param {Planes} style
 * @param {number} floor the setting `variance_floor`
 * @returns {Planes} the content itself where nothing changes
 */
export function tintFlat(content, style, floor) {
  const amount = flatness(content, style, floor);
  return amount > 0 ? tint(content, colorMoments(style).mean, amount) : content;
}

/**
 * Draw a picture's lightness on paper, so that the mean colour is nearly the paper's.
 *
 * As far as the mean colour allows, what is finer than a twenty-fourth of the picture keeps its
 * contrast, and then what is coarser.
 *
 * @param {Planes} planes
 * @param {number[]} paper R, G and B, 0–255
 * @param {number} amount how much of the tint is taken, 0–1
 * @returns {Planes}
 */
export function tint({ width, height, data }, paper, amount) {
  const fine = luma({ width, height, data });
  const coarse = coarseOf(fine, width, height);
  const { mean } = moments(fine);
  for (let i = 0; i < fine.length; i++) {
    fine[i] -= coarse[i];
    coarse[i] -= mean;
  }
  const [a, b] = contrasts(sampled(fine), sampled(coarse), paper);
  const found = new Float32Array(data.length);
  paper.forEach((level, channel) => {
    const start = channel * fine.length;
    for (let i = 0; i < fine.length; i++) {
      const tinted = clipped(level + a * fine[i] + b * coarse[i]);
      found[start + i] = data[start + i] + amount * (tinted - data[start + i]);
    }
  });
  return { width, height, data: found };
}

/** The mean colour, and the variance summed over channels. */
function colorMoments({ width, height, data }) {
  const count = width * height;
  const channels = [0, 1, 2].map((c) => moments(data.subarray(c * count, (c + 1) * count)));
  return {
    mean: channels.map(({ mean }) => mean),
    variance: channels.reduce((sum, { variance }) => sum + variance, 0),
  };
}

function coarseOf(lightness, width, height) {
  const longest = Math.max(width, height);
  const small = [width, height].map((side) => Math.max(1, roundHalfEven((side * COARSE) / longest)));
  const reduced = resizePlane(lightness, [width, height], small, "box");
  return resizePlane(reduced, small, [width, height], "cubic").slice();
}

function sampled(values) {
  const step = Math.max(1, Math.floor(values.length / SAMPLES));
  return step === 1 ? values : values.filter((_, i) => i % step === 0);
}

// The factors of fine and coarse lightness, at most 1, the second the smaller.
function contrasts(fine, coarse, paper) {
  const fits = (a, b) =>
    paper.every((level) => {
      let sum = 0;
      for (let i = 0; i < fine.length; i++) sum += clipped(level + a * fine[i] + b * coarse[i]);
      return Math.abs(sum / fine.length - level) <= MOST_SHIFT;
    });
  const first = largest((a) => fits(a, 0), 1);
  return [first, largest((b) => fits(first, b), first)];
}

// The largest number up to `most` that fits, by bisection, if 0 does.
function largest(fits, most) {
  if (fits(most)) return most;
  let [low, high] = [0, most];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

const clipped = (value) => Math.min(255, Math.max(0, value));
