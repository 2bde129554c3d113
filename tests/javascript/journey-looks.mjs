// The studio's states and dialogs in both themes at three widths, held against axe-core; see
// tests/studio/test_page_journey.py. Arguments: Python, the studio's folder, and where to keep pictures of
// what was seen, if anywhere.
import { chooseInMenu, enterSetting, startStudio } from "./studio.mjs";

const SIZES = [{ width: 1440, height: 900 }, { width: 768, height: 1024 }, { width: 360, height: 740 }];

export default async ({ open, until, violations, faults, parts: [python, folder, kept] }) => {
  const studio = await startStudio(python, folder);
  const found = { wrong: {}, beyond: {} };
  try {
    const page = await open(studio.address);
    await until(page, () => document.querySelector("#controls .looks label"));
    const look = (name, within) => lookAt(page, { name, within, violations, found, kept });
    await empty(page, look);
    await compose(page, until, look);
    await painting(page, until, look);
    await dialogs(page, until, look);
    await result(page, until, look);
    found.faults = faults.splice(0);
    await studio.kill();
    await until(page, () => document.getElementById("connection").textContent);
    await look("cut off");
  } finally {
    await studio.stop();
  }
  return found;
};

/** Look at the page, or a dialog of it, in each theme and width; the rules but contrast once each. */
async function lookAt(page, { name, within = null, violations, found, kept }) {
  for (const size of SIZES) {
    await page.setViewport(size);
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }, { name: "prefers-reduced-motion", value: "reduce" }]);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      const only = value === "dark" ? ["color-contrast"] : null;
      const here = `${name}, ${size.width}, ${value}`;
      const wrong = await violations(page, { within, only });
      if (wrong.length) found.wrong[here] = wrong;
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (beyond > 0) found.beyond[here] = beyond;
      if (kept) await page.screenshot({ path: `${kept}/${here}.png`, fullPage: !within });
    }
  }
  await page.setViewport(SIZES[0]);
}

async function empty(page, look) {
  await look("empty");
}

async function compose(page, until, look) {
  await enterSetting(page, "size", 64);
  await page.click(".example .button");
  await until(page, () => document.querySelector("#gallery picture-card[data-state=done] img")?.naturalWidth);
  await look("composing");
}

async function painting(page, until, look) {
  await enterSetting(page, "iterations", 9000);
  await page.evaluate(() => (document.querySelector(".all-settings").open = false));
  for (const ordered of [1, 2]) { // the second one waits
    await page.click(".actions .primary");
    await until(page, (count) => document.querySelectorAll("#queue picture-card").length === count, ordered);
  }
  await page.waitForSelector("#queue picture-card[data-state=running]");
  await page.click("#queue picture-card[data-state=running] .card-picture");
  await until(page, () => document.querySelector("picture-viewer").base?.src.startsWith("blob:"));
  await look("painting");
}

async function dialogs(page, until, look) {
  const close = async () => {
    await page.keyboard.press("Escape");
    await until(page, () => !document.querySelector("dialog"));
  };
  await page.click(".mask-row button");
  await until(page, () => document.querySelector("dialog .mask-stage img")?.naturalWidth);
  await look("mask", "dialog");
  await close();
  await page.click("#controls > .quiet");
  await until(page, () => document.querySelector("dialog [role=tabpanel]"));
  await look("command", "dialog");
  await close();
  await chooseInMenu(page, "#queue .queue-row:last-child", "remove");
  await until(page, () => document.querySelector("dialog .danger"));
  await look("delete", "dialog");
  await close();
  for (const action of ["details", "larger", "downloadAs"]) {
    await chooseInMenu(page, "#gallery picture-card[data-state=done]", action);
    await until(page, () => document.querySelector("dialog"));
    await look(action, "dialog");
    await close();
  }
}

async function result(page, until, look) {
  await page.click("#gallery picture-card[data-state=done] .card-picture");
  await until(page, () => document.querySelector("picture-viewer").base?.src.includes("/image"));
  await page.evaluate(() => (document.querySelector(".canvas-curve").open = true));
  await until(page, () => document.querySelector(".canvas-curve polyline"));
  await page.click("#canvas action-menu > button");
  await page.waitForSelector("#canvas action-menu[open]");
  await look("result");
  await page.keyboard.press("Escape");
}
