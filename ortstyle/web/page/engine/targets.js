/** The targets of the style loss "moments", made from the statistics of the painting in float64. */

const TINY_VARIANCE = 1e-6; // added to a variance, whose root has an infinite slope at 0

/**
 * Statistics of one layer: the Gram matrix [C, C] and the mean [C, 1] of its features.
 * @typedef {{gram: Float32Array, mean: Float32Array}} Statistics
 */

/**
 * The targets of one layer: its statistics and the standard deviations [C, 1].
 * @param {Statistics} statistics
 * @returns {{gram: Float32Array, mean: Float32Array, deviation: Float32Array}}
 */
export function makeTargets({ gram, mean }) {
  const channels = mean.length;
  const deviation = mean.map((each, i) => {
    const variance = channels * gram[i * (channels + 1)] - each * each;
    return Math.sqrt(Math.max(variance, 0) + TINY_VARIANCE);
  });
  return { gram, mean, deviation };
}

/**
 * The statistics of a style, with the content's variance added if the style has little, as
 * ortstyle/objective/variance_floor.py does.
 *
 * Where the trace of the style's covariance is below `floor` times that of the content's, the style
 * is flat to the degree d = 1 − tr Σₛ / (floor·tr Σ), and Σₛ + d·Σ is its new covariance, and
 * μₛ + d·max(μ − μₛ, 0) its mean.
 * @param {Statistics} style
 * @param {Statistics} content
 * @param {number} floor the share, above 0.
 * @returns {Statistics}
 */
export function raiseVariance(style, content, floor) {
  const channels = style.mean.length;
  const [has, trace] = [traceOfCovariance(style), traceOfCovariance(content)];
  const degree = trace > 0 ? 1 - Math.max(has, 0) / (floor * trace) : 0;
  if (!(degree > 0)) return { gram: style.gram, mean: style.mean };
  const mean = Float64Array.from(style.mean, (each, i) => each + degree * Math.max(content.mean[i] - each, 0));
  const gram = new Float32Array(channels * channels);
  for (let i = 0; i < channels; i++) {
    for (let j = 0; j < channels; j++) {
      const squares = covariance(style, i, j) + degree * covariance(content, i, j) + mean[i] * mean[j];
      gram[i * channels + j] = squares / channels;
    }
  }
  return { gram, mean: Float32Array.from(mean) };
}

/**
 * The targets of every layer by the name of the loss graph's input, from the outputs
 * `<layer>/gram` and `<layer>/mean` of the graph of statistics.
 * @param {Object<string, Float32Array>} style the statistics of the painting.
 * @param {Object<string, Float32Array>} content those of the photograph; unused if `floor` is 0.
 * @param {number} floor the variance floor.
 * @returns {Object<string, Float32Array>}
 */
export function styleTargets(style, content, floor) {
  const targets = {};
  for (const layer of Object.keys(style).filter((name) => name.endsWith("/gram")).map((name) => name.slice(0, -5))) {
    const of = (all) => ({ gram: all[`${layer}/gram`], mean: all[`${layer}/mean`] });
    const { gram, mean, deviation } = makeTargets(floor ? raiseVariance(of(style), of(content), floor) : of(style));
    Object.assign(targets, {
      [`style.${layer}`]: gram,
      [`style.${layer}.mean`]: mean,
      [`style.${layer}.deviation`]: deviation,
    });
  }
  return targets;
}

/** Σ w·fᵢ·fⱼ − μᵢ·μⱼ; the Gram matrix is the first term divided by the number of channels. */
function covariance({ gram, mean }, i, j) {
  return mean.length * gram[i * mean.length + j] - mean[i] * mean[j];
}

function traceOfCovariance(of) {
  let trace = 0;
  for (let i = 0; i < of.mean.length; i++) trace += covariance(of, i, i);
  return trace;
}
