// What the components of the studio's page do, driven by pointer and keys; see
// tests/studio/test_page_components.py.

const SIZE = { width: 900, height: 700 };
const PHONE = { width: 360, height: 640, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

export default async ({ open, until, violations }) => {
  const found = {};
  for (const [name, drive] of Object.entries({ viewer, brush, plot })) {
    const page = await open(`/components.html?${name}`, SIZE);
    await until(page, () => document.body.dataset.ready === "yes");
    found[name] = await drive(page, until);
    found[name].violations = await violations(page);
    await page.close();
  }
  const page = await open("/components.html?viewer", PHONE);
  await until(page, () => document.body.dataset.ready === "yes");
  found.touch = await touch(page, until);
  return found;
};

// The middle of an element on the page, and its sides.
const boxOf = async (page, selector) => {
  const { x, y, width, height } = await (await page.$(selector)).boundingBox();
  return { x, y, width, height, cx: x + width / 2, cy: y + height / 2 };
};

// Wait for what was asked for to be drawn.
const drawn = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

// The colour of the viewer's canvas at a share of its width, in its middle.
const colourAt = async (page, share) => {
  await drawn(page);
  return page.evaluate((at) => {
    const { picture } = document.querySelector("picture-viewer");
    const [x, y] = [Math.floor(at * (picture.width - 1)), Math.floor(picture.height / 2)];
    return [...picture.getContext("2d").getImageData(x, y, 1, 1).data];
  }, share);
};

const viewerBox = async (page) => {
  await drawn(page);
  return page.evaluate(() => {
    const viewer = document.querySelector("picture-viewer");
    const { clientWidth, clientHeight } = viewer.stage;
    return { ...viewer.box, stage: [clientWidth, clientHeight], zoom: viewer.zoom };
  });
};

// `shape`: the size of the picture; its base is red, what it's compared with blue.
async function show(page, until, width, height, key = `${width}×${height}`) {
  await page.evaluate((w, h, name) => window.show(w, h, name), width, height, key);
  await until(page, (name) => window.shown.has(`base ${name}`) && window.shown.has(`over ${name}`), key);
}

async function viewer(page, until) {
  const found = { colours: {} };
  const { colours } = found;
  const share = () => page.evaluate(() => Number(document.querySelector(".viewer-wipe").value));
  await show(page, until, 400, 300);
  const fits = (found.fits = await viewerBox(page));
  colours.before = [await colourAt(page, 0.4), await colourAt(page, 0.6)];

  await page.focus(".viewer-wipe");
  await page.keyboard.press("End");
  found.end = await share();
  await page.keyboard.press("Home");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("ArrowRight");
  found.steps = await share();
  await page.evaluate(() => (document.querySelector("picture-viewer").share = 50));
  colours.half = [await colourAt(page, 0.4), await colourAt(page, 0.6)];
  found.text = await page.$eval(".viewer-wipe", (field) => field.ariaValueText);

  const stage = await boxOf(page, ".viewer-stage");
  const picture = { left: stage.x + fits.x, width: fits.width };
  const at = (part) => picture.left + part * picture.width;
  await page.mouse.move(at(0.5), stage.y + 30);
  await page.mouse.down();
  await page.mouse.move(at(0.6), stage.y + 40, { steps: 4 });
  await page.mouse.move(at(0.75), stage.y + 40, { steps: 4 });
  await page.mouse.up();
  found.dragged = await share();
  found.unmoved = (await viewerBox(page)).x === fits.x;

  await page.evaluate(() => (document.querySelector("picture-viewer").share = 0));
  await page.focus(".viewer-stage");
  await page.keyboard.down("c");
  colours.held = await colourAt(page, 0.5);
  await page.keyboard.up("c");
  colours.released = await colourAt(page, 0.5);
  const button = await boxOf(page, ".viewer-hold");
  await page.mouse.move(button.cx, button.cy);
  await page.mouse.down();
  colours.pressed = await colourAt(page, 0.5);
  await page.mouse.up();
  colours.let_go = await colourAt(page, 0.5);
  await page.focus(".viewer-hold");
  await page.keyboard.down("Space");
  colours.space = await colourAt(page, 0.5);
  await page.keyboard.up("Space");
  colours.no_space = await colourAt(page, 0.5);

  // Zoom and pan end at the edges.
  await page.focus(".viewer-stage");
  for (let n = 0; n < 3; n++) await page.keyboard.press("+");
  found.nearer = await viewerBox(page);
  for (let n = 0; n < 30; n++) await page.keyboard.press("ArrowRight");
  found.right = await viewerBox(page);
  for (let n = 0; n < 30; n++) await page.keyboard.press("ArrowUp");
  found.top = await viewerBox(page);
  for (let n = 0; n < 40; n++) await page.keyboard.press("+");
  found.nearest = await viewerBox(page);
  for (let n = 0; n < 60; n++) await page.keyboard.press("-");
  found.farthest = await viewerBox(page);
  await page.keyboard.press("1");
  found.actual = await viewerBox(page);
  await page.keyboard.press("0");
  found.again = await viewerBox(page);

  // The wheel keeps what is under the pointer there.
  for (let n = 0; n < 3; n++) await page.keyboard.press("+");
  const started = await viewerBox(page);
  const point = { x: stage.x + fits.x + fits.width / 4, y: stage.cy };
  await page.mouse.move(point.x, point.y);
  await page.mouse.wheel({ deltaY: -200 });
  const wheeled = await viewerBox(page);
  const under = (box) => (point.x - stage.x - box.x) / box.width;
  found.wheel = { zoom: wheeled.zoom / started.zoom, before: under(started), after: under(wheeled) };
  await page.mouse.down();
  await page.mouse.move(point.x - 40, point.y, { steps: 3 });
  await page.mouse.up();
  found.panned = (await viewerBox(page)).x - wheeled.x;
  await page.keyboard.press("0");

  // A swapped source of the same painting: the old one is drawn until the new one is there.
  found.swapped = await page.evaluate(() => window.swap());
  await until(page, () => window.shown.has("base swapped"));
  colours.swapped = await colourAt(page, 0.5);

  found.shapes = {};
  for (const [width, height] of [[20000, 10], [1, 1], [10, 20000], [300, 400]]) {
    await show(page, until, width, height);
    const box = await viewerBox(page);
    await page.evaluate(() => (document.querySelector("picture-viewer").share = 100));
    const over = await colourAt(page, 0.5);
    await page.evaluate(() => (document.querySelector("picture-viewer").share = 0));
    const base = await colourAt(page, 0.5);
    await page.focus(".viewer-stage");
    for (let n = 0; n < 70; n++) await page.keyboard.press("+");
    const nearest = { ...(await viewerBox(page)), base: await colourAt(page, 0.5) };
    found.shapes[`${width}×${height}`] = { ...box, base, over, nearest };
    await page.keyboard.press("0");
  }
  found.wanted = await page.evaluate(() => window.wanted);
  return found;
}

async function touch(page, until) {
  const found = {};
  await show(page, until, 400, 300);
  const { cx, cy } = await boxOf(page, ".viewer-stage");
  const session = await page.createCDPSession();
  const move = async (...fingers) => {
    const send = (type, points) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: points.map(([x, y], id) => ({ x, y, id })),
      });
    await send("touchStart", fingers.map(([from]) => from));
    for (let part = 0.1; part < 1.01; part += 0.1) {
      const between = ([[x, y], [u, v]]) => [x + (u - x) * part, y + (v - y) * part];
      await send("touchMove", fingers.map(between));
    }
    await send("touchEnd", []);
    return { ...(await viewerBox(page)), share: await page.$eval(".viewer-wipe", (f) => Number(f.value)) };
  };
  const action = () => page.$eval(".viewer-stage", (stage) => getComputedStyle(stage).touchAction);
  found.fits = await viewerBox(page);
  found.action = [await action()];
  found.pinched = await move([[cx - 20, cy], [cx - 80, cy]], [[cx + 20, cy], [cx + 80, cy]]);
  found.action.push(await action());
  found.panned = await move([[cx, cy + 150], [cx + 50, cy + 130]]);
  await page.locator(".viewer-tools ::-p-aria(Fit the picture into its frame)").click();
  await page.evaluate(() => (document.querySelector("picture-viewer").share = 50));
  await drawn(page);
  found.lined = await move([[cx, cy + 80], [cx + 60, cy + 80]]);
  found.thumbed = await move([[cx + 60, cy], [cx - 30, cy]]);
  return found;
}

const maskOf = (page) => page.evaluate(() => window.mask());

async function brush(page, until) {
  const found = {};
  found.untouched = await maskOf(page);
  const stage = await boxOf(page, ".mask-stage");
  const at = (x, y) => [stage.x + x * stage.width, stage.y + y * stage.height];
  const size = (value) =>
    page.$eval(".mask-tools input", (field, given) => {
      field.value = given;
      field.dispatchEvent(new Event("input"));
    }, value);
  await size(50);
  await page.mouse.move(...at(0.25, 0.5));
  await page.mouse.down();
  await page.mouse.move(...at(0.75, 0.5), { steps: 8 });
  await page.mouse.up();
  found.stroke = await maskOf(page);
  found.unused = await page.evaluate(() => window.masks.length);
  found.radius = await page.$eval("mask-brush", ({ radius }) => radius);

  const press = async (name) => {
    await page.locator(`.mask-tools ::-p-text(${name})`).click();
    return maskOf(page);
  };
  await press("Erase");
  await page.mouse.move(...at(0.5, 0.4));
  await page.mouse.down();
  await page.mouse.move(...at(0.5, 0.6), { steps: 4 });
  await page.mouse.up();
  found.erased = await maskOf(page);
  found.undone = await press("Undo");
  found.redone = await press("Redo");
  found.inverted = await press("Invert");
  found.filled = await press("Fill");
  found.cleared = await press("Clear");
  await page.focus(".mask-stage");
  for (let n = 0; n < 3; n++) {
    await page.keyboard.down("Control");
    await page.keyboard.press("z");
    await page.keyboard.up("Control");
  }
  found.back = await maskOf(page);
  await page.locator("mask-brush ::-p-text(Use this mask)").click();
  await until(page, () => window.masks.length > 0);
  found.used = await page.evaluate(async () => {
    const [{ blob, empty }] = window.masks;
    return { type: blob.type, empty, png: await window.text(blob) };
  });
  await press("Clear");

  // By keys alone: from the middle to the right, with the brush held down by Enter.
  await page.evaluate(() => window.again());
  await size(40);
  await page.focus(".mask-stage");
  await page.keyboard.press("Space");
  found.nothing = await maskOf(page); // it still erases
  found.erasingTold = await page.$eval("mask-brush [role=status]", (status) => status.textContent);
  await page.keyboard.press("b");
  await page.keyboard.press("Space");
  found.stamp = await maskOf(page);
  found.told = await page.$eval("mask-brush [role=status]", (status) => status.textContent);
  const before = await page.$eval("mask-brush", ({ radius }) => radius);
  await page.keyboard.press("]");
  found.larger = (await page.$eval("mask-brush", ({ radius }) => radius)) / before;
  await page.keyboard.press("[");
  await page.keyboard.press("Enter");
  for (let n = 0; n < 10; n++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  found.line = await maskOf(page);
  for (let n = 0; n < 200; n++) await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  found.edge = await maskOf(page);

  // Undo is bounded, and a mask can be taken up again.
  await page.keyboard.press("i");
  const kept = (found.kept = await maskOf(page));
  for (let n = 0; n < 60; n++) await page.keyboard.press("i");
  found.undos = await page.evaluate(async () => {
    const { undoButton } = document.querySelector("mask-brush");
    let count = 0;
    for (; !undoButton.disabled; count++) undoButton.click();
    return count;
  });
  await page.evaluate((png) => window.takeUp(png), kept);
  await until(page, () => !document.querySelector("mask-brush").empty);
  found.takenUp = await maskOf(page);
  found.takenBack = await page.$eval("mask-brush", ({ undoButton }) => !undoButton.disabled);
  found.shapes = [];
  for (const [width, height] of [[20000, 10], [1, 1], [10, 20000], [300, 400]]) {
    found.shapes.push(await page.evaluate((...size) => window.shape(...size), width, height));
    await page.click(".mask-stage");
    found.shapes.at(-1).clicked = await maskOf(page);
  }
  return found;
}

async function plot(page, until) {
  const found = {};
  const lines = () =>
    page.$$eval(".plot-line", (all) =>
      all.filter((line) => line.tagName === "polyline").map((line) => ({
        count: line.points.numberOfItems,
        dashes: getComputedStyle(line).strokeDasharray,
        ys: [...line.points].map(({ y }) => y),
        xs: [...line.points].map(({ x }) => x),
      })),
    );
  const label = () => page.$eval(".plot-drawing", (drawing) => drawing.getAttribute("aria-label"));
  found.empty = { lines: await lines(), label: await label() };
  await page.evaluate(() => window.plot(5000));
  await until(page, () => document.querySelectorAll("polyline").length === 3);
  found.long = { lines: await lines(), label: await label() };
  found.legend = await page.$$eval(".plot-legend li", (all) => all.map((item) => item.textContent));
  await page.click("loss-plot summary");
  await until(page, () => document.querySelector(".plot-table tbody tr"));
  found.table = await page.$$eval(".plot-table tr", (rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
  await page.evaluate(() => window.plotOdd());
  await until(page, () => document.querySelectorAll("polyline").length === 1);
  found.odd = await lines();
  return found;
}
