// Why a device failed, in the classes that the page tells apart.

/** The device is gone: its driver crashed, the browser took it away, or it was destroyed. */
export class LostError extends Error {
  kind = "lost";
}

/** The memory of the device or of the page does not suffice. */
export class MemoryError extends Error {
  kind = "memory";
}

/** The device can't be used. */
export class DeviceError extends Error {
  kind = "device";

  /**
   * @param {"insecure"|"missing"|"none"|"wrong"} code - A page that did not come by https has no
   *   WebGPU; the browser has none; it finds no graphics processor; the device computes wrongly.
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** A file of the site does not come, or is not what the site says. */
export class SiteError extends Error {
  /**
   * @param {"network"|"site"} kind - The host can't be reached; or the file is missing there or
   *   damaged.
   * @param {string} message
   * @param {{cause?: unknown}} [options]
   */
  constructor(kind, message, options) {
    super(message, options);
    this.kind = kind;
  }
}

const LOST = [
  "device\\b.*\\b(lost|destroyed)",
  "lost\\b.*\\bdevice",
  "external instance",
  "instance (is|was) dropped",
];
const MEMORY = [
  "out of memory",
  "bad_alloc",
  "allocation failed",
  "(fail|failed) to allocate",
  "(could not|cannot|can't) allocate",
  "exceeds the (max|limit)",
  "max(Buffer|StorageBufferBinding)Size",
  "memory access out of bounds",
  "array buffer allocation",
  "invalid (typed )?array length",
];
const KINDS = ["lost", "memory", "device", "picture", "network", "site"]; // that the page tells apart
const says = (text, expressions) => new RegExp(expressions.join("|"), "i").test(text);

/**
 * Return an error of onnxruntime as one of the classes above, or as it is.
 * @param {unknown} error - onnxruntime throws errors, texts, and numbers of WebAssembly.
 * @returns {Error}
 */
export function classified(error) {
  if (error instanceof LostError || error instanceof MemoryError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (says(text, LOST)) return new LostError(text, { cause: error });
  // A number is the address of a C++ exception, of which memory's are the only ones to expect.
  if (says(text, MEMORY) || typeof error === "number") {
    return new MemoryError(text, { cause: error });
  }
  return error instanceof Error ? error : new Error(text);
}

/**
 * Return the kind of a failure, as the worker tells it to the page.
 * @param {Error} error
 * @returns {"lost"|"memory"|"device"|"picture"|"network"|"site"|"other"}
 */
export function kindOf(error) {
  return KINDS.includes(error?.kind) ? error.kind : "other";
}
