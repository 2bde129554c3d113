// A film in the studio as a person paints it; see tests/studio/test_page_film.py. Arguments: Python, the
// studio's folder, a film, one that Chromium can't play, a painting, and a folder for pictures of the
// page or nothing.
import { dropFiles, enterSetting, seenOf, startStudio } from "./studio.mjs";

const WAIT = 600_000; // milliseconds; a test machine may be busy

export default async (tools) => {
  const [python, folder, film, other, painting, pictures] = tools.parts;
  const found = {};
  const journey = { ...tools, found, python, folder, film, other, painting, studio: await startStudio(python, folder) };
  journey.shoot = async (name) => pictures && journey.page.screenshot({ path: `${pictures}/${name}.png` });
  try {
    journey.page = await tools.open(journey.studio.address);
    await tools.until(journey.page, () => document.querySelector("#controls .looks label"));
    for (const step of [clip, draft, paint, scrub, play, reload, kill, unplayable]) {
      await step(journey);
      console.error(step.name, JSON.stringify(found[step.name]));
    }
  } finally {
    await journey.studio.stop();
  }
  return found;
};

const barOf = (page) => page.$eval("film-bar", (bar) => ({
  hidden: bar.hidden,
  clock: bar.querySelector(".film-clock").textContent,
  note: bar.querySelector(".film-note").hidden ? "" : bar.querySelector(".film-note").textContent,
  playable: !bar.playButton.hidden,
  sound: !bar.soundButton.hidden,
  videos: [...bar.querySelectorAll("video")].map(({ readyState, videoWidth, muted }) => [readyState, videoWidth, muted]),
}));

const isReady = (count) => {
  const videos = [...document.querySelectorAll("film-bar video")];
  return videos.length === count && videos.every((video) => video.readyState >= 2 && !video.seeking);
};

const ready = (page, count) => page.waitForFunction(isReady, { timeout: WAIT, polling: 50 }, count);

// Where the photograph goes a film is dropped, and seen.
async function clip({ page, film, until, found, shoot }) {
  await enterSetting(page, "size", 48);
  await enterSetting(page, "iterations", 8);
  await dropFiles(page, ".source:nth-of-type(1) picture-drop", [film]);
  await until(page, () => document.querySelector(".photograph img")?.naturalWidth > 0);
  await ready(page, 1);
  await enterSetting(page, "frame_iterations", 2);
  await page.evaluate(() => document.querySelector(".all-settings").removeAttribute("open"));
  await shoot("clip");
  found.clip = { bar: await barOf(page), name: await page.$eval(".picture-name", ({ innerText }) => innerText) };
}

// The slider goes to a frame; the draft that begins by itself is of that one.
async function draft({ page, painting, studio, until, found, shoot }) {
  await page.focus(".film-slider");
  for (const key of ["Home", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  await ready(page, 1);
  const at = await page.$eval(".film-slider", ({ ariaValueText }) => ariaValueText);
  await dropFiles(page, ".source:nth-of-type(2) picture-drop", [painting]);
  await page.waitForFunction(() => document.querySelector("#gallery picture-card[data-state=done] img")?.naturalWidth > 0,
    { timeout: WAIT });
  await until(page, () => document.querySelector(".plan-figures:not([aria-hidden])"));
  await shoot("draft");
  const { paintings } = await studio.api("/api/paintings?kind=draft");
  const { pictures } = await studio.api("/api/pictures?role=photograph");
  found.draft = {
    at,
    kinds: paintings.map(({ kind, film }) => [kind, film]),
    stills: pictures.filter(({ still }) => still).map(({ still: { at: moment } }) => moment),
    plan: await page.$eval(".plan", ({ innerText }) => innerText),
    buttons: await page.$$eval(".actions button", (all) => all.filter((each) => each.checkVisibility()).map(({ textContent }) => textContent)),
    bar: await barOf(page),
  };
}

// A few seconds as a film: progress is told by frames.
async function paint(journey) {
  const { page, studio, found, shoot, until, violations } = journey;
  await page.evaluate(() => {
    window.told = new Set();
    const numbers = document.querySelector(".canvas-numbers");
    new MutationObserver(() => window.told.add(numbers.textContent)).observe(numbers, { childList: true, subtree: true, characterData: true });
  });
  const newest = async () => (await studio.api("/api/paintings?kind=draft&limit=1")).paintings[0].id;
  const before = await newest();
  await page.click(".action-row .button:nth-child(2)");
  await until(page, () => document.querySelector("#canvas .canvas-title")?.checkVisibility());
  while ((journey.id = await newest()) === before) await new Promise((later) => setTimeout(later, 100));
  await page.waitForFunction(() => /^Frame/.test(document.querySelector(".canvas-numbers").textContent), { timeout: WAIT });
  await shoot("painting");
  await page.waitForFunction((id) => document.querySelector(`#gallery picture-card[data-id="${id}"][data-state=done]`),
    { timeout: WAIT }, journey.id);
  await ready(page, 2);
  await shoot("painted");
  const painted = await studio.api(`/api/paintings/${journey.id}`);
  const data = await studio.bytes(`/api/paintings/${journey.id}/download`);
  found.paint = {
    told: [...new Set(await page.evaluate(() => [...window.told]))],
    film: painted.film,
    size: [painted.width, painted.height],
    command: painted.command.render,
    download: data.toString("base64"),
    bar: await barOf(page),
    seen: await seenOf(page),
    violations: await violations(page),
  };
}

// Before and after of a frame: the line between them is moved, and the slider of time.
async function scrub({ page, found, until }) {
  const drawn = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const picture = () => page.$eval(".viewer-picture", (canvas) => canvas.toDataURL());
  const go = async (selector, ...keys) => {
    await page.focus(selector);
    for (const key of keys) await page.keyboard.press(key);
    await ready(page, 2);
    await drawn();
    return picture();
  };
  await page.select(".canvas-compare select", "photograph");
  await until(page, () => document.querySelector("picture-viewer").over);
  await go(".film-slider", "Home");
  const painted = await go(".viewer-wipe", "Home");
  const source = await go(".viewer-wipe", "End");
  const later = await go(".film-slider", "ArrowRight", "ArrowRight", "ArrowRight");
  const paintedLater = await go(".viewer-wipe", "Home");
  found.scrub = {
    different: new Set([painted, source, later, paintedLater]).size,
    captions: await page.$$eval(".viewer-caption", (all) => all.map(({ textContent }) => textContent)),
    time: await page.$eval("film-bar", ({ time }) => time),
    step: await page.$$eval("film-bar video", (all) => all.map(({ currentTime }) => currentTime)),
  };
}

// The painted film and its source are played in step.
async function play({ page, found, until }) {
  await page.focus(".film-slider");
  await page.keyboard.press("Home");
  await ready(page, 2);
  await page.click("film-bar button");
  await until(page, () => document.querySelector("film-bar").time > 0.1);
  await until(page, () => !document.querySelector("film-bar").playing); // at its end
  found.play = {
    times: await page.$$eval("film-bar video", (all) => all.map(({ currentTime }) => currentTime)),
    begins: await page.$eval("film-bar", ({ film }) => film.tracks.map(({ begin }) => begin)),
    muted: await page.$$eval("film-bar video", (all) => all.map(({ muted }) => muted)),
  };
}

async function reload({ page, found, until }) {
  await page.reload();
  await until(page, () => document.querySelector("film-bar .film-clock")?.textContent);
  await ready(page, 2);
  found.reload = { bar: await barOf(page), seen: await seenOf(page) };
}

const press = (page, text) => page.evaluate((wanted) =>
  [...document.querySelectorAll("#canvas .canvas-buttons button")].find(({ textContent }) => textContent === wanted).click(), text);

const shows = (page, state) => page.waitForSelector(`#queue picture-card[data-state=${state}]`, { timeout: WAIT });

// A film is paused and goes on; the power is cut while it is painted; the studio is started again, and
// the film goes on.
async function kill(journey) {
  const { page, python, folder, open, found, faults } = journey;
  await page.evaluate(() => (document.querySelector(".all-settings").open = true));
  await enterSetting(page, "frame_iterations", 30);
  await page.click(".action-row .button:nth-child(2)");
  const first = journey.id;
  let painting;
  for (const end = Date.now() + WAIT; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    [painting] = (await journey.studio.api("/api/paintings?kind=draft&limit=1")).paintings;
    if (painting.id !== first && (painting.progress?.phase === "painting" || painting.state === "done")) break;
  }
  const before = painting.progress;
  await press(page, "Pause");
  await shows(page, "paused");
  await press(page, "Go on");
  await shows(page, "running");
  await journey.studio.kill();
  journey.studio = await startStudio(python, folder);
  faults.splice(0);
  await page.close();
  journey.page = await open(journey.studio.address);
  await journey.page.waitForFunction((id) => document.querySelector(`#gallery picture-card[data-id="${id}"][data-state=done]`),
    { timeout: WAIT }, painting.id);
  const { state, film } = await journey.studio.api(`/api/paintings/${painting.id}`);
  found.kill = { before, state, seconds: film.seconds, other: painting.id !== first };
}

// What the browser can't play is said, and shown frame by frame.
async function unplayable({ page, other, until, found, shoot }) {
  await page.evaluate(() => (window.shown = []));
  await page.evaluate(() => document.addEventListener("picture-shown", ({ detail }) => window.shown.push(detail.src)));
  await dropFiles(page, ".source:nth-of-type(1) picture-drop:not([hidden])", [other]);
  await until(page, () => document.querySelector(".film-note")?.checkVisibility());
  await page.focus(".film-slider");
  for (const key of ["Home", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  await until(page, () => window.shown.some((src) => /frame[?]at=80&/.test(src)));
  await shoot("unplayable");
  found.unplayable = { bar: await barOf(page) };
}
