// Styles that are patterns, alike in all their parts, such as cloth: the content may give way.
//
// The numbers are those of `run/patterns.py`, for one opaque style.
import { moments } from "./colors.js";
import { scaledSize } from "./planes.js";
import { resizeBilinear } from "./resize.js";
import { roundHalfEven } from "./rounding.js";

const SIDE = 256; // pixels at which a style is measured
const SQUARES = 8; // along the longest side
const [EVEN, UNEVEN] = [0.25, 0.3]; // unevenness at which a style is a pattern, and no pattern
const FAINT = 20; // levels; what deviates less is paper or canvas
const STEPS = 4; // from none to a pattern

/**
 * To what degree a style is a pattern, 0 to 1; see `run/patterns.py`.
 * @param {import("./planes.js").Planes} style
 * @returns {number}
 */
export function patternDegree(style) {
  const small = shrunk(style);
  const { width, height } = small;
  const side = Math.max(1, Math.min(Math.floor(Math.max(width, height) / SQUARES), width, height));
  const [columns, rows] = [width, height].map((length) => Math.floor(length / side));
  const count = rows * columns;
  const variance = sum(planesOf(small).map((plane) => moments(plane).variance));
  if (variance < 3 * FAINT ** 2) return 0;

  const contrasts = new Float64Array(count); // squared at first
  let between = 0;
  for (const plane of planesOf(small)) {
    const means = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      const found = moments(squareOf(plane, width, side, Math.floor(k / columns), k % columns));
      means[k] = found.mean;
      contrasts[k] += found.variance;
    }
    between += moments(means).variance;
  }
  const contrast = moments(contrasts.map(Math.sqrt));
  const unevenness = Math.sqrt(contrast.variance) / Math.max(contrast.mean, 1e-9) + between / variance;
  return Math.min(1, Math.max(0, (UNEVEN - unevenness) / (UNEVEN - EVEN)));
}

/**
 * The content limit, raised as far as the style is a pattern; 0 where there is none.
 * @param {object} settings - Of `site.json`.
 * @param {number} degree
 * @returns {number}
 */
export function patternLimit({ content_limit: limit, pattern_limit: most }, degree) {
  const room = most - limit;
  if (!limit || room <= 0) return limit;
  const raised = limit + (roundHalfEven(degree * STEPS) / STEPS) * room;
  return roundHalfEven(raised * 1e4) / 1e4;
}

// At most 256 pixels wide and high.
function shrunk(planes) {
  const { width, height } = planes;
  if (Math.max(width, height) <= SIDE) return planes;
  return resizeBilinear(planes, ...scaledSize([width, height], SIDE));
}

function planesOf({ width, height, data }) {
  const count = width * height;
  return [0, 1, 2].map((channel) => data.subarray(channel * count, (channel + 1) * count));
}

function squareOf(plane, width, side, row, column) {
  const square = new Float64Array(side * side);
  for (let y = 0; y < side; y++) {
    const start = (row * side + y) * width + column * side;
    square.set(plane.subarray(start, start + side), y * side);
  }
  return square;
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
