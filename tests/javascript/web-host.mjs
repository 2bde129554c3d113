// A host of static files, as the tests of the browser page need one.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const PREFIX = "/me/ortstyle/";
const TYPES = {
  css: "text/css", html: "text/html", js: "text/javascript", json: "application/json", mjs: "text/javascript",
  svg: "image/svg+xml",
};

/** A host that can be stopped, lose a file, and have another version. */
export class Host {
  port = 0;
  folder = null;
  broken = new Set(); // names of files whose answers end early
  replaced = new Map(); // contents of files by name, in place of those in the folder
  held = new Map(); // promises by name; a file is sent once its promise is kept
  asked = []; // names, since this list was emptied last
  #server = null;

  async start(folder = this.folder) {
    this.folder = folder;
    this.#server = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => this.#server.listen(this.port, "127.0.0.1", resolve));
    this.port = this.#server.address().port;
  }

  async stop() {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await stopped;
  }

  get address() {
    return `http://127.0.0.1:${this.port}${PREFIX}`;
  }

  async #answer({ url }, response) {
    const { pathname } = new URL(url, "http://host");
    const name = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) || "index.html" : null;
    const read = () => readFile(join(this.folder, name)).catch(() => null);
    const found = name && (this.replaced.get(name) ?? (await read()));
    if (!found) return response.writeHead(404).end();
    this.asked.push(name);
    await this.held.get(name);
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Content-Length": found.length });
    if (!this.broken.has(name)) return response.end(found);
    response.write(found.subarray(0, found.length / 2));
    setTimeout(() => response.destroy(), 50);
  }
}
