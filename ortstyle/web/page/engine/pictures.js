// The photograph and the painting of a run at each scale, as `ortstyle/run/inputs.py` has them.
import { keepColors, luminance } from "./colors.js";
import { withoutGrain } from "./grain.js";
import { patternDegree, patternLimit } from "./patterns.js";
import { fromRgba, scaledSize } from "./planes.js";
import { resizeBicubic, resizeBilinear } from "./resize.js";
import { roundHalfEven } from "./rounding.js";
import { FINE } from "./schedule.js";
import { tintFlat } from "./tint.js";

const BLANK = 2; // levels; a deviation of the photograph that is noise, or what a format loses

/**
 * Return the width and height by which a picture is scaled: `size`, those of its file, if it was
 * reduced while it was decoded, or its own.
 * @param {{width: number, height: number, size?: [number, number]}} picture
 * @returns {[number, number]}
 */
export const proportionsOf = ({ width, height, size = [width, height] }) => size;

/** The pictures of a run. */
export class Pictures {
  #photograph; // in its own colours, at the size of the finest scale
  #content; // as the network is given it
  #painting;
  #proportions;
  #settings;
  #order;

  /**
   * @param {import("./planes.js").Planes} photograph - As it was opened, opaque.
   * @param {import("./planes.js").Planes} painting
   * @param {Required<import("./estimate.js").Order>} order
   * @param {object} settings - Of `site.json`.
   */
  constructor(photograph, painting, order, settings) {
    this.#proportions = proportionsOf(photograph);
    this.#settings = settings;
    this.#order = order;
    this.#photograph = resizeBilinear(photograph, ...this.size(order.size));
    const side = Math.max(1, roundHalfEven(order.size * order.strokes));
    const style = resizeBilinear(painting, ...scaledSize(proportionsOf(painting), side));
    const isGrey = order.colors === "luminance";
    const content = isGrey ? luminance(this.#photograph) : this.#photograph;
    this.#painting = isGrey ? luminance(style, this.#photograph) : style;
    const floor = settings.variance_floor;
    this.#content = floor ? tintFlat(content, this.#painting, floor) : content;
    /** The share of the content weight that the photograph deserves, 0 to 1; a blank one has 0. */
    this.contentShare = floor && order.styleWeight ? contentShare(this.#photograph) : 1;
    /** The content limit, which patterns such as cloth raise. */
    this.contentLimit = patternLimit(settings, patternDegree(this.#painting));
  }

  /**
   * Return width and height of the picture at a scale.
   * @param {number} side - The longest.
   */
  size(side) {
    return scaledSize(this.#proportions, side);
  }

  /** Return the content at a scale. */
  content(side) {
    return resizeBilinear(this.#content, ...this.size(side));
  }

  /**
   * Return the style at a scale; above 512 pixels it loses its grain.
   * @param {number} side - The longest side of the scale.
   * @param {number} most - The longest side of a picture whose statistics can be computed.
   */
  style(side, most) {
    const { width, height } = this.#painting;
    const wanted = Math.max(1, roundHalfEven(Math.max(1, side * this.#order.strokes)));
    const found = resizeBilinear(this.#painting, ...scaledSize([width, height], Math.min(wanted, most)));
    const { grain } = this.#settings;
    return side > FINE && grain < 1 ? withoutGrain(found, grain) : found;
  }

  /**
   * Return the picture that a scale begins with.
   * @param {number} side - The longest side of the scale.
   * @param {import("./planes.js").Planes|null} before - The picture of the scale before; null for
   *   the content.
   */
  start(side, before) {
    return before ? resizeBicubic(clipped(before), ...this.size(side)) : this.content(side);
  }

  /**
   * Return a picture that was shown as one that the optimisation can continue with.
   * @param {ImageData} image - Of a preview.
   */
  resumed(image) {
    const planes = floats(fromRgba(image));
    return this.#order.colors === "luminance" ? luminance(planes) : planes;
  }

  /**
   * Return a picture as it is shown: with the colours that the order says, not clipped.
   * @param {import("./planes.js").Planes} planes
   */
  shown(planes) {
    if (this.#order.colors !== "luminance") return planes;
    return keepColors(clipped(planes), resizeBilinear(this.#photograph, planes.width, planes.height));
  }
}

// The same numbers, which resizing does not round to whole levels.
const floats = ({ width, height, data }) => ({ width, height, data });

function clipped({ width, height, data }) {
  return { width, height, data: data.map((level) => Math.min(255, Math.max(0, level))) };
}

// As `ortstyle/run/blank_content.py`: 1 unless the deviation is below 2 levels.
function contentShare({ width, height, data }) {
  const count = width * height;
  let variances = 0;
  for (let channel = 0; channel < 3; channel++) {
    const plane = data.subarray(channel * count, (channel + 1) * count);
    const mean = plane.reduce((sum, level) => sum + level, 0) / count;
    variances += plane.reduce((sum, level) => sum + (level - mean) ** 2, 0) / count;
  }
  return Math.min(1, variances / 3 / BLANK ** 2);
}
