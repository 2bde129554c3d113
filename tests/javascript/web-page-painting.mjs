// The browser page with its engine: it paints, loses its worker, goes on, and is stopped; see
// tests/web/test_page_painting.py. Arguments: a photograph, a painting.

export default async ({ open, until, parts: [photograph, painting] }) => {
  const page = await open("/index.html");
  await until(page, () => document.querySelector("#device")?.innerText.includes("processor paints"));
  for (const [number, file] of [[1, photograph], [2, painting]])
    await (await page.$(`.source:nth-of-type(${number}) picture-drop input`)).uploadFile(file);
  await until(page, () => document.querySelector(".plan-figures"));
  const plan = await page.$eval(".plan-figures", ({ innerText }) => innerText);
  await page.$eval("#setting-iterations", (input) => {
    input.value = 2000;
    input.dispatchEvent(new Event("change"));
  });
  await page.evaluate(() => {
    window.phases = [];
    const line = document.querySelector(".canvas-state");
    new MutationObserver(() => window.phases.push(line.textContent)).observe(line, { childList: true });
  });
  await page.click(".actions .primary");
  await until(page, () => document.querySelector("picture-viewer").base?.video);
  if (await page.$eval(".stop", ({ hidden }) => hidden)) throw new Error("it's over before it could be lost");
  // "Loading what this size needs…" may stand there for a moment.
  const before = await until(page, () => Number.parseInt(document.querySelector(".canvas-numbers").textContent));
  const worker = page.workers().find((each) => each.url().endsWith("/engine/worker.js"));
  await worker.evaluate(() => setTimeout(() => { throw new Error("the worker is killed"); }));
  // It goes on from the last preview, and may be over at once where that was as good as it gets.
  await until(page, (least) => {
    if (!window.phases.some((phase) => phase.includes("lost"))) return false;
    const now = Number.parseInt(document.querySelector(".canvas-numbers").textContent);
    return window.phases.at(-1).startsWith("Painted in") || (window.phases.at(-1) === "Being painted" && now > least);
  }, before);
  await page.$eval(".stop", (button) => !button.hidden && button.click());
  await until(page, () => document.querySelector("a[download]")?.checkVisibility());
  const [losses, size] = await page.evaluate(() => {
    const { base } = document.querySelector("picture-viewer");
    const points = document.querySelector("loss-plot").points;
    return [points.map(([at, loss]) => [at, loss]), [base.video.width, base.video.height]];
  });
  return { plan, before, losses, size, phases: await page.evaluate(() => window.phases) };
};
