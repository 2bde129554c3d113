/** The middle of the page: the painting that is shown, as it grows and when it's done. */

import "../../components/action-menu.js";
import "../../components/film-bar.js";
import "../../components/loss-plot.js";
import "../../components/picture-viewer.js";
import { perform } from "../actions.js";
import { announce } from "../announce.js";
import { CompareChoices } from "../compare-choices.js";
import { icon, make } from "../dom.js";
import { FilmStage } from "../film-stage.js";
import { LivePreview } from "../live-preview.js";
import { downloadAddress, kindOf, menuOf, paintWords, wordOf } from "../paintings.js";
import { isOver } from "../state.js";
import { formatTime, t } from "../text.js";

const SIDES = [256, 512, 1024, 2048];
const WHOLE = 40e6; // pixels of a result up to which all of it is fetched, if it's looked at so near
const TOLD = 20_000; // milliseconds between two announcements of progress
const TERMS = 5_000; // milliseconds after which the terms of new points are fetched, if seen
const BUTTONS = {
  waiting: ["stop"],
  running: ["pause", "stop"],
  paused: ["proceed", "stop"],
  failed: ["retry"],
  stopped: ["retry"],
  done: ["larger", "download"],
};
const ICONS = {
  stop: "stop", pause: "pause", proceed: "play", retry: "retry", larger: "larger",
  download: "download", paint: "brush",
};

export function start(root, state, api) {
  return new Canvas(root, state, api);
}

class Canvas {
  #side = 512; // pixels of the longest side that are asked for,
  #otherSide = 512; // and of what it's compared with
  #shown = null; // id of the painting that is shown
  #state = null;
  #curve = [];
  #asking = 0;
  #asked = 0; // when
  #told = Date.now();

  constructor(root, state, api) {
    this.root = root;
    this.state = state;
    this.api = api;
    this.live = new LivePreview(() => this.#show());
    this.#make();
    this.choices = new CompareChoices(this.compare, state);
    this.stage = new FilmStage(this.bar, state, () => this.#showPictures(this.painting, this.#photograph));
    this.viewer.addEventListener("wanted-side", ({ detail }) => this.#want(detail));
    this.viewer.addEventListener("picture-shown", ({ detail }) => this.live.shown(detail.src));
    state.watch(["current", "paintings", "pictures", "order", "compare"], (change) => {
      this.#learn(change);
      this.#show();
    });
  }

  #make() {
    this.title = make("h2", { className: "canvas-title" });
    this.stateLine = make("p", { className: "canvas-state" });
    this.buttons = make("div", { className: "canvas-buttons" });
    this.menu = make("action-menu", { on: { action: ({ detail }) => this.#act(detail) } });
    this.head = make(
      "header",
      { className: "canvas-head" },
      make("div", { className: "canvas-about" }, this.title, this.stateLine),
      make("div", { className: "canvas-actions" }, this.buttons, this.menu),
    );
    this.fault = make("p", { className: "fault", hidden: true });
    this.notices = make("ul", { className: "canvas-notices" });
    this.viewer = make("picture-viewer");
    this.empty = make("div", { className: "canvas-empty" },
      icon("photo"),
      make("p", { textContent: t("canvas.empty") }));
    this.compare = make("select", { on: { change: () => this.#choose() } });
    this.compareLabel = make("label", { className: "canvas-compare" },
      make("span", { textContent: t("canvas.compare") }), this.compare);
    this.bar = make("film-bar", { hidden: true });
    this.share = make("progress", { max: 1, attributes: { "aria-label": t("canvas.progress") } });
    this.numbers = make("p", { className: "canvas-numbers" });
    this.progress = make("div", { className: "canvas-progress" }, this.share, this.numbers);
    this.plot = make("loss-plot");
    this.curve = make("details", { className: "canvas-curve" },
      make("summary", { textContent: t("canvas.curve") }), this.plot);
    this.curve.addEventListener("toggle", () => this.curve.open && this.#fetchCurve());
    this.foot = make("footer", { className: "canvas-foot" },
      this.progress, this.compareLabel, this.curve);
    this.root.append(this.head, this.fault, this.notices, this.empty, this.viewer, this.bar, this.foot);
  }

  get painting() {
    return this.state.paintings.get(this.state.current) ?? null;
  }

  get #photograph() {
    const { painting, state } = this;
    return state.pictures.get(painting?.photograph ?? state.order.photograph);
  }

  #act(action) {
    return perform(action, this.state.current);
  }

  #choose() {
    const value = this.compare.value || null;
    this.state.set({ compare: { ...this.state.compare, with: value } });
    if (value && [0, 100].includes(this.viewer.share)) this.viewer.share = 50;
  }

  #want({ side, screen }) {
    const [own, other] = [side, screen].map((wanted) => SIDES.find((step) => step >= wanted) ?? Infinity);
    if (own === this.#side && other === this.#otherSide) return;
    this.#side = own;
    this.#otherSide = other;
    this.#show();
  }

  // What is known of the painting beyond its summary: the curve.

  #learn({ keys, id }) {
    const { painting } = this;
    const before = this.#state;
    this.#state = painting?.state;
    if (painting?.id !== this.#shown) {
      this.#shown = painting?.id ?? null;
      this.#curve = [];
      if (painting) this.#fetchCurve();
    } else if (painting && keys.includes("paintings")) {
      // Without an id all was fetched anew, as after a break.
      if (id === undefined || before !== painting.state) this.#fetchCurve();
      if (id === painting.id && !isOver(painting)) this.#follow(painting.progress);
    }
  }

  async #fetchCurve() {
    const asked = ++this.#asking;
    this.#asked = Date.now();
    const { id } = this.painting;
    const detail = await this.api.get(`/api/paintings/${id}`).catch(() => null);
    if (!detail || asked !== this.#asking || id !== this.#shown) return;
    const last = detail.curve.at(-1)?.[0] ?? 0;
    this.#curve = [...detail.curve, ...this.#curve.filter(([evaluations]) => evaluations > last)];
    this.#showCurve();
  }

  #follow(progress) {
    if (!progress) return;
    const { evaluations, loss } = progress;
    // It may have gone back to its last checkpoint.
    if (loss > 0) this.#curve = [...upTo(this.#curve, evaluations), [evaluations, loss, {}]];
    if (this.curve.open && Date.now() - this.#asked > TERMS) this.#fetchCurve();
    this.#tell(progress);
  }

  #tell({ evaluations, of, seconds_left: left }) {
    if (!of || Date.now() - this.#told < TOLD) return;
    this.#told = Date.now();
    const percent = Math.round((100 * evaluations) / of);
    const told = [t("canvas.toldPercent", { n: percent })];
    if (left > 0) told.push(t("canvas.left", { time: formatTime(left) }));
    announce(told.join(", "));
  }

  // What is seen

  #show() {
    const { painting } = this;
    const photograph = this.#photograph;
    const shown = Boolean(painting || photograph);
    this.root.classList.toggle("has-picture", shown);
    this.empty.hidden = shown;
    this.viewer.hidden = !shown;
    this.head.hidden = this.foot.hidden = !painting;
    this.stage.show(painting, photograph);
    this.#showPictures(painting, photograph);
    this.#showFaults(painting);
    if (!painting) return;
    write(this.title, painting.title);
    write(this.stateLine, stateOf(painting));
    this.#showButtons(painting);
    this.#showProgress(painting);
    this.#showCurve();
  }

  #showPictures(painting, photograph) {
    const { id, state, preview } = painting ?? {};
    const growing = painting && state !== "done" && state !== "waiting";
    const side = Math.min(this.#side, SIDES.at(-1));
    const look = { side, version: preview, live: state === "running" };
    this.live.look(growing ? id : null, look);
    const base = this.#baseOf(painting, photograph);
    this.viewer.base = base;
    this.viewer.over = base && base.key === id ? this.#overOf(painting) : null;
    if (painting) this.choices.show(painting);
    this.compareLabel.hidden = base?.key !== id;
  }

  #baseOf(painting, photograph) {
    const done = painting?.state === "done";
    if (painting?.film && (done || (painting.progress?.frame !== undefined && !this.stage.isFollowing)))
      return { ...this.stage.painted(painting, this.#side, this.#wordsOf(painting)), key: painting.id };
    if (!painting && photograph?.clip)
      return this.stage.source(photograph, this.#side, this.#sourceWords(photograph, t("film.clip")));
    const src = done ? this.#resultSrc(painting) : painting && this.live.src;
    if (!src) return photograph ? this.#pictureOf(photograph, t("canvas.photograph")) : null;
    const { width, height } = painting.width ? painting : photograph ?? {};
    return { key: painting.id, src, width, height, ...this.#wordsOf(painting) };
  }

  #wordsOf(painting) {
    const label = painting.state === "done" ? kindOf(painting) : stateOf(painting);
    return { label, alt: t("canvas.alt", { title: painting.title }) };
  }

  #sourceWords = ({ name }, label) => ({ label, alt: t("canvas.pictureAlt", { name }) });

  #overOf(painting) {
    const [kind, id] = (this.state.compare.with ?? "").split(":");
    if (kind === "result") {
      const other = this.state.paintings.get(id);
      if (other?.state !== "done" || id === painting.id) return null;
      const { title, width, height } = other;
      const alt = t("canvas.alt", { title });
      return { key: id, src: this.#resultSrc(other, this.#otherSide), width, height, label: kindOf(other), alt };
    }
    const picture = this.state.pictures.get(kind === "photograph" ? painting.photograph : id);
    if (picture?.clip && painting.film)
      return this.stage.source(picture, this.#otherSide, this.#sourceWords(picture, t("film.clip")), painting.film.begin);
    const label = kind === "photograph" ? t("canvas.photograph") : picture?.name;
    return picture ? this.#pictureOf(picture, label) : null;
  }

  #pictureOf({ id, name, width, height }, label) {
    const src = this.api.pictureView(id, Math.min(this.#otherSide, SIDES.at(-1)));
    return { key: id, src, width, height, label, alt: t("canvas.pictureAlt", { name }) };
  }

  #resultSrc({ id, width, height }, side = this.#side) {
    const all = side === Infinity && width * height <= WHOLE;
    return all ? `/api/paintings/${id}/image` : this.api.resultView(id, Math.min(side, 2048));
  }

  #showFaults(painting) {
    write(this.fault, painting?.error ?? "");
    this.fault.hidden = !painting?.error;
    const notices = [...new Set(painting?.notices ?? [])];
    const shown = [...this.notices.children].map((line) => line.textContent);
    if (notices.join() === shown.join()) return;
    const line = (textContent) => make("li", { className: "warning", textContent });
    this.notices.replaceChildren(...notices.map(line));
  }

  #showButtons(painting) {
    const { state, kind } = painting;
    const wanted = [...(kind === "draft" ? ["paint"] : []), ...BUTTONS[state]]
      .filter((action) => action !== "larger" || !painting.film);
    this.menu.label = t("canvas.menu");
    this.menu.items = menuOf(painting).filter(({ action }) => action !== "open");
    const known = `${painting.id} ${wanted}`;
    if (this.buttons.dataset.known === known) return;
    const focused = this.buttons.contains(document.activeElement);
    this.buttons.dataset.known = known;
    this.buttons.replaceChildren(...wanted.map((action) => this.#button(action, painting)));
    if (focused) (this.buttons.firstElementChild ?? this.menu).focus();
  }

  #button(action, painting) {
    const { id, state } = painting;
    const primary = ["proceed", "retry"].includes(action) || (action === "paint" && state === "done");
    const content = [icon(ICONS[action]), make("span", { textContent: action === "paint" ? paintWords(painting) : t(`canvas.do.${action}`) })];
    const className = primary ? "button primary" : "button";
    if (action === "download") {
      return make("a", { className, href: downloadAddress(id), download: "" }, ...content);
    }
    const click = () => this.#act(action);
    return make("button", { type: "button", className, on: { click } }, ...content);
  }

  #showProgress({ state, progress }) {
    const { evaluations = 0, of = 0 } = progress ?? {};
    this.progress.hidden = isOver({ state }) || (state === "waiting" && !progress);
    if (of) this.share.value = Math.min(1, evaluations / of);
    else this.share.removeAttribute("value");
    write(this.numbers, numbersOf({ state, progress }));
  }

  #showCurve() {
    this.curve.hidden = this.#curve.length < 2;
    this.plot.points = this.#curve;
  }
}

const upTo = (curve, evaluations) => curve.filter(([at]) => at < evaluations);

function stateOf(painting) {
  const { state, seconds, kind } = painting;
  if (state === "done" && seconds > 0) {
    return t(`canvas.doneIn.${kind}`, { time: formatTime(seconds) });
  }
  return wordOf(painting);
}

function numbersOf({ state, progress }) {
  if (!progress?.of) return "";
  const { evaluations, of, seconds_left: left, scale, phase } = progress;
  const parts = phase ? framesOf(progress) : [t("canvas.evaluations", { evaluations, of })];
  if (scale?.[1] > 1) parts.push(t("canvas.scale", { i: scale[0], of: scale[1] }));
  if (state === "running" && left > 0) parts.push(t("canvas.left", { time: formatTime(left) }));
  return parts.join(" · ");
}

/** How many frames of a film are done, and how long one takes. */
function framesOf({ phase, frames, frames_of: all, seconds_left: left }) {
  const parts = [t(all ? `film.phase.${phase}Of` : `film.phase.${phase}`, { n: frames ?? 0, of: all ?? 0 })];
  if (phase === "painting" && left > 0 && all > frames)
    parts.push(t("film.secondsEach", { n: Number((left / (all - frames)).toPrecision(2)) }));
  return parts;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
