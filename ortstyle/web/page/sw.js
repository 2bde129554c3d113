// The service worker: keeps the files of the site, serves them without a network, and adds the
// headers that isolate the page from others, without which a browser gives WebAssembly no threads.
//
// `site.json` lists the files with their SHA-256. The page itself is fetched when a first version is
// installed; the large files are kept as the page fetches them, so that nothing is fetched twice. A
// later version fetches all that has changed while the one before still serves, then waits until the
// page says "take-over" or nobody has the page open.
"use strict";

const VERSION = "unwritten"; // `ortstyle web` writes the version of the site here
const BASE = new URL("./", self.location).href;
const CACHES = `ortstyle ${BASE} `; // begins the names of this site's caches; a host may have others
const CACHE = CACHES + VERSION;
const LIST = "site.json";
const HASH = "x-ortstyle-sha256"; // of the headers of what is kept
const LANES = 6; // files that are fetched at a time
const PATIENCE = 5000; // milliseconds in which files that have come are kept
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  mjs: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
};
const ISOLATING = {
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const isLarge = (path) => path.endsWith(".gz") || path.startsWith("runtime/");
const faults = {}; // why a file could not be kept, by path
const coming = new Map(); // promises of files that are being kept, by path

/** Why a file can't be kept: "network", "changed" (it is of another version) or "quota". */
class Fault extends Error {
  constructor(reason, path) {
    super(`${path}: ${reason}`);
    this.reason = reason;
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  const answer = (found) => event.ports[0]?.postMessage(found ?? null);
  const fail = (error) => answer({ fault: reasonOf(error), detail: String(error) });
  event.waitUntil(Promise.resolve(ACTIONS[event.data?.type]?.()).then(answer, fail));
});
self.addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path !== null) event.respondWith(respond(event, path));
});

const ACTIONS = {
  "take-over": () => self.skipWaiting(),
  claim: () => self.clients.claim(),
  missing,
};

// Installing ---------------------------------------------------------------------------------------

/** Keep the page, or as an update everything. What an install that failed has kept is kept. */
async function install() {
  const isUpdate = Boolean(self.registration.active);
  try {
    const site = await fetchList();
    const cache = await caches.open(CACHE);
    await put(cache, LIST, new TextEncoder().encode(JSON.stringify(site)), "");
    const files = kept(site).filter(([path]) => isUpdate || !isLarge(path));
    await each(files, ([path, file]) => keep(cache, path, file));
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === "quota") await caches.delete(CACHE); // the version before needs the room
    // An update that could not be fetched is tried again later, and the version before serves on.
    if (!isUpdate || reason === "quota") await tell({ state: "failed", reason, detail: String(error) });
    throw error;
  }
}

/** The list of the files, from the host; it must be that of this version. */
async function fetchList() {
  const answer = await fetchFile(LIST, "no-cache");
  const site = await answer.json().catch(() => ({}));
  if (site.version !== VERSION) throw new Fault("changed", LIST);
  return site;
}

/** The files that are kept, as pairs of path and { bytes, sha256 }; browsers keep this one. */
const kept = ({ files }) => Object.entries(files).filter(([path]) => path !== "sw.js");

/** Do something for each item, a few at a time. */
async function each(items, work) {
  const rest = items.values(); // which all lanes share
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Keep a file: as it is kept already, from a version before, or from the host. */
async function keep(cache, path, file) {
  if (await hasFile(cache, path, file)) return;
  for (const name of await caches.keys()) {
    if (!name.startsWith(CACHES) || name === CACHE) continue;
    const older = await (await caches.open(name)).match(BASE + path);
    if (older?.headers.get(HASH) === file.sha256) {
      await put(cache, path, await older.arrayBuffer(), file.sha256);
      return;
    }
  }
  for (const mode of ["no-cache", "reload"]) {
    const bytes = await (await fetchFile(path, mode)).arrayBuffer().catch(() => {
      throw new Fault("network", path);
    });
    if (await isFile(bytes, path, file)) return put(cache, path, bytes, file.sha256);
  }
  throw new Fault("changed", path);
}

async function hasFile(cache, path, { sha256 }) {
  return (await cache.match(BASE + path))?.headers.get(HASH) === sha256;
}

async function fetchFile(path, mode) {
  const answer = await fetch(BASE + path, { cache: mode }).catch(() => null);
  if (!answer?.ok) throw new Fault("network", path);
  return answer;
}

/** Whether bytes are those of a file. Some hosts have a browser ungzip .gz: then none can tell. */
async function isFile(bytes, path, { sha256 }) {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (path.endsWith(".gz") && (first !== 0x1f || second !== 0x8b)) return bytes.byteLength > 0;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}

async function put(cache, path, bytes, sha256) {
  const headers = { ...headersOf(path), [HASH]: sha256, "Content-Length": bytes.byteLength };
  await cache.put(BASE + path, new Response(bytes, { headers }));
}

function headersOf(path) {
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return { ...ISOLATING, "Content-Type": type, "X-Content-Type-Options": "nosniff" };
}

const reasonOf = (error) =>
  error instanceof Fault ? error.reason : error?.name === "QuotaExceededError" ? "quota" : "browser";

/** Say something to every page of the site, also to those that another version serves. */
async function tell(message) {
  const pages = await self.clients.matchAll({ includeUncontrolled: true, type: "window" });
  for (const page of pages) page.postMessage({ type: "offline", version: VERSION, ...message });
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(CACHES) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

// Serving ------------------------------------------------------------------------------------------

/** The path of a request within the site; null for what is not for this worker. */
function pathOf({ method, url, cache, mode }) {
  if (method !== "GET" || !url.startsWith(BASE)) return null;
  if (cache === "only-if-cached" && mode !== "same-origin") return null;
  const path = new URL(url).pathname.slice(new URL(BASE).pathname.length);
  return path || "index.html";
}

async function respond(event, path) {
  const site = await listed().catch(() => null);
  const file = site?.files[path];
  const isKept = site && (path === LIST || (file && path !== "sw.js"));
  if (!isKept) return fetch(event.request);
  const cache = await caches.open(CACHE);
  const found = await cache.match(BASE + path);
  return found ? part(event.request, found) : through(event, cache, path, file);
}

/** The list of this version's files. A browser that is short of room may have thrown it away. */
async function listed() {
  const cache = await caches.open(CACHE);
  const found = await cache.match(BASE + LIST);
  if (found) return found.json();
  const site = await fetchList();
  await put(cache, LIST, new TextEncoder().encode(JSON.stringify(site)), "");
  return site;
}

/** Answer from the host, and keep the file beside it. */
async function through(event, cache, path, file) {
  const answer = await fetch(BASE + path, { cache: "no-cache" });
  if (!answer.ok || !answer.body) return answer;
  const [body, copy] = answer.body.tee();
  const keeping = keepCopy(cache, path, file, copy).finally(() => coming.delete(path));
  coming.set(path, keeping);
  event.waitUntil(keeping);
  return new Response(body, { headers: headersOf(path) });
}

async function keepCopy(cache, path, file, stream) {
  delete faults[path];
  try {
    const bytes = await new Response(stream).arrayBuffer();
    if (!(await isFile(bytes, path, file))) throw new Fault("changed", path);
    await put(cache, path, bytes, file.sha256);
  } catch (error) {
    // A stream that ends early is the network's fault, whatever a browser calls it.
    const reason = reasonOf(error);
    faults[path] = reason === "browser" ? "network" : reason;
  }
}

/** The answer to a request for all of a file or a range of its bytes. */
async function part(request, whole) {
  const range = request.headers.get("Range");
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (first === undefined || (!first && !last)) return whole; // several ranges may be ignored
  const body = await whole.blob();
  const start = first ? Number(first) : Math.max(0, body.size - Number(last));
  const end = first && last ? Math.min(Number(last) + 1, body.size) : body.size;
  const headers = new Headers(whole.headers);
  if (start >= body.size || end <= start) {
    headers.set("Content-Range", `bytes */${body.size}`);
    headers.delete("Content-Length");
    return new Response(null, { status: 416, headers });
  }
  headers.set("Content-Range", `bytes ${start}-${end - 1}/${body.size}`);
  headers.set("Content-Length", end - start);
  return new Response(body.slice(start, end), { status: 206, headers });
}

/** What is not kept yet, as { missing: [[path, bytes]], bytes (of all), faults }. */
async function missing() {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([Promise.allSettled(coming.values()), late]);
  const cache = await caches.open(CACHE);
  const files = kept(await listed());
  const found = [];
  await each(files, async ([path, file]) => {
    if (!(await hasFile(cache, path, file))) found.push([path, file.bytes]);
  });
  const bytes = files.reduce((sum, [, file]) => sum + file.bytes, 0);
  return { version: VERSION, missing: found, bytes, faults };
}
