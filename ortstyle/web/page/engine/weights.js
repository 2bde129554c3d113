// The weights of the network, which the graphs take as external data.
//
// The site holds an 8-bit index into a codebook of float32 values for each number. The external data
// are all kernels and biases, and behind them each kernel again as the backward pass needs it: its
// axes "out" and "in" exchanged, and both axes of the kernel reversed.

import { SiteError } from "./failures.js";

const FLOAT = 4; // bytes

/**
 * Return the external data of the graphs.
 * @param {Array<object>} tensors - Of `site.json`; see `WeightTensor` in `ortstyle/web/weights.py`.
 * @param {Uint8Array} file - Codebooks and biases, float32 little-endian, and the indices.
 * @param {"all"|"plain"} part - "plain" leaves out the kernels of the backward pass.
 * @returns {Uint8Array}
 */
export function externalData(tensors, file, part) {
  const isWhole = part === "all";
  const end = ({ shape, offset, turned }) =>
    FLOAT * sizeOf(shape) + (isWhole && turned !== null ? turned : offset);
  const data = new Uint8Array(Math.max(...tensors.map(end)));
  for (const tensor of tensors) {
    const values = valuesOf(tensor, file);
    const view = (offset) => new Float32Array(data.buffer, offset, values.length);
    view(tensor.offset).set(values);
    if (isWhole && tensor.turned !== null) turn(values, tensor.shape, view(tensor.turned));
  }
  return data;
}

function valuesOf({ shape, values, codebook, indices }, file) {
  const floats = ({ offset, length }) => new Float32Array(file.slice(offset, offset + length).buffer);
  if (values) return floats(values);
  const book = floats(codebook);
  const found = new Float32Array(sizeOf(shape));
  for (let i = 0; i < found.length; i++) found[i] = book[file[indices.offset + i]];
  return found;
}

// Write a kernel (O, I, h, w) as (I, O, h, w) with its last two axes reversed.
function turn(kernel, [outs, ins, height, width], target) {
  const count = height * width;
  for (let o = 0; o < outs; o++) {
    for (let i = 0; i < ins; i++) {
      const from = (o * ins + i + 1) * count - 1;
      const to = (i * outs + o) * count;
      for (let k = 0; k < count; k++) target[to + k] = kernel[from - k];
    }
  }
}

// The bytes of the ungzipped file that tensors are in.
function sizeOfFile(tensors) {
  const parts = tensors.flatMap(({ values, codebook, indices }) => [values, codebook, indices]);
  return Math.max(...parts.filter(Boolean).map(({ offset, length }) => offset + length));
}

const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);

/** The weights of a site, made when a session needs them. */
export class Weights {
  #site;
  #file = null; // the promise of the file
  #made = null; // what was made last, and its part

  /** @param {import("./site-data.js").Site} site */
  constructor(site) {
    this.#site = site;
  }

  /**
   * Return the external data; see `externalData`.
   * @param {"all"|"plain"} part
   * @returns {Promise<Uint8Array>}
   */
  async bytes(part) {
    const { file, tensors } = this.#site.description.network;
    this.#file ??= this.#site.bytes(file, "network");
    if (this.#made?.part === "all" || this.#made?.part === part) return this.#made.data;
    try {
      const found = await this.#file;
      if (found.length < sizeOfFile(tensors)) throw new SiteError("site", `${file} is too short`);
      this.#made = { part, data: externalData(tensors, found, part) };
    } catch (error) {
      this.#file = null;
      throw error;
    }
    return this.#made.data;
  }

  /** Forget what was made last; the site's file, which is smaller, is kept. */
  release() {
    this.#made = null;
  }
}
