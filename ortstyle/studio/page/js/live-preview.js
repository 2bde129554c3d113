/** The newest picture of a painting that is being painted, fetched as long as it's looked at. */

const APART = 250; // milliseconds between two requests
const INTEREST = 3_000; // the studio forgets after five seconds that somebody looks

export class LivePreview {
  src = null; // an address of the newest picture, or null
  #id = null;
  #wanted = {};
  #got = {};
  #timer = null;
  #last = 0;
  #request = null;
  #addresses = [];

  /** `told()` is called when there is a newer picture. */
  constructor(told) {
    this.told = told;
    document.addEventListener("visibilitychange", () => this.#plan());
  }

  /**
   * Look at a painting: `side` is the pixels of its longest side, `version` the newest that the
   * studio told of, `live` whether more will come. null looks away.
   */
  look(id, { side = 512, version = null, live = false } = {}) {
    if (id !== this.#id) this.#leave();
    this.#id = id;
    this.#wanted = { side, version, live };
    this.#plan();
  }

  /** The address that is shown now: the others are no longer needed. */
  shown(src) {
    const at = this.#addresses.indexOf(src);
    for (const address of this.#addresses.splice(0, at)) URL.revokeObjectURL(address);
  }

  #leave() {
    this.#request?.abort();
    this.#request = null;
    for (const address of this.#addresses.splice(0)) URL.revokeObjectURL(address);
    this.src = null;
    this.#got = {};
  }

  #plan() {
    clearTimeout(this.#timer);
    if (this.#id === null || this.#request || document.hidden) return;
    const { side, version, live } = this.#wanted;
    const newer = version !== this.#got.version || side !== this.#got.side;
    if (!newer && !live) return;
    const wait = newer && !this.#got.failed ? APART : INTEREST;
    this.#timer = setTimeout(() => this.#fetch(), Math.max(0, this.#last + wait - Date.now()));
  }

  async #fetch() {
    const request = new AbortController();
    const { side, version } = this.#wanted;
    this.#request = request;
    this.#last = Date.now();
    const address = `/api/paintings/${this.#id}/preview?side=${side}`;
    let failed = false;
    try {
      const answer = await fetch(address, { signal: request.signal, cache: "no-cache" });
      const mark = answer.headers.get("ETag");
      const known = mark !== null && mark === this.#got.mark && side === this.#got.side;
      if (answer.status === 200 && !known) this.#take(await answer.blob(), request);
      this.#got = { ...this.#got, side, mark, version };
      failed = !answer.ok;
    } catch {
      failed = true; // the connection broke; what is shown stays
    }
    if (this.#request !== request) return;
    this.#request = null;
    this.#got.failed = failed;
    this.#plan();
  }

  #take(blob, request) {
    if (this.#request !== request) return;
    this.src = URL.createObjectURL(blob);
    this.#addresses.push(this.src);
    this.told();
  }
}
