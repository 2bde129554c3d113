// What a painting takes: its scales and canvases, memory, and time.
import { FULL_HISTORY, SHORT_HISTORY } from "./objective.js";
import { scaledSize } from "./planes.js";
import { schedule } from "./schedule.js";

const FLOAT = 4; // bytes
const FIRST_CHANNELS = 64; // of the first layer, whose features are the largest tensor of the graph
// The most that one tensor of curvature pairs should take with WebAssembly, which copies the pairs
// into its memory and out of it at each evaluation; and the most that its memory can be.
const MOST_COPIED = 300e6;
const WASM_BYTES = 3.5e9;
// Vectors that the optimiser holds beside the pairs, and those that the cosine transform makes.
const OTHER_VECTORS = 8;

/**
 * What the page may order; what is missing is that of the site's settings.
 * @typedef {object} Order
 * @property {number} [size] - Longest side of the result in pixels.
 * @property {number} [iterations] - Evaluations of all scales together.
 * @property {number} [contentWeight]
 * @property {number} [styleWeight]
 * @property {number} [smoothness] - Weight of total variation.
 * @property {number} [strokes] - Size of the painting relative to the photograph's.
 * @property {"style"|"luminance"} [colors]
 */

/**
 * Return an order with all that it leaves out.
 * @param {Order} order
 * @param {object} settings - Of `site.json`.
 * @returns {Required<Order>}
 */
export function completed(order, settings) {
  return {
    size: order.size ?? settings.size,
    iterations: order.iterations ?? settings.iterations,
    contentWeight: order.contentWeight ?? settings.content_weight,
    styleWeight: order.styleWeight ?? settings.style_weight,
    smoothness: order.smoothness ?? settings.tv_weight,
    strokes: order.strokes ?? 1,
    colors: order.colors ?? settings.colors,
  };
}

/**
 * Return the scales of a painting, coarse to fine: longest side, evaluations, and canvas (H, W).
 * @param {Required<Order>} order
 * @param {object} settings - Of `site.json`.
 * @param {import("./graphs.js").Graphs} graphs
 * @param {[number, number]} photograph - Width and height.
 * @returns {Array<[number, number, [number, number]]>}
 */
export function scalesOf(order, settings, graphs, photograph) {
  return schedule(order.size, settings.scales, order.iterations).map(([side, evaluations]) => {
    const canvas = graphs.canvas("loss", scaledSize(photograph, side));
    if (!canvas) throw new RangeError(`the site has no canvas for pictures of ${side} pixels`);
    return [side, evaluations, canvas];
  });
}

const pairsBytes = ([height, width], history) => 2 * (history + 1) * 3 * height * width * FLOAT;

/**
 * Return the number of curvature pairs to keep on a canvas.
 * @param {import("./runtime.js").Runtime} runtime
 * @param {[number, number]} canvas - (H, W).
 */
export function historyFor(runtime, canvas) {
  const most = runtime.limits?.tensorBytes ?? MOST_COPIED;
  return pairsBytes(canvas, FULL_HISTORY) <= most ? FULL_HISTORY : SHORT_HISTORY;
}

/**
 * Return the bytes of memory that a canvas takes while it is painted on: of the device with WebGPU,
 * of the page with WebAssembly.
 * @param {import("./runtime.js").Runtime} runtime
 * @param {import("./graphs.js").Graphs} graphs
 * @param {object} site - What `site.json` holds.
 * @param {[number, number]} canvas - (H, W).
 */
export function bytesOf(runtime, graphs, site, canvas) {
  const [height, width] = canvas;
  const vector = 3 * height * width * FLOAT;
  const copies = runtime.backend === "wasm" ? 4 : 2; // a new tensor is made of the pairs each time
  const pairs = copies * pairsBytes(canvas, historyFor(runtime, canvas));
  const weights = site.network.external_bytes ?? 0;
  return graphs.bytes("loss", canvas) + pairs + OTHER_VECTORS * vector + weights;
}

/**
 * Tell whether what is known of the device allows to paint on a canvas. No browser tells how much
 * memory a graphics processor has.
 * @param {import("./runtime.js").Runtime} runtime
 * @param {import("./graphs.js").Graphs} graphs
 * @param {object} site - What `site.json` holds.
 * @param {[number, number]} canvas - (H, W).
 */
export function allows(runtime, graphs, site, canvas) {
  if (runtime.backend === "wasm") return bytesOf(runtime, graphs, site, canvas) <= WASM_BYTES;
  const features = FIRST_CHANNELS * canvas[0] * canvas[1] * FLOAT;
  return Math.max(features, pairsBytes(canvas, SHORT_HISTORY)) <= runtime.limits.tensorBytes;
}

/** How long evaluations take, from those that were timed on some canvases. */
export class Pace {
  #timed = new Map(); // area in pixels -> seconds

  /** Seconds that a scale takes before its first evaluation. */
  opening = 0;

  /**
   * Keep the time of an evaluation; the last one of a canvas counts.
   * @param {[number, number]} canvas - (H, W).
   * @param {number} seconds
   */
  add([height, width], seconds) {
    this.#timed.set(height * width, seconds);
  }

  /** Forget what was timed, which was another device. */
  clear() {
    this.#timed.clear();
    this.opening = 0;
  }

  /** Tell whether an evaluation on a canvas of this size was timed. */
  knows([height, width]) {
    return this.#timed.has(height * width);
  }

  /**
   * Estimate the seconds of an evaluation; null while none was timed.
   *
   * Time is a straight line of the area through the two areas timed next to it. Through one area it
   * is in proportion, which is too long for a larger canvas where a small one leaves a device idle.
   * @param {[number, number]} canvas - (H, W).
   */
  seconds([height, width]) {
    const area = height * width;
    const distance = ([other]) => Math.abs(Math.log(other / area));
    const near = [...this.#timed].sort((a, b) => distance(a) - distance(b));
    if (!near.length) return null;
    const [[first, time], second] = near;
    if (!second || first === area) return (time * area) / first;
    const slope = (second[1] - time) / (second[0] - first);
    // Noise may say that a larger canvas takes less time.
    return slope > 0 ? Math.max(time + slope * (area - first), time / 4) : time * Math.max(1, area / first);
  }

  /**
   * Estimate the seconds of scales; null while no evaluation was timed.
   * @param {Array<[number, number, [number, number]]>} scales - What `scalesOf` returned.
   */
  secondsOf(scales) {
    let total = 0;
    for (const [, evaluations, canvas] of scales) {
      const each = this.seconds(canvas);
      if (each === null) return null;
      total += evaluations * each + this.opening;
    }
    return total;
  }
}

/**
 * Plan a painting.
 * @param {object} known
 * @param {import("./runtime.js").Runtime} known.runtime
 * @param {import("./graphs.js").Graphs} known.graphs
 * @param {object} known.site - What `site.json` holds.
 * @param {Pace} known.pace
 * @param {Order} order
 * @param {[number, number]} photograph - Width and height.
 * @returns {{bytes: number, seconds: number|null, scales: Array, enough: boolean}}
 */
export function plan({ runtime, graphs, site, pace }, order, photograph) {
  const scales = scalesOf(completed(order, site.settings), site.settings, graphs, photograph);
  const canvases = scales.map(([, , canvas]) => canvas);
  return {
    scales,
    bytes: Math.max(...canvases.map((canvas) => bytesOf(runtime, graphs, site, canvas))),
    seconds: pace.secondsOf(scales),
    enough: canvases.every((canvas) => allows(runtime, graphs, site, canvas)),
  };
}

/**
 * Return the sizes of the site that the device allows for a square picture.
 * @param {object} known - As for `plan`.
 * @returns {number[]}
 */
export function sizesAllowed({ runtime, graphs, site }) {
  return site.sizes.filter((size) => allows(runtime, graphs, site, graphs.canvas("loss", [size, size])));
}
