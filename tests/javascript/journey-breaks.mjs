// A gallery of 200 results, a connection that breaks, two tabs; see tests/studio/test_page_journey.py.
// Arguments: Python, the studio's folder, which has the results, a photograph, a painting.
import { readFile } from "node:fs/promises";
import { Line, chooseInMenu, startStudio } from "./studio.mjs";

export default async ({ open, until, faults, parts: [python, folder, photograph, painting] }) => {
  const line = new Line();
  await line.open();
  const studio = await startStudio(python, folder, { more: ["--allow-host", `127.0.0.1:${line.port}`] });
  try {
    line.lead(studio.port);
    const address = `http://127.0.0.1:${line.port}/?token=${studio.token}`;
    const pages = [await open(address), await open(address)];
    await pages[0].bringToFront();
    const given = { pages, page: pages[0], until, studio, line };
    const pictures = await send(studio, photograph, painting);
    given.order = { photograph: pictures[0], paintings: [{ picture: pictures[1] }] };
    const found = { many: await many(given), faults: faults.splice(0) };
    found.cut = await cut(given);
    found.offline = await offline(given);
    faults.splice(0); // the browser tells of each connection that it did not get
    found.tabs = await tabs(given);
    return { ...found, faultsAfter: faults.splice(0) };
  } finally {
    line.close();
    await studio.stop();
  }
};

async function send(studio, ...files) {
  const ids = [];
  for (const [at, role] of ["photograph", "painting"].entries()) {
    const headers = { Authorization: `Bearer ${studio.token}`, "Content-Type": "application/octet-stream" };
    const body = await readFile(files[at]);
    const address = new URL(`/api/pictures?name=${role}.png&role=${role}`, studio.origin);
    ids.push((await (await fetch(address, { method: "PUT", headers, body })).json()).id);
  }
  return ids;
}

const cards = (page) => page.$$eval("#gallery .gallery-card", (all) => all.map(({ dataset }) => dataset.id));

// The whole gallery is reached by scrolling.
async function many({ page, until }) {
  await until(page, () => document.querySelectorAll("#gallery .gallery-card").length >= 48);
  const first = (await cards(page)).length;
  await until(page, () => {
    scrollTo(0, document.body.scrollHeight);
    return document.querySelectorAll("#gallery .gallery-card").length >= 200;
  });
  await until(page, () => {
    scrollTo(0, document.body.scrollHeight);
    const { bottom } = document.querySelector("#gallery").getBoundingClientRect();
    const last = [...document.querySelectorAll("#gallery .gallery-card img")].at(-1);
    return bottom <= innerHeight + 40 && last.naturalWidth > 0;
  });
  const all = await cards(page);
  const loaded = await page.$$eval("#gallery img", (images) => images.filter(({ naturalWidth }) => naturalWidth).length);
  return { first, all, loaded };
}

const small = { size: 32, iterations: 3 };

const over = (studio, ids) => poll(async () => {
  const { paintings } = await studio.api("/api/queue");
  return !paintings.some(({ id }) => ids.includes(id));
});

async function poll(condition) {
  while (!(await condition())) await new Promise((later) => setTimeout(later, 100));
}

async function place(studio, order, changes = {}) {
  const { paintings } = await studio.api("/api/paintings", "POST", { ...order, settings: { ...small, ...changes } });
  return paintings[0].id;
}

// The connection is cut; meanwhile two are painted and one is deleted.
async function cut({ page, pages, until, studio, line, order }) {
  const connection = (each) => each.$eval("#connection", ({ textContent }) => textContent);
  line.lead(null);
  for (const each of pages) await until(each, () => document.getElementById("connection").textContent);
  const told = await connection(page);
  const before = await cards(page);
  const painted = [await place(studio, order, { seed: 1 }), await place(studio, order, { seed: 2 })];
  await over(studio, painted);
  await studio.api(`/api/paintings/${before[7]}`, "DELETE");
  const meanwhile = await cards(page);
  line.lead(studio.port);
  for (const each of pages) await until(each, () => !document.getElementById("connection").textContent);
  await page.bringToFront();
  for (const id of painted)
    await until(page, (card) => document.querySelector(`#gallery picture-card[data-id="${card}"] img`), id);
  await until(page, (card) => !document.querySelector(`#gallery picture-card[data-id="${card}"]`), before[7]);
  return { told, before, painted, removed: before[7], meanwhile, after: await cards(page) };
}

// What is done without a connection is refused in a sentence, which goes when the connection is back.
async function offline({ page, until, studio, line, order }) {
  await studio.api("/api/workspace", "PUT", { order: { ...order, settings: small }, current: null });
  await page.reload();
  await until(page, () => document.querySelector(".plan-figures"));
  line.lead(null);
  await page.click(".actions .primary");
  await until(page, () => document.querySelector(".actions > .fault:not([hidden])"));
  await page.select("#control-size", "256");
  await until(page, () => document.querySelector(".plan .fault"));
  await page.$eval("[name=gallery-kind][value=painting]", (choice) => choice.click());
  await until(page, () => document.querySelector("#gallery .fault:not([hidden])"));
  const told = await page.$$eval(".actions .fault:not([hidden])", (all) => all.map(({ textContent }) => textContent));
  line.lead(studio.port);
  await until(page, () => !document.querySelector(".fault:not([hidden])"));
  await until(page, () => document.querySelector(".plan-figures").textContent.includes("256 × "));
  await until(page, () => document.querySelectorAll("#gallery .gallery-card").length >= 48);
  await page.$eval("[name=gallery-kind][value=all]", (choice) => choice.click());
  return told;
}

// What is moved, and deleted while it is painted, in one tab is so in the other.
async function tabs({ pages: [one, two], until, studio, order }) {
  const [running, first, last] = [
    await place(studio, order, { seed: 3, size: 64, iterations: 9000 }),
    await place(studio, order, { seed: 4 }), await place(studio, order, { seed: 5 }),
  ];
  const rows = (page) => page.$$eval("#queue .queue-row", (all) => all.map(({ dataset }) => dataset.id));
  const name = (id) => [running, first, last].indexOf(id);
  for (const page of [one, two]) {
    await page.bringToFront();
    await until(page, (id) => document.querySelector(`.queue-row[data-id="${id}"] picture-card[data-state=running]`), running);
    await until(page, () => document.querySelectorAll("#queue .queue-row").length === 3);
  }
  await one.bringToFront();
  await one.click(`.queue-row[data-id="${last}"] [data-action=up]`);
  const moved = [];
  for (const page of [one, two]) { // a hidden one may draw later
    await page.bringToFront();
    await until(page, (id) => document.querySelectorAll("#queue .queue-row")[1].dataset.id === id, last);
    moved.push((await rows(page)).map(name));
  }
  await chooseInMenu(two, `.queue-row[data-id="${running}"]`, "remove");
  await two.waitForSelector("dialog .danger");
  await two.click("dialog .danger");
  for (const page of [two, one]) {
    await page.bringToFront();
    await until(page, (id) => !document.querySelector(`[data-id="${id}"]`), running);
    for (const id of [first, last])
      await until(page, (card) => document.querySelector(`#gallery picture-card[data-id="${card}"]`), id);
  }
  const gone = await studio.api(`/api/paintings/${running}`).then(() => "there", ({ message }) => message);
  return { moved, gone, same: JSON.stringify(await rows(one)) === JSON.stringify(await rows(two)) };
}
