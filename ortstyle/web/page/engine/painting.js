// A run: it paints one picture scale by scale, coarse to fine, as `ortstyle/run/run.py` does.
import { completed, historyFor, scalesOf } from "./estimate.js";
import { LBFGS, Stop } from "./lbfgs.js";
import { Objective, styleStatistics } from "./objective.js";
import { Pictures, proportionsOf } from "./pictures.js";
import { toRgba } from "./planes.js";
import { valuesAt } from "./schedule.js";

const MOST_RESTARTS = 3; // of the optimiser; a run that diverges more often is mended by none
const RUNAWAY = [Stop.NOT_FINITE, Stop.DIVERGED];
const REPORTED = 200; // milliseconds between two reports of progress
const PREVIEWED = 1000; // the same of previews, at least
const PREVIEW_SHARE = 0.1; // of the time, at most, that previews take

/**
 * Where a run is.
 * @typedef {object} At
 * @property {number} scale - From 1.
 * @property {number} evaluations - In all scales together.
 */

/** One run. */
export class Painting {
  #known;
  #order;
  #pictures;
  #schedule;
  #scales;
  #tell;
  #stopped = false;
  #began = performance.now();
  #told = { progress: -Infinity, preview: performance.now(), wait: PREVIEWED };

  /**
   * @param {object} known - `runtime`, `graphs`, `site` (what `site.json` holds) and `pace`.
   * @param {object} pictures
   * @param {import("./planes.js").Planes} pictures.photograph - Opaque.
   * @param {import("./planes.js").Planes} pictures.painting
   * @param {import("./estimate.js").Order} order
   * @param {object} tell
   * @param {(progress: object) => void} tell.progress - Called a few times a second at most.
   * @param {((preview: object) => void)|null} tell.preview - The same; null for no previews.
   */
  constructor(known, { photograph, painting }, order, tell) {
    const { settings } = known.site;
    this.#known = known;
    this.#order = completed(order, settings);
    this.#tell = tell;
    this.#scales = scalesOf(this.#order, settings, known.graphs, proportionsOf(photograph));
    this.#schedule = this.#scales.map(([side, count]) => [side, count]);
    this.#pictures = new Pictures(photograph, painting, this.#order, settings);
    /** The losses of all evaluations made. */
    this.losses = [];
    this.evaluations = 0;
    this.scale = 0;
    this.restarts = 0;
  }

  /** @returns {At} */
  get at() {
    return { scale: Math.min(this.scale + 1, this.#scales.length), evaluations: this.evaluations };
  }

  /** Stop after the present evaluation; the run then ends with the picture that it has. */
  stop() {
    this.#stopped = true;
  }

  /**
   * Paint.
   * @param {{evaluations: number, image: ImageData}|null} [resume] - The last preview of a run of
   *   the same pictures and order; the optimiser's history is lost.
   * @returns {Promise<{image: ImageData, evaluations: number, losses: number[], seconds: number}>}
   */
  async run(resume = null) {
    let picture = null;
    if (resume) {
      picture = this.#pictures.resumed(resume.image);
      this.evaluations = Math.min(resume.evaluations, this.#total - 1);
    }
    for (let before = 0; this.scale < this.#scales.length; this.scale++) {
      const count = this.#scales[this.scale][1];
      if (before + count > this.evaluations) {
        picture = await this.#paintScale(picture, before + count);
        if (this.#stopped) break;
      }
      before += count;
    }
    return {
      image: this.#image(picture),
      evaluations: this.evaluations,
      losses: this.losses,
      seconds: this.#seconds,
    };
  }

  get #total() {
    return this.#scales.reduce((sum, [, count]) => sum + count, 0);
  }

  get #seconds() {
    return (performance.now() - this.#began) / 1000;
  }

  // Paint a scale from the picture of the one before until there are so many evaluations.
  async #paintScale(before, end) {
    const [side, , canvas] = this.#scales[this.scale];
    const { runtime, pace } = this.#known;
    const began = performance.now();
    const objective = await this.#open(side, canvas);
    let [vectors, optimizer] = [null, null];
    try {
      vectors = await objective.vectors(historyFor(runtime, canvas));
      let start = await objective.coefficients(this.#pictures.start(side, before));
      pace.opening = (performance.now() - began) / 1000;
      while (start) {
        optimizer = new LBFGS(start, vectors);
        await this.#descend(objective, optimizer, end);
        const picture = await objective.picture(optimizer.best);
        const { stop } = optimizer;
        optimizer.dispose();
        optimizer = null;
        const isOver = this.#stopped || this.evaluations >= end || !RUNAWAY.includes(stop);
        if (isOver || this.restarts === MOST_RESTARTS) {
          this.evaluations = this.#stopped ? this.evaluations : end;
          return picture;
        }
        this.restarts++;
        start = await objective.coefficients(picture);
      }
    } finally {
      optimizer?.dispose();
      await vectors?.dispose();
      await objective.close();
    }
  }

  async #open(side, canvas) {
    const { runtime, graphs, site } = this.#known;
    const { settings } = site;
    const values = valuesAt(side, this.#schedule, {
      contentWeight: this.#order.contentWeight,
      spectral: settings.spectral,
    });
    const painting = this.#pictures.style(side, graphs.longest("statistics"));
    const style = await styleStatistics(runtime, graphs, painting);
    const weights = {
      content: values.contentWeight * this.#pictures.contentShare,
      style: this.#order.styleWeight,
      tv: this.#order.smoothness,
    };
    const size = this.#pictures.size(side);
    const content = this.#pictures.content(side);
    const objective = new Objective({ runtime, graphs, size, canvas, exponent: values.spectral });
    try {
      return await objective.open({ content, style }, weights, {
        floor: settings.variance_floor,
        limit: this.#pictures.contentLimit,
      });
    } catch (error) {
      await objective.close();
      throw error;
    }
  }

  async #descend(objective, optimizer, end) {
    const { pace } = this.#known;
    for (let first = true; this.evaluations < end && !optimizer.stop && !this.#stopped; first = false) {
      const began = performance.now();
      const { loss, terms, gradient } = await objective.evaluate(optimizer.ask());
      await optimizer.tell(loss, gradient);
      // The first evaluation also compiles the shaders of its canvas.
      const seconds = (performance.now() - began) / 1000;
      if (!first || !pace.knows(objective.canvas)) pace.add(objective.canvas, seconds);
      this.evaluations++;
      this.losses.push(loss);
      if (first && optimizer.stop === Stop.NOT_FINITE) {
        throw new Error(`the loss of the first picture is not finite: ${loss}`);
      }
      this.#report(loss, terms, end);
      await this.#preview(objective, optimizer);
      await new Promise((resolve) => setTimeout(resolve)); // for messages, such as that to stop
    }
  }

  #report(loss, terms, end) {
    const now = performance.now();
    if (now - this.#told.progress < REPORTED && this.evaluations < end) return;
    this.#told.progress = now;
    const [side, , canvas] = this.#scales[this.scale];
    const here = [side, end - this.evaluations, canvas];
    const { pace } = this.#known;
    const left = pace.secondsOf([here, ...this.#scales.slice(this.scale + 1)]);
    this.#tell.progress({
      evaluations: this.evaluations,
      of: this.#total,
      scale: [this.scale + 1, this.#scales.length],
      loss,
      terms,
      seconds: this.#seconds,
      secondsLeft: Math.max(0, left - pace.opening), // this scale is open
    });
  }

  async #preview(objective, optimizer) {
    const began = performance.now();
    if (!this.#tell.preview || began - this.#told.preview < this.#told.wait) return;
    const image = this.#image(await objective.picture(optimizer.best));
    this.#tell.preview({ image, evaluations: this.evaluations, scale: this.scale + 1 });
    this.#told.preview = performance.now();
    this.#told.wait = Math.max(PREVIEWED, (this.#told.preview - began) / PREVIEW_SHARE);
  }

  #image(planes) {
    const { width, height } = planes;
    return new ImageData(toRgba(this.#pictures.shown(planes)), width, height);
  }
}
