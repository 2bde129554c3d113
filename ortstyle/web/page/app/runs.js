/**
 * What is painted: binds the engine to the state.
 *
 * A run is { phase, photograph, painting, order, progress, loading, points, canvas, began, losses,
 * seconds, evaluations, fault, file }. Its phase is "painting", "stopping", "recovering" or, when it's over, "done", "stopped" or
 * "failed". `canvas` holds the newest picture, `file` { url, name } its PNG once the run is over.
 */

import { alertText, announce } from "../js/announce.js";
import { make } from "../js/dom.js";
import { formatTime, hasText, t } from "../js/text.js";
import { EngineClient } from "./engine-client.js";
import { missing, resultSize } from "./plan.js";
import { firstSize, orderOf } from "./settings.js";

const ENGINE = new URL("../engine/", import.meta.url);
const TOLD = 20_000; // milliseconds between two announcements of progress

export class Runs {
  #state;
  #told = 0; // when
  #refused = null; // why the graphics card was given up, if it was

  constructor(state) {
    this.#state = state;
    this.engine = new EngineClient({
      open: () => new Worker(new URL("worker.js", ENGINE), { type: "module" }),
      base: new URL("../", import.meta.url).href,
      tell: (kind, detail) => this.#hear(kind, detail),
    });
  }

  /** Start the engine on a backend: "auto", "webgpu" or "wasm". */
  start(backend = "auto") {
    this.#refused = null;
    this.#state.set({ engine: { phase: "loading" } });
    this.engine.start(backend);
  }

  /** Paint with the settings as they are, or with a size of its own. Returns whether that began. */
  paint({ size } = {}) {
    const { photograph, painting, order: wanted, isPainting } = this.#state;
    if (isPainting || missing(this.#state)) return false;
    this.#paint({ photograph, painting, order: { ...wanted, ...(size && { size }) } });
    return true;
  }

  /** Paint the last order again, smaller or by the processor. */
  paintInstead({ size, backend }) {
    const { photograph, painting, order } = this.#state.run;
    if (backend) this.start(backend);
    this.#paint({ photograph, painting, order: { ...order, ...(size && { size }) } });
  }

  #paint({ photograph, painting, order }) {
    if (this.#state.engine.phase === "unable") this.start();
    this.#state.set({ run: { phase: "painting", photograph, painting, order, progress: null, points: [], canvas: null, began: Date.now() } });
    this.#told = Date.now();
    this.engine.paint({ photograph: photograph.file, painting: painting.file, order: orderOf(order) });
    announce(t("run.told.painting"));
  }

  /** Stop; the second time at once. */
  stop() {
    if (!this.#state.isPainting) return;
    if (this.#state.run.phase === "painting") {
      this.#change({ phase: "stopping" });
      return this.engine.stop();
    }
    this.engine.abandon();
    this.#state.set({ engine: { phase: "loading" } });
    this.#end({ phase: "stopped" });
  }

  #change(changes) {
    this.#state.set({ run: { ...this.#state.run, ...changes } });
  }

  #hear(kind, detail) {
    const hearing = {
      loading: () => this.#hearLoading(detail),
      ready: () => this.#hearReady(detail),
      refused: () => (this.#refused = { backend: "webgpu", code: "lost", reason: detail.text }),
      unable: () => this.#hearUnable(detail),
      planned: () => this.#state.plan?.asked && this.#state.set({ plan: detail }),
      progress: () => this.#hearProgress(detail),
      preview: () => this.#change({ canvas: this.#draw(detail.image) }),
      recovering: () => this.#hearRecovering(detail),
      done: () => this.#hearDone(detail),
      failed: () => this.#hearFailed(detail),
    }[kind];
    hearing?.();
  }

  // A worker that is ready loads more when it begins to paint.
  #hearLoading(detail) {
    if (!this.engine.isReady) this.#state.set({ engine: { phase: "loading", ...detail } });
    else if (this.#state.isPainting && !this.#state.run.loading) this.#change({ loading: true });
  }

  #hearReady(detail) {
    const { defaults, settings, run } = this.#state;
    const { sizes } = detail;
    if (!sizes.length) return this.#hearUnable({ text: "no size is small enough for this device" });
    const known = sizes.includes(settings.size) ? settings : { ...settings };
    if (known !== settings) delete known.size;
    this.#state.set({
      engine: { phase: "ready", ...detail, refused: detail.refused ?? this.#refused },
      sizes,
      settings: known,
      defaults: { ...defaults, size: firstSize(detail, defaults) },
    });
    if (run?.phase === "recovering") this.#change({ phase: "painting" });
  }

  #hearUnable(detail) {
    this.#state.set({ engine: { phase: "unable", ...detail }, plan: null });
    alertText(wordsOfUnable(detail));
  }

  #hearProgress(progress) {
    const { run } = this.#state;
    const { evaluations, loss, terms } = progress;
    const before = run.points.filter(([at]) => at < evaluations); // it may have gone back
    this.#change({ progress, loading: false, points: [...before, [evaluations, loss, terms]] });
    this.#tellProgress(progress);
  }

  #tellProgress({ evaluations, of, secondsLeft }) {
    if (Date.now() - this.#told < TOLD) return;
    this.#told = Date.now();
    const told = [t("run.told.percent", { n: Math.round((100 * evaluations) / of) })];
    if (secondsLeft > 0) told.push(t("run.left", { time: formatTime(secondsLeft) }));
    announce(told.join(", "));
  }

  #hearRecovering({ tries }) {
    const { run } = this.#state;
    this.#state.set({ engine: { phase: "loading" } });
    this.#change({ phase: "recovering", tries, losses: (run.losses ?? 0) + 1 });
    alertText(t("run.recovering"));
  }

  #hearDone({ image, evaluations, seconds: last }) {
    const { losses, began } = this.#state.run;
    const seconds = losses ? (Date.now() - began) / 1000 : last; // the engine knows its last start
    const stopped = this.#state.run.phase === "stopping";
    const canvas = image ? this.#draw(image) : this.#state.run.canvas;
    if (!this.engine.isReady) this.#state.set({ engine: { phase: "loading" } });
    this.#end({ phase: stopped ? "stopped" : "done", canvas, evaluations, seconds });
  }

  #hearFailed(fault) {
    if (!this.engine.isReady) this.#state.set({ engine: { phase: "loading" } });
    this.#end({ phase: "failed", fault });
  }

  #end(changes) {
    this.#change(changes);
    const { run } = this.#state;
    if (run.phase === "failed") alertText(wordsOfFault(run));
    else announce(t(`run.told.${run.phase}`));
    if (run.canvas) this.#keepFile(run);
  }

  #keepFile(run) {
    run.canvas.toBlob((blob) => {
      if (!blob || this.#state.run.canvas !== run.canvas) return;
      const file = { url: URL.createObjectURL(blob), name: fileName(run.photograph.name) };
      this.#change({ file });
    }, "image/png");
  }

  #draw(image) {
    const canvas = this.#state.run.canvas ?? make("canvas");
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }
}

/** The name of a file without its ending. */
export const stemOf = (name) => name.replace(/\.[^.]{1,5}$/, "");

const fileName = (name) => `${stemOf(name)}-${t("run.suffix")}.png`;

/** The next smaller size than that of a run; undefined if there is none. */
export const smallerSize = ({ order }, sizes) => sizes.filter((side) => side < order.size).at(-1);

/** Why a run failed, and what to do. */
export const wordsOfFault = ({ fault: { kind } }) =>
  t(`run.failed.${hasText(`run.failed.${kind}`) ? kind : "unknown"}`);

/** Why nothing can be painted, and what to do. */
export const wordsOfUnable = ({ kind }) =>
  t(`device.unable.${hasText(`device.unable.${kind}`) ? kind : "browser"}`);

/** Width and height that the result of a run has. */
export const sizeOfRun = ({ photograph, order, phase, canvas }) =>
  phase === "done" && canvas ? [canvas.width, canvas.height] : resultSize(photograph, order.size);
