// Vectors of L-BFGS as plain arrays, with sums in float64. A released vector is filled with NaN, so
// that nothing can use it unnoticed. `spoilt` has factors of the slopes that `advance` tells, by the
// number of the call. With `rounds` the products with pairs are float32, in which those of small
// numbers are 0.
export class ArrayVectors {
  released = 0;
  #gone = new Set();
  #calls = 0;

  constructor(size, rows, { spoilt = {}, rounds = false } = {}) {
    [this.spoilt, this.round] = [spoilt, rounds ? Math.fround : (number) => number];
    [this.size, this.rows] = [size, rows];
    this.s = Array.from({ length: rows }, () => new Float32Array(size));
    this.y = Array.from({ length: rows }, () => new Float32Array(size));
  }

  put(array) {
    return Float32Array.from(array);
  }

  release(vector) {
    if (this.#gone.has(vector)) throw new Error("a vector is released twice");
    this.#gone.add(vector);
    this.released++;
    vector.fill(NaN);
  }

  #check(...vectors) {
    if (vectors.some((vector) => this.#gone.has(vector))) throw new Error("a released vector is used");
  }

  async norms(gradient) {
    this.#check(gradient);
    return { square: dot(gradient, gradient), absolute: gradient.reduce((sum, each) => sum + Math.abs(each), 0) };
  }

  async storePair(row, point, previous) {
    this.#check(point.x, point.gradient, previous.x, previous.gradient);
    const square = dot(point.gradient, point.gradient);
    const [withS, withY] = [new Float64Array(3 * this.rows), new Float64Array(3 * this.rows)];
    if (!Number.isFinite(square)) return { withS: withS.fill(NaN), withY: withY.fill(NaN), square };
    this.s[row] = point.x.map((each, i) => each - previous.x[i]);
    this.y[row] = point.gradient.map((each, i) => each - previous.gradient[i]);
    const columns = [this.s[row], this.y[row], point.gradient];
    for (let k = 0; k < this.rows; k++) {
      columns.forEach((column, c) => {
        withS[3 * k + c] = this.round(dot(this.s[k], column));
        withY[3 * k + c] = this.round(dot(this.y[k], column));
      });
    }
    return { withS, withY, square };
  }

  async advance(point, direction, length) {
    this.#check(point.x, point.gradient);
    const [ofS, ofY] = [Float32Array.from(direction.ofS), Float32Array.from(direction.ofY)];
    const total = Float64Array.from(point.gradient, (each) => each * Math.fround(direction.ofGradient));
    for (let k = 0; k < this.rows; k++) {
      for (let i = 0; i < this.size; i++) total[i] += ofS[k] * this.s[k][i] + ofY[k] * this.y[k][i];
    }
    const d = Float32Array.from(total);
    const trial = d.map((each, i) => Math.fround(each * Math.fround(length)) + point.x[i]);
    return { trial, slope: dot(point.gradient, d) * (this.spoilt[this.#calls++] ?? 1) };
  }
}

export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
