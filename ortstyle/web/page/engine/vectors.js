/** The optimiser's vectors in the device's memory: only inner products and step lengths leave it. */

const LONGEST = 4096; // numbers of a block, as in ortstyle/graph/vector_graphs.py

/**
 * The shape [blocks, length] in which the graphs of the vector operations split a vector.
 * @param {number[]} shape [1, 3, H, W]
 * @returns {[number, number]}
 */
export function blocksOf(shape) {
  const width = shape.at(-1);
  const lines = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  let together = Math.max(1, Math.min(lines, Math.floor(LONGEST / width)));
  while (lines % together) together--;
  return [lines / together, together * width];
}

/**
 * Vectors [1, 3, H, W] as ONNX Runtime's tensors, on the GPU or in memory.
 *
 * All curvature pairs are in one tensor. Storing a pair makes a new tensor, so that the history takes
 * twice its memory for a moment. Who is given a vector releases it with `release`, once.
 */
export class DeviceVectors {
  #ort;
  #shape;
  #sessions; // {norms, measure, advance}
  #pairs; // [blocks, 2·rows, length], all s before all y

  /**
   * @param runtime `session(bytes, {resident})` opens a graph, `ort` is ONNX Runtime. If it has a
   *   function `zeros(dims)`, that makes the first tensor of pairs, which then need not be sent to
   *   the device.
   * @param {{norms: Uint8Array, measure: Uint8Array, advance: Uint8Array}} models the graphs of
   *   ortstyle/graph/vector_graphs.py for this shape and number of rows.
   * @param {number[]} shape [1, 3, H, W], the shape of a vector.
   * @param {number} rows the number of curvature pairs that there is room for.
   */
  static async open(runtime, models, shape, rows) {
    const [blocks, length] = blocksOf(shape);
    const dims = [blocks, 2 * rows, length];
    const sessions = {};
    try {
      sessions.norms = await runtime.session(models.norms, { resident: [] });
      sessions.measure = await runtime.session(models.measure, { resident: ["new_pairs"] });
      sessions.advance = await runtime.session(models.advance, { resident: ["trial"] });
      const zeros = () => new runtime.ort.Tensor("float32", new Float32Array(blocks * 2 * rows * length), dims);
      const pairs = runtime.zeros ? await runtime.zeros(dims) : zeros();
      return new DeviceVectors(runtime.ort, shape, rows, sessions, pairs);
    } catch (error) {
      await Promise.all(Object.values(sessions).map((session) => session.release()));
      throw error;
    }
  }

  /** Use `DeviceVectors.open`. */
  constructor(ort, shape, rows, sessions, pairs) {
    /** The number of numbers of a vector. */
    this.size = shape.reduce((product, side) => product * side, 1);
    /** The number of curvature pairs that there is room for. */
    this.rows = rows;
    this.#ort = ort;
    this.#shape = shape;
    this.#sessions = sessions;
    this.#pairs = pairs;
  }

  /** A vector of an array of `size` numbers, which must not be written to again; a tensor as it is. */
  put(array) {
    return ArrayBuffer.isView(array) ? new this.#ort.Tensor("float32", array, this.#shape) : array;
  }

  /** A copy of a vector's numbers, a Float32Array; the vector must not be released meanwhile. */
  async get(vector) {
    return (await vector.getData()).slice();
  }

  /** Free a vector's memory. */
  release(vector) {
    vector.dispose();
  }

  /** The sum of squares and the sum of absolute values of a gradient: {square, absolute}. */
  async norms(gradient) {
    const { square, absolute } = await this.#sessions.norms.run({ gradient });
    return { square: square.data[0], absolute: absolute.data[0] };
  }

  /**
   * Store the pair between two points {x, gradient} in a row; return its products.
   *
   * Where the gradient of `point` is not finite, the pairs are left as they were.
   * @returns {Promise<{withS: Float64Array, withY: Float64Array, square: number}>} [rows, 3], the
   *   inner products of all s, and of all y, with the new s, the new y and the gradient g of `point`;
   *   and gᵀg.
   */
  async storePair(row, point, previous) {
    const found = await this.#sessions.measure.run({
      pairs: this.#pairs,
      row: this.#number(row),
      x: point.x,
      gradient: point.gradient,
      since_x: previous.x,
      since_gradient: previous.gradient,
    });
    const square = found.square.data[0];
    const finite = Number.isFinite(square);
    (finite ? this.#pairs : found.new_pairs).dispose();
    if (finite) this.#pairs = found.new_pairs;
    const products = Float64Array.from(found.products.data);
    return { withS: products.slice(0, 3 * this.rows), withY: products.slice(3 * this.rows), square };
  }

  /**
   * x + length·d and gᵀd, {trial, slope}, for a direction d from a point {x, gradient g}.
   * @param {import("./history.js").Direction} direction
   */
  async advance(point, direction, length) {
    const ofPairs = Float32Array.of(...direction.ofS, ...direction.ofY);
    const { trial, slope } = await this.#sessions.advance.run({
      pairs: this.#pairs,
      x: point.x,
      gradient: point.gradient,
      of_pairs: new this.#ort.Tensor("float32", ofPairs, [1, 1, 2 * this.rows]),
      of_gradient: this.#number(direction.ofGradient),
      length: this.#number(length),
    });
    return { trial, slope: slope.data[0] };
  }

  /** Free the pairs and the sessions; the vectors are those of whom they were given to. */
  async dispose() {
    this.#pairs.dispose();
    await Promise.all(Object.values(this.#sessions).map((session) => session.release()));
  }

  #number(value) {
    return new this.#ort.Tensor("float32", Float32Array.of(value), [1, 1, 1]);
  }
}
