// Queue and gallery of the studio's page, by keyboard and while the studio tells changes; see
// tests/studio/test_page_shelf.py.

export default async ({ open, until, violations }) => {
  const found = {};
  const page = await open("/shelf.html");
  await until(page, () => document.body.dataset.ready === "yes" && window.seen().cards > 4);
  const seen = () => page.evaluate(() => window.seen());
  const frames = () => page.evaluate(() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))));
  const after = async (action, ...values) => {
    if (action) await page.evaluate(action, ...values);
    await frames();
    return seen();
  };
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
    await frames();
    return seen();
  };
  const sent = () => page.evaluate(() => window.sent.splice(0));
  const focusMenu = (title) => page.evaluate((wanted) =>
    [...document.querySelectorAll("picture-card")].find((each) => each.card.title === wanted)
      .querySelector("action-menu").focus(), title);
  const choose = async (title, action) => {
    await focusMenu(title);
    await press("Enter");
    await page.evaluate((wanted) =>
      document.querySelector(`action-menu[open] [data-action="${wanted}"]`).click(), action);
    await frames();
  };
  const order = () => page.evaluate(() => window.state.order);

  found.begin = await seen();
  found.violations = await violations(page);

  // The queue by its buttons
  await page.evaluate(() => document.querySelector("#queue [data-action=down]").focus());
  await press("Enter");
  await until(page, () => window.sent.length === 1);
  found.moved = [await seen(), await sent()];
  await press("Enter");
  await until(page, () => window.sent.length === 1);
  found.last = [await press("Enter"), await sent()];
  await page.evaluate(() => document.querySelector("#queue [data-action=pause]").focus());
  await press("Enter");
  await until(page, () => window.seen().lines[0].startsWith("Paused"));
  found.paused = [await seen(), await sent()];

  // A menu by keys, and what goes away meanwhile
  await focusMenu("castle 129");
  found.menu = [
    await press("ArrowUp"), await press("ArrowDown"), await press("u"), await press("Escape")];
  await press("Enter");
  found.menuViolations = await violations(page);
  found.held = await after(() => {
    window.gone(129);
    window.tell(400, { title: "newer" });
  });
  found.released = await press("Escape");

  // Its focus stays where it is while a newer one comes
  await focusMenu("castle 120");
  found.calm = await after(() => window.tell(401, { title: "newest" }));

  // Deleting, and taking it back
  await choose("castle 120", "remove");
  await until(page, () => document.querySelector("dialog[open]"));
  found.dialogViolations = await violations(page);
  await page.evaluate(() => document.querySelector("dialog .danger").click());
  await until(page, () => !window.seen().gallery.includes("castle 120"));
  found.deleted = [await seen(), await sent()];
  await page.evaluate(() => document.querySelector("#notices .button").click());
  await until(page, () => window.seen().gallery.includes("castle 120"));
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide")));
  found.undone = await sent();

  // Another's settings, and back
  await choose("castle 120", "settings");
  await until(page, () => window.state.order.preset === "bold");
  found.used = [await order(), await seen()];
  await page.evaluate(() => [...document.querySelectorAll("#notices .button")].at(-1).click());
  found.back = await order();
  await after(() => window.tell(402, { title: "gone" }));
  await choose("gone", "settings");
  await until(page, () => window.state.order.preset === "bold");
  found.without = await order();

  // A draft is chosen, a result is used
  await sent();
  await page.evaluate(() => document.querySelectorAll(".gallery-group [data-action=paint]")[1].click());
  await until(page, () => window.sent.length === 1);
  found.painted = await sent();
  await choose("castle 120", "painting");
  await until(page, () => window.state.order.paintings.length === 2);
  found.asPainting = await order();
  await choose("castle 120", "duplicate");
  await until(page, () => window.sent.length === 2);
  found.duplicate = (await sent()).at(-1);

  // All that repeats it
  await choose("gone", "details");
  await until(page, () => document.querySelector("dialog.wide[open]"));
  found.details = await page.$eval("dialog", (dialog) => dialog.innerText);
  found.detailsViolations = await violations(page);
  await page.keyboard.press("Escape");
  await until(page, () => !document.querySelector("dialog"));

  // Pages, filter and search
  for (let k = 0; k < 20; k++) {
    const end = await page.evaluate(() => {
      scrollTo(0, document.documentElement.scrollHeight);
      return document.querySelector(".gallery-end button").hidden;
    });
    if (end) break;
    await frames();
    await new Promise((done) => setTimeout(done, 50));
  }
  await until(page, () => document.querySelector(".gallery-end button").hidden);
  found.all = await seen();
  await page.evaluate(() => window.fetchAgain());
  await until(page, (cards) => window.seen().cards === cards, found.all.cards);
  found.again = await seen();
  await page.evaluate(() => document.querySelector("[value=draft]").click());
  await until(page, () => window.seen().cards === 4);
  found.drafts = await seen();
  await page.evaluate(() => document.querySelector("[value=all]").click());
  await page.type(".gallery-search", "castle 11");
  await until(page, () => window.seen().gallery.every((title) => title.startsWith("castle 11")));
  found.searched = (await seen()).gallery;
  await page.type(".gallery-search", "x");
  await until(page, () => !document.querySelector(".gallery-empty").hidden);
  found.nothing = await page.$eval(".gallery-empty", (line) => line.textContent);
  return found;
};
