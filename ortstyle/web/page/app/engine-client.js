/**
 * The engine as the page sees it: the worker that paints, started again when its device is lost.
 *
 * A lost device, or a worker that died, is not the end: another worker is started and goes on from
 * the last preview, as long as it gets further each time.
 */

const TRIES = 3; // starts of a worker without a further evaluation between them
const HARMLESS = ["picture", "network", "site"]; // kinds of failures after which a worker is as before

export class EngineClient {
  #open;
  #base;
  #tell;
  #worker = null;
  #backend = "auto";
  #ready = false;
  #tries = 0; // since the last progress
  #plans = 0; // that were asked for and not answered
  #ids = 0;
  #job = null; // what is being painted: { id, photograph, painting, order, resume, scale, reached, isStopped }

  /**
   * `open()` makes a Worker. `base` is the address of the site. `tell(kind, detail)` is called with the
   * messages of the worker by their type, "planned" with null where that failed, and with
   * "recovering" { tries } when another worker goes on, "refused" { text } when the processor is taken
   * because the graphics card is lost at each start, and "unable" { kind, text } when nothing can be
   * started; then `start` or `paint` tries again.
   */
  constructor({ open, base, tell }) {
    this.#open = open;
    this.#base = base;
    this.#tell = tell;
  }

  /** Whether a worker takes orders now; one that is not ready takes them as soon as it is. */
  get isReady() {
    return this.#ready;
  }

  /** Start a worker on a backend: "auto", "webgpu" or "wasm". What was painted before is given up. */
  start(backend = this.#backend) {
    this.#backend = backend;
    this.#job = null;
    this.#tries = 0;
    this.#begin();
  }

  /**
   * Ask what an order takes; told as "planned".
   *
   * `photograph` and `painting` are [width, height] in pixels. Of several orders only the last one's
   * answer is told.
   */
  plan(order, photograph, painting) {
    if (!this.#ready || this.#job) return;
    this.#plans++;
    this.#worker.postMessage({ type: "plan", order, photograph, painting });
  }

  /** Paint two pictures, Blobs, by an order; told as "progress", "preview", "done" or "failed". */
  paint({ photograph, painting, order }) {
    this.#job = { id: ++this.#ids, photograph, painting, order, resume: null, scale: 1, reached: 0 };
    this.#tries = 0;
    this.#plans = 0;
    if (this.#worker) this.#send();
    else this.#begin(); // nothing could be started before
  }

  /** Stop painting; "done" comes with the picture as it is. */
  stop() {
    if (!this.#job) return;
    this.#job.isStopped = true;
    this.#worker.postMessage({ type: "stop", id: this.#job.id });
  }

  /** Stop at once, and without a last picture, what does not stop otherwise. */
  abandon() {
    this.start();
  }

  #begin() {
    this.#end();
    this.#plans = 0;
    const worker = this.#open();
    this.#worker = worker;
    const lost = (text) => worker === this.#worker && this.#lose(text);
    worker.addEventListener("message", ({ data }) => worker === this.#worker && this.#hear(data));
    worker.addEventListener("messageerror", () => lost("a message can't be read"));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      // A worker that runs tells what is wrong; one that can't be loaded does not.
      if (event.message) lost(event.message);
      else if (worker === this.#worker) this.#lose("the worker can't be loaded", "site");
    });
    worker.postMessage({ type: "start", base: this.#base, backend: this.#backend });
  }

  #send() {
    if (!this.#ready || !this.#job) return; // it's sent once the worker is ready
    const { id, photograph, painting, order, resume } = this.#job;
    this.#worker.postMessage({ type: "paint", id, photograph, painting, order, ...(resume && { resume }) });
  }

  #hear({ type, ...detail }) {
    if (detail.id !== undefined && detail.id !== this.#job?.id) return; // of a painting that is over
    const hearing = { ready: this.#hearReady, planned: this.#hearPlanned, progress: this.#hearProgress,
      preview: this.#hearPreview, done: this.#hearDone, failed: this.#hearFailed,
      unplanned: () => this.#hearPlanned(null) }[type];
    if (hearing) hearing.call(this, detail);
    else this.#tell(type, detail);
  }

  #hearReady(detail) {
    this.#ready = true;
    if (!this.#job) this.#tries = 0;
    this.#tell("ready", detail);
    this.#send();
  }

  #hearPlanned(detail) {
    if (this.#plans > 0 && --this.#plans === 0) this.#tell("planned", detail);
  }

  #hearProgress(detail) {
    const job = this.#job;
    if (detail.evaluations > job.reached) this.#tries = 0;
    job.reached = Math.max(job.reached, detail.evaluations);
    job.scale = detail.scale[0];
    this.#tell("progress", detail);
  }

  #hearPreview(detail) {
    const { image, evaluations } = detail;
    this.#job.resume = { scale: detail.scale ?? this.#job.scale, evaluations, image };
    this.#tell("preview", detail);
  }

  #hearDone(detail) {
    this.#job = null;
    this.#tell("done", detail);
  }

  #hearFailed(detail) {
    if (detail.kind === "lost") return this.#lose(detail.text);
    if (!this.#ready) return this.#giveUp(detail);
    if (!this.#job) return;
    this.#job = null;
    // What the old one holds is free then, and what it has broken is whole.
    if (!HARMLESS.includes(detail.kind)) this.#begin();
    this.#tell("failed", detail);
  }

  #lose(text, kind = "lost") {
    if (this.#job?.isStopped) return this.#endStopped();
    if (++this.#tries > TRIES) return this.#giveUp({ kind, text });
    if (this.#job) this.#tell("recovering", { tries: this.#tries });
    this.#begin();
  }

  // What was to stop has stopped: the last preview is what there is.
  #endStopped() {
    const { resume } = this.#job;
    this.#job = null;
    this.#tries = 0;
    this.#begin();
    this.#tell("done", { image: null, evaluations: resume?.evaluations ?? 0, losses: [], seconds: 0 });
  }

  #giveUp(detail) {
    const painting = this.#job !== null;
    const isLost = detail.kind === "lost";
    this.#job = null;
    if (isLost && !painting && this.#backend !== "wasm") {
      this.start("wasm"); // a driver that crashes at once leaves the processor
      return this.#tell("refused", detail);
    }
    this.#tries = 0;
    if (isLost && painting) this.#begin(); // for a smaller size, or the processor
    else this.#end();
    if (painting) this.#tell("failed", detail);
    if (!this.#worker) this.#tell("unable", detail);
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = false;
  }
}
