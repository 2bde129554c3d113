// Pictures of the studio with the example's painting, for docs/studio; see
// benchmarks/studio_pictures.py. Arguments: Python, the studio's folder, where the pictures go.
import { startStudio } from "./studio.mjs";

const WAIT = 3_600_000; // milliseconds; the processor paints for minutes
const SIZES = { wide: [1440, 900], middle: [768, 1024], narrow: [360, 740] };

export default async ({ open, until, parts: [python, folder, kept] }) => {
  const studio = await startStudio(python, folder, { more: ["--device", "cpu"] });
  try {
    const page = await open(studio.address);
    await until(page, () => document.querySelector("#controls .looks label"));
    await paint(page, until);
    await page.click("#gallery picture-card:not(:has(.card-badge:not([hidden]))) .card-picture"); // no draft
    await until(page, () => document.querySelector("picture-viewer").base?.src.includes("/image"));
    await page.$eval("picture-viewer", (viewer) => (viewer.share = 38));
    await page.$eval("#canvas", (canvas) => canvas.blur());
    for (const [name, [width, height]] of Object.entries(SIZES)) {
      await page.setViewport({ width, height });
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        await page.evaluate(() => scrollTo(0, 0));
        await new Promise((drawn) => setTimeout(drawn, 1_000));
        await page.screenshot({ path: `${kept}/${name}-${value}.png` });
      }
    }
    await mask(page, until, kept);
  } finally {
    await studio.stop();
  }
};

// The example, its draft, the presets, and a painting of 512 pixels, unless the folder has them.
async function paint(page, until) {
  const done = (count) => page.waitForFunction((least) =>
    document.querySelectorAll("#gallery picture-card[data-state=done]").length >= least, { timeout: WAIT }, count);
  if (await page.$("#gallery picture-card")) return;
  await page.click(".example .button");
  await done(1);
  await page.click(".looks ~ button");
  await done(7);
  await page.click(".actions .primary");
  await done(8);
}

async function mask(page, until, kept) {
  await page.setViewport({ width: 1440, height: 900 });
  await page.click(".mask-row button");
  const stage = await page.waitForSelector("dialog .mask-stage");
  await until(page, () => document.querySelector("dialog .mask-stage img")?.naturalWidth > 0);
  const { x, y, width, height } = await stage.boundingBox();
  const at = (across, down) => [x + across * width, y + down * height];
  await page.mouse.move(...at(0.25, 0.8));
  await page.mouse.down();
  for (const place of [[0.2, 0.5], [0.28, 0.3], [0.3, 0.6], [0.35, 0.75]]) await page.mouse.move(...at(...place), { steps: 10 });
  await page.mouse.up();
  await page.screenshot({ path: `${kept}/mask-dark.png` });
}
