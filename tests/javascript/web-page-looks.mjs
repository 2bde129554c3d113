// The states of the browser page in both themes at two widths, held against axe-core; see
// tests/web/test_page_journey.py. Argument: where to keep pictures of what was seen, if anywhere.
import { CARD, PLAN, PROCESSOR, finish, openSite, paint, progress, say, takeExample } from "./web-page-tools.mjs";

const SIZES = [{ width: 1280, height: 860 }, { width: 360, height: 740 }];

export default async ({ open, until, violations, parts: [kept] }) => {
  const found = { wrong: {}, beyond: {} };
  const look = (page, name) => lookAt(page, { name, violations, found, kept });
  const tools = { open, until };
  await loading(tools, look);
  await processor(tools, look);
  await refused(tools, look);
  await unable(tools, look);
  await whole(tools, look);
  return found;
};

async function lookAt(page, { name, violations, found, kept }) {
  for (const size of SIZES) {
    await page.setViewport(size);
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }, { name: "prefers-reduced-motion", value: "reduce" }]);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      const here = `${name}, ${size.width}, ${value}`;
      const wrong = await violations(page, { only: value === "dark" ? ["color-contrast"] : null });
      if (wrong.length) found.wrong[here] = wrong;
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (beyond > 0) found.beyond[here] = beyond;
      if (kept) await page.screenshot({ path: `${kept}/${here}.png`, fullPage: true });
    }
  }
  await page.setViewport(SIZES[0]);
}

async function loading(tools, look) {
  const page = await openSite(tools, { ready: null });
  await tools.until(page, () => window.heard.length);
  await say(page, { type: "loading", what: "network", done: 4e6, of: 12e6 });
  await tools.until(page, () => document.querySelector("#device progress").value === 4e6);
  await look(page, "loading");
  await page.close();
}

async function processor(tools, look) {
  const page = await openSite(tools, { ready: { ...PROCESSOR, threads: 1, isolated: false, refused: { backend: "webgpu", code: "missing", reason: "this browser has no WebGPU, or not on this page" } } });
  await tools.until(page, () => document.querySelector("#device .warning"));
  await look(page, "processor");
  await page.close();
}

async function refused(tools, look) {
  const reason = 'it computes a wrong loss ("style" is 3.1, not 2.9)';
  const page = await openSite(tools, { ready: { ...PROCESSOR, refused: { backend: "webgpu", code: "wrong", reason } }, plan: { ...PLAN, enough: false } });
  await tools.until(page, () => document.querySelector("#device .warning"));
  await takeExample(page, tools.until);
  await tools.until(page, () => document.querySelector(".plan .warning"));
  await look(page, "refused");
  await page.close();
}

async function unable(tools, look) {
  const page = await openSite(tools, { ready: null });
  await tools.until(page, () => window.heard.length);
  await say(page, { type: "failed", kind: "other", text: "no backend", at: null });
  await tools.until(page, () => document.querySelector("#device .fault"));
  await look(page, "unable");
  await page.close();
}

// Empty, planning, painting, recovering, done, failed.
async function whole(tools, look) {
  const { until } = tools;
  const page = await openSite(tools, { ready: CARD, plan: null });
  await until(page, () => document.querySelector("#device").innerText.includes("Fake"));
  await look(page, "empty");
  await takeExample(page, until);
  await look(page, "planning");
  await until(page, () => window.heard.some(({ type }) => type === "plan"));
  await say(page, PLAN);
  await until(page, () => document.querySelector(".plan-figures"));
  await page.click(".all-settings summary");
  await look(page, "planned");
  await page.click(".all-settings summary");
  const { id } = await paint(page, until);
  await page.click(".canvas-curve summary").catch(() => {});
  for (const evaluations of [5, 30, 66]) await progress(page, until, { id, evaluations, side: 362 });
  await page.$eval("picture-viewer", (viewer) => (viewer.share = 40));
  await page.$eval(".canvas-curve", (curve) => (curve.open = true));
  await until(page, () => document.querySelector(".canvas-curve polyline"));
  await look(page, "painting");
  await page.$eval(".canvas-curve", (curve) => (curve.open = false));
  await page.evaluate(() => (window.answers.start = null));
  await say(page, { type: "failed", id, kind: "lost", text: "device lost", at: null });
  await until(page, () => document.querySelector(".canvas-state").textContent.includes("lost"));
  await look(page, "recovering");
  await page.evaluate((ready) => window.say({ type: "ready", ...ready }), CARD);
  await until(page, () => window.heard.filter(({ type }) => type === "paint").length === 2);
  await finish(page, until, { id });
  await look(page, "done");
  for (const [language, word] of [["de", "Foto"], ["en", "photograph"]]) {
    await page.select("#language", language);
    await until(page, (wanted) => document.querySelector("h1").textContent.includes(wanted), word);
    if (language === "de") await look(page, "done in German");
  }
  await page.evaluate((ready) => (window.answers.start = { type: "ready", ...ready }), CARD);
  const again = await paint(page, until);
  await say(page, { type: "failed", id: again.id, kind: "memory", text: "bad alloc", at: null });
  await until(page, () => document.querySelector(".canvas-notices .fault"));
  await look(page, "failed");
  await page.close();
}
