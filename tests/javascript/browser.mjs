// Open Chromium and drive a page: node browser.mjs CHROMIUM PROFILE SCRIPT ADDRESS [ARGUMENT…]
//
// SCRIPT is a module whose default export is called with { browser, page, address, parts } and what
// else is below; it may export `graphics`, options of Chromium for a graphics processor. What it
// returns is printed as one line of JSON, { found, faults }: faults are the errors that the page told,
// which a test expects to be none.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [executablePath, userDataDir, script, address, ...parts] = process.argv.slice(2);
const WAIT = 180_000; // milliseconds; a test machine may be busy
const args = [
  "--no-sandbox",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--lang=en",
];

const faults = [];

// Open a tab that keeps the errors of its page. `size` is { width, height, deviceScaleFactor, … }.
async function open(browser, path = "", size = { width: 1280, height: 900 }) {
  const page = await browser.newPage();
  page.setDefaultTimeout(WAIT);
  page.on("pageerror", (error) => faults.push(String(error?.stack ?? error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`${message.text()} ${message.location()?.url ?? ""}`);
  });
  await page.setViewport(size);
  await page.goto(new URL(path, address), { waitUntil: "load" });
  return page;
}

// What axe-core finds wrong with a page as it is, or within an element, as sentences. `only` are the
// rules to look at, by default all.
async function violations(page, { within = null, only = null } = {}) {
  const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  // By the debugger, for the page's policy allows no scripts but its own.
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(await readFile(source, "utf8"));
  }
  const found = await page.evaluate(async (selector, rules) => {
    const options = rules ? { runOnly: rules } : {};
    return (await window.axe.run(selector ?? document, options)).violations;
  }, within, only);
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}: ${failureSummary}`),
  );
}

// Wait until a function of the page returns something true; returns it.
async function until(page, condition, ...values) {
  const handle = await page.waitForFunction(condition, { timeout: WAIT, polling: 50 }, ...values);
  return handle.jsonValue();
}

// What a page shows, to be read where a test failed.
async function textOf(page) {
  const text = await page.evaluate(() => document.body.innerText).catch(String);
  return `-- ${page.url()}\n${text.replace(/\n+/g, "\n")}`;
}

const { default: drive, graphics = ["--disable-gpu"] } = await import(pathToFileURL(script));
args.push(...graphics);
const protocolTimeout = 0; // none: whoever starts this has a limit of its own
const options = { executablePath, userDataDir, args, headless: true, protocolTimeout };
const browser = await puppeteer.launch(options);
try {
  const tools = { browser, address, parts, faults, until, violations };
  const found = await drive({ ...tools, open: (...given) => open(browser, ...given) });
  console.log(JSON.stringify({ found, faults }));
} catch (error) {
  for (const page of await browser.pages()) console.error(await textOf(page));
  console.error(faults.join("\n"));
  throw error;
} finally {
  await browser.close();
}
