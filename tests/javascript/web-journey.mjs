// A visitor of a whole site, by the keyboard alone: paints, compares, downloads; goes on without the
// host, and after the engine died. See tests/web/test_site_journey.py. Arguments: the site, a photograph,
// a painting, a folder for what is downloaded, iterations, and "all" or "once", without the breaks.
import { Host } from "./web-host.mjs";
import { Keyboard } from "./keyboard.mjs";
import { textOf } from "./web-page-tools.mjs";

const LONG = "2000"; // iterations that are not over before something has happened to them

export default async ({ browser, open, until, violations, faults, parts }) => {
  const [folder, photograph, painting, downloads, iterations, extent] = parts;
  const host = new Host();
  await host.start(folder);
  const visitor = new Visitor({ page: await open("about:blank"), until, files: [photograph, painting] });
  const { page } = visitor;
  await page.evaluateOnNewDocument(keepMessages);
  page.on("dialog", (dialog) => dialog.accept()); // it asks before something is lost
  const found = { first: await visitor.arrive(host.address) };
  found.wrong = { ready: await violations(page) };
  await visitor.choose();
  found.painted = await visitor.paint(iterations);
  found.wrong.done = await violations(page);
  found.compared = await visitor.compare();
  found.file = await visitor.download(browser, downloads);
  if (extent === "all") {
    found.killed = await visitor.loseWorker(violations);
    found.full = await visitor.fillMemory(violations);
  }
  await host.stop();
  const before = faults.length;
  await page.reload({ waitUntil: "load" });
  found.offline = await visitor.look();
  if (extent === "all") {
    await visitor.choose();
    found.offline.painted = await visitor.paint(iterations);
    const other = await open(host.address);
    await until(other, () => document.querySelector("#device")?.innerText.includes("processor paints"));
    found.other = await other.evaluate(() => crossOriginIsolated);
  }
  return { ...found, faultsOffline: faults.slice(before) };
};

// Keep what the engine's worker tells, but for its pictures; runs in the page.
function keepMessages() {
  window.told = [];
  window.Worker = class extends window.Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data: { image, ...rest } }) =>
        window.told.push(image ? { ...rest, size: [image.width, image.height] } : rest));
    }
  };
}

class Visitor {
  constructor({ page, until, files }) {
    Object.assign(this, { page, files, keyboard: new Keyboard(page) });
    this.until = (condition, ...values) => until(page, condition, ...values);
  }

  /** Open the site; wait until it is kept and isolated. */
  async arrive(address) {
    await this.page.goto(address, { waitUntil: "load" });
    await this.until(() =>
      document.querySelector("#device")?.innerText.includes("processor paints") &&
      document.querySelector("#offline").innerText.includes("now works without"));
    // It has reloaded itself, unless the service worker was very slow to come.
    const byItself = await this.page.evaluate(() => crossOriginIsolated);
    if (!byItself) await this.page.reload({ waitUntil: "load" });
    return { byItself, ...(await this.look()) };
  }

  /** What is told of the device, once it is ready. */
  async look() {
    await this.until(() => document.querySelector("#device")?.innerText.includes("processor paints"));
    return this.page.evaluate(() => ({
      isolated: crossOriginIsolated,
      cores: navigator.hardwareConcurrency,
      threads: window.told.findLast(({ type }) => type === "ready").threads,
      words: document.querySelector("#device").innerText,
      loads: window.told.filter(({ type }) => type === "loading").map(({ what }) => what),
    }));
  }

  async choose() {
    for (const [at, file] of this.files.entries()) {
      await this.keyboard.tabTo(`.source:nth-of-type(${at + 1}) picture-drop input`);
      await (await this.page.$(":focus")).uploadFile(file);
      await this.until((nth) => document.querySelector(`.source:nth-of-type(${nth}) img`)?.naturalWidth, at + 1);
    }
    await this.until(() => document.querySelector(".plan-figures"));
  }

  /** Press Paint; returns once the worker has the order. */
  async begin(iterations) {
    const { page, keyboard } = this;
    if (!(await page.$eval(".all-settings", ({ open }) => open))) {
      await keyboard.tabTo(".all-settings summary");
      await keyboard.press("Enter");
    }
    await keyboard.tabTo("#setting-iterations");
    await page.keyboard.down("Control");
    await keyboard.press("a");
    await page.keyboard.up("Control");
    await page.keyboard.type(iterations);
    await keyboard.tabTo(".actions .primary");
    await this.until(() => document.querySelector(".plan-figures"));
    const plan = await textOf(page, ".plan-figures");
    await page.evaluate(() => (window.told = []));
    await keyboard.press("Enter");
    return plan;
  }

  async paint(iterations) {
    const plan = await this.begin(iterations);
    await this.until(() => document.querySelector("a[download]")?.checkVisibility());
    const found = await this.page.evaluate(() => {
      const { base } = document.querySelector("picture-viewer");
      return {
        state: document.querySelector(".canvas-state").innerText,
        done: window.told.find(({ type }) => type === "done"),
        points: document.querySelector("loss-plot").points.map(([at, loss]) => [at, loss]),
        shown: [base.video.width, base.video.height],
      };
    });
    await this.keyboard.tabTo(".canvas-curve summary");
    if (!(await this.page.$eval(".canvas-curve", ({ open }) => open))) await this.keyboard.press("Enter");
    const line = await this.page.$eval("loss-plot", (plot) => plot.checkVisibility());
    return { plan, line, ...found };
  }

  async compare() {
    await this.keyboard.tabTo(".viewer-wipe");
    await this.keyboard.press("End", "ArrowLeft");
    await this.until(() => document.querySelector(".viewer-wipe").ariaValueText.startsWith("99"));
    return this.page.$eval(".viewer-wipe", ({ ariaValueText }) => ariaValueText);
  }

  async download(browser, folder) {
    const session = await browser.target().createCDPSession();
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true });
    const downloaded = new Promise((resolve) => {
      session.on("Browser.downloadProgress", ({ state }) => state === "completed" && resolve());
    });
    await this.keyboard.tabTo("a[download]");
    await this.keyboard.press("Enter");
    await downloaded;
    return this.page.$eval("a[download]", ({ download }) => download);
  }

  /** Wait for a preview, and return the evaluations that it took. */
  preview(after = 0) {
    return this.until((least) => window.told.find(({ type, evaluations }) =>
      type === "preview" && evaluations > least)?.evaluations, after);
  }

  worker() {
    return this.page.workers().findLast((each) => each.url().endsWith("/engine/worker.js"));
  }

  /** The worker dies while it paints: painting goes on from the last preview. */
  async loseWorker(violations) {
    await this.begin(LONG);
    const before = await this.preview();
    const shown = await this.page.$eval("picture-viewer", ({ base: { video } }) => video && [video.width, video.height]);
    await this.worker().evaluate(() => setTimeout(() => { throw new Error("the worker is killed"); }));
    await this.until(() => document.querySelector(".canvas-state").innerText.includes("lost"));
    const wrong = { recovering: await violations(this.page) };
    await this.until(() => window.told.some(({ type }) => type === "ready")); // another one
    await this.until(() => {
      const at = window.told.findLastIndex(({ type }) => type === "ready");
      return window.told.slice(at).find(({ type }) => type === "progress" || type === "done");
    });
    const last = await this.page.evaluate(() => {
      const at = window.told.findLastIndex(({ type }) => type === "ready");
      const [kept] = window.told.slice(0, at).filter(({ type }) => type === "preview").slice(-1);
      const next = window.told.slice(at).find(({ type }) => type === "progress" || type === "done");
      return { kept: kept.evaluations, next: next.evaluations };
    });
    wrong.painting = await violations(this.page);
    await this.stop();
    return { before, shown, wrong, ...last, state: await textOf(this.page, ".canvas-state") };
  }

  /** Stop what is painted, if it is not over; wait for its file. */
  async stop() {
    if (await this.page.$eval(".stop", ({ hidden }) => !hidden)) {
      await this.keyboard.tabTo(".stop, .actions .primary");
      if (await this.keyboard.isAt(".stop")) await this.keyboard.press("Space");
    }
    await this.until(() => document.querySelector("a[download]")?.checkVisibility());
  }

  /** There is no memory any more while it paints: that is told, and the picture so far is kept. */
  async fillMemory(violations) {
    await this.begin(LONG);
    await this.preview();
    await this.worker().evaluate(() => {
      self.ortstyleRuntime.guard = async (work) => {
        await work.catch(() => {});
        throw Object.assign(new Error("out of memory"), { kind: "memory" });
      };
    });
    await this.until(() => document.querySelector(".canvas-notices .fault") && document.querySelector("a[download]")?.checkVisibility());
    const told = await textOf(this.page, ".canvas-notices");
    const wrong = await violations(this.page);
    await this.look(); // another worker
    return { told, wrong };
  }
}
