/** Limited-memory BFGS with a line search, as ortstyle/optim/lbfgs.py has it; it follows its steps. */

import { CurvaturePairs } from "./history.js";

const ARMIJO = 1e-4; // c₁ of the sufficient decrease; Nocedal & Wright 2006, section 3.1
// Relative rounding of the loss, a sum in float32; Hager & Zhang 2005, section 4, allow for as much.
const ROUNDING = 1e-6;
const MAX_TRIALS = 12; // step lengths tried in one direction, from the longest worth trying
const INITIAL_SCALE = 2; // H₀, as a multiple of yᵀs/yᵀy
const FIRST_STEP = 1; // root mean square change of a variable in the first step, in its own units

/** Why an optimiser has stopped. */
export const Stop = Object.freeze({
  STATIONARY: "stationary", // the gradient is zero
  LINE_SEARCH_FAILED: "line-search-failed", // no step lowers the loss any more
  NOT_FINITE: "not-finite", // the loss is no longer finite
  DIVERGED: "diverged", // the loss diverged
});

/**
 * Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5), ask/tell.
 *
 * The optimiser owns the vectors that it makes and is given, and releases each of them once, as soon
 * as it is needed no more. At rest it holds the point asked for, the last accepted point with its
 * gradient, and the point of the lowest loss where that is another.
 */
export class LBFGS {
  /** Steps accepted so far. */
  iterations = 0;
  /** Points evaluated so far. */
  evaluations = 0;
  /** One of `Stop`; null while the optimiser has not stopped. */
  stop = null;
  #vectors;
  #pairs;
  #alive = new Set(); // vectors that have not been released
  #trial;
  #current = null; // {x, gradient, loss, square}
  #best;
  #bestLoss = Infinity;
  #firstLoss = Infinity;
  #slope = 0;
  #length = 0;
  #trials = 0;
  #busy = false;

  /**
   * @param x0 the starting point: an array for `vectors.put`, or a vector.
   * @param vectors where the vectors are, with one row more than there are pairs to keep: an object
   *   like `DeviceVectors`.
   */
  constructor(x0, vectors) {
    this.#vectors = vectors;
    this.#pairs = new CurvaturePairs(vectors, INITIAL_SCALE);
    this.#trial = this.#best = this.#own(vectors.put(x0));
  }

  /** The point of the lowest loss so far, a vector that lasts until the next `tell`. */
  get best() {
    return this.#best;
  }

  /** The loss of `best`. */
  get bestLoss() {
    return this.#bestLoss;
  }

  /** The line search: how many steps were too long, and the length and slope of the present one. */
  get search() {
    return { trials: this.#trials, length: this.#length, slope: this.#slope };
  }

  /** The vectors that the optimiser holds; their number tells the memory they take. */
  get vectors() {
    return [...this.#alive];
  }

  /** The point to evaluate, a vector that lasts until the next `tell`; the same until then. */
  ask() {
    return this.#trial;
  }

  /**
   * Take the loss and the gradient of the point that `ask` returned, and move to the next point.
   *
   * The gradient is the optimiser's from now on. After an error only `dispose` may be called.
   * @param {number} loss
   * @param gradient a vector.
   * @throws {Error} the optimiser has stopped, or another call is not over.
   */
  async tell(loss, gradient) {
    if (this.stop) throw new Error(`the optimiser has stopped: ${this.stop}`);
    if (this.#busy) throw new Error("the optimiser is not waiting for a gradient");
    this.#busy = true;
    this.#own(gradient);
    this.evaluations++;
    await this.#take(loss, gradient);
    this.#releaseUnused();
    this.#busy = false;
  }

  /** Release every vector, but not during `tell`; the optimiser is of no use from then on. */
  dispose() {
    this.#busy = true;
    this.#trial = this.#best = this.#current = null;
    this.#releaseUnused();
  }

  async #take(loss, gradient) {
    if (!this.#current) this.#firstLoss = loss;
    else if (!(Number.isFinite(loss) && this.#decreasesEnough(loss))) {
      await this.#shorten(loss);
      return;
    }
    const evaluated = { x: this.#trial, gradient, loss, square: 0 };
    if (this.#current) evaluated.square = await this.#pairs.push(evaluated, this.#current);
    else evaluated.square = (await this.#vectors.norms(gradient)).square;
    if (!(Number.isFinite(loss) && Number.isFinite(evaluated.square))) {
      if (this.#current) await this.#shorten(NaN);
      else this.stop = Stop.NOT_FINITE;
    } else if (loss > Math.max(10 * this.#firstLoss, 1e3 * this.#bestLoss)) this.stop = Stop.DIVERGED;
    else await this.#accept(evaluated);
  }

  /** Whether the trial meets the condition of sufficient decrease (Armijo). */
  #decreasesEnough(loss) {
    const before = this.#current.loss;
    const slack = this.#trials ? 0 : ROUNDING * Math.abs(before);
    return loss <= before + ARMIJO * this.#length * this.#slope + slack;
  }

  async #accept(evaluated) {
    if (this.#current) this.iterations++;
    this.#current = evaluated;
    if (evaluated.loss < this.#bestLoss) [this.#best, this.#bestLoss] = [evaluated.x, evaluated.loss];
    if (evaluated.square === 0) {
      this.stop = Stop.STATIONARY;
      return;
    }
    await this.#startSearch();
    if (this.#slope >= 0) {
      this.#pairs.clear(); // rounding has spoilt the pairs
      await this.#startSearch();
    }
  }

  /** Choose the first step length from the current point, and take the step. */
  async #startSearch() {
    const steepest = FIRST_STEP * Math.sqrt(this.#vectors.size / this.#current.square);
    this.#length = this.#pairs.length ? 1 : steepest;
    this.#trials = 0;
    await this.#advance();
  }

  /** Make the trial point for the current step length. */
  async #advance() {
    this.#trial = null; // free its memory before the next one is made
    this.#releaseUnused();
    const found = await this.#vectors.advance(this.#current, this.#pairs.direction(), this.#length);
    this.#trial = this.#own(found.trial);
    this.#slope = found.slope;
  }

  /**
   * Try a shorter step; after the shortest, steepest descent; after that, stop.
   * @param {number} loss the loss after the step that was too long; NaN if only its gradient was not
   *   finite.
   */
  async #shorten(loss) {
    this.#trials++;
    if (this.#trials < MAX_TRIALS) {
      this.#length *= Number.isFinite(loss) ? this.#shrinkage(loss) : 0.1;
      await this.#advance();
    } else if (this.#pairs.length) {
      this.#pairs.clear();
      await this.#startSearch();
    } else this.stop = Number.isFinite(loss) ? Stop.LINE_SEARCH_FAILED : Stop.NOT_FINITE;
  }

  /**
   * The factor by which to shorten the step, from a tenth to a half.
   *
   * It leads to the minimum of the parabola through the current loss and slope and the new loss
   * (Nocedal & Wright 2006, equation 3.58).
   */
  #shrinkage(loss) {
    const rise = loss - this.#current.loss - this.#length * this.#slope;
    if (rise === 0) return 0.5;
    return Math.min(Math.max((-this.#slope * this.#length) / (2 * rise), 0.1), 0.5);
  }

  #own(vector) {
    this.#alive.add(vector);
    return vector;
  }

  #releaseUnused() {
    const used = [this.#trial, this.#best, this.#current?.x, this.#current?.gradient];
    for (const vector of this.#alive) {
      if (used.includes(vector)) continue;
      this.#alive.delete(vector);
      this.#vectors.release(vector);
    }
  }
}
