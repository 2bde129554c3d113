/** Files of pictures decoded by the browser: upright, in sRGB, opaque. For a worker; without DOM. */

import { DECODED, HEADER_BYTES, readHeader } from "./picture-header.js";

/** Most pixels of a picture that is opened, those of ortstyle's setting `max_pixels`. */
export const MOST_PIXELS = 178_956_970;

/** Pixels of the longest side of what is decoded: larger pictures are reduced by a whole factor. */
export const LONGEST_SIDE = 4096;

const TILE = 2048; // pixels of a side of what is read from the browser's picture at once

/** A file can't be used as a picture. */
export class PictureError extends Error {
  /**
   * @param {"file" | "empty" | "unknown" | "unsupported" | "damaged" | "large"} kind the file can't
   *   be read; there are no bytes or pixels; it is no picture; it is a picture of a format that this
   *   browser does not decode; its file is damaged or cut off; it has too many pixels
   * @param {string} message
   * @param {{format?: string | null, size?: [number, number] | null, cause?: unknown}} [known]
   */
  constructor(kind, message, { format = null, size = null, cause } = {}) {
    super(message, { cause });
    this.name = "PictureError";
    this.kind = kind;
    this.format = format;
    this.size = size;
  }
}

/**
 * The pixels of a file and what a person should know about them.
 *
 * @typedef {object} Decoded
 * @property {ImageData} image opaque, in sRGB
 * @property {[number, number]} size [width, height] of the file's picture, upright, from which the
 *   sizes of paintings are computed; larger than the image where this is reduced
 * @property {boolean} transparent whether something was transparent, which is white now
 */

/**
 * Decode a picture; of an animation the first frame.
 *
 * @param {Blob | ImageData} source a file or pixels
 * @param {object} [limits]
 * @param {number} [limits.mostPixels]
 * @param {number} [limits.longestSide] in pixels
 * @returns {Promise<Decoded>}
 * @throws {PictureError}
 */
export async function decodePicture(source, limits = {}) {
  const { mostPixels = MOST_PIXELS, longestSide = LONGEST_SIDE } = limits;
  const bitmap = await openBitmap(source, mostPixels);
  try {
    const size = [bitmap.width, bitmap.height];
    checkCount(size, mostPixels);
    return { size, ...readReduced(bitmap, Math.ceil(Math.max(...size) / longestSide)) };
  } finally {
    bitmap.close(); // else its memory stays until the collector comes
  }
}

/**
 * Measure a picture as `decodePicture` opens it.
 *
 * @param {Blob} source a file
 * @returns {Promise<[number, number]>} width and height, upright
 * @throws {PictureError}
 */
export async function measurePicture(source) {
  const bitmap = await openBitmap(source, MOST_PIXELS);
  const size = [bitmap.width, bitmap.height];
  bitmap.close();
  checkCount(size, MOST_PIXELS);
  return size;
}

/**
 * The pixels of a file alone; see `decodePicture`.
 *
 * @param {Blob | ImageData} source
 * @param {object} [limits]
 * @returns {Promise<ImageData>}
 */
export const decodeFile = async (source, limits) => (await decodePicture(source, limits)).image;

async function openBitmap(source, mostPixels) {
  const options = { imageOrientation: "from-image", colorSpaceConversion: "default" };
  if (source instanceof ImageData) return createImageBitmap(source);
  if (source.size === 0) throw new PictureError("empty", "the file is empty");
  const start = await startOf(source);
  const header = readHeader(new Uint8Array(start));
  if (header?.size) checkCount(header.size, mostPixels, header.format);
  try {
    return await createImageBitmap(source, options);
  } catch (cause) {
    const { format = null, size = null } = header ?? {};
    const known = { format, size, cause };
    if (!header) throw new PictureError("unknown", "the file is no picture", known);
    if (DECODED.has(format)) throw new PictureError("damaged", `the ${format} is damaged`, known);
    throw new PictureError("unsupported", `this browser does not decode ${format}`, known);
  }
}

// The first bytes of a file. A folder that was dropped is a file that can't be read.
async function startOf(source) {
  try {
    return await source.slice(0, HEADER_BYTES).arrayBuffer();
  } catch (cause) {
    throw new PictureError("file", `the file can't be read: ${cause.message}`, { cause });
  }
}

function checkCount(size, mostPixels, format = null) {
  const [width, height] = size;
  const known = { format, size };
  if (width * height === 0) throw new PictureError("empty", "the picture has no pixels", known);
  if (width * height <= mostPixels) return;
  throw new PictureError("large", `${width}×${height} is more than ${mostPixels} pixels`, known);
}

// The pixels of a bitmap, reduced by averaging squares of `factor` pixels. They are read tile by
// tile, because what a canvas may hold is limited, and so that a large photograph is in memory once.
function readReduced(bitmap, factor) {
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.ceil(side / factor));
  const image = new ImageData(width, height);
  const side = factor * Math.max(1, Math.floor(TILE / factor));
  const tile = [bitmap.width, bitmap.height].map((each) => Math.min(each, side));
  const canvas = new OffscreenCanvas(...tile);
  const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  context.imageSmoothingEnabled = false;
  context.fillStyle = "white";
  let transparent = false;
  for (let top = 0; top < bitmap.height; top += side) {
    for (let left = 0; left < bitmap.width; left += side) {
      const area = [Math.min(side, bitmap.width - left), Math.min(side, bitmap.height - top)];
      context.globalCompositeOperation = "copy";
      context.drawImage(bitmap, left, top, ...area, 0, 0, ...area);
      let read = context.getImageData(0, 0, ...area);
      if (!isOpaque(read.data)) {
        transparent = true;
        context.globalCompositeOperation = "destination-over";
        context.fillRect(0, 0, ...area);
        read = context.getImageData(0, 0, ...area);
      }
      const put = factor === 1 ? putRows : putReduced;
      put(read, image, left / factor, top / factor, factor);
    }
  }
  return { image, transparent };
}

function isOpaque(rgba) {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] < 255) return false;
  return true;
}

function putRows(read, image, left, top) {
  for (let y = 0; y < read.height; y++) {
    const row = read.data.subarray(4 * y * read.width, 4 * (y + 1) * read.width);
    image.data.set(row, 4 * ((top + y) * image.width + left));
  }
}

function putReduced(read, image, left, top, factor) {
  const [columns, rows] = [read.width, read.height].map((side) => Math.ceil(side / factor));
  for (let y = 0; y < rows; y++) {
    const bottom = Math.min(read.height, (y + 1) * factor);
    for (let x = 0; x < columns; x++) {
      const right = Math.min(read.width, (x + 1) * factor);
      const [red, green, blue, count] = sums(read, x * factor, y * factor, right, bottom);
      const at = 4 * ((top + y) * image.width + left + x);
      image.data[at] = red / count;
      image.data[at + 1] = green / count;
      image.data[at + 2] = blue / count;
      image.data[at + 3] = 255;
    }
  }
}

function sums({ width, data }, left, top, right, bottom) {
  let [red, green, blue] = [0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let at = 4 * (y * width + left); at < 4 * (y * width + right); at += 4) {
      red += data[at];
      green += data[at + 1];
      blue += data[at + 2];
    }
  }
  return [red, green, blue, (right - left) * (bottom - top)];
}
