// Drive the engine's worker in Chromium with WebAssembly: web-engine.mjs ADDRESS JOBS
//
// JOBS is a file of JSON: { site, backend, jobs: [{ order, pictures, more?, stopAt?, plan? }] }.
import { readFile } from "node:fs/promises";

export default async function drive({ open, until, address, parts: [path] }) {
  const { site, backend, jobs } = JSON.parse(await readFile(path, "utf8"));
  const page = await open("/test/web-engine.html");
  return run(page, { until, site: new URL(site, address).href, backend, jobs });
}

// Start the engine and do some jobs, one after another.
export async function run(page, { until, site, backend, jobs }) {
  await until(page, () => document.body.dataset.ready === "yes");
  const ready = await page.evaluate((kind, base) => window.start(kind, base), backend, site);
  const found = [];
  for (const { order, pictures, more, plan, stopAt } of jobs) {
    if (plan) {
      const message = { type: "plan", order, ...plan };
      found.push(await page.evaluate((asked) => window.ask(asked, ["planned", "failed"]), message));
      continue;
    }
    await page.evaluate((after) => window.begin(after), stopAt ?? null);
    const end = await page.evaluate(
      (...given) => window.paint(...given), order, pictures, more ?? {},
    );
    const [progress, previews] = await page.evaluate(() => ["progress", "preview"].map(window.kept));
    found.push({ ...end, progress, previews });
  }
  const loading = await page.evaluate(() => window.loaded());
  return { ready, found, loading };
}
