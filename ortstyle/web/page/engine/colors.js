/** Luma and chroma: paintings in the colours of the photograph, as `pictures/color.py` makes them. */

/** @typedef {import("./planes.js").Planes} Planes */

/** Weights of R, G and B in the luma Y of ITU-R BT.601. */
export const LUMA = [0.299, 0.587, 0.114].map(Math.fround);

/**
 * The luma of each pixel.
 *
 * @param {Planes} planes
 * @returns {Float32Array} width·height values
 */
export function luma({ width, height, data }) {
  const count = width * height;
  const found = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    found[i] = LUMA[0] * data[i] + LUMA[1] * data[count + i] + LUMA[2] * data[2 * count + i];
  }
  return found;
}

/**
 * A picture in grey, clipped to 0–255.
 *
 * @param {Planes} planes
 * @param {Planes} [like] the picture whose mean and standard deviation the luma takes
 *   (Gatys et al. 2016, arXiv:1606.05897, equation 10)
 * @returns {Planes}
 */
export function luminance(planes, like = null) {
  const grey = luma(planes);
  if (like) {
    const [wanted, own] = [luma(like), grey].map(moments);
    const spread = Math.sqrt(wanted.variance) / Math.max(Math.sqrt(own.variance), 1e-3);
    for (let i = 0; i < grey.length; i++) grey[i] = (grey[i] - own.mean) * spread + wanted.mean;
  }
  const data = new Float32Array(3 * grey.length);
  for (let i = 0; i < grey.length; i++) grey[i] = Math.min(255, Math.max(0, grey[i]));
  for (let channel = 0; channel < 3; channel++) data.set(grey, channel * grey.length);
  return { width: planes.width, height: planes.height, data };
}

/**
 * A painting with its own luma and the chroma of the content; not clipped.
 *
 * @param {Planes} stylized
 * @param {Planes} content of the same size
 * @returns {Planes}
 */
export function keepColors(stylized, content) {
  const { width, height } = content;
  if (stylized.width !== width || stylized.height !== height) {
    const sizes = `${stylized.width}×${stylized.height}, not ${width}×${height}`;
    throw new RangeError(`the painting is ${sizes}`);
  }
  const count = width * height;
  const [own, other] = [luma(stylized), luma(content)];
  const data = new Float32Array(3 * count);
  for (let i = 0; i < 3 * count; i++) {
    data[i] = content.data[i] + (own[i % count] - other[i % count]);
  }
  return { width, height, data };
}

/**
 * Mean and variance of values.
 *
 * @param {Float32Array} values at least one
 * @returns {{mean: number, variance: number}}
 */
export function moments(values) {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, variance: squares / values.length };
}
