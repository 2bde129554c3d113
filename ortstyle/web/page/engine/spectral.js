/** The change of variables to scaled cosine coefficients: its matrices and scales, as optim/spectral.py. */

const LOWEST_FREQUENCY = 1 / 64; // cycles a sample; below it the scale grows no further

/**
 * The orthonormal cosine transform (DCT-II) of n samples as a matrix.
 * @param {number} n
 * @returns {Float32Array} [n, n], a row for each frequency.
 */
export function cosineMatrix(n) {
  // The angle is a multiple of π/2n, so 4n cosines are all there are.
  const cosines = Float64Array.from({ length: 4 * n }, (_, k) => Math.cos((Math.PI * k) / (2 * n)) * Math.sqrt(2 / n));
  const matrix = new Float32Array(n * n).fill(Math.sqrt(1 / n));
  for (let k = 1; k < n; k++) {
    for (let sample = 0; sample < n; sample++) matrix[k * n + sample] = cosines[(k * (2 * sample + 1)) % (4 * n)];
  }
  return matrix;
}

/** The transpose of a square matrix [n, n]. */
export function transposed(matrix) {
  const n = Math.sqrt(matrix.length);
  const found = new Float32Array(matrix.length);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) found[j * n + i] = matrix[i * n + j];
  return found;
}

/**
 * The scales s = max(|k|, 1/64)^−exponent for the frequency k in cycles a sample, divided by their
 * root mean square; all are 1 for the exponent 0.
 * @param {number} height
 * @param {number} width
 * @param {number} exponent how much longer the units of low frequencies are.
 * @returns {Float32Array} [height, width]
 */
export function frequencyScales(height, width, exponent) {
  const scales = new Float64Array(height * width);
  let total = 0;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const frequency = Math.hypot(i / (2 * height), j / (2 * width));
      const scale = Math.max(frequency, LOWEST_FREQUENCY) ** -exponent;
      scales[i * width + j] = scale;
      total += scale * scale;
    }
  }
  const rootMeanSquare = Math.sqrt(total / (height * width));
  return Float32Array.from(scales, (scale) => scale / rootMeanSquare);
}

/**
 * What the inputs `spectral.…` of the graphs take, by name.
 * @param {number} height
 * @param {number} width
 * @param {number} exponent
 * @returns {Object<string, {data: Float32Array, dims: [number, number]}>}
 */
export function spectralInputs(height, width, exponent) {
  const [columns, rows] = [cosineMatrix(height), cosineMatrix(width)];
  const scale = frequencyScales(height, width, exponent);
  const [high, wide, all] = [[height, height], [width, width], [height, width]];
  return {
    "spectral.scale": { data: scale, dims: all },
    "spectral.inverse_scale": { data: scale.map((each) => 1 / each), dims: all },
    "spectral.columns": { data: columns, dims: high },
    "spectral.columns_t": { data: transposed(columns), dims: high },
    "spectral.rows": { data: rows, dims: wide },
    "spectral.rows_t": { data: transposed(rows), dims: wide },
  };
}
