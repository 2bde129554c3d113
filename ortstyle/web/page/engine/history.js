/** L-BFGS's history of curvature pairs, and the direction that it gives; optim/history.py in JavaScript. */

/**
 * The direction d = Σ ofS·s + Σ ofY·y + ofGradient·g, as coefficients of pairs and gradient.
 * @typedef {{ofS: Float64Array, ofY: Float64Array, ofGradient: number}} Direction
 */

/** The last pairs s = Δx, y = Δgradient; a new one overwrites the oldest. All sums are in float64. */
export class CurvaturePairs {
  #vectors;
  #initial;
  #sy; // (rows, rows), s of the row times y of the column
  #yy; // (rows, rows)
  #sg; // (rows), products with the newest gradient
  #yg;
  #pushed = 0;

  /**
   * @param vectors stores the pairs. One of its rows is free for the next pair, so there is one pair
   *   fewer than rows.
   * @param {number} initial the initial inverse Hessian as a multiple of yᵀs/yᵀy of the newest pair.
   */
  constructor(vectors, initial) {
    const { rows } = vectors;
    this.#vectors = vectors;
    this.#initial = initial;
    [this.#sy, this.#yy] = [new Float64Array(rows * rows), new Float64Array(rows * rows)];
    [this.#sg, this.#yg] = [new Float64Array(rows), new Float64Array(rows)];
  }

  /** The number of pairs in use. */
  get length() {
    return Math.min(this.#pushed, this.#vectors.rows - 1);
  }

  /** Forget every pair. */
  clear() {
    this.#pushed = 0;
  }

  /**
   * Add the pair between two points {x, gradient}, unless yᵀs ≤ 1e-10·‖s‖·‖y‖.
   *
   * Where gᵀg is not finite, nothing changes.
   * @returns {Promise<number>} gᵀg of the gradient g of `point`.
   */
  async push(point, previous) {
    const { rows } = this.#vectors;
    const row = this.#pushed % rows;
    const { withS, withY, square } = await this.#vectors.storePair(row, point, previous);
    if (!Number.isFinite(square)) return square;
    const [ss, sy, yy] = [withS[3 * row], withS[3 * row + 1], withY[3 * row + 1]];
    // yᵀy may be 0 although y is not, because small squares underflow in float32.
    if (yy > 0 && sy > 1e-10 * Math.sqrt(ss * yy)) {
      this.#pushed++;
      for (let k = 0; k < rows; k++) this.#sy[row * rows + k] = withY[3 * k];
      for (let k = 0; k < rows; k++) {
        this.#sy[k * rows + row] = withS[3 * k + 1];
        this.#yy[row * rows + k] = this.#yy[k * rows + row] = withY[3 * k + 1];
      }
    }
    for (let k = 0; k < rows; k++) [this.#sg[k], this.#yg[k]] = [withS[3 * k + 2], withY[3 * k + 2]];
    return square;
  }

  /**
   * The direction −H·g for the gradient g that was pushed last; −g while there is no pair.
   *
   * This is the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4) on inner products alone:
   * Chen, Wang, Zhou 2014, "Large-scale L-BFGS using MapReduce", section 3.
   * @returns {Direction}
   */
  direction() {
    const { rows } = this.#vectors;
    const [alpha, beta] = [new Float64Array(rows), new Float64Array(rows)];
    if (!this.length) return { ofS: beta, ofY: alpha, ofGradient: -1 };
    const [sy, yy] = [this.#sy, this.#yy];
    const newestFirst = this.#newestFirst();
    for (const i of newestFirst) {
      let rest = 0;
      for (let k = 0; k < rows; k++) rest += sy[i * rows + k] * alpha[k];
      alpha[i] = (this.#sg[i] - rest) / sy[i * rows + i];
    }
    const newest = newestFirst[0] * (rows + 1); // on the diagonal
    const gamma = (this.#initial * sy[newest]) / yy[newest];
    for (const i of newestFirst.reverse()) {
      let [ofY, ofS] = [0, 0];
      for (let k = 0; k < rows; k++) ofY += yy[i * rows + k] * alpha[k];
      for (let k = 0; k < rows; k++) ofS += beta[k] * sy[k * rows + i];
      beta[i] = alpha[i] - (gamma * (this.#yg[i] - ofY) + ofS) / sy[i * rows + i];
    }
    return { ofS: beta.map((each) => -each), ofY: alpha.map((each) => gamma * each), ofGradient: -gamma };
  }

  /** The rows of the pairs in use. */
  #newestFirst() {
    return Array.from({ length: this.length }, (_, age) => (this.#pushed - 1 - age) % this.#vectors.rows);
  }
}
