// A site that is visited, kept, served without its host, isolated and updated. `parts` are folders:
// the site, and a later version of it. The pages tell what they hear in `window.told`.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Host } from "./web-host.mjs";

const WAIT = 120_000; // milliseconds; a test machine may be busy

const look = (page) =>
  page.evaluate(() => ({
    isolated: crossOriginIsolated,
    heading: document.querySelector("h1").textContent,
  }));

// Fetch every file of the site in the page; returns the names of those that are not what the list says.
const differing = (page) =>
  page.evaluate(async () => {
    const site = await (await fetch("site.json")).json();
    const wrong = [];
    for (const [path, { sha256 }] of Object.entries(site.files)) {
      if (path === "sw.js") continue;
      const answer = await fetch(path).catch(() => null);
      const bytes = await answer?.arrayBuffer();
      const digest = bytes && new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      const is = digest && [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      if (is !== sha256) wrong.push(path);
    }
    return wrong;
  });

const ranges = (page) =>
  page.evaluate(async () => {
    const found = [];
    for (const Range of ["bytes=2-4", "bytes=-3", "bytes=5-", "bytes=999999-", "bytes=1-2,4-5"]) {
      const answer = await fetch("vgg19.gz", { headers: { Range } });
      const { length } = new Uint8Array(await answer.arrayBuffer());
      found.push([answer.status, answer.headers.get("Content-Range"), length]);
    }
    return found;
  });

// Wait until the page is told of a state, and return what was told last of it.
async function told(page, wanted) {
  const find = (state) => window.told?.findLast((each) => each.state === state);
  await page.waitForFunction(find, { polling: 50 }, wanted);
  return page.evaluate((state) => {
    const { reason = null } = window.told.findLast((each) => each.state === state);
    return { state, reason };
  }, wanted);
}

const states = (page) => page.evaluate(() => window.told.map(({ state }) => state));

// Whether a worker of the page may share memory with it.
const isolatedWorker = (page) =>
  page.evaluate(() => new Promise((resolve) => {
    const worker = new Worker("app/thread.js");
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => resolve(null);
  }));

// Visit a page in a context of its own, which has kept nothing. `quota` is in bytes; `prepare` runs in
// the page before its own scripts.
async function visit(browser, host, work, { query = "", quota = null, prepare = null } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error?.stack ?? error)));
  if (quota) {
    const client = await page.createCDPSession();
    const { origin } = new URL(host.address);
    await client.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: quota });
  }
  if (prepare) await page.evaluateOnNewDocument(prepare);
  await page.goto(host.address + query, { waitUntil: "load" });
  const found = await work(page, context);
  await context.close();
  return { ...found, faults };
}

export default async function ({ browser, parts }) {
  const [first, second] = parts;
  const host = new Host();
  await host.start(first);

  const kept = await visit(browser, host, async (page, context) => {
    const found = { ready: await told(page, "ready"), atFirst: await look(page) };
    found.states = [...new Set(await states(page))];
    found.askedAtFirst = [...host.asked];
    await page.evaluate(async () => {
      await caches.open("of another page");
      await caches.open("ortstyle http://127.0.0.1/other/ 1");
    });
    await page.reload({ waitUntil: "load" });
    await told(page, "ready");
    found.again = await look(page);

    await host.stop();
    await page.goto(`${host.address}index.html?from=here`, { waitUntil: "load" });
    await told(page, "ready");
    found.offline = {
      ...(await look(page)),
      differing: await differing(page),
      ranges: await ranges(page),
      worker: await isolatedWorker(page),
    };
    const other = await context.newPage();
    await other.goto(host.address, { waitUntil: "load" });
    found.otherTab = await look(other);

    host.asked.length = 0;
    await host.start(second);
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
    found.update = await told(page, "update");
    found.askedForUpdate = [...host.asked].sort();
    await page.reload({ waitUntil: "load" });
    found.beforeUpdate = { ...(await look(page)), update: await told(page, "update") };
    await Promise.all([
      page.waitForNavigation({ waitUntil: "load" }),
      page.evaluate(() => window.told.findLast(({ state }) => state === "update").apply()),
    ]);
    await told(page, "ready");
    found.updated = { ...(await look(page)), differing: await differing(page) };
    found.otherTabHears = await told(other, "update");
    found.caches = await page.evaluate((base) =>
      caches.keys().then((names) => names.map((name) => name.replace(base, "BASE"))), host.address);
    return found;
  });

  host.broken.add("vgg19.gz");
  host.folder = first;
  const interrupted = await visit(browser, host, async (page) => {
    const found = { failed: await told(page, "failed"), ...(await look(page)) };
    host.broken.clear();
    host.asked.length = 0;
    await page.reload({ waitUntil: "load" });
    found.ready = await told(page, "ready");
    found.asked = host.asked.filter((name) => name !== "sw.js");
    return found;
  });

  const isolating = await visit(browser, host, async (page) => {
    await page.waitForFunction(() => window.crossOriginIsolated && window.told, { polling: 50 });
    await told(page, "ready");
    const loads = await page.evaluate(() => Number(sessionStorage.getItem("loads")));
    const found = { loads, ...(await look(page)), reloaded: [] };
    await host.stop();
    for (let k = 0; k < 3; k++) {
      // As a visitor does, for whom Chromium shows the page that was left when it was isolated.
      await page.reload({ waitUntil: "load" });
      await page.waitForFunction(() => window.crossOriginIsolated && window.told, { polling: 50 });
      await told(page, "ready");
      found.reloaded.push(await look(page));
    }
    await host.start();
    return found;
  }, { query: "?isolate" });

  // A visitor who has begun before the worker is there is not interrupted.
  let release;
  host.asked.length = 0;
  host.held.set("site.json", new Promise((resolve) => (release = resolve)));
  const begun = await visit(browser, host, async (page) => {
    while (!host.asked.includes("site.json")) await new Promise((resolve) => setTimeout(resolve, 20));
    await page.keyboard.press("a");
    release();
    await told(page, "ready");
    const loads = await page.evaluate(() => Number(sessionStorage.getItem("loads")));
    return { loads, ...(await look(page)) };
  }, { query: "?isolate" });

  const full = await visit(browser, host, async (page) => (
    { failed: await told(page, "failed"), ...(await look(page)) }
  ), { quota: 1 });

  const unsupported = (prepare) => visit(browser, host, async (page) => (
    { told: await told(page, "unsupported"), ...(await look(page)) }
  ), { prepare, query: "?isolate" });
  const insecure = await unsupported(() => Object.defineProperty(window, "isSecureContext", { value: false }));
  const old = await unsupported(() => delete Navigator.prototype.serviceWorker);

  // A host on which half of a later version has arrived.
  host.replaced.set("site.json", await readFile(join(second, "site.json")));
  const mixed = await visit(browser, host, async (page) => (
    { failed: await told(page, "failed"), ...(await look(page)) }
  ));
  await host.stop();
  return { kept, interrupted, isolating, begun, full, mixed, insecure, old };
}
