// Once through the browser page by the keyboard alone; only files are given as a dialog of the system
// would give them. See tests/web/test_page_journey.py. Arguments: a photograph, a painting, a folder for
// what is downloaded.
import { Keyboard } from "./keyboard.mjs";
import { CARD, finish, heard, openSite, progress, textOf } from "./web-page-tools.mjs";

export default async ({ browser, open, until, parts: [photograph, painting, downloads] }) => {
  const page = await openSite({ open, until });
  const session = await browser.target().createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads, eventsEnabled: true });
  const downloaded = new Promise((resolve) => {
    session.on("Browser.downloadProgress", ({ state }) => state === "completed" && resolve(true));
  });
  await until(page, (name) => document.querySelector("#device").innerText.includes(name), CARD.adapter);
  const keyboard = new Keyboard(page);
  const found = { skip: await skip(keyboard) };
  found.focusAfterFiles = await choose(keyboard, until, photograph, painting);
  await set(keyboard);
  found.plan = await until(page, () =>
    window.heard.find(({ type, order }) => type === "plan" && order.size === 256 && order.strokes === 1.4));
  found.painted = await paint(keyboard, until);
  found.compared = await compare(keyboard, until);
  await keyboard.tabTo("a[download]");
  found.file = await page.$eval("a[download]", ({ download }) => download);
  await keyboard.press("Enter");
  found.downloaded = await downloaded;
  found.stopped = await paintAndStop(keyboard, until);
  found.unseen = await keyboard.findUnseenFocus();
  return found;
};

async function skip(keyboard) {
  await keyboard.press("Tab");
  const first = await keyboard.isAt(".skip-link");
  await keyboard.press("Enter");
  return [first, await keyboard.isAt("#sources")];
}

async function choose(keyboard, until, photograph, painting) {
  const { page } = keyboard;
  const focus = [];
  for (const [number, file] of [[1, photograph], [2, painting]]) {
    await keyboard.tabTo(`.source:nth-of-type(${number}) picture-drop input`);
    await (await page.$(":focus")).uploadFile(file);
    await until(page, (nth) => document.querySelector(`.source:nth-of-type(${nth}) img`)?.naturalWidth, number);
    focus.push(await keyboard.isAt(`.source:nth-of-type(${number}) picture-drop input`));
  }
  return focus;
}

async function set(keyboard) {
  await keyboard.tabTo("#setting-size");
  await keyboard.press("ArrowUp"); // 256
  await keyboard.tabTo("#setting-strokes");
  await keyboard.press("ArrowDown"); // bold
  await keyboard.tabTo(".all-settings summary");
  await keyboard.press("Enter");
  await keyboard.tabTo("#setting-contentWeight");
  await keyboard.page.keyboard.down("Control");
  await keyboard.press("a");
  await keyboard.page.keyboard.up("Control");
  await keyboard.page.keyboard.type("3.5");
}

async function paint(keyboard, until) {
  const { page } = keyboard;
  await keyboard.tabTo(".actions .primary");
  await until(page, () => document.querySelector(".plan-figures"));
  const plan = await textOf(page, ".plan-figures");
  await keyboard.press("Enter");
  const [{ id, order, pictures }] = await heard(page, until, "paint");
  const focus = await keyboard.isAt(".stop");
  await progress(page, until, { id, evaluations: 30, side: 181 });
  const shown = { numbers: await textOf(page, ".canvas-numbers"), title: await page.title() };
  await finish(page, until, { id, side: 256 });
  const shape = await page.$eval("picture-viewer", ({ base: { video, width, height } }) => [[width, height], [video.width, video.height]]);
  const box = await page.$eval("picture-viewer", (viewer) => viewer.box);
  return { plan, order, pictures, focus, shown, shape, box, back: await keyboard.isAt(".actions .primary"), state: await textOf(page, ".canvas-state") };
}

async function compare(keyboard, until) {
  const { page } = keyboard;
  await keyboard.tabTo(".viewer-wipe");
  await keyboard.press("End", "ArrowLeft");
  await until(page, () => document.querySelector(".viewer-wipe").ariaValueText.startsWith("99"));
  return page.$eval(".viewer-wipe", ({ ariaValueText }) => ariaValueText);
}

async function paintAndStop(keyboard, until) {
  const { page } = keyboard;
  await page.keyboard.down("Control");
  await keyboard.press("Enter");
  await page.keyboard.up("Control");
  const { id } = (await heard(page, until, "paint", 2)).at(-1);
  await progress(page, until, { id, evaluations: 10, side: 181 });
  await keyboard.tabTo(".stop");
  await keyboard.press("Space");
  const [stop] = await heard(page, until, "stop");
  await finish(page, until, { id, side: 181 });
  return { same: stop.id === id, state: await textOf(page, ".canvas-state"), focus: await keyboard.isAt(".actions .primary") };
}
