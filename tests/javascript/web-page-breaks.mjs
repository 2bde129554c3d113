// What goes wrong at the browser page, and what it remembers; see tests/web/test_page_journey.py.
// Arguments: a picture, a film and a file that is neither.
import { CARD, PLAN, PROCESSOR, finish, heard, openSite, paint, progress, say, takeExample, textOf } from "./web-page-tools.mjs";

export default async ({ open, until, parts: [picture, film, text] }) => {
  const tools = { open, until };
  return {
    files: await files(tools, [film, text], picture),
    device: await device(tools),
    unable: await unable(tools),
    lost: await lost(tools),
    memory: await memory(tools),
    stop: await stopTwice(tools),
    language: await language(tools),
    remembered: await remembered(tools),
    leaving: await leaving(tools),
  };
};

// Wrong files at each place, dropped and chosen; then one dropped anywhere.
async function files({ open, until }, wrong, picture) {
  const page = await openSite({ open, until });
  const told = [];
  for (const file of wrong) {
    await (await page.$(".source:nth-of-type(1) picture-drop input")).uploadFile(file);
    await until(page, () => document.querySelector(".source .fault:not([hidden])"));
    told.push(await textOf(page, ".source .fault:not([hidden])"));
    await page.click(".source .fault button");
  }
  await page.evaluate(async () => {
    const answer = await fetch("examples/painting.jpg");
    const data = new DataTransfer();
    data.items.add(new File([await answer.blob()], "dropped.jpg", { type: "image/jpeg" }));
    for (const kind of ["dragover", "drop"])
      document.querySelector("footer").dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await until(page, () => document.querySelector(".photograph img")?.naturalWidth);
  const dropped = await textOf(page, ".source:nth-of-type(1) .picture-name");
  await (await page.$(".source:nth-of-type(2) picture-drop input")).uploadFile(picture);
  await until(page, () => document.querySelectorAll(".photograph img").length === 2);
  const [plan] = await heard(page, until, "plan");
  await page.click(".source:nth-of-type(1) .photograph .icon-button");
  await until(page, () => document.querySelectorAll(".photograph img").length === 1);
  const missing = await textOf(page, ".plan");
  await page.click(".actions .primary"); // does nothing
  const painted = await page.evaluate(() => window.heard.some(({ type }) => type === "paint"));
  const several = await dropSeveral(page, until);
  await page.close();
  return { told, dropped, several, plan: plan.pictures, missing, painted };
}

// Three files dropped on the page, of which two are taken; the names of these, and what is said.
async function dropSeveral(page, until) {
  await page.$$eval(".photograph .icon-button", (buttons) => buttons.forEach((button) => button.click()));
  await page.evaluate(async () => {
    const answer = await fetch("examples/painting.jpg");
    const blob = await answer.blob();
    const data = new DataTransfer();
    for (const name of ["first.jpg", "second.jpg", "third.jpg"]) data.items.add(new File([blob], name, { type: "image/jpeg" }));
    document.querySelector("footer").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await until(page, () => document.querySelector(".source:nth-of-type(2) .fault:not([hidden])"));
  const names = await page.$$eval(".picture-name span:first-child", (spans) => spans.map(({ textContent }) => textContent));
  const said = await textOf(page, ".source:nth-of-type(2) .fault");
  return [names, said.split(/(?<=\.)/)[0]];
}

// What is said of each device.
async function device({ open, until }) {
  const said = {};
  const reasons = {
    missing: "this browser has no WebGPU, or not on this page",
    none: "WebGPU finds no graphics processor",
    wrong: 'it computes a wrong loss ("style" is 3, not 2)',
    failed: "something else",
  };
  for (const [name, reason] of Object.entries(reasons)) {
    const ready = { ...PROCESSOR, refused: { backend: "webgpu", code: name, reason } };
    const page = await openSite({ open, until }, { ready });
    await until(page, () => document.querySelector("#device .warning"));
    said[name] = [await textOf(page, "#device .warning p"), await page.$eval("#device .reason p", ({ textContent }) => textContent)];
    said.processor = await textOf(page, "#device");
    said.size = await page.$eval("#setting-size", ({ value, options }) => [value, options.length]);
    await page.close();
  }
  said.crashing = await crashing({ open, until });
  return said;
}

// A graphics card that is lost at each start.
async function crashing({ open, until }) {
  const page = await openSite({ open, until }, { ready: null });
  await page.evaluate((ready) => {
    const lost = { type: "failed", kind: "lost", text: "the driver crashed", at: null };
    const answer = (starts) => (starts.at(-1).backend === "wasm" ? ready : lost);
    let answered = 0;
    setInterval(() => {
      const starts = window.heard.filter(({ type }) => type === "start");
      if (starts.length > answered) window.say(answer(starts));
      answered = starts.length;
    }, 20);
  }, { type: "ready", ...PROCESSOR });
  await until(page, () => document.querySelector("#device .warning"));
  const said = await textOf(page, "#device");
  await page.close();
  return said;
}

// An engine that can't start, and is tried again.
async function unable({ open, until }) {
  const said = {};
  for (const kind of ["network", "site", "other"]) {
    const page = await openSite({ open, until }, { ready: null });
    await heard(page, until, "start");
    await say(page, { type: "failed", kind, text: "graphs/loss-48.json.gz can't be fetched", at: null });
    await until(page, () => document.querySelector("#device .fault"));
    said[kind] = [await textOf(page, "#device .fault p"), await textOf(page, ".plan")];
    await page.evaluate((ready) => (window.answers.start = { type: "ready", ...ready }), CARD);
    await page.click("#device .row button");
    await until(page, () => document.querySelector("#device").innerText.includes("Fake 9000"));
    await page.close();
  }
  return said;
}

async function lost({ open, until }) {
  const page = await openSite({ open, until });
  await takeExample(page, until);
  const { id } = await paint(page, until);
  await say(page, { type: "loading", what: "graphs", done: 1, of: 2 });
  await until(page, () => document.querySelector(".canvas-numbers").textContent.startsWith("Loading"));
  const stillTold = await textOf(page, ".device");
  await progress(page, until, { id, evaluations: 20, side: 181 });
  await say(page, { die: true });
  const [, again] = await heard(page, until, "paint", 2);
  await until(page, () => document.querySelector(".canvas-state").textContent === "Being painted");
  const told = await textOf(page, "#assertive");
  for (let time = 2; time < 5; time++) {
    await say(page, { type: "failed", id, kind: "lost", text: "gone", at: null });
    if (time < 4) await heard(page, until, "paint", time + 1);
  }
  await until(page, () => document.querySelector(".canvas-notices .fault"));
  const offers = await page.$$eval(".canvas-notices .row button", (buttons) => buttons.map(({ textContent }) => textContent));
  const fault = await textOf(page, ".canvas-notices .fault p");
  await page.evaluate((ready) => (window.answers.start = { type: "ready", ...ready }), PROCESSOR);
  await page.click(".canvas-notices .row button:last-child");
  const processed = (await heard(page, until, "paint", 5)).at(-1);
  const starts = await heard(page, until, "start");
  await finish(page, until, { id: processed.id });
  const state = await textOf(page, ".canvas-state");
  await page.close();
  return { stillTold, resume: again.resume, told, fault, offers, backend: starts.at(-1).backend, size: processed.order.size, starts: starts.length, state };
}

async function memory({ open, until }) {
  const page = await openSite({ open, until }, { plan: { ...PLAN, enough: false } });
  await takeExample(page, until);
  await until(page, () => document.querySelector(".plan .warning"));
  const warned = await textOf(page, ".plan .warning");
  const { id } = await paint(page, until);
  await say(page, { type: "failed", id, kind: "memory", text: "bad_alloc", at: null });
  await until(page, () => document.querySelector(".canvas-notices .fault"));
  const fault = await textOf(page, ".canvas-notices .fault p");
  await page.click(".canvas-notices .row button");
  const smaller = (await heard(page, until, "paint", 2)).at(-1);
  await say(page, { type: "failed", id: smaller.id, kind: "picture", text: "no", at: null });
  await until(page, () => document.querySelector(".canvas-notices .fault p").textContent.includes("picture"));
  const offers = await page.$$eval(".canvas-notices .row button", (buttons) => buttons.length);
  await page.close();
  return { warned, fault, size: smaller.order.size, offers };
}

async function stopTwice({ open, until }) {
  const page = await openSite({ open, until });
  await takeExample(page, until);
  const { id } = await paint(page, until);
  await progress(page, until, { id, evaluations: 7, side: 128 });
  await page.click(".stop");
  const words = await textOf(page, ".stop");
  await page.click(".stop");
  await until(page, () => document.querySelector("a[download]")?.checkVisibility());
  const state = await textOf(page, ".canvas-state");
  const starts = (await heard(page, until, "start", 2)).length;
  const { id: again } = await paint(page, until);
  await progress(page, until, { id: again, evaluations: 9, side: 128 });
  await page.click(".stop");
  await say(page, { type: "failed", id: again, kind: "lost", text: "gone", at: null });
  await until(page, () => document.querySelector("a[download]")?.checkVisibility());
  const lostState = await textOf(page, ".canvas-state");
  await heard(page, until, "start", 3);
  const paints = (await heard(page, until, "paint", 2)).length;
  await paint(page, until);
  for (let time = 0; time < 2; time++) await page.click(".stop");
  await until(page, () => document.querySelector(".actions .stop").hidden);
  const empty = await textOf(page, ".canvas-state");
  await page.close();
  return { words, state, starts, lostState, paints, empty };
}

// The language changes without a reload, which would lose the pictures.
async function language({ open, until }) {
  const page = await openSite({ open, until });
  await takeExample(page, until);
  const { id } = await paint(page, until);
  await progress(page, until, { id, evaluations: 7, side: 128 });
  await page.select("#language", "de");
  await until(page, () => document.querySelector("h1").textContent.includes("Gemäldes"));
  await say(page, { type: "progress", id, evaluations: 60, of: 120, scale: [1, 2], loss: 1, terms: {}, seconds: 1, secondsLeft: 30 });
  await until(page, () => document.querySelector(".canvas-numbers").textContent.startsWith("60 von"));
  const english = await page.evaluate(() => document.body.innerText.match(/photograph|graphics|choose|getting/gi));
  const pictures = await page.$$eval(".photograph img", (images) => images.length);
  const theme = await page.$$eval("#theme option", (options) => options.map(({ textContent }) => textContent));
  await finish(page, until, { id });
  const file = await page.$eval("a[download]", ({ download }) => download);
  await page.select("#language", "en");
  await until(page, () => document.querySelector("h1").textContent.includes("photograph"));
  await page.close();
  return { english, pictures, theme, file };
}

async function remembered({ open, until }) {
  const page = await openSite({ open, until });
  await takeExample(page, until);
  await page.select("#setting-size", "768");
  await page.select("#setting-colors", "luminance");
  await page.reload({ waitUntil: "load" });
  await until(page, () => document.querySelector("#setting-size")?.value === "768");
  const pictures = await page.$$eval(".photograph img", (images) => images.length);
  const colors = await page.$eval("#setting-colors", ({ value }) => value);
  const stored = await page.evaluate(() => Object.keys(localStorage));
  await page.close();
  const other = await openSite({ open, until }, { ready: PROCESSOR }); // offers no 768
  await until(other, () => document.querySelector("#setting-size").options.length === 3);
  const size = await other.$eval("#setting-size", ({ value }) => value);
  await other.evaluate(() => localStorage.setItem("ortstyle.web.settings", '{"size": "x", "iterations": -1, "evil": 1}'));
  await other.reload({ waitUntil: "load" });
  await until(other, () => document.querySelector("#setting-size")?.options.length === 3);
  const reset = await other.$eval("#setting-iterations", ({ value }) => value);
  await other.evaluate(() => localStorage.clear());
  await other.close();
  return { pictures, colors, stored, size, reset };
}

async function leaving({ open, until }) {
  const page = await openSite({ open, until }, { ready: CARD });
  const asks = () => page.evaluate(() => {
    const event = new Event("beforeunload", { cancelable: true });
    dispatchEvent(event);
    return event.defaultPrevented;
  });
  const asked = [await asks()];
  await takeExample(page, until);
  asked.push(await asks());
  const { id } = await paint(page, until);
  asked.push(await asks());
  await finish(page, until, { id });
  asked.push(await asks());
  await page.$eval("a[download]", (link) => {
    link.addEventListener("click", (event) => event.preventDefault());
    link.click();
  });
  asked.push(await asks());
  await page.close();
  return asked;
}
