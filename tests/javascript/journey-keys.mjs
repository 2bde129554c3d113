// Once through the studio by the keyboard alone; only files are given as a dialog of the system
// would give them. See tests/studio/test_page_journey.py. Arguments: Python, the studio's folder, a
// photograph, a painting.
import { Keyboard } from "./keyboard.mjs";
import { startStudio } from "./studio.mjs";

export default async ({ open, until, faults, parts: [python, folder, photograph, painting] }) => {
  const studio = await startStudio(python, folder);
  try {
    const page = await open(studio.address);
    const keyboard = new Keyboard(page, { most: 400 });
    await until(page, () => document.querySelector("#controls .looks label"));
    const found = { skip: await skip(keyboard) };
    const given = { keyboard, page, until, studio };
    await compose(given, photograph, painting);
    found.painted = await paint(given);
    found.compared = await compare(given);
    found.mask = await mask(given);
    found.dialog = await commands(given);
    found.gallery = await gallery(given);
    found.variant = await variant(given);
    console.error(JSON.stringify(found)); // in case the last part fails
    found.unseen = await keyboard.findUnseenFocus({ byKind: true });
    return { ...found, faults: faults.splice(0) };
  } finally {
    await studio.stop();
  }
};

async function skip(keyboard) {
  await keyboard.press("Tab");
  const first = await keyboard.isAt(".skip-link");
  await keyboard.press("Enter");
  return [first, await keyboard.isAt("#canvas")];
}

async function compose({ keyboard, page, until }, photograph, painting) {
  await keyboard.tabTo(".all-settings summary");
  await keyboard.press("Enter");
  await enter(keyboard, "size", "64");
  await keyboard.tabTo(".source:nth-of-type(1) picture-drop input");
  await (await page.$(":focus")).uploadFile(photograph);
  await until(page, () => document.querySelector(".photograph img")?.naturalWidth);
  await keyboard.tabTo(".source:nth-of-type(2) picture-drop input");
  await (await page.$(":focus")).uploadFile(painting);
  await until(page, () => document.querySelector("#gallery picture-card[data-state=done] img")?.naturalWidth); // the draft
}

async function enter(keyboard, name, value) {
  await keyboard.tabTo(`#setting-${name}`);
  await keyboard.page.keyboard.down("Control");
  await keyboard.press("a");
  await keyboard.page.keyboard.up("Control");
  await keyboard.page.keyboard.type(value);
}

async function paint({ keyboard, page, until, studio }) {
  await enter(keyboard, "iterations", "400");
  await keyboard.tabTo("[name=preset]:checked");
  await keyboard.press("ArrowRight");
  await keyboard.tabTo("#control-strokes");
  await keyboard.press("ArrowLeft", "ArrowLeft");
  await keyboard.tabTo(".actions .primary");
  await keyboard.press("Enter");
  await until(page, () => document.querySelector("#queue picture-card[data-state=running]"));
  const [{ id }] = (await studio.api("/api/queue")).paintings;
  await keyboard.tabTo("#canvas .canvas-buttons button");
  await keyboard.press("Space");
  await until(page, () => document.querySelector("#queue picture-card[data-state=paused]"));
  const paused = await keyboard.isAt("#canvas .canvas-buttons button");
  await keyboard.press("Enter"); // go on
  await until(page, (done) => document.querySelector(`#gallery picture-card[data-id="${done}"][data-state=done]`), id);
  const { preset, settings } = await studio.api(`/api/paintings/${id}`);
  return { paused, preset, scale: settings.style_scale, size: settings.size, focus: await keyboard.hasFocus() };
}

async function compare({ keyboard, page, until }) {
  await keyboard.tabTo(".viewer-wipe");
  await keyboard.press("End", "ArrowLeft");
  await until(page, () => document.querySelector(".viewer-wipe").ariaValueText.startsWith("99"));
  await keyboard.tabTo(".viewer-hold");
  await page.keyboard.down("Space");
  const held = await until(page, () => document.querySelector(".viewer-hold").ariaPressed === "true");
  await page.keyboard.up("Space");
  await until(page, () => document.querySelector(".viewer-hold").ariaPressed === "false");
  return held;
}

async function mask({ keyboard, page, until, studio }) {
  await keyboard.tabTo(".mask-row button");
  await keyboard.press("Enter");
  await until(page, () => document.querySelector("dialog .mask-stage img")?.naturalWidth);
  await keyboard.tabTo(".mask-stage");
  await keyboard.press("]", "Space", "ArrowRight", "ArrowRight", "Space");
  await keyboard.tabTo("mask-brush .primary");
  await keyboard.press("Enter");
  await until(page, () => document.querySelector(".mask-row img")?.naturalWidth && !document.querySelector("dialog"));
  const { pictures } = await studio.api("/api/pictures?role=mask");
  return { masks: pictures.length, focus: await keyboard.hasFocus() };
}

async function commands({ keyboard, page, until }) {
  await keyboard.tabTo("#controls > .quiet");
  await keyboard.press("Enter");
  await until(page, () => document.querySelector("dialog [role=tabpanel]:not([hidden])"));
  const text = await page.$eval("dialog [role=tabpanel]:not([hidden])", ({ textContent }) => textContent);
  await keyboard.press("Escape");
  await until(page, () => !document.querySelector("dialog"));
  return { text, focus: await keyboard.isAt("#controls > .quiet") };
}

// A result is shown, its settings used; it is deleted, and that is undone.
async function gallery({ keyboard, page, until }) {
  const shown = "#gallery picture-card[data-state=done]:not(:has(.card-badge:not([hidden])))"; // no draft
  await keyboard.tabTo(`${shown} .card-picture`);
  await keyboard.press("Enter");
  const opened = await keyboard.isAt("#canvas");
  await keyboard.tabTo(`${shown} action-menu > button`);
  await keyboard.press("ArrowDown");
  await until(page, () => document.activeElement.getAttribute("role") === "menuitem");
  await keyboard.press("u"); // Use its settings
  const entry = await page.evaluate(() => document.activeElement.dataset.action);
  await keyboard.press("Enter");
  await until(page, () => document.querySelector("#notices .notice"));
  const used = await page.$eval("#setting-iterations", ({ value }) => value);
  const back = await keyboard.isAt("action-menu > button");
  await keyboard.press("ArrowUp"); // the last entry
  await until(page, () => document.activeElement.dataset.action === "remove");
  await keyboard.press("Enter");
  await until(page, () => document.querySelector("dialog .danger"));
  await keyboard.tabTo("dialog .danger");
  await keyboard.press("Enter");
  await until(page, (card) => !document.querySelector(card), shown);
  const focus = await keyboard.hasFocus();
  await page.evaluate(() => [...document.querySelectorAll("#notices .notice")].at(-1).classList.add("last"));
  await keyboard.tabTo("#notices .last .button");
  await keyboard.press("Enter");
  await until(page, (card) => document.querySelector(card), shown);
  return { opened, entry, used, back, focus };
}

async function variant({ keyboard, page, until }) {
  await enter(keyboard, "iterations", "5");
  await keyboard.tabTo(".action-row .button:last-child");
  await keyboard.press("Enter");
  await until(page, () => document.querySelectorAll('.variant img[src*="/paintings/"]').length === 4);
  await keyboard.tabTo(".variant:nth-child(2)");
  await keyboard.press("Space");
  await until(page, () => document.querySelector(".variant:nth-child(2)").ariaPressed === "true");
  return keyboard.isAt(".variant:nth-child(2)");
}
