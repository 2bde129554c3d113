/** Grain: power at the highest spatial frequencies, which no brush leaves, and its removal.
 *
 * The numbers are those of `pictures/grain.py`.
 */

import { luma } from "./colors.js";

/** @typedef {import("./planes.js").Planes} Planes */

const ABOVE = 3 / 8; // cycles a pixel
const SIDE = 64; // of the patches, in pixels
const PATCHES = 16; // along each axis, about, by which the share is estimated

/**
 * A picture whose fine power is near a limit, or below: a mix of the picture and of the same
 * smoothed by the binomial filter (1, 2, 1) / 4 along both axes.
 *
 * @param {Planes} planes
 * @param {number} limit the share of power, 0 to 1
 * @returns {Planes} the picture itself where it has no more
 */
export function withoutGrain(planes, limit) {
  const { width, height } = planes;
  const share = finePower(luma(planes), width, height);
  if (share <= limit) return planes;
  const amount = 1 - Math.sqrt(limit / share);
  const data = planes.data.slice();
  for (let channel = 0; channel < 3; channel++) {
    const plane = [channel * width * height, (channel + 1) * width * height];
    smooth(planes.data.subarray(...plane), data.subarray(...plane), width, height, amount);
  }
  return { width, height, data };
}

/**
 * The mean share of power above 3/8 cycles a pixel, of patches of 64×64 pixels.
 *
 * @param {Float32Array} luminance width·height values, 0–255
 * @param {number} width in pixels
 * @param {number} height the same
 * @returns {number} 0–1
 */
export function finePower(luminance, width, height) {
  const side = Math.min(SIDE, width, height);
  const half = Math.max(1, side >> 1);
  const powers = patchPowers(side);
  const [tops, lefts] = [height, width].map((length) => starts(length, side, half));
  let sum = 0;
  for (const top of tops) {
    for (const left of lefts) sum += powers(luminance, top * width + left, width);
  }
  return sum / (tops.length * lefts.length);
}

function starts(length, side, half) {
  const count = Math.floor((length - side) / half) + 1;
  const step = Math.max(1, Math.floor(count / PATCHES));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step * half);
}

// A function of the luminance, the position of a patch and the length of a row: the share of a
// patch. Only its low frequencies are computed: they and the fine ones have the power of the
// patch together (Parseval), and what is real has the same power at opposite frequencies.
function patchPowers(side) {
  const count = side * side;
  const window = Float64Array.from({ length: side }, (_, i) => hann(i + 1, side + 2));
  const oneLevel = window.reduce((sum, w) => sum + w * w, 0) ** 2 * count;
  const step = 1 / side; // between frequencies
  const most = Math.floor(ABOVE * side);
  const [cosines, sines] = [Math.cos, Math.sin].map((wave) =>
    Float64Array.from({ length: (most + 1) * side }, (_, i) =>
      wave((2 * Math.PI * ((Math.floor(i / side) * (i % side)) % side)) / side),
    ),
  );
  const patch = new Float64Array(count);
  const [real, imaginary] = [new Float64Array(side), new Float64Array(side)];

  return (luminance, start, width) => {
    let mean = 0;
    for (let i = 0; i < count; i++) {
      patch[i] = luminance[start + Math.floor(i / side) * width + (i % side)];
      mean += patch[i] / count;
    }
    let squares = 0;
    for (let i = 0; i < count; i++) {
      patch[i] = (patch[i] - mean) * window[Math.floor(i / side)] * window[i % side];
      squares += patch[i] ** 2;
    }
    let low = 0;
    for (let fx = 0; fx <= most; fx++) {
      for (let y = 0; y < side; y++) {
        let [a, b] = [0, 0];
        for (let x = 0; x < side; x++) {
          a += patch[y * side + x] * cosines[fx * side + x];
          b += patch[y * side + x] * sines[fx * side + x];
        }
        real[y] = a;
        imaginary[y] = b;
      }
      for (let fy = 0; fy <= most && Math.hypot(fx * step, fy * step) <= ABOVE; fy++) {
        let [ac, as, bc, bs] = [0, 0, 0, 0];
        for (let y = 0; y < side; y++) {
          const [c, s] = [cosines[fy * side + y], sines[fy * side + y]];
          ac += real[y] * c;
          as += real[y] * s;
          bc += imaginary[y] * c;
          bs += imaginary[y] * s;
        }
        const here = (ac - bs) ** 2 + (as + bc) ** 2; // at (fx, fy)
        const there = (ac + bs) ** 2 + (as - bc) ** 2; // at (fx, −fy)
        low += (here + (fy ? there : 0)) * (fx ? 2 : 1);
      }
    }
    const whole = squares * count;
    return Math.max(0, whole - low) / (whole + oneLevel);
  };
}

const hann = (i, length) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (length - 1));

// Move a plane towards its smoothed self; beyond the border it continues.
function smooth(plane, found, width, height, amount) {
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const [above, below] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)].map((r) => r * width);
    const start = y * width;
    for (let x = 0; x < width; x++) {
      row[x] = (plane[above + x] + 2 * plane[start + x] + plane[below + x]) / 4;
    }
    for (let x = 0; x < width; x++) {
      const beside = row[Math.max(0, x - 1)] + row[Math.min(width - 1, x + 1)];
      found[start + x] += amount * ((beside + 2 * row[x]) / 4 - plane[start + x]);
    }
  }
}
