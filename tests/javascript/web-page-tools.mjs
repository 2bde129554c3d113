// What the scripts that drive the browser page share: a page whose engine is a fake worker.

export const CARD = {
  backend: "webgpu", adapter: "Fake 9000", threads: 1, isolated: true, refused: null,
  test: { seconds: 1, loss: 1, gradientError: 0 }, limits: {},
  sizes: [128, 256, 512, 768], secondsPerEvaluation: { 128: 0.01, 256: 0.02, 512: 0.08, 768: 0.2 },
};
export const PROCESSOR = {
  ...CARD, backend: "wasm", adapter: null, threads: 2, sizes: [128, 256, 512],
  secondsPerEvaluation: { 128: 1, 256: 2, 512: 9 },
};
export const PLAN = { type: "planned", bytes: 6e8, seconds: 40, scales: [[256, 60, [256, 256]], [512, 60, [512, 512]]], enough: true };

/**
 * Open the page. `ready` is what the fake worker answers to "start": a message, null for none, or a
 * function of the page's, by the number of the start, as text.
 */
export async function openSite({ open, until }, { ready = CARD, plan = PLAN, size } = {}) {
  const page = await open("/blank.html", size);
  await page.evaluateOnNewDocument((readyMessage, planMessage) => {
    window.heard = [];
    const channel = new BroadcastChannel("web-worker");
    window.say = (message) => channel.postMessage(message);
    window.answers = { start: readyMessage && { type: "ready", ...readyMessage }, plan: planMessage };
    channel.addEventListener("message", ({ data }) => {
      window.heard.push(data);
      const answer = window.answers[data.type];
      if (answer) window.say(answer);
    });
  }, ready, plan);
  await page.goto(new URL("/index.html", page.url()), { waitUntil: "load" });
  await until(page, () => document.querySelector("#controls .actions"));
  return page;
}

/** Say something as the worker. */
export const say = (page, message) => page.evaluate((said) => window.say(said), message);

/** The messages of a type that the worker heard, once there are `count`. */
export async function heard(page, until, type, count = 1) {
  await until(page, (wanted, least) => window.heard.filter((each) => each.type === wanted).length >= least, type, count);
  return page.evaluate((wanted) => window.heard.filter((each) => each.type === wanted), type);
}

/** Take the example pictures, and wait for the plan. */
export async function takeExample(page, until) {
  await until(page, () => document.querySelector(".example-button"));
  await page.click(".example-button");
  await until(page, () => [...document.querySelectorAll(".photograph img")].filter((each) => each.naturalWidth).length === 2);
}

/** Press Paint; returns what the worker heard. */
export async function paint(page, until) {
  const before = await page.evaluate(() => window.heard.filter(({ type }) => type === "paint").length);
  await page.click(".actions .primary");
  return (await heard(page, until, "paint", before + 1)).at(-1);
}

/** Say that a painting got on, and wait until that is seen. */
export async function progress(page, until, { id, evaluations, side = 256, scale = [1, 2] }) {
  const [of, loss] = [120, 100 / evaluations];
  await say(page, { type: "progress", id, evaluations, of, scale, loss, terms: { content: loss / 4, style: loss / 2, tv: loss / 4 }, seconds: evaluations, secondsLeft: of - evaluations });
  await say(page, { type: "preview", id, evaluations, image: { side } });
  await until(page, (text) => document.querySelector(".canvas-numbers").textContent.startsWith(text), `${evaluations} of`);
  await until(page, (wanted) => {
    const video = document.querySelector("picture-viewer").base?.video;
    return video && Math.max(video.width, video.height) === wanted;
  }, side);
}

/** Say that a painting is done, and wait until its file is there. */
export async function finish(page, until, { id, side = 512 }) {
  await say(page, { type: "done", id, evaluations: 120, losses: [1], seconds: 61, image: { side } });
  await until(page, () => document.querySelector("a[download]")?.checkVisibility());
}

export const textOf = (page, selector) => page.$eval(selector, ({ innerText }) => innerText);
