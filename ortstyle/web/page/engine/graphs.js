// The graphs of the site: which canvases there are, and the ONNX file of each.
import { assemble, canvasName } from "./models.js";

/** The graphs that a site packs. */
export class Graphs {
  #site;
  #packs = new Map();

  /** @param {import("./site-data.js").Site} site */
  constructor(site) {
    this.#site = site;
  }

  /**
   * Return the smallest canvas that holds a picture.
   * @param {string} kind - Of graph, such as "loss".
   * @param {[number, number]} size - Width and height of the picture.
   * @returns {[number, number]|null} (H, W); null if no canvas holds the picture.
   */
  canvas(kind, [width, height]) {
    let best = null;
    for (const [, { canvases }] of this.#sides(kind)) {
      for (const [h, w] of canvases) {
        if (h >= height && w >= width && (!best || h * w < best[0] * best[1])) best = [h, w];
      }
    }
    return best;
  }

  /**
   * Return the longest side of a picture that a canvas holds.
   * @param {string} kind
   */
  longest(kind) {
    const canvases = this.#sides(kind).flatMap(([, side]) => side.canvases);
    return canvases.reduce((most, canvas) => Math.max(most, ...canvas), 0);
  }

  /**
   * Return the bytes that an evaluation takes on a canvas, as the site says, or null.
   * @param {string} kind
   * @param {[number, number]} canvas - (H, W).
   */
  bytes(kind, canvas) {
    for (const [, { bytes }] of this.#sides(kind)) {
      const found = bytes?.[canvasName(canvas)];
      if (found !== undefined) return found;
    }
    return null;
  }

  /**
   * Return the ONNX file of a graph.
   * @param {string} kind
   * @param {[number, number]} canvas - (H, W), one of those that the site has.
   * @returns {Promise<Uint8Array>}
   */
  async model(kind, canvas) {
    const holds = ([, { canvases }]) => canvases.some(([h, w]) => h === canvas[0] && w === canvas[1]);
    const side = this.#sides(kind).find(holds);
    if (!side) throw new RangeError(`the site has no graph "${kind}" of ${canvasName(canvas)}`);
    const { file } = side[1];
    // What a painting needs is needed again by the next one; a pack is small.
    if (!this.#packs.has(file)) this.#packs.set(file, this.#site.json(file, "graphs"));
    try {
      return assemble(await this.#packs.get(file), canvas);
    } catch (error) {
      this.#packs.delete(file);
      throw error;
    }
  }

  #sides(kind) {
    return Object.entries(this.#site.description.kinds[kind].sides);
  }
}
