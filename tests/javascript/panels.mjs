// The whole page of the studio as a person uses it: pictures in, controls, orders; see
// tests/studio/test_page_panels.py. Arguments: a photograph, a painting, and a file of text.

export default async ({ open, until, violations, parts: [photograph, painting, text, tall] }) => {
  const found = {};
  const page = await open("/", { width: 1280, height: 900 });
  await until(page, () => document.querySelector("#controls .looks label"));
  found.steps = await page.$$eval(".step", (steps) => steps.map((step) => step.textContent));
  found.violations = await violations(page);

  const fault = (panel) => page.$eval(`#${panel} .fault:not([hidden])`, (place) => place.textContent);
  await page.click("#controls .primary");
  await until(page, () => document.querySelector("#controls .actions .fault:not([hidden])"));
  found.notReady = await fault("controls");
  await page.click("#controls .actions .fault button");
  found.putAway = await page.$$eval("#controls .fault:not([hidden])", (places) => places.length);

  const give = async (step, file) => {
    const [input] = await page.$$(`.source:nth-of-type(${step}) picture-drop:not([hidden]) input`);
    await input.uploadFile(file);
  };
  await give(1, text);
  await until(page, () => document.querySelector("#sources .fault:not([hidden])"));
  found.notPicture = await fault("sources");
  found.said = await until(page, () => document.getElementById("assertive").textContent);
  await give(1, photograph);
  await until(page, () => document.querySelector(".photograph img")?.complete);
  found.mended = await page.$$eval("#sources .fault:not([hidden])", (places) => places.length);
  found.needs = await page.$eval(".plan", (plan) => plan.textContent);
  await give(2, painting);
  await until(page, () => document.body.dataset.shown === "painting"); // a draft has begun by itself

  await drive(page, until, found);
  found.dialog = await commands(page, until, violations);
  await page.evaluate(() => (document.querySelector(".all-settings").open = true));
  found.violations.push(...(await violations(page)));
  await fields(page, found);

  await page.select("#language", "de");
  await until(page, () => document.documentElement.lang === "de" && document.querySelector(".photograph"));
  await page.select("#theme", "dark");
  await page.reload();
  await until(page, () => document.querySelector(".photograph"));
  await until(page, () => document.querySelector("[name=preset]:checked")); // its form has come too
  found.again = await page.evaluate(() => ({
    lang: document.documentElement.lang,
    theme: document.documentElement.dataset.theme,
    amount: document.getElementById("control-amount").value,
    preset: document.querySelector("[name=preset]:checked").value,
    paintings: document.querySelectorAll(".painting").length,
  }));
  found.violations.push(...(await violations(page)));
  await drops(page, until, found);
  for (const width of [768, 360]) {
    await page.setViewport({ width, height: 800 });
    found[`beyond ${width}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    found.violations.push(...(await violations(page)));
  }
  await page.focus("fieldset > .button");
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelectorAll(".look-picture img").length > 1);
  found.looks = await page.$$eval(".look-picture img", (images) => images.length);
  found.looksFocus = await until(page, () => document.activeElement.name);
  await example(page, until, found);
  await page.setViewport({ width: 1280, height: 900 });
  await replaced(page, until, found, tall);
  await maskLeft(page, until, found);
  await maskOfPainting(page, until, found);
  return found;
};

// Where nothing is chosen, our own pictures are offered.
async function example(page, until, found) {
  await page.evaluate(() => {
    for (const head of document.querySelectorAll(".photograph figcaption, .painting-head"))
      head.querySelector(".icon-button").click();
  });
  await page.evaluate(() => document.querySelector(".painting-head .icon-button")?.click());
  await until(page, () => !document.querySelector(".example").hidden);
  await page.click(".example .button");
  await until(page, () => document.querySelector(".photograph img")?.complete);
  found.example = await page.$$eval("#sources :is(.photograph, .painting) img", (images) => images.map((image) => image.alt));
}

// Another photograph is shown, its draft begins, and pictures that are tall leave room for the names.
async function replaced(page, until, found, tall) {
  const [input] = await page.$$(".source:nth-of-type(1) picture-drop:not([hidden]) input");
  await input.uploadFile(tall);
  await until(page, () => document.querySelector(".photograph img")?.alt === "tall.png");
  found.ofTall = await until(page, async () => {
    const { state } = await import("/page/js/state.js");
    return state.paintings.get(state.current)?.photograph === state.order.photograph;
  });
  await until(page, () => document.querySelector("#notices .notice"));
  await page.click(".photograph > button");
  found.showsPhotograph = await page.evaluate(() => document.getElementById("canvas").querySelector("header").hidden);
  await page.focus("fieldset > .button");
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelectorAll(".look-picture img").length > 1);
  found.names = await page.$$eval(".look", (looks) => looks.map((look) => {
    const [box, name] = [look, look.querySelector(".look-name")].map((each) => each.getBoundingClientRect());
    return name.height > 10 && name.bottom <= box.bottom + 1;
  }));
}

// What was brushed isn't thrown away by Escape alone.
async function maskLeft(page, until, found) {
  await page.click(".mask-row .button");
  const stage = await page.waitForSelector("dialog .mask-stage");
  found.maskTitle = await page.$eval("dialog h2", (title) => title.textContent);
  await stage.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  await until(page, () => document.querySelectorAll("dialog").length === 2);
  await page.keyboard.press("Escape");
  await until(page, () => document.querySelectorAll("dialog").length === 1);
  found.kept = await page.$eval("mask-brush", (brush) => brush.changed && !brush.empty);
  await page.click("mask-brush .primary");
  await until(page, () => !document.querySelector("dialog") && document.querySelector(".mask-row img"));
}

async function maskOfPainting(page, until, found) {
  await page.click(".painting-head .icon-button");
  await until(page, () => document.querySelector("dialog .danger"));
  await page.keyboard.press("Escape");
  await until(page, () => !document.querySelector("dialog"));
  found.paintingKept = await page.$$eval(".painting", (paintings) => paintings.length);
}

// The sliders and looks by keys alone, then Paint by its shortcut.
async function drive(page, until, found) {
  await page.focus("#control-amount");
  await page.keyboard.press("End");
  found.amount = await page.$eval("#control-amount", (input) => input.ariaValueText);
  await page.focus("#control-strokes");
  await page.keyboard.press("Home");
  found.strokes = await page.$eval("#control-strokes", (input) => input.ariaValueText);
  await page.focus("[name=preset]:checked");
  await page.keyboard.press("ArrowRight");
  await page.select("#control-size", "256");
  await page.keyboard.down("Control");
  await page.keyboard.press("Enter");
  await page.keyboard.up("Control");
  await until(page, () => document.querySelectorAll("#queue picture-card").length > 1);
  await page.click(".action-row .button:last-child");
  await until(page, () => document.querySelectorAll("#queue picture-card").length > 2);
}

async function commands(page, until, violations) {
  await page.focus("#controls > .quiet");
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelector("dialog [role=tab]"));
  await page.focus("dialog [role=tab][aria-selected=true]");
  const shown = () =>
    page.$$eval("[role=tabpanel]", (panels) => panels.filter((panel) => !panel.hidden).map((panel) => panel.id));
  await page.keyboard.press("End");
  const last = await shown();
  await page.keyboard.press("ArrowRight");
  const first = await shown();
  const wrong = await violations(page);
  await page.keyboard.press("Escape");
  await until(page, () => !document.querySelector("dialog"));
  return { last, first, wrong, focus: await page.evaluate(() => document.activeElement.className) };
}

// A value that is out of range stays in its field, with a sentence; a good one is the order's.
async function fields(page, found) {
  const enter = async (name, value) => {
    await page.click(`#setting-${name}`, { count: 3 });
    await page.keyboard.type(value);
    await page.keyboard.press("Tab");
  };
  await enter("learning_rate", "-1");
  found.refused = await page.$eval("#setting-learning_rate-fault", (place) => place.textContent);
  await enter("learning_rate", "5");
  await enter("seed", "7");
  found.count = await page.$eval(".all-settings .count", (count) => count.textContent);
  await page.click("#setting-seed");
  await page.evaluate(() => document.querySelector("setting-field:has(#setting-seed) .icon-button").click());
  found.reset = await page.$eval("#setting-seed", (input) => [input.value, document.activeElement === input]);
}

// What is dropped anywhere or pasted is one more painting once there is a photograph.
async function drops(page, until, found) {
  await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 6 });
    const blob = await new Promise((done) => canvas.toBlob(done));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "dropped.png", { type: "image/png" }));
    const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.getElementById("gallery").dispatchEvent(event);
  });
  await until(page, () => document.querySelectorAll(".painting").length === 2);
  found.sliders = await page.$$eval(".painting input[type=range]", (inputs) => inputs.map((input) => input.ariaLabel));
  const kept = page.waitForResponse((answer) => answer.request().postData()?.includes('"weight":3'));
  await page.focus(".painting input[type=range]");
  await page.keyboard.press("End");
  await kept;
}
