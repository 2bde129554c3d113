/** Pictures as planes of floats, and the canvas that a picture lies in. */

/**
 * A picture: plane by plane R, G, B, each row by row.
 *
 * @typedef {object} Planes
 * @property {number} width in pixels
 * @property {number} height in pixels
 * @property {Float32Array} data 3·width·height values, 0–255
 * @property {boolean} [whole] whether all values are whole levels of 8 bits, which resizing keeps
 */

/**
 * The planes of a picture of 8 bits; its transparency is ignored.
 *
 * @param {{width: number, height: number, data: ArrayLike<number>}} image RGBA, such as ImageData
 * @returns {Planes}
 */
export function fromRgba({ width, height, data: rgba }) {
  const count = width * height;
  const data = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    data[i] = rgba[4 * i];
    data[count + i] = rgba[4 * i + 1];
    data[2 * count + i] = rgba[4 * i + 2];
  }
  return { width, height, data, whole: true };
}

/**
 * Opaque RGBA of planes: clipped to 0–255 and rounded, halves to the even level.
 *
 * @param {Planes} planes
 * @returns {Uint8ClampedArray} 4·width·height values
 */
export function toRgba({ width, height, data }) {
  const count = width * height;
  const rgba = new Uint8ClampedArray(4 * count); // it clips and rounds what is put in
  for (let i = 0; i < count; i++) {
    rgba[4 * i] = data[i];
    rgba[4 * i + 1] = data[count + i];
    rgba[4 * i + 2] = data[2 * count + i];
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/**
 * The size of a picture once its longest side is `side` pixels, as `pictures/scaled_size.py` has it.
 *
 * @param {[number, number]} size [width, height] in pixels
 * @param {number} side in pixels, 1 or more
 * @returns {[number, number]} [width, height]
 */
export function scaledSize([width, height], side) {
  if (!(side >= 1)) throw new RangeError(`side ${side} is too small`);
  const longest = Math.max(width, height);
  // In this order of operations, because rounding decides on a pixel.
  return [width, height].map((dim) => Math.max(1, Math.trunc((dim / longest) * side)));
}

/**
 * Put a picture at the top left of a canvas. What remains is the picture mirrored at its right and
 * lower border, and where the mirror image is too short, its last row or column again.
 *
 * @param {Planes} planes
 * @param {[number, number]} canvas [H, W] in pixels, no smaller than the picture
 * @returns {Planes} of the canvas's size; the picture itself where it fills the canvas
 */
export function pad(planes, [height, width]) {
  if (planes.width > width || planes.height > height) {
    const sizes = `${planes.width}×${planes.height} does not fit into ${width}×${height}`;
    throw new RangeError(`a picture of ${sizes}`);
  }
  if (planes.width === width && planes.height === height) return planes;
  return gathered(planes, mirrored(planes.width, width), mirrored(planes.height, height));
}

/**
 * The top left of a picture, which undoes `pad`.
 *
 * @param {Planes} planes
 * @param {number} width in pixels, at most that of the picture
 * @param {number} height the same
 * @returns {Planes} the picture itself where nothing is cut off
 */
export function crop(planes, width, height) {
  if (!(width >= 1 && width <= planes.width && height >= 1 && height <= planes.height)) {
    const sizes = `${width}×${height} of a picture of ${planes.width}×${planes.height}`;
    throw new RangeError(`cannot take ${sizes}`);
  }
  if (planes.width === width && planes.height === height) return planes;
  return gathered(planes, mirrored(planes.width, width), mirrored(planes.height, height));
}

// Where each of `count` positions comes from along an axis of `length` pixels.
function mirrored(length, count) {
  return Int32Array.from({ length: count }, (_, i) =>
    i < length ? i : Math.max(0, 2 * length - 1 - i),
  );
}

function gathered({ width, height, data, whole }, columns, rows) {
  const found = new Float32Array(3 * rows.length * columns.length);
  let next = 0;
  for (let channel = 0; channel < 3; channel++) {
    for (const row of rows) {
      const start = (channel * height + row) * width;
      for (const column of columns) found[next++] = data[start + column];
    }
  }
  const of = { width: columns.length, height: rows.length, data: found };
  return whole ? { ...of, whole } : of;
}
