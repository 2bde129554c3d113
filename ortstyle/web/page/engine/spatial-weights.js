/** The weight of each position of a layer, where a picture is smaller than its canvas. */

import { resizePlane } from "./resize.js";

/**
 * The square roots of the weights of a layer's positions, whose sum is 1: a position weighs as much
 * as the pixels of the picture in it, and what is beyond the picture weighs nothing.
 *
 * They are those of `objective/spatial_weights.py` for a mask that is 1 in the picture and 0 in the
 * rest of the canvas.
 *
 * @param {number} width of the picture in pixels
 * @param {number} height the same
 * @param {[number, number]} canvas [H, W] in pixels; the picture is at its top left
 * @param {[number, number]} layer [H, W] of the layer
 * @returns {Float32Array} H·W of the layer
 */
export function weightRoots(width, height, canvas, layer) {
  const rows = lengthWeights(height, canvas[0], layer[0]);
  const columns = lengthWeights(width, canvas[1], layer[1]);
  const found = new Float32Array(rows.length * columns.length);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      found[y * columns.length + x] = Math.sqrt(row * column);
    });
  });
  return found;
}

// The mask is 1 in a rectangle: its reduction by area is the product of those along the axes.
function lengthWeights(length, canvas, layer) {
  if (!(length >= 1 && length <= canvas)) throw new RangeError(`${length} pixels in ${canvas}`);
  const mask = new Float32Array(canvas).fill(1, 0, length);
  const reduced = Float64Array.from(resizePlane(mask, [canvas, 1], [layer, 1], "box"));
  const sum = reduced.reduce((total, weight) => total + weight, 0);
  return reduced.map((weight) => weight / sum);
}
