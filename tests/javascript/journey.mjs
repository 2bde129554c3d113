// The whole studio as a person uses it, whose server is killed in the middle; see
// tests/studio/test_page_journey.py. Arguments: Python, the studio's folder, a photograph, two paintings.
import {
  chooseInMenu, dropFiles, enterSetting, giveFiles, seenOf, startStudio,
} from "./studio.mjs";

const WAIT = 600_000; // milliseconds; a test machine may be busy

export default async (tools) => {
  const [python, folder] = tools.parts;
  const found = {};
  const journey = { ...tools, found, python, folder, studio: await startStudio(python, folder) };
  try {
    journey.page = await tools.open(journey.studio.address);
    await tools.until(journey.page, () => document.querySelector("#controls .looks label"));
    for (const step of [begin, paint, compare, reload, kill, again, finish, reopen, variants, mask, remove]) {
      await step(journey);
      console.error(step.name, JSON.stringify(found[step.name]));
    }
    found.faults = tools.faults.splice(0);
  } finally {
    await journey.studio.stop();
  }
  return found;
};

// Pictures by drop and by the file button; the draft that begins by itself.
async function begin({ page, studio, parts, until, found }) {
  const [, , photograph, painting, other] = parts;
  await enterSetting(page, "size", 64);
  await dropFiles(page, ".source:nth-of-type(1) picture-drop", [photograph]);
  await until(page, () => document.querySelector(".photograph img")?.naturalWidth > 0);
  const one = await studio.api("/api/pictures");
  await dropFiles(page, ".source:nth-of-type(2) picture-drop", [painting]);
  await until(page, () => document.querySelector("#canvas .canvas-title")?.checkVisibility());
  await until(page, () => /^blob:|[/]image/.test(document.querySelector("picture-viewer").base?.src));
  const seen = await seenOf(page);
  const drafts = await studio.api("/api/paintings?kind=draft");
  await until(page, () => document.querySelector("#gallery picture-card[data-state=done] img")?.naturalWidth > 0);
  await giveFiles(page, 2, other);
  await until(page, () => document.querySelectorAll(".painting img").length === 2);
  found.begin = {
    dropped: one.pictures.map(({ name, role }) => [name, role]),
    seen,
    drafts: drafts.paintings.map(({ state, kind, size }) => ({ state, kind, size })),
    after: await seenOf(page),
    pictures: (await studio.api("/api/pictures")).pictures.map(({ name, role }) => [name, role]),
  };
}

// A small painting is ordered; its preview grows, another tab sees it too.
async function paint(journey) {
  const { page, studio, open, until, found } = journey;
  journey.other = await open(studio.address);
  await page.bringToFront();
  await enterSetting(page, "size", 64);
  await enterSetting(page, "iterations", 500);
  await page.click(".actions .primary");
  // Not a preview of the draft, which may be shown until then.
  const ordered = (await queued(studio)).id;
  await until(page, (id) => {
    const { base } = document.querySelector("picture-viewer");
    return base?.key === id && base.src.startsWith("blob:");
  }, ordered);
  const seen = await seenOf(page);
  await page.reload();
  await until(page, () => document.querySelector("picture-viewer")?.base?.src.startsWith("blob:"));
  const reloaded = await seenOf(page);
  await journey.other.bringToFront();
  await until(journey.other, () => document.querySelector("#queue picture-card[data-state=running]"));
  await page.bringToFront();
  const painting = await queued(studio);
  journey.id = painting.id;
  await page.click("#canvas .canvas-buttons button"); // pause
  await until(page, () => document.querySelector("#queue picture-card[data-state=paused]"));
  await journey.other.bringToFront();
  await until(journey.other, () => document.querySelector("#queue picture-card[data-state=paused]"));
  const otherSeen = await seenOf(journey.other);
  await page.bringToFront();
  const paused = await studio.api(`/api/paintings/${journey.id}`);
  found.paint = {
    seen,
    reloaded,
    painting: { kind: painting.kind, size: painting.size, state: painting.state },
    paused: { state: paused.state, evaluations: paused.progress.evaluations },
    pausedSeen: await seenOf(page),
    otherSeen,
  };
}

// The painting in the queue, where a draft may be too.
async function queued(studio) {
  for (;;) {
    const { paintings } = await studio.api("/api/queue");
    const painting = paintings.find(({ kind }) => kind === "painting");
    if (painting) return painting;
    await new Promise((passed) => setTimeout(passed, 100));
  }
}

// The line between the painting and the photograph is moved by keys.
async function compare({ page, found }) {
  await page.focus(".viewer-wipe");
  const at = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    return page.evaluate(() => ({
      text: document.querySelector(".viewer-wipe").ariaValueText,
      picture: document.querySelector(".viewer-picture").toDataURL(),
    }));
  };
  // A picture that arrives meanwhile, a last preview or a sharper one, starts it again.
  await page.evaluate(() => {
    window.arrived = 0;
    document.addEventListener("picture-shown", () => window.arrived++);
  });
  let places, arrived;
  do {
    arrived = await page.evaluate(() => window.arrived);
    places = [await at("Home"), await at("End"), await at("PageDown", "ArrowLeft"), await at("Home")];
  } while (arrived !== (await page.evaluate(() => window.arrived)));
  found.compare = {
    texts: places.map(({ text }) => text),
    pictures: places.map(({ picture }) => places.findIndex((other) => other.picture === picture)),
  };
}

async function reload({ page, until, found }) {
  const before = await seenOf(page);
  await page.reload();
  await until(page, () => document.querySelector("#canvas .canvas-title")?.textContent);
  await until(page, () => document.querySelector("#gallery .card-title"));
  await until(page, () => document.querySelector(".plan-figures"));
  found.reload = { before, after: await seenOf(page) };
  await page.click("#canvas .canvas-buttons .primary"); // go on
  await until(page, () => document.querySelector("#queue picture-card[data-state=running]"));
}

// The power is cut: the page says so.
async function kill({ page, other, studio, until, faults, found }) {
  found.faultsBefore = faults.splice(0);
  await studio.kill();
  await until(page, () => document.getElementById("connection").textContent);
  await until(other, () => document.getElementById("connection").textContent);
  const seen = await seenOf(page);
  await page.click(".action-row .button"); // a draft
  await until(page, () => document.querySelector(".actions .fault:not([hidden])"));
  found.kill = { seen, said: (await seenOf(page)).faults };
}

// The studio is started again, on the same folder: the job goes on.
async function again(journey) {
  const { page, other, python, folder, open, until, found, id } = journey;
  journey.studio = await startStudio(python, folder, { port: journey.studio.port });
  await until(page, () => document.getElementById("connection").textContent.includes("started again"));
  const locked = await seenOf(page);
  journey.page = await open(journey.studio.address);
  await until(journey.page, () => document.querySelector("#canvas .canvas-title")?.textContent);
  const seen = await seenOf(journey.page);
  const painting = await journey.studio.api(`/api/paintings/${id}`);
  await until(journey.page, () => document.querySelector("#canvas progress").value > 0);
  const numbers = await journey.page.$eval(".canvas-numbers", (element) => element.textContent);
  await page.bringToFront();
  await until(page, () => !document.getElementById("connection").textContent);
  const old = await seenOf(page);
  await page.close();
  await other.close();
  await journey.page.bringToFront();
  found.again = { locked, seen, state: painting.state, numbers, old };
}

async function finish({ page, studio, until, found, id, faults }) {
  found.faultsOfKill = faults.splice(0);
  await page.waitForFunction((done) => document.querySelector(`#gallery picture-card[data-id="${done}"][data-state=done]`),
    { timeout: WAIT }, id);
  await until(page, () => document.querySelector("picture-viewer").base?.src.includes("/image"));
  const { state, width, height, sha256, curve, settings } = await studio.api(`/api/paintings/${id}`);
  const evaluations = curve.map(([count]) => count);
  found.finish = {
    seen: await seenOf(page), state, width, height, sha256, evaluations,
    settings: { size: settings.size, iterations: settings.iterations },
  };
}

// The settings of a result are used again.
async function reopen({ page, until, found, id }) {
  await page.evaluate(() => (document.querySelector(".all-settings").open = true));
  await page.evaluate(() => document.querySelector(".all-settings button:not([hidden])").click()); // all of the preset
  await until(page, () => document.getElementById("control-size").value === "512");
  const changed = await seenOf(page);
  await chooseInMenu(page, `#gallery picture-card[data-id="${id}"]`, "settings");
  await until(page, () => document.getElementById("control-size").value === "64");
  found.reopen = {
    changed: changed.controls,
    seen: await seenOf(page),
    iterations: await page.$eval("#setting-iterations", ({ value }) => value),
  };
}

async function variants({ page, studio, until, found }) {
  await enterSetting(page, "size", 48);
  await enterSetting(page, "iterations", 10);
  const before = await page.$$eval(".variant", (all) => all.map(({ dataset }) => dataset.id));
  await page.click(".action-row .button:last-child");
  await page.waitForFunction((known) => {
    const all = [...document.querySelectorAll(".variant")];
    const isPainted = (variant) => variant.querySelector('img[src*="/paintings/"]')?.naturalWidth > 0;
    return all.length === 4 && all.every((variant) => !known.includes(variant.dataset.id) && isPainted(variant));
  }, { timeout: WAIT }, before);
  const names = await page.$$eval(".variant-name", (all) => all.map(({ textContent }) => textContent));
  await page.click(".variant:nth-child(3)");
  await until(page, () => document.querySelector(".variant:nth-child(3)")?.ariaPressed === "true");
  const { paintings } = await studio.api("/api/paintings?kind=draft&limit=4");
  const pictures = [];
  for (const { id } of paintings) pictures.push((await studio.bytes(`/api/paintings/${id}/image`)).toString("base64"));
  found.variants = {
    names,
    groups: new Set(paintings.map(({ group }) => group)).size,
    labels: paintings.map(({ label }) => label),
    different: new Set(pictures).size,
    seen: await seenOf(page),
    amount: await page.$eval("#control-amount", ({ value }) => value),
  };
}

// The part of the photograph where a painting goes is brushed by the pointer.
async function mask({ page, studio, until, found }) {
  await page.click(".painting:nth-of-type(1) .mask-row button");
  const stage = await page.waitForSelector("dialog .mask-stage");
  await until(page, () => document.querySelector("dialog .mask-stage img")?.naturalWidth > 0);
  await stage.evaluate((element) => element.scrollIntoView({ block: "center" }));
  const { x, y, width, height } = await stage.boundingBox();
  await page.mouse.move(x + 0.1 * width, y + 0.5 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.4 * width, y + 0.5 * height, { steps: 8 });
  await page.mouse.up();
  await page.click("dialog mask-brush .primary");
  await until(page, () => document.querySelector(".mask-row img")?.naturalWidth > 0);
  const [kept] = (await studio.api("/api/pictures?role=mask")).pictures;
  const view = await studio.bytes(`/api/pictures/${kept.id}/view?side=1024`);
  const ordered = await order(page, until, ".actions .primary");
  await until(page, (id) => document.querySelector(`#gallery picture-card[data-id="${id}"]`), ordered);
  const { order: { paintings } } = await studio.api(`/api/paintings/${ordered}`);
  found.mask = { png: view.toString("base64"), masks: paintings.map((each) => each.mask === kept.id) };
}

/** Press a button that orders one painting; returns its id, as the page shows it in its queue. */
async function order(page, until, button) {
  const known = await page.$$eval("#queue .queue-row", (rows) => rows.map((row) => row.dataset.id));
  await page.click(button);
  return until(page, (before) =>
    [...document.querySelectorAll("#queue .queue-row")].map((row) => row.dataset.id).find((id) => !before.includes(id)), known);
}

// A painting is deleted while it is painted; the next one is painted.
async function remove({ page, studio, until, found }) {
  await enterSetting(page, "iterations", 5000);
  const id = await order(page, until, ".actions .primary");
  await until(page, (row) => document.querySelector(`.queue-row[data-id="${row}"] picture-card[data-state=running]`), id);
  await chooseInMenu(page, `.queue-row[data-id="${id}"]`, "remove");
  await page.waitForSelector("dialog .danger");
  const question = await page.$eval("dialog p", ({ textContent }) => textContent);
  await page.click("dialog .danger");
  await until(page, (row) => !document.querySelector(`.queue-row[data-id="${row}"]`), id);
  const gone = await studio.api(`/api/paintings/${id}`).then(() => "there", ({ message }) => message);
  await enterSetting(page, "iterations", 10);
  const next = await order(page, until, ".actions .primary");
  await until(page, (row) => document.querySelector(`#gallery picture-card[data-id="${row}"]`), next);
  found.remove = { question, gone, next: (await studio.api(`/api/paintings/${next}`)).state, seen: await seenOf(page) };
}
