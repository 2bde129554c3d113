// The files of the site, as the worker reads them: with progress, ungzipped and checked.
//
// Large files are gzipped by the site itself and end in ".gz", so that no host has to compress. Some
// hosts mark such files as compressed all the same, and then the browser has ungzipped them already.
import { SiteError } from "./failures.js";

const LIST = "site.json";

/**
 * Return the bytes that a gzip file holds; bytes that are no gzip file are returned as they are.
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 */
export async function gunzip(bytes) {
  if (!isGzip(bytes)) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Return the SHA-256 of bytes in hexadecimal; null where the page is not served securely, because
 * browsers have no SHA-256 there.
 * @param {Uint8Array} bytes
 * @returns {Promise<string|null>}
 */
export async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The files of a site, and what its `site.json` says. */
export class Site {
  #base;
  #report;

  /**
   * @param {string} base - The address of the site's folder, which ends in "/".
   * @param {object} description - What `site.json` holds.
   * @param {(progress: {what: string, file: string|null, done: number, of: number}) => void} report - Told
   *   how many bytes of a file have come. `what` is what it is for: "network", "runtime", "graphs",
   *   "test" or "files".
   */
  constructor(base, description, report = () => {}) {
    this.#base = base;
    this.#report = report;
    this.description = description;
  }

  /**
   * Open the site in a folder.
   * @param {string} base
   * @param {(progress: object) => void} [report]
   * @returns {Promise<Site>}
   * @throws {SiteError}
   */
  static async open(base, report) {
    const site = new Site(base, { files: {} }, report);
    site.description = await site.json(LIST);
    return site;
  }

  /**
   * Report that nothing more is loaded for the moment, and what is done instead.
   * @param {string} what - As what is loaded for it.
   */
  begin(what) {
    this.#report({ what, file: null, done: 0, of: 0 });
  }

  /** Return the address of a file. */
  address(path) {
    return new URL(path, this.#base).href;
  }

  /**
   * Fetch a file; one that ends in ".gz" is ungzipped.
   * @param {string} path
   * @param {string} [what] - What it is for; see `report`.
   * @returns {Promise<Uint8Array>}
   * @throws {SiteError}
   */
  async bytes(path, what = "files") {
    // A browser may have kept a file of a version before. The list must be the newest one.
    const found = await this.#fetch(path, what, path === LIST ? "no-cache" : "default");
    const isWhole = await this.#isWhole(path, found);
    const whole = isWhole ? found : await this.#fetch(path, what, "reload");
    if (!isWhole && !(await this.#isWhole(path, whole))) {
      throw new SiteError("site", `${path} is damaged, or of another version than the page`);
    }
    if (!path.endsWith(".gz")) return whole;
    try {
      return await gunzip(whole);
    } catch (cause) {
      throw new SiteError("site", `${path} is damaged: ${cause.message}`, { cause });
    }
  }

  /**
   * Fetch a JSON file, gzipped or not.
   * @param {string} path
   * @param {string} [what] - What it is for; see `report`.
   * @returns {Promise<any>}
   * @throws {SiteError}
   */
  async json(path, what) {
    const bytes = await this.bytes(path, what);
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw new SiteError("site", `${path} is damaged: ${cause.message}`, { cause });
    }
  }

  /**
   * Load a module.
   * @param {string} path
   * @param {string} [what] - What it is for; see `report`.
   * @returns {Promise<object>}
   * @throws {SiteError}
   */
  async module(path, what = "files") {
    try {
      return await import(this.address(path));
    } catch (cause) {
      await this.#fetch(path, what, "default"); // it tells more exactly what is wrong
      throw new SiteError("site", `${path} can't be loaded as a module: ${cause.message}`, { cause });
    }
  }

  // Whether bytes are those that the site says. Nobody can tell of a gzip file that the browser has
  // ungzipped by itself, nor where it has no SHA-256.
  async #isWhole(path, bytes) {
    const known = this.description.files?.[path];
    const isAsStored = !path.endsWith(".gz") || isGzip(bytes);
    if (!known || !isAsStored) return true;
    if (bytes.length !== known.bytes) return false;
    return [null, known.sha256].includes(await sha256(bytes));
  }

  async #fetch(path, what, cache) {
    const expected = this.description.files?.[path]?.bytes ?? 0;
    const parts = [];
    let done = 0;
    try {
      const response = await fetch(this.address(path), { cache });
      if (!response.ok) throw new SiteError("site", `${path} can't be fetched: status ${response.status}`);
      for (const reader = response.body.getReader(); ; ) {
        const { done: ended, value } = await reader.read();
        if (ended) break;
        parts.push(value);
        done += value.length;
        // A browser that ungzips by itself counts more bytes than come.
        const told = { done: Math.min(done, expected || done), of: expected || done };
        this.#report({ what, file: path, ...told });
      }
    } catch (cause) {
      if (cause instanceof SiteError) throw cause;
      throw new SiteError("network", `${path} can't be fetched: ${cause.message}`, { cause });
    }
    return joined(parts, done);
  }
}

const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

function joined(parts, length) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
