/** The middle: the example, then the photograph, then the picture as it grows and when it's done. */

import "../components/loss-plot.js";
import "../components/picture-viewer.js";
import { icon, make } from "../js/dom.js";
import { formatTime, t } from "../js/text.js";
import { details } from "./device.js";
import { sizeOfRun, smallerSize, stemOf, wordsOfFault } from "./runs.js";

/** Fill the middle; `signal` ends it. */
export function showStage(root, state, runs, signal) {
  root.replaceChildren();
  const stage = new Stage(root, state, runs);
  state.watch(["run", "photograph", "sizes", "engine"], () => stage.show(), signal);
}

class Stage {
  constructor(root, state, runs) {
    Object.assign(this, { root, state, runs });
    this.title = make("h2", { className: "canvas-title" });
    this.stateLine = make("p", { className: "canvas-state" });
    this.download = make("a", { className: "button", hidden: true },
      icon("download"), make("span", { textContent: t("run.download") }));
    this.download.addEventListener("click", () => (state.run.saved = true));
    this.head = make("header", { className: "canvas-head" },
      make("div", { className: "canvas-about" }, this.title, this.stateLine),
      make("div", { className: "canvas-actions" }, this.download));
    this.fault = make("div", { className: "canvas-notices" });
    this.empty = makeEmpty();
    this.viewer = make("picture-viewer");
    this.share = make("progress", { max: 1, attributes: { "aria-label": t("run.progress") } });
    this.numbers = make("p", { className: "canvas-numbers" });
    this.progress = make("div", { className: "canvas-progress" }, this.share, this.numbers);
    this.plot = make("loss-plot");
    this.curve = make("details", { className: "canvas-curve" },
      make("summary", { textContent: t("run.curve") }), this.plot);
    this.foot = make("footer", { className: "canvas-foot" }, this.progress, this.curve);
    root.append(this.head, this.fault, this.empty, this.viewer, this.foot);
  }

  show() {
    const { run, photograph, isPainting } = this.state;
    const shown = Boolean(run || photograph);
    this.root.classList.toggle("has-picture", shown);
    this.empty.hidden = shown;
    this.viewer.hidden = !shown;
    this.head.hidden = this.foot.hidden = !run;
    document.body.dataset.shown = run ? "painting" : "nothing";
    this.#showPictures(run, photograph);
    this.#showFault(run);
    showTitle(run, isPainting);
    this.#follow(run);
    if (!run) return;
    write(this.title, `${stemOf(run.photograph.name)} · ${stemOf(run.painting.name)}`);
    write(this.stateLine, stateOf(run));
    this.#showFile(run);
    this.#showProgress(run, isPainting);
    this.curve.hidden = run.points.length < 2;
    this.plot.points = run.points;
  }

  // On a phone, the middle of the page is far above the button that was pressed.
  #follow(run) {
    const begins = run?.phase === "painting" && !run.progress && this.followed !== run.photograph;
    this.followed = run?.phase === "painting" ? run.photograph : null;
    if (begins) this.root.scrollIntoView({ block: "nearest" });
  }

  #showPictures(run, photograph) {
    const { viewer } = this;
    if (!run?.canvas) {
      viewer.over = null;
      viewer.base = run ? pictureOf(run.photograph) : photograph && pictureOf(photograph);
      return;
    }
    const [width, height] = sizeOfRun(run);
    const label = t("run.label");
    const alt = t("run.alt", { photograph: run.photograph.name, painting: run.painting.name });
    viewer.base = { key: run.canvas, video: run.canvas, width, height, label, alt };
    viewer.over = pictureOf(run.photograph);
  }

  #showFault(run) {
    if (this.shownFault === run?.fault) return;
    this.shownFault = run?.fault;
    this.fault.replaceChildren();
    if (!run?.fault) return;
    const { sizes, engine } = this.state;
    const { kind, text } = run.fault;
    const smaller = smallerSize(run, sizes);
    const buttons = [];
    const offer = (words, instead) => buttons.push(make("button", {
      type: "button", className: "button", textContent: words,
      on: { click: () => this.runs.paintInstead(instead) },
    }));
    if (smaller && kind !== "picture") offer(t("run.smaller", { n: smaller }), { size: smaller });
    if (kind === "lost" && engine.backend !== "wasm") offer(t("run.processor"), { backend: "wasm" });
    this.fault.append(make("div", { className: "fault" }, make("p", { textContent: wordsOfFault(run) }),
      text ? details(text) : null), make("div", { className: "row" }, ...buttons));
  }

  #showFile({ file, phase }) {
    this.download.hidden = !file;
    this.download.classList.toggle("primary", phase === "done");
    if (file) Object.assign(this.download, { href: file.url, download: file.name });
  }

  #showProgress({ progress, loading, phase }, isPainting) {
    this.progress.hidden = !isPainting;
    const { evaluations, of } = progress ?? {};
    if (of) this.share.value = Math.min(1, evaluations / of);
    else this.share.removeAttribute("value");
    write(this.numbers, loading ? t("run.loading") : numbersOf(progress, phase));
  }
}

function makeEmpty() {
  const address = new URL("../examples/demo.jpg", import.meta.url).href;
  return make("figure", { className: "canvas-empty" },
    make("img", { src: address, alt: t("stage.exampleAlt"), width: 1100, height: 256 }),
    make("figcaption", {}, make("p", { textContent: t("stage.empty") })));
}

function pictureOf({ name, url, width, height }) {
  return { key: url, src: url, width, height, label: t("run.photograph"), alt: t("run.photographOf", { name }) };
}

function stateOf({ phase, seconds, evaluations, losses, canvas }) {
  if (phase === "done" && seconds > 0) {
    const words = t("run.doneIn", { time: formatTime(seconds), n: evaluations });
    return losses ? `${words} ${t("run.survived")}` : words;
  }
  return t(`run.phase.${phase === "stopped" && !canvas ? "ended" : phase}`);
}

function numbersOf(progress, phase) {
  if (!progress) return phase === "recovering" ? "" : t("run.begins");
  const { evaluations, of, scale, secondsLeft } = progress;
  const parts = [t("run.evaluations", { evaluations, of })];
  if (scale?.[1] > 1) parts.push(t("run.scale", { i: scale[0], of: scale[1] }));
  if (secondsLeft > 0) parts.push(t("run.left", { time: formatTime(secondsLeft) }));
  return parts.join(" · ");
}

/** The title of the tab tells how far painting is to who looks at another one. */
function showTitle(run, isPainting) {
  const { evaluations, of } = (isPainting && run.progress) || {};
  const before = of ? `${Math.floor((100 * evaluations) / of)} % · ` : "";
  document.title = `${before}${t("page.tab")}`;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
