// <picture-viewer>: a picture with zoom and pan, and another one to compare it with.
//
// Properties: `base` and `over` = { src, width, height, alt, label, key } or null. `base` is what is
// looked at, `over` what it's compared with, shown left of the line. Instead of a `src` there may be a
// `video`, an element whose frame is drawn whenever one of the two is set. A `src` may be swapped at any
// time: the old picture stays until the new one is decoded, unless `key` says it's another picture.
// Events: `wanted-side` { side, screen }, the pixels of the longest side that are sharp at this zoom,
// as many as `base` has and as many as the screen shows; `picture-shown` and `picture-failed`
// { src, which }.

import { icon, iconButton, make } from "../js/dom.js";
import { formatNumber, t } from "../js/text.js";
import { PictureGestures, makeHeld } from "./picture-gestures.js";
import { PictureLayer } from "./picture-layer.js";
import { PictureView } from "./picture-view.js";

const STEP = 1.25;
const SHORTEST = 120; // CSS pixels of the way of the line, where the picture is narrow,
const LOWEST = 64; // and of the line's length, where it's low

let count = 0;

export class PictureViewer extends HTMLElement {
  #view = new PictureView();
  #base = new PictureLayer((...told) => this.#loaded("base", ...told));
  #over = new PictureLayer((...told) => this.#loaded("over", ...told));
  #gestures = null;
  #watch = null;
  #holding = false;
  #heldByKey = false;
  #asked = "";
  #frame = 0;
  #made = false;

  set base(picture) {
    this.#base.set(picture);
    this.#resizePicture();
    this.#refresh();
  }

  get base() {
    return this.#base.picture;
  }

  set over(picture) {
    this.#over.set(picture);
    if (!picture) this.#hold(false);
    this.#refresh();
  }

  get over() {
    return this.#over.picture;
  }

  // How much of the way the line stands from the left, 0 to 100: 0 shows `base` alone.
  get share() {
    return this.#made ? Number(this.wipe.value) : 0;
  }

  set share(percent) {
    if (this.#made) this.wipe.value = percent;
    this.#refresh();
  }

  // Where `base` lies, in CSS pixels of the stage.
  get box() {
    return this.#view.box;
  }

  get zoom() {
    return this.#view.zoom * this.#view.ratio;
  }

  connectedCallback() {
    if (!this.#made) this.#make();
    this.#watch = new ResizeObserver(() => this.#resize());
    this.#watch.observe(this.stage);
    this.#resize();
  }

  disconnectedCallback() {
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #make() {
    this.#made = true;
    this.picture = make("canvas", { className: "viewer-picture", attributes: { role: "img" } });
    this.wipe = make("input", {
      type: "range",
      className: "viewer-wipe",
      min: 0,
      max: 100,
      step: 1,
      value: 0,
      attributes: { "aria-label": t("viewer.wipe") },
      on: { input: () => this.#refresh() },
    });
    this.line = make("span", { className: "viewer-line", attributes: { "aria-hidden": "true" } });
    this.captions = ["over", "base"].map((side) =>
      make("span", {
        className: `viewer-caption viewer-caption-${side}`,
        attributes: { "aria-hidden": "true" },
      }),
    );
    const keys = make("p", {
      className: "visually-hidden",
      id: `viewer-keys-${++count}`,
      textContent: t("viewer.keys"),
    });
    const names = { "aria-label": t("viewer.picture"), "aria-describedby": keys.id };
    this.stage = make(
      "div",
      { className: "viewer-stage", tabIndex: 0, attributes: { role: "group", ...names } },
      this.picture,
      this.line,
      this.wipe,
      ...this.captions,
    );
    this.append(this.stage, keys, this.#makeTools());
    this.#listen();
    this.#refresh();
  }

  #makeTools() {
    const view = this.#view;
    const tool = (name, key, action) =>
      iconButton(name, t(`viewer.${key}`), () => this.#change(action));
    this.percent = make("span", { className: "viewer-percent" });
    this.fitButton = tool("fit", "fit", () => view.fit());
    this.holdButton = make(
      "button",
      { type: "button", className: "button viewer-hold", title: t("viewer.holdTitle") },
      icon("compare"),
      make("span", { textContent: t("viewer.hold") }),
    );
    const attributes = { role: "group", "aria-label": t("viewer.tools") };
    return make(
      "div",
      { className: "viewer-tools", attributes },
      tool("zoom-out", "out", () => view.zoomTo(view.zoom / STEP)),
      this.percent,
      tool("zoom-in", "in", () => view.zoomTo(view.zoom * STEP)),
      this.fitButton,
      tool("actual", "actual", () => view.actual()),
      this.holdButton,
    );
  }

  #listen() {
    const viewer = this;
    this.#gestures = new PictureGestures(this.stage, {
      view: this.#view,
      wipe: this.wipe,
      change: (action) => this.#change(action),
      hold: () => this.#hold((this.#heldByKey = true)),
      setLine: (x) => this.#setLine(x),
      get ready() {
        return viewer.#base.size !== null;
      },
      get lineAt() {
        return viewer.over ? viewer.#lineAt() : undefined;
      },
    });
    this.addEventListener("keydown", (event) => {
      if (event.target.tagName === "INPUT" && event.key.length > 1) return;
      if (this.#gestures.press(event)) event.preventDefault();
    });
    this.addEventListener("keyup", (event) => {
      if (event.key === "c" || event.key === "C") this.#hold(false);
    });
    this.addEventListener("focusout", () => this.#heldByKey && this.#hold(false));
    makeHeld(this.holdButton, (on) => this.#hold(on));
  }

  #hold(on) {
    const held = on && Boolean(this.over);
    this.#heldByKey &&= held;
    if (held === this.#holding) return;
    this.#holding = held;
    this.#refresh();
  }

  #change(action) {
    action();
    this.#refresh();
  }

  // The part of the stage's width along which the line moves: that of the picture which is seen.
  #way() {
    const { x, width } = this.#view.box;
    return seen(x, width, this.#view.stage.width, SHORTEST);
  }

  #lineAt() {
    const [left, right] = this.#way();
    return left + ((right - left) * this.wipe.value) / 100;
  }

  #setLine(x) {
    const [left, right] = this.#way();
    this.wipe.value = (100 * (x - left)) / (right - left);
    this.#refresh();
  }

  #resizePicture() {
    const size = this.#base.size;
    if (size) this.#view.show(size.width, size.height);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.stage;
    this.#view.resize(clientWidth, clientHeight);
    this.#refresh();
  }

  #loaded(which, shown, src) {
    if (which === "base") this.#resizePicture();
    this.#refresh();
    if (shown === null) return;
    const detail = { which, src };
    const name = shown ? "picture-shown" : "picture-failed";
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  #refresh() {
    if (!this.#made) return;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#write();
      this.#draw();
      this.#ask();
    });
  }

  // Everything but the picture itself.
  #write() {
    const [base, over] = [this.#base.picture, this.#over.picture];
    const digits = this.zoom < 0.1 ? 1 : 0;
    this.percent.textContent = base ? `${formatNumber(100 * this.zoom, digits)} %` : "";
    for (const button of this.querySelectorAll(".viewer-tools button")) button.disabled = !base;
    this.holdButton.hidden = !over;
    this.holdButton.setAttribute("aria-pressed", String(this.#holding));
    this.fitButton.setAttribute("aria-pressed", String(Boolean(base) && this.#view.fits));
    this.classList.toggle("is-comparing", Boolean(over));
    this.classList.toggle("is-holding", this.#holding);
    this.classList.toggle("is-movable", Boolean(base) && this.#view.movable);
    this.classList.toggle("is-dragging", this.#gestures.dragging);
    const names = [over?.label ?? "", base?.label ?? ""];
    const percent = !over ? 0 : this.#holding ? 100 : this.share;
    this.captions.forEach((caption, side) => {
      caption.textContent = names[side];
      caption.hidden = !names[side] || percent === (side ? 100 : 0);
    });
    this.wipe.hidden = this.line.hidden = !over;
    const share = { n: Number(this.wipe.value), name: names[0] };
    this.wipe.setAttribute("aria-valuetext", t("viewer.wipeValue", share));
    this.picture.setAttribute("aria-label", this.#describe(base, over));
    this.#place();
  }

  // Where the line and the captions go, for the style sheet.
  #place() {
    const { y, height } = this.#view.box;
    const [left, right] = this.#way();
    const [top, bottom] = seen(y, height, this.#view.stage.height, LOWEST);
    const { width, height: tall } = this.#view.picture;
    this.stage.style.setProperty("--viewer-ratio", String(width / tall));
    const places = { left, width: right - left, top, height: bottom - top, line: this.#lineAt() };
    for (const [name, pixels] of Object.entries(places)) {
      this.stage.style.setProperty(`--viewer-${name}`, `${pixels}px`);
    }
  }

  #describe(base, over) {
    if (!base) return t("viewer.empty");
    if (!over) return base.alt ?? "";
    return t("viewer.compared", { base: base.alt ?? "", over: over.alt ?? "" });
  }

  #draw() {
    const { stage, ratio, box } = this.#view;
    for (const side of ["width", "height"]) {
      const pixels = Math.round(stage[side] * ratio);
      if (this.picture[side] !== pixels) this.picture[side] = pixels;
      this.picture.style[side] = `${pixels / ratio}px`; // each pixel is one of the screen
    }
    const context = this.picture.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, stage.width, stage.height);
    const look = { ratio, near: !this.#view.fits };
    if (!this.#over.picture) return this.#base.draw(context, box, look);
    const line = this.#holding ? stage.width : this.#lineAt();
    const clipped = (left, right, layer) => {
      context.save();
      context.beginPath();
      context.rect(left, 0, right - left, stage.height);
      context.clip();
      layer.draw(context, box, look);
      context.restore();
    };
    clipped(line, stage.width, this.#base);
    clipped(0, line, this.#over);
  }

  #ask() {
    const size = this.#base.size;
    if (!size) return;
    const longest = Math.max(size.width, size.height);
    const screen = Math.ceil(longest * this.zoom);
    const detail = { side: Math.min(longest, screen), screen };
    const asked = Object.values(detail).join();
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.dispatchEvent(new CustomEvent("wanted-side", { bubbles: true, detail }));
  }
}

// The part of a stage's side that the picture takes, lengthened to `least` where it's shorter.
function seen(at, size, room, least) {
  const [from, to] = [Math.max(0, at), Math.min(room, at + size)];
  const short = Math.max(0, Math.min(least, room) - (to - from));
  return [from - short / 2, to + short / 2];
}

customElements.define("picture-viewer", PictureViewer);
