// A device is tested before anything is painted on it: loss and gradient of a small seeded picture,
// and the first steps of L-BFGS, are compared with numbers that Python has recorded. Providers have
// had faults that give wrong numbers without an error.
import { DeviceError, LostError, SiteError } from "./failures.js";
import { LBFGS } from "./lbfgs.js";
import { fromBase64 } from "./models.js";
import { Objective, styleStatistics } from "./objective.js";
import { openRuntime } from "./runtime.js";

const MOST_GRADIENT_ERROR = 1e-3; // relative, in the Euclidean norm
const MOST_LOSS_ERROR = 1e-3; // relative
const MOST_STEPS_ERROR = 1e-2; // relative, of the losses after the first step

// The site's generator of numbers, of Numerical Recipes, section 7.1, and its smoothing.
const MULTIPLIER = 1664525;
const INCREMENT = 1013904223;
const RADIUS = 2;

/**
 * Return the picture of random colours that a seed stands for; `seeded_picture` in
 * `ortstyle/web/recorded.py` says how it is made.
 * @param {number} seed
 * @param {[number, number]} canvas - (H, W).
 * @returns {import("./planes.js").Planes}
 */
export function seededPicture(seed, [height, width]) {
  const noise = new Uint8Array(3 * height * width);
  let state = seed;
  for (let k = 0; k < noise.length; k++) {
    state = (Math.imul(MULTIPLIER, state) + INCREMENT) >>> 0;
    noise[k] = state >>> 24;
  }
  const data = new Float32Array(noise.length);
  for (let k = 0; k < noise.length; k++) {
    const [x, y] = [k % width, Math.floor(k / width) % height];
    const plane = k - y * width - x;
    let sum = 0;
    for (let dy = -RADIUS; dy <= RADIUS; dy++) {
      const row = plane + ((y + dy + height) % height) * width;
      for (let dx = -RADIUS; dx <= RADIUS; dx++) sum += noise[row + ((x + dx + width) % width)];
    }
    const mean = Math.floor(sum / (2 * RADIUS + 1) ** 2);
    data[k] = Math.min(255, Math.max(0, 128 + 3 * (mean - 128)));
  }
  return { width, height, data };
}

/**
 * Test a device.
 * @param {object} known - `runtime`, `site`, `graphs`, `pace`, and `recorded`, what the site has recorded.
 * @returns {Promise<{seconds: number, loss: number, gradientError: number}>} The seconds that the
 *   test took, the loss, and the relative error of the gradient.
 * @throws {DeviceError} The device computes wrongly.
 */
export async function selfTest({ runtime, site, graphs, pace, recorded }) {
  const began = performance.now();
  const { canvas, seeds, weights, spectral, varianceFloor: floor, contentLimit: limit, history } = recorded;
  const [content, painting, start] = ["content", "style", "start"].map((name) =>
    seededPicture(seeds[name], canvas),
  );
  const style = await styleStatistics(runtime, graphs, painting);
  const size = [canvas[1], canvas[0]];
  const objective = new Objective({ runtime, graphs, size, canvas, exponent: spectral });
  let [vectors, optimizer] = [null, null];
  try {
    await objective.open({ content, style }, weights, { floor, limit });
    vectors = await objective.vectors(history);
    pace.opening = (performance.now() - began) / 1000;
    optimizer = new LBFGS(await objective.coefficients(start), vectors);
    site.begin("test");
    const found = await objective.evaluate(optimizer.ask());
    const gradientError = relativeError(await runtime.download(found.gradient), gradientOf(recorded));
    checkFirst(found, recorded, gradientError);
    const losses = [found.loss];
    for (let gradient = found.gradient; ; ) {
      await optimizer.tell(losses.at(-1), gradient);
      if (losses.length === recorded.losses.length || optimizer.stop) break;
      const step = performance.now();
      const next = await objective.evaluate(optimizer.ask());
      pace.add(canvas, (performance.now() - step) / 1000);
      losses.push(next.loss);
      gradient = next.gradient;
    }
    checkSteps(losses, recorded.losses);
    return { seconds: (performance.now() - began) / 1000, loss: found.loss, gradientError };
  } finally {
    optimizer?.dispose();
    await vectors?.dispose();
    await objective.close();
  }
}

const gradientOf = ({ gradient }) => new Float32Array(fromBase64(gradient).buffer);

function relativeError(found, wanted) {
  let [difference, total] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    difference += (found[i] - wanted[i]) ** 2;
    total += wanted[i] ** 2;
  }
  return Math.sqrt(difference / total);
}

// A number that is not finite is no number within a limit either.
const isNear = (found, wanted, limit) => Math.abs(found - wanted) <= limit * Math.abs(wanted);

function checkFirst({ loss, terms }, recorded, gradientError) {
  for (const [name, wanted] of Object.entries({ loss: recorded.loss, ...recorded.terms })) {
    const found = name === "loss" ? loss : terms[name];
    if (!isNear(found, wanted, MOST_LOSS_ERROR)) {
      throw new DeviceError("wrong", `it computes a wrong loss ("${name}" is ${found}, not ${wanted})`);
    }
  }
  if (!(gradientError <= MOST_GRADIENT_ERROR)) {
    const found = gradientError.toPrecision(3);
    throw new DeviceError("wrong", `it computes a wrong gradient (relative error ${found})`);
  }
}

function checkSteps(losses, wanted) {
  const wrong = wanted.findIndex((loss, k) => !isNear(losses[k], loss, MOST_STEPS_ERROR));
  if (wrong < 0) return;
  const found = losses[wrong] ?? "missing, because the optimiser stopped";
  throw new DeviceError("wrong", `it takes wrong steps (loss ${wrong + 1} is ${found}, not ${wanted[wrong]})`);
}

/**
 * Open a device that has passed the test: WebGPU if it can be, or else WebAssembly.
 * @param {object} options
 * @param {"auto"|"webgpu"|"wasm"} options.backend - "webgpu" takes a graphics processor made of
 *   software too.
 * @param {import("./site-data.js").Site} options.site
 * @param {import("./graphs.js").Graphs} options.graphs
 * @param {import("./estimate.js").Pace} options.pace - Told how long evaluations take.
 * @returns {Promise<{runtime: object, test: object, refused: {backend: string, code: string, reason: string}|null,
 *   recorded: object}>} `code` is that of a `DeviceError`, or "failed"; `recorded` is what the site
 *   has recorded.
 * @throws {DeviceError} WebAssembly computes wrongly too.
 * @throws {LostError} The device is lost.
 * @throws {SiteError} A file of the site is missing or damaged, which no other device mends.
 */
export async function openTested({ backend, site, graphs, pace }) {
  const recorded = await site.json("recorded.json.gz", "test");
  let refused = null;
  let runtime = null;
  if (backend !== "wasm") {
    try {
      runtime = await openRuntime({ backend, site });
      refused = runtime.refused;
      return { runtime, test: await selfTest({ runtime, site, graphs, pace, recorded }), refused, recorded };
    } catch (error) {
      if (error instanceof LostError || error instanceof SiteError || refused) throw error;
      const code = error instanceof DeviceError ? error.code : "failed";
      refused = { backend: "webgpu", code, reason: error.message };
      await runtime?.close();
      pace.clear();
    }
  }
  runtime = await openRuntime({ backend: "wasm", site });
  return { runtime, test: await selfTest({ runtime, site, graphs, pace, recorded }), refused, recorded };
}
