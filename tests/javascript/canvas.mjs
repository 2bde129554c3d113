// What the middle of the studio's page shows of a painting from its order to its end; see
// tests/studio/test_page_canvas.py.

const ID = "3".padStart(20, "0");

export default async ({ open, until, violations }) => {
  const found = {};
  const page = await open("/canvas.html");
  await until(page, () => document.body.dataset.ready === "yes");
  const seen = () => page.evaluate(() => window.seen());

  found.empty = await seen();
  await page.evaluate(() => {
    window.begin();
    window.state.changeOrder({ photograph: "1".padStart(20, "0") });
  });
  found.chosen = await seen();

  await page.evaluate((id) => {
    window.tell({});
    window.state.set({ current: id });
  }, ID);
  found.waiting = await seen();

  await page.evaluate(() => window.tell({ state: "running" }));
  await until(page, () => document.querySelector("picture-viewer").base?.src.startsWith("blob:"));
  found.running = await seen();

  // Many versions a second: the page asks for a few.
  found.rate = await page.evaluate(async () => {
    const asked = () =>
      performance.getEntriesByType("resource").filter(({ name }) => name.includes("/preview")).length;
    const [before, begun] = [asked(), performance.now()];
    for (let version = 1; version <= 60; version++) {
      window.tell({ preview: version, progress: window.progress(version) });
      await new Promise((done) => setTimeout(done, 25));
    }
    return { asked: asked() - before, seconds: (performance.now() - begun) / 1000 };
  });
  found.told = await seen();

  await page.evaluate(() => window.tell({ progress: window.progress(40) })); // from a checkpoint
  found.back = await seen();
  await page.evaluate(() => window.tell({ notices: ["It is painted in 4 tiles."], state: "paused" }));
  found.paused = await seen();
  found.pausedViolations = await violations(page);

  await page.select("#canvas select", `painting:${"2".padStart(20, "0")}`);
  found.compared = await seen();
  await page.select("#canvas select", "");
  found.alone = await seen();

  await page.evaluate(() => {
    window.curve = [[1, 1000, { content: 900, style: 100 }], [100, 10, { content: 9, style: 1 }]];
    window.tell({ state: "done", seconds: 130, width: 60, height: 40, progress: null, preview: null });
  });
  await until(page, () => document.querySelector("loss-plot").points.length === 2);
  found.done = await seen();
  await page.click(".canvas-curve > summary");
  await until(page, () => document.querySelectorAll("#canvas polyline").length === 3);
  found.doneViolations = await violations(page);

  // After a break everything is fetched anew.
  found.again = await page.evaluate(() => {
    const before = window.asked.length;
    window.state.set({ paintings: new Map(window.state.paintings) });
    return window.asked.length - before;
  });

  await page.evaluate(() => window.tell({ state: "failed", error: "The disk is full: free some." }));
  found.failed = await seen();
  await page.evaluate((id) => window.state.remove(id), ID);
  found.removed = await seen();
  return found;
};
