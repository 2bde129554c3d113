/** Resizing with the numbers of Pillow's `Image.resize`: a filter along each axis, widened where a
 * picture becomes smaller.
 *
 * Pictures of whole levels are rounded to whole levels after each axis, with coefficients in fixed
 * point. All others are resized in floats.
 */

/** @typedef {import("./planes.js").Planes} Planes */

/**
 * A filter: half its width, in pixels of the smaller picture, and its value at a distance.
 *
 * @typedef {{support: number, at: (x: number) => number}} Filter
 */

/** @type {Filter} */
const TRIANGLE = { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) };

/** @type {Filter} */
const CUBIC = { support: 2, at: cubic }; // Keys 1981 with a = −1/2

/** @type {Filter} */
const BOX = { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

const POINT = 1 << 22; // 1 in fixed point

/**
 * Resize bilinearly, as content and styles are.
 *
 * @param {Planes} planes
 * @param {number} width of the result in pixels
 * @param {number} height the same
 * @returns {Planes} the picture itself where it has this size
 */
export const resizeBilinear = (planes, width, height) => resized(planes, width, height, TRIANGLE);

/**
 * Resize the pixels of a file bilinearly: as `resizeBilinear` does with the planes of `fromRgba`,
 * but a large photograph is never held in floats.
 *
 * @param {{width: number, height: number, data: ArrayLike<number>}} image RGBA, such as ImageData
 * @param {number} toWidth of the result in pixels
 * @param {number} toHeight the same
 * @returns {Planes}
 */
export function resizeRgba({ width, height, data }, toWidth, toHeight) {
  const plane = new Uint8Array(width * height);
  const planeOf = (channel) => {
    for (let i = 0; i < plane.length; i++) plane[i] = data[4 * i + channel];
    return plane;
  };
  return eachResized(planeOf, [width, height], [toWidth, toHeight], TRIANGLE, true);
}

/**
 * Resize bicubically, as a painting is from one scale to the next. The result may leave 0–255.
 *
 * @param {Planes} planes
 * @param {number} width of the result in pixels
 * @param {number} height the same
 * @returns {Planes} the picture itself where it has this size
 */
export const resizeBicubic = (planes, width, height) => resized(planes, width, height, CUBIC);

/**
 * Resize one plane of floats.
 *
 * @param {Float32Array} plane
 * @param {[number, number]} size [width, height] of the plane
 * @param {[number, number]} wanted [width, height] of the result
 * @param {"box" | "cubic"} name of the filter
 * @returns {Float32Array} the plane itself where it has this size
 */
export function resizePlane(plane, size, wanted, name) {
  return along(plane, size, wanted, name === "box" ? BOX : CUBIC, false);
}

function resized({ width, height, data, whole = false }, toWidth, toHeight, filter) {
  if (width === toWidth && height === toHeight) return { width, height, data, whole };
  const count = width * height;
  const planeOf = (channel) => data.subarray(channel * count, (channel + 1) * count);
  return eachResized(planeOf, [width, height], [toWidth, toHeight], filter, whole);
}

function eachResized(planeOf, size, wanted, filter, whole) {
  const [width, height] = wanted;
  if (!(width >= 1 && height >= 1)) throw new RangeError(`no size: ${width}×${height}`);
  const data = new Float32Array(3 * width * height);
  for (let channel = 0; channel < 3; channel++) {
    data.set(along(planeOf(channel), size, wanted, filter, whole), channel * width * height);
  }
  return { width, height, data, whole };
}

// Along rows and then along columns, each only where its length changes; along columns first where
// that takes away many more rows, as since Pillow 13. Whole levels depend on the order by one level.
function along(plane, [width, height], [toWidth, toHeight], filter, whole) {
  const rows = (from) => {
    if (width === toWidth) return from;
    const made = coefficients(width, toWidth, filter, whole);
    return alongRows(from, width, from.length / width, made, whole);
  };
  const columns = (from) => {
    if (height === toHeight) return from;
    const made = coefficients(height, toHeight, filter, whole);
    return alongColumns(from, from.length / height, made, whole);
  };
  const fewer = height - toHeight;
  return fewer > 0 && fewer > 2 * (width - toWidth) ? rows(columns(plane)) : columns(rows(plane));
}

// For each position of the result: the first of the positions that it is made from, and a weight
// for each of them; in fixed point for whole levels.
function coefficients(length, toLength, filter, whole) {
  const scale = length / toLength;
  const wide = Math.max(1, scale);
  const support = filter.support * wide;
  return Array.from({ length: toLength }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(length, Math.trunc(center + support + 0.5));
    const weights = new Float64Array(end - first);
    let total = 0;
    for (let k = 0; k < weights.length; k++) {
      weights[k] = filter.at((k + first - center + 0.5) * (1 / wide));
      total += weights[k];
    }
    for (let k = 0; k < weights.length; k++) {
      if (total !== 0) weights[k] /= total;
      if (whole) weights[k] = Math.trunc(weights[k] * POINT + Math.sign(weights[k]) * 0.5);
    }
    return { first, weights };
  });
}

function alongRows(plane, width, height, made, whole) {
  const found = new Float32Array(height * made.length);
  let next = 0;
  for (let start = 0; start < height * width; start += width) {
    for (const { first, weights } of made) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += plane[start + first + k] * weights[k];
      found[next++] = whole ? level(sum) : sum;
    }
  }
  return found;
}

function alongColumns(plane, width, made, whole) {
  const found = new Float32Array(made.length * width);
  const sums = new Float64Array(width); // a row at once, because memory is in rows
  made.forEach(({ first, weights }, row) => {
    sums.fill(0);
    weights.forEach((weight, k) => {
      const start = (first + k) * width;
      for (let x = 0; x < width; x++) sums[x] += plane[start + x] * weight;
    });
    for (let x = 0; x < width; x++) found[row * width + x] = whole ? level(sums[x]) : sums[x];
  });
  return found;
}

const level = (sum) => Math.min(255, Math.max(0, Math.floor((sum + POINT / 2) / POINT)));

function cubic(x) {
  const d = Math.abs(x);
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * -0.5 : 0;
}
