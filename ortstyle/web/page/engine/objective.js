// The loss of pictures on one canvas, and its gradient, for one content and one style.
//
// It is what `ortstyle/objective/whole.py` is for a resident picture: the picture is given as cosine
// coefficients z, and the gradient is with respect to them. A picture that does not fill its canvas
// is padded, and the weights of spatial positions leave the padding out of the style's statistics.
import { pad, crop } from "./planes.js";
import { weightRoots } from "./spatial-weights.js";
import { spectralInputs } from "./spectral.js";
import { styleTargets } from "./targets.js";
import { DeviceVectors } from "./vectors.js";

const ROOTS = /^style\.(.+)\.root_weights$/;
const TERMS = ["content", "style", "tv"];
const LIMIT = "limit.content";
const INVERSE = "spectral.inverse_scale";

/** Curvature pairs of the graphs of vectors that have no number in their names. */
export const FULL_HISTORY = 20;
/** Curvature pairs where a device can't hold a tensor of as many. */
export const SHORT_HISTORY = 8;

/**
 * Compute the statistics of a style picture on a canvas of its own.
 * @param {import("./runtime.js").Runtime} runtime
 * @param {import("./graphs.js").Graphs} graphs
 * @param {import("./planes.js").Planes} style - It fits into a canvas.
 * @returns {Promise<Object<string, Float32Array>>} By the name `<layer>/<statistic>`.
 */
export async function styleStatistics(runtime, graphs, style) {
  const canvas = graphs.canvas("statistics", [style.width, style.height]);
  const model = await graphs.model("statistics", canvas);
  const session = await runtime.session(model, { weights: "plain" });
  try {
    const feeds = { image: imageTensor(runtime, pad(style, canvas)) };
    for (const [name, shape] of Object.entries(session.shapes)) {
      if (name !== "image") feeds[name] = rootsTensor(runtime, style, canvas, shape);
    }
    const found = await session.run(feeds);
    dispose(feeds);
    return taken(found);
  } finally {
    await session.release();
  }
}

/** Loss and gradient on one canvas. */
export class Objective {
  #runtime;
  #graphs;
  #size;
  #exponent;
  #loss = null;
  #coefficients = null;
  #samples = null;
  #constants = {}; // all inputs of the loss graph but the coefficients
  #inverse = null; // the inverse of the spectral scales, which the loss graph does not take

  /**
   * @param {object} options
   * @param {import("./runtime.js").Runtime} options.runtime
   * @param {import("./graphs.js").Graphs} options.graphs
   * @param {[number, number]} options.size - Width and height of the picture.
   * @param {[number, number]} [options.canvas] - (H, W); by default the smallest.
   * @param {number} options.exponent - Of the spectral scales; 0 for none.
   */
  constructor({ runtime, graphs, size, canvas = graphs.canvas("loss", size), exponent }) {
    this.#runtime = runtime;
    this.#graphs = graphs;
    this.#size = size;
    this.#exponent = exponent;
    this.canvas = canvas;
    /** Shape of a vector. */
    this.shape = [1, 3, ...canvas];
  }

  /**
   * Make the sessions and compute the targets.
   * @param {object} pictures
   * @param {import("./planes.js").Planes} pictures.content
   * @param {Object<string, Float32Array>} pictures.style - Of `styleStatistics`.
   * @param {{content: number, style: number, tv: number}} weights - Of the losses.
   * @param {object} options
   * @param {number} options.floor - The variance floor; 0 for none.
   * @param {number} options.limit - The content limit; it must be above 0 where the settings of the
   *   site have one.
   * @returns {Promise<this>}
   */
  async open({ content, style }, weights, { floor, limit }) {
    this.#loss = await this.#session("loss", { resident: ["gradient"], weights: "all" });
    this.#runtime.releaseWeights();
    const inputs = spectralInputs(...this.canvas, this.#exponent);
    this.#inverse = inputs[INVERSE];
    for (const name of Object.keys(this.#loss.shapes)) if (name in inputs) this.#put(name, inputs[name].data);
    if (LIMIT in this.#loss.shapes) this.#put(LIMIT, Float32Array.of(limit));
    for (const term of TERMS) this.#put(`weight.${term}`, Float32Array.of(weights[term]));
    for (const [name, shape] of Object.entries(this.#loss.shapes)) {
      if (ROOTS.test(name)) this.#put(name, weightRoots(...this.#size, this.canvas, shape.slice(2)));
    }
    await this.#putTargets(content, style, floor);
    return this;
  }

  async #session(kind, options) {
    return this.#runtime.session(await this.#graphs.model(kind, this.canvas), options);
  }

  #put(name, array) {
    this.#constants[name]?.dispose();
    this.#constants[name] = this.#runtime.upload(array, this.#loss.shapes[name]);
  }

  // The content's features and statistics are what the loss compares at the content itself.
  async #putTargets(content, style, floor) {
    const shapes = Object.entries(this.#loss.shapes);
    for (const [name, shape] of shapes) {
      if (name in this.#constants || name === "coefficients") continue;
      const count = shape.reduce((product, side) => product * side, 1);
      this.#put(name, new Float32Array(count).fill(1));
    }
    const contents = shapes.map(([name]) => name).filter((name) => name.startsWith("content."));
    const layers = shapes.map(([name]) => ROOTS.exec(name)?.[1]).filter(Boolean);
    const outputs = layers.flatMap((layer) => [`style.${layer}`, `style.${layer}.mean`]);
    const names = [...contents, ...outputs].map((name) => `statistics.${name}`);
    const coefficients = await this.coefficients(content);
    const found = taken(await this.#loss.run({ ...this.#constants, coefficients }, names));
    coefficients.dispose();
    const own = {};
    for (const layer of layers) {
      own[`${layer}/gram`] = found[`statistics.style.${layer}`];
      own[`${layer}/mean`] = found[`statistics.style.${layer}.mean`];
    }
    for (const name of contents) this.#put(name, found[`statistics.${name}`]);
    for (const [name, target] of Object.entries(styleTargets(style, own, floor))) this.#put(name, target);
  }

  /**
   * Evaluate a picture.
   * @param {object} z - Its coefficients, a tensor of `shape`.
   * @returns {Promise<{loss: number, terms: Object<string, number>, gradient: object}>} The gradient
   *   is a tensor; whoever gets it disposes of it.
   */
  async evaluate(z) {
    const outputs = ["loss", ...TERMS, "gradient"];
    const found = await this.#loss.run({ ...this.#constants, coefficients: z }, outputs);
    const number = (name) => found[name].data[0];
    return {
      loss: number("loss"),
      terms: Object.fromEntries(TERMS.map((term) => [term, number(term)])),
      gradient: found.gradient,
    };
  }

  /**
   * Return the coefficients of a picture, in the memory of the device; to be disposed of before the
   * objective is closed.
   * @param {import("./planes.js").Planes} planes - Of the picture's size.
   */
  async coefficients(planes) {
    const resident = ["coefficients"];
    this.#coefficients ??= await this.#session("coefficients", { resident });
    const feeds = { image: imageTensor(this.#runtime, pad(planes, this.canvas)) };
    for (const name of this.#coefficients.inputNames) {
      if (name === INVERSE) feeds[name] = this.#runtime.tensor(this.#inverse.data, this.#inverse.dims);
      else if (name !== "image") feeds[name] = this.#constants[name];
    }
    const found = await this.#coefficients.run(feeds);
    feeds.image.dispose();
    return found.coefficients;
  }

  /**
   * Return the picture of coefficients.
   * @param {object} z - A tensor of `shape`.
   * @returns {Promise<import("./planes.js").Planes>} Of the picture's size; not clipped.
   */
  async picture(z) {
    this.#samples ??= await this.#session("samples");
    const feeds = {};
    for (const name of this.#samples.inputNames) feeds[name] = this.#constants[name] ?? z;
    const { image } = await this.#samples.run(feeds);
    const [height, width] = this.canvas;
    const found = crop({ width, height, data: image.data.slice() }, ...this.#size);
    image.dispose();
    return found;
  }

  /**
   * Return the vector operations of the optimiser.
   * @param {number} pairs - Curvature pairs that the optimiser keeps.
   * @returns {Promise<DeviceVectors>} Whoever gets it disposes of it.
   */
  async vectors(pairs) {
    const suffix = pairs === FULL_HISTORY ? "" : `-${pairs + 1}`;
    const kinds = { norms: "norms", measure: `measure${suffix}`, advance: `advance${suffix}` };
    const models = {};
    for (const [name, kind] of Object.entries(kinds)) {
      models[name] = await this.#graphs.model(kind, this.canvas);
    }
    return DeviceVectors.open(this.#runtime, models, this.shape, pairs + 1);
  }

  /**
   * Free the memory of the sessions and the targets. Of the tensors that the objective has returned
   * none may be left: onnxruntime can't free a tensor whose session is gone.
   */
  async close() {
    const sessions = [this.#loss, this.#coefficients, this.#samples];
    this.#loss = this.#coefficients = this.#samples = null;
    dispose(this.#constants);
    this.#constants = {};
    for (const session of sessions) await session?.release();
  }
}

// Return copies of the numbers of tensors in the page's memory, and free the tensors.
function taken(tensors) {
  const arrays = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    arrays[name] = tensor.data.slice();
    tensor.dispose();
  }
  return arrays;
}

function imageTensor(runtime, { width, height, data }) {
  return runtime.upload(data, [1, 3, height, width]);
}

function rootsTensor(runtime, { width, height }, canvas, shape) {
  return runtime.upload(weightRoots(width, height, canvas, shape.slice(2)), shape);
}

function dispose(tensors) {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
