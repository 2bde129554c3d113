/** The page without a network, and isolated: registers the service worker and tells how far it is.
 *
 * The worker, `sw.js`, keeps the page's own files by itself. The large ones it keeps as they are
 * fetched; what nothing has fetched yet is fetched here, after the page has loaded what it needs.
 */

const SCRIPT = new URL("../sw.js", import.meta.url);
const BASE = new URL("./", SCRIPT);
const ROUNDS = 3; // tries for what could not be kept
const LANES = 4; // files that are fetched at a time
const PATIENCE = 10_000; // milliseconds; see `isolateIfUseful`
const GRACE = 1000; // milliseconds in which a worker that could not be installed tells why
const ANSWER = 30_000; // milliseconds in which a worker answers
const TRIED = "ortstyle.isolating"; // in the session's storage: the page was reloaded to be isolated

/**
 * What is told, by `state`.
 * - `installing`: files are being kept, `done` of `of` bytes.
 * - `ready`: everything is kept; the page works without a network.
 * - `update`: another version is ready; `apply()` takes it and reloads the page.
 * - `unsupported`: nothing can be kept; `reason` is "insecure" (http from another host) or "browser"
 *   (it has no service workers, or not in private windows).
 * - `failed`: not everything could be kept; `reason` is "network", "quota" (no room), "changed" (the
 *   host has another version meanwhile) or "browser"; `detail` is English, for whoever looks into it.
 *
 * @typedef {{state: "installing"|"ready"|"update"|"unsupported"|"failed", done?: number, of?: number,
 *   reason?: string, detail?: string, apply?: () => void}} Told
 */

/**
 * Register the service worker, keep every file, and watch for other versions of the site.
 * @param {object} options
 * @param {(told: Told) => void} options.tell - Called at each change.
 * @param {Promise<any>} [options.after] - The page has fetched what it needs itself, so that nothing
 *   is fetched twice on the first visit. A promise that fails counts as well.
 * @returns {Promise<void>} Done when everything is kept or something is told to have failed.
 */
export async function registerOffline({ tell, after = Promise.resolve() }) {
  const reason = unsupported();
  if (reason) return tell({ state: "unsupported", reason });
  const workers = navigator.serviceWorker;
  let fault = null;
  workers.addEventListener("message", ({ data }) => {
    if (data?.type !== "offline") return;
    fault = { state: "failed", reason: data.reason, detail: data.detail };
    tell(fault);
  });
  workers.startMessages();
  let registration;
  try {
    registration = await register();
  } catch (error) {
    return tell({ state: "failed", reason: "browser", detail: String(error) });
  }
  watchUpdates(registration, tell);
  await Promise.allSettled([after]);
  if (await controlled(registration)) return keepAll(tell, registration);
  await new Promise((resolve) => setTimeout(resolve, GRACE));
  if (!fault) tell({ state: "failed", reason: "browser", detail: "the service worker is redundant" });
}

/**
 * Reload the page once if that isolates it from other sites, which a browser demands for threads of
 * WebAssembly. It does nothing once the visitor has pressed a key, pointed or dropped something. To be
 * called before anything is begun that could be lost.
 * @param {boolean|(() => boolean|Promise<boolean>)} [needed] - Whether threads are wanted; by
 *   default where the browser has no graphics processor for WebGPU.
 * @param {number} [patience] - Milliseconds in which the service worker must be there.
 * @returns {Promise<boolean>} Whether the page is being reloaded.
 */
export async function isolateIfUseful(needed = lacksGraphics, patience = PATIENCE) {
  if (globalThis.crossOriginIsolated || unsupported() || !rememberTry(false)) return false;
  const begun = watchVisitor();
  try {
    if (!(typeof needed === "function" ? await needed() : needed)) return false;
    const registration = await register();
    const late = new Promise((resolve) => setTimeout(resolve, patience, false));
    const isControlled = await Promise.race([controlled(registration), late]);
    if (!isControlled || begun.signal.aborted || !rememberTry(true)) return false;
    reload();
    return true;
  } catch {
    return false; // threads are a gain in speed only
  } finally {
    begun.abort();
  }
}

/**
 * Load the page again. Where that isolates it, Chromium keeps this page as it is (its back/forward
 * cache), and shows it in place of a new one when the visitor reloads the page later.
 */
function reload() {
  const again = () => setTimeout(() => location.reload()); // while it is being shown, Chromium may ignore it
  addEventListener("pageshow", ({ persisted }) => persisted && again());
  location.reload();
}

/** Why no worker can be registered; null where it can. */
function unsupported() {
  if (!globalThis.isSecureContext) return "insecure";
  return navigator.serviceWorker ? null : "browser";
}

const register = () => navigator.serviceWorker.register(SCRIPT, { scope: BASE, updateViaCache: "none" });

async function lacksGraphics() {
  if (!navigator.gpu) return true;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return !adapter || Boolean(adapter.info?.isFallbackAdapter);
}

/** Whether a reload may be tried and, if `now`, remembered; without storage it might never end. */
function rememberTry(now) {
  try {
    if (sessionStorage.getItem(TRIED)) return false;
    if (now) sessionStorage.setItem(TRIED, "1");
    return true;
  } catch {
    return false;
  }
}

/** A controller that aborts once the visitor does something, or is aborted to end the watching. */
function watchVisitor() {
  const controller = new AbortController();
  const { signal } = controller;
  for (const kind of ["pointerdown", "keydown", "drop", "paste"])
    addEventListener(kind, () => controller.abort(), { signal, capture: true });
  return controller;
}

/** Wait until the worker serves this page; false if it could not be installed. */
async function controlled(registration) {
  const workers = navigator.serviceWorker;
  if (workers.controller) return true;
  const changed = new Promise((resolve) => {
    workers.addEventListener("controllerchange", () => resolve(true), { once: true });
  });
  const coming = registration.installing ?? registration.waiting;
  if (!registration.active && !coming) return Boolean(workers.controller);
  const failed = new Promise((resolve) => {
    coming?.addEventListener("statechange", () => coming.state === "redundant" && resolve(false));
  });
  // A page that was reloaded past its worker asks for it again.
  if (registration.active) ask(registration.active, "claim").catch(() => {});
  return Promise.race([changed, failed]);
}

/** Ask a worker something; fails if it does not answer. */
function ask(worker, type) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    const late = setTimeout(() => reject(new Error("the service worker does not answer")), ANSWER);
    port1.onmessage = ({ data }) => {
      clearTimeout(late);
      port1.close();
      if (data?.fault) reject(Object.assign(new Error(data.detail), { reason: data.fault }));
      else resolve(data);
    };
    worker.postMessage({ type }, [port2]);
  });
}

/** Have every file kept, by fetching each one that is missing through the worker. */
async function keepAll(tell, registration) {
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const { missing, bytes } = await ask(navigator.serviceWorker.controller, "missing");
      if (!missing.length) return tell({ state: "ready" });
      await fetchMissing(missing, bytes, tell);
    }
    const { missing, faults } = await ask(navigator.serviceWorker.controller, "missing");
    if (!missing.length) return tell({ state: "ready" });
    const [[path]] = missing;
    const reason = faults[path] ?? "network";
    if (reason === "changed") registration.update().catch(() => {});
    tell({ state: "failed", reason, detail: path });
  } catch (error) {
    tell({ state: "failed", reason: error.reason ?? "network", detail: String(error) });
  }
}

async function fetchMissing(missing, of, tell) {
  const stopped = new AbortController();
  const { signal } = stopped;
  const rest = missing.values(); // which all lanes share
  let done = of - missing.reduce((sum, [, bytes]) => sum + bytes, 0);
  tell({ state: "installing", done, of });
  const lane = async () => {
    for (const [path, bytes] of rest) {
      const response = await fetch(new URL(path, BASE), { signal });
      let left = bytes;
      for (const reader = response.body.getReader(); ; ) {
        const { done: ended, value } = await reader.read();
        if (ended) break;
        const more = Math.min(value.length, left); // a browser that ungzips reads more than comes
        left -= more;
        done += more;
        tell({ state: "installing", done, of });
      }
      done += left;
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    stopped.abort(); // when one has failed, the others need not go on
  }
}

/** Tell of other versions: of one that waits, and of one that another tab has taken. */
function watchUpdates(registration, tell) {
  const workers = navigator.serviceWorker;
  let isFirst = !workers.controller;
  workers.addEventListener("controllerchange", () => {
    if (!isFirst) tell({ state: "update", apply: reload });
    isFirst = false;
  });
  const offer = () => {
    const { waiting } = registration;
    if (!waiting || !registration.active) return;
    const apply = () => {
      workers.addEventListener("controllerchange", reload, { once: true });
      ask(waiting, "take-over").catch(() => {});
    };
    tell({ state: "update", apply });
  };
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => installing.state === "installed" && offer());
  });
  offer();
}
