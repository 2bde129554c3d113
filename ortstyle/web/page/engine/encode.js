/** Pictures as PNG files. For a worker or a page; without DOM. */

import { toRgba } from "./planes.js";

/** @typedef {import("./planes.js").Planes} Planes */

/**
 * A PNG of 8 bits a channel, whose levels are those of `toRgba`.
 *
 * @param {Planes | ImageData} picture
 * @returns {Promise<Blob>}
 */
export async function encodePng(picture) {
  const { width, height } = picture;
  const isImage = picture instanceof ImageData;
  const image = isImage ? picture : new ImageData(toRgba(picture), width, height);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
