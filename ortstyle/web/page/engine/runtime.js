// onnxruntime-web on WebGPU or WebAssembly: sessions, tensors, limits, and devices that get lost.
import { classified, DeviceError, LostError, MemoryError } from "./failures.js";
import { fromBase64 } from "./models.js";
import { Weights } from "./weights.js";

const MOST_THREADS = 8;
const SETTLE = 500; // milliseconds; a device that is lost may fail a call before it says so
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|software/i;
// An ONNX file with one operator, y = −x. onnxruntime destroys its device with the last session, so
// that one of this is kept.
const SMALLEST = "CAgSADoyCgsKAXgSAXkiA05lZxIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBE=";
const BUILDS = {
  webgpu: ["ort.webgpu.min.js", "ort-wasm-simd-threaded.asyncify"],
  wasm: ["ort.wasm.min.js", "ort-wasm-simd-threaded"],
};

/**
 * Open onnxruntime on a device.
 * @param {object} options
 * @param {"auto"|"webgpu"|"wasm"} options.backend - "auto" takes WebGPU where there is a graphics
 *   processor; WebAssembly is faster than a graphics processor made of software.
 * @param {number} [options.threads] - Of WebAssembly, where the page is cross-origin isolated.
 * @param {import("./site-data.js").Site} options.site
 * @returns {Promise<Runtime>} Its `refused` says why "auto" has not taken WebGPU, or is null.
 * @throws {DeviceError} WebGPU is asked for and there is none.
 */
export async function openRuntime({ backend, threads = defaultThreads(), site }) {
  let refused = null;
  let adapter = null;
  if (backend !== "wasm") {
    try {
      adapter = await findAdapter(backend === "webgpu");
    } catch (error) {
      if (backend === "webgpu") throw error;
      refused = { backend: "webgpu", code: error.code, reason: error.message };
    }
  }
  const runtime = new Runtime(adapter ? "webgpu" : "wasm", { adapter, site, refused });
  await runtime.load(adapter ? 1 : threads);
  return runtime;
}

function defaultThreads() {
  return Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS);
}

async function findAdapter(allowsSoftware) {
  if (!self.isSecureContext) throw new DeviceError("insecure", "WebGPU needs https, or localhost");
  if (!navigator.gpu) throw new DeviceError("missing", "this browser has no WebGPU");
  const wanted = { powerPreference: "high-performance" };
  const adapter = await navigator.gpu.requestAdapter(wanted).catch(() => null);
  if (!adapter) throw new DeviceError("none", "WebGPU finds no graphics processor");
  const { info } = adapter;
  const isSoftware = info?.isFallbackAdapter || adapter.isFallbackAdapter || SOFTWARE.test(nameOf(info));
  if (isSoftware && !allowsSoftware) {
    throw new DeviceError("none", `WebGPU has no graphics processor but software, ${nameOf(info)}`);
  }
  return adapter;
}

const nameOf = (info) =>
  [info?.description, info?.vendor, info?.architecture].filter(Boolean).join(" ") || "unnamed";

/** onnxruntime on one device. Made by `openRuntime`. */
export class Runtime {
  #ort;
  #site;
  #weights;
  #kept = null; // a session
  #device = null;
  #lost = null; // the error, once the device is lost
  #fault = null; // an error that the device told beside a call
  #pending = new Set();

  constructor(backend, { adapter, site, refused }) {
    this.#site = site;
    this.#weights = new Weights(site);
    /** "webgpu" or "wasm". */
    this.backend = backend;
    this.refused = refused;
    this.adapter = adapter ? nameOf(adapter.info) : "";
    this.isolated = Boolean(self.crossOriginIsolated);
    this.threads = 1;
    /** What the device allows: bytes of one tensor, and of one buffer; null without a limit. */
    this.limits = adapter ? limitsOf(adapter) : null;
  }

  /** Load the library with this number of threads. */
  async load(threads) {
    const [script, build] = BUILDS[this.backend];
    this.threads = this.isolated ? threads : 1;
    this.#ort = await this.#site.module(`runtime/${script}`, "runtime");
    const { env } = this.#ort;
    env.logLevel = "error";
    env.wasm.proxy = false;
    env.wasm.numThreads = this.threads;
    await this.#site.module(`runtime/${build}.js`, "runtime"); // onnxruntime does not say what it misses
    env.wasm.wasmPaths = { mjs: this.#site.address(`runtime/${build}.js`) };
    env.wasm.wasmBinary = await this.#site.bytes(`runtime/${build}.wasm.gz`, "runtime");
    this.#kept = await this.session(fromBase64(SMALLEST));
    delete env.wasm.wasmBinary; // it is compiled
    if (this.backend === "webgpu") await this.#watch();
  }

  /** The library. */
  get ort() {
    return this.#ort;
  }

  /** The device of WebGPU; null elsewhere. */
  get device() {
    return this.#device;
  }

  /**
   * Make a session of a graph.
   * @param {Uint8Array} model - The ONNX file.
   * @param {object} [options]
   * @param {string[]} [options.resident] - Outputs that stay in the device's memory.
   * @param {"all"|"plain"|null} [options.weights] - What the graph takes of the network's weights:
   *   everything; all but the turned kernels of the gradient; nothing.
   * @returns {Promise<Session>}
   */
  async session(model, { resident = [], weights = null } = {}) {
    const options = { executionProviders: [this.backend], logSeverityLevel: 3 };
    if (weights) {
      options.externalData = [{ path: "vgg19", data: await this.#weights.bytes(weights) }];
    }
    if (this.backend === "webgpu" && resident.length) {
      options.preferredOutputLocation = Object.fromEntries(resident.map((name) => [name, "gpu-buffer"]));
    }
    const made = await this.guard(this.#ort.InferenceSession.create(model, options));
    return new Session(this, made);
  }

  async #watch() {
    this.#device = await this.#ort.env.webgpu.device;
    this.limits = limitsOf(this.#device);
    this.adapter ||= nameOf(this.#device.adapterInfo);
    this.#device.addEventListener("uncapturederror", ({ error }) => {
      const isMemory = error instanceof GPUOutOfMemoryError;
      this.#fault ??= isMemory ? new MemoryError(error.message) : classified(error);
    });
    this.#device.lost.then(({ reason, message }) => {
      this.#lost = new LostError(`the graphics processor is lost (${reason}): ${message}`);
      for (const fail of this.#pending) fail(this.#lost);
    });
  }

  /**
   * Wait for what onnxruntime promises. It fails at once if the device is lost, after which promises
   * may never be kept; and with the error that the device told meanwhile.
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  async guard(promise) {
    if (this.#lost) throw this.#lost;
    let fail;
    const lost = new Promise((_, reject) => {
      fail = reject;
      this.#pending.add(fail);
    });
    lost.catch(() => {});
    try {
      const found = await Promise.race([promise, lost]);
      if (this.#fault) throw this.#fault;
      return found;
    } catch (error) {
      throw await this.#explained(error);
    } finally {
      this.#pending.delete(fail);
      this.#fault = null;
    }
  }

  async #explained(error) {
    const found = classified(error);
    if (this.#device && !(found instanceof LostError)) {
      const settled = new Promise((resolve) => setTimeout(resolve, SETTLE));
      await Promise.race([this.#device.lost, settled]);
    }
    return this.#lost ?? found;
  }

  /**
   * Return a tensor of an array, in the memory of the device.
   * @param {Float32Array} array
   * @param {number[]} dims
   */
  upload(array, dims) {
    const { Tensor } = this.#ort;
    if (!this.#device) return new Tensor("float32", array, dims);
    const buffer = this.#buffer(array.byteLength);
    this.#device.queue.writeBuffer(buffer, 0, array.buffer, array.byteOffset, array.byteLength);
    return this.#fromBuffer(buffer, dims);
  }

  /**
   * Return a tensor of zeros, in the memory of the device.
   * @param {number[]} dims
   */
  zeros(dims) {
    const count = dims.reduce((product, side) => product * side, 1);
    if (!this.#device) return this.tensor(new Float32Array(count), dims);
    return this.#fromBuffer(this.#buffer(4 * count), dims); // WebGPU makes buffers of zeros
  }

  /**
   * Return a tensor of an array in the memory of the page, for a graph's small inputs.
   * @param {Float32Array|number[]} array
   * @param {number[]} dims
   */
  tensor(array, dims) {
    const floats = array instanceof Float32Array ? array : Float32Array.from(array);
    return new this.#ort.Tensor("float32", floats, dims);
  }

  #buffer(bytes) {
    if (this.#lost) throw this.#lost;
    const { COPY_SRC, COPY_DST, STORAGE } = GPUBufferUsage;
    const size = Math.ceil(bytes / 16) * 16; // as onnxruntime rounds its own
    return this.#device.createBuffer({ size, usage: COPY_SRC | COPY_DST | STORAGE });
  }

  #fromBuffer(buffer, dims) {
    const dispose = () => buffer.destroy();
    return this.#ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims, dispose });
  }

  /**
   * Return the numbers of a tensor, wherever it is.
   * @returns {Promise<Float32Array>}
   */
  async download(tensor) {
    return tensor.location === "gpu-buffer" ? this.guard(tensor.getData()) : tensor.data;
  }

  /** Free the device; the runtime is of no use from then on. */
  async close() {
    await this.#kept?.release();
    this.releaseWeights();
  }

  /** Free the weights that are kept in the page's memory. */
  releaseWeights() {
    this.#weights.release();
  }
}

/** A session of a graph; its failures are those of `failures.js`. */
export class Session {
  #runtime;
  #session;

  constructor(runtime, session) {
    this.#runtime = runtime;
    this.#session = session;
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
    /** (name, shape) of the inputs. */
    this.shapes = Object.fromEntries(session.inputMetadata.map(({ name, shape }) => [name, shape]));
  }

  /**
   * Run the graph.
   * @param {Object<string, object>} feeds - Tensors by the name of the input.
   * @param {string[]} [fetches] - Outputs to return; by default all.
   * @returns {Promise<Object<string, object>>} Tensors by the name of the output.
   */
  run(feeds, fetches = this.outputNames) {
    return this.#runtime.guard(this.#session.run(feeds, fetches));
  }

  /** Free the memory of the session. A session of a lost device has none. */
  async release() {
    await this.#session.release().catch(() => {});
  }
}

function limitsOf({ limits }) {
  return {
    bufferBytes: limits.maxBufferSize,
    tensorBytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
  };
}
