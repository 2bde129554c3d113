// Visit the browser page as a person would, and tell when what was seen; for web.py.
// Arguments: a photograph, a painting, the size, and what to wait for: "draft" (the first preview),
// "kept" (the same, and until the service worker has kept all files) or "picture" (the end); then, if
// they are not to be the default's, the evaluations.

const LOOKS = 200; // milliseconds between two looks whether a painting is over

const paints = () => document.querySelector("#device")?.innerText.includes("processor paints");

function set(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("change"));
}

// Press the button until it has been taken: the pictures are opened after they were chosen.
function begin() {
  if (document.body.dataset.shown !== "painting") document.querySelector(".actions .primary").click();
  return document.body.dataset.shown === "painting";
}

const isOver = () => document.querySelector(".canvas-state").innerText.startsWith("Painted in");

// The picture as a PNG in base64.
function png() {
  const text = document.querySelector("picture-viewer").base.video.toDataURL("image/png");
  return text.slice(text.indexOf(",") + 1);
}

export default async ({ browser, open, until, address, parts }) => {
  const [photograph, painting, size, wanted, evaluations] = parts;
  const page = await open("/benchmark/web_blank.html");
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  await page.goto(new URL("/index.html", address), { waitUntil: "domcontentloaded" });
  await until(page, paints);
  const found = { browser: await browser.version(), ready: seconds() };
  found.device = await page.$eval("#device", ({ innerText }) => innerText);
  for (const [number, file] of [[1, photograph], [2, painting]])
    await (await page.$(`.source:nth-of-type(${number}) picture-drop input`)).uploadFile(file);
  await page.$eval("#setting-size", set, size);
  if (evaluations) await page.$eval("#setting-iterations", set, evaluations);
  await until(page, begin);
  await until(page, () => document.querySelector("picture-viewer").base?.video);
  found.preview = seconds();
  if (wanted === "kept")
    await until(page, () => document.querySelector("#offline").innerText.includes("works without a network"));
  if (wanted === "picture") {
    while (!(await page.evaluate(isOver))) await new Promise((resolve) => setTimeout(resolve, LOOKS));
    found.end = seconds();
    found.losses = await page.evaluate(() => document.querySelector("loss-plot").points.map(([at, loss]) => [at, loss]));
    found.png = await page.evaluate(png);
  }
  return found;
};
