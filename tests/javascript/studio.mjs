// The studio as a process that a journey may kill and start again, and what a person does in its
// page by pointer.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

const START = 180_000; // milliseconds; a test machine may be busy

/** Start `python -m ortstyle studio` on a folder; `port` is 0 for any. */
export async function startStudio(python, folder, { port = 0, more = [] } = {}) {
  const options = ["--no-browser", "--threads", "1", "--folder", folder, "--port", port, ...more];
  const child = spawn(python, ["-m", "ortstyle", "studio", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const said = [];
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      said.push(line);
      const found = line.match(/http:\S+token=\S+/);
      if (found) resolve(new URL(found[0]));
    });
    ended.then(() => reject(new Error(`the studio ended: ${said.join("\n")}`)));
    setTimeout(() => reject(new Error(`the studio said no address: ${said}`)), START).unref();
  });
  return new StudioProcess(child, url, ended);
}

class StudioProcess {
  constructor(child, url, ended) {
    Object.assign(this, { child, ended, address: url.href, port: url.port, origin: url.origin });
    this.token = url.searchParams.get("token");
  }

  /** What the interface answers. */
  async api(path, method = "GET", body = undefined) {
    const headers = { Authorization: `Bearer ${this.token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const answer = await fetch(new URL(path, this.origin), { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  /** The bytes of a picture. */
  async bytes(path) {
    const answer = await fetch(new URL(path, this.origin), { headers: { Authorization: `Bearer ${this.token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  /** End it as a power cut does. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** End it as Ctrl-C does. */
  async stop() {
    this.child.kill("SIGINT");
    await this.ended;
  }
}

/** A way to the studio that can be cut, as a network can. */
export class Line {
  #sockets = new Set();
  #to = null;
  #server = createServer((socket) => this.#join(socket));

  /** Listen; the port is `port`. */
  async open() {
    await new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
    this.port = this.#server.address().port;
  }

  /** Lead to a port from now on; null cuts what there is, and leads nowhere. */
  lead(port) {
    this.#to = port;
    if (port === null) for (const socket of this.#sockets) socket.destroy();
  }

  close() {
    this.lead(null);
    this.#server.close();
  }

  #join(socket) {
    if (this.#to === null) return socket.destroy();
    const other = connect(this.#to, "127.0.0.1");
    for (const [one, two] of [[socket, other], [other, socket]]) {
      this.#sockets.add(one);
      one.on("error", () => two.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        two.destroy();
      });
      one.pipe(two);
    }
    return undefined;
  }
}

/** Drag files from outside the browser onto an element, and drop them there. */
export async function dropFiles(page, selector, files) {
  const element = await page.waitForSelector(selector, { visible: true });
  const { x, y } = await element.clickablePoint();
  const session = await page.createCDPSession();
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"])
    await session.send("Input.dispatchDragEvent", { type, x, y, data });
  await session.detach();
}

/** What is composed and shown, as the page says it. */
export const seenOf = (page) => page.evaluate(() => {
  const texts = (selector) =>
    [...document.querySelectorAll(selector)]
      .filter((element) => element.checkVisibility())
      .map((element) => element.textContent.trim());
  const values = (selector) => [...document.querySelectorAll(selector)].map(({ value }) => value);
  return {
    photograph: texts("#sources .photograph .picture-name > :first-child"),
    paintings: texts("#sources .painting .picture-name > :first-child"),
    preset: values("[name=preset]:checked"),
    controls: values("#controls .five :is(input, select)"),
    title: texts("#canvas .canvas-title"),
    state: texts("#canvas .canvas-state"),
    buttons: texts("#canvas .canvas-buttons :is(button, a)"),
    compared: values("#canvas .canvas-compare select"),
    queue: texts("#queue .queue-row .card-title"),
    queueLines: texts("#queue .queue-row .card-line"),
    gallery: texts("#gallery .gallery-card .card-title"),
    connection: texts("#connection"),
    notices: texts("#notices .notice p"),
    faults: texts(".fault"),
  };
});

/** Give files to the file button of the photograph (1) or the paintings (2). */
export async function giveFiles(page, step, ...files) {
  const input = await page.$(`.source:nth-of-type(${step}) picture-drop:not([hidden]) input`);
  await input.uploadFile(...files);
}

/** Enter a value in a field under "All settings". */
export async function enterSetting(page, name, value) {
  await page.evaluate(() => (document.querySelector(".all-settings").open = true));
  const field = await page.waitForSelector(`#setting-${name}`);
  await field.evaluate((element) => element.select());
  await field.type(String(value));
  await page.keyboard.press("Tab");
}

/** Choose an entry of the menu of a card. */
export async function chooseInMenu(page, card, action) {
  const button = await page.waitForSelector(`${card} action-menu > button`);
  await button.evaluate((element) => element.scrollIntoView({ block: "center" })); // above notices
  await button.click();
  await page.waitForSelector(`${card} action-menu[open] [role=menuitem]:focus`); // it is in its place
  await page.click(`${card} action-menu [data-action="${action}"]`);
}
