// <mask-brush>: brush a mask over a picture, by pointer or by keys.
//
// Properties: `src`, `width` and `height` of the picture (its own pixels), `mask` (address of a mask
// to begin with, or null). Method: `toBlob()`, a PNG of 8-bit grey with the picture's aspect ratio,
// at most 1,024 pixels long. `changed`: whether something would be lost. Event: `mask` { blob, empty } when it's to be used.

import { icon, make } from "../js/dom.js";
import { formatNumber, t } from "../js/text.js";
import { MaskKeys } from "./mask-keys.js";
import { MaskPixels } from "./mask-pixels.js";

const COLOUR = [230, 0, 120]; // of the mask over the picture

let count = 0;

export class MaskBrush extends HTMLElement {
  #pixels = new MaskPixels(1, 1);
  #keys = null;
  #given = { src: "", width: 1, height: 1, mask: null };
  #beginning = false;
  #erasing = false;
  #last = null; // where the pointer's stroke is

  connectedCallback() {
    if (this.stage) return;
    this.#make();
    this.#begin();
  }

  set src(address) {
    this.#give({ src: address });
  }

  get src() {
    return this.#given.src;
  }

  set width(pixels) {
    this.#give({ width: pixels });
  }

  get width() {
    return this.#given.width;
  }

  set height(pixels) {
    this.#give({ height: pixels });
  }

  get height() {
    return this.#given.height;
  }

  set mask(address) {
    this.#give({ mask: address });
  }

  get mask() {
    return this.#given.mask;
  }

  get changed() {
    return this.#pixels.canUndo;
  }

  get empty() {
    return this.#pixels.isEmpty;
  }

  toBlob() {
    this.#pixels.end();
    return this.#pixels.png();
  }

  // The properties come one by one; begin once they are all there.
  #give(properties) {
    Object.assign(this.#given, properties);
    if (this.#beginning) return;
    this.#beginning = true;
    queueMicrotask(() => {
      this.#beginning = false;
      this.#begin();
    });
  }

  #begin() {
    const { src, width, height, mask } = this.#given;
    if (!this.stage || !(width > 0 && height > 0)) return;
    this.#pixels = new MaskPixels(width, height);
    this.#keys.cursor = { x: this.#pixels.width / 2, y: this.#pixels.height / 2 };
    this.canvas.width = this.#pixels.width;
    this.canvas.height = this.#pixels.height;
    this.stage.style.setProperty("--ratio", String(width / height));
    if (src) this.photo.src = src;
    this.#paintAll();
    if (mask) this.#load(mask, this.#pixels);
  }

  async #load(address, pixels) {
    const image = new Image();
    image.src = address;
    await image.decode().catch(() => {}); // a mask that's gone is begun anew
    const { naturalWidth: width, naturalHeight: height } = image;
    if (pixels !== this.#pixels || !width) return;
    const context = make("canvas", { width, height }).getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const grey = Uint8Array.from({ length: width * height }, (_, at) => data[4 * at]);
    pixels.load(grey, width, height);
    this.#paintAll();
  }

  #make() {
    this.photo = make("img", { alt: "", draggable: false });
    this.canvas = make("canvas", { attributes: { "aria-hidden": "true" } });
    this.ring = make("span", { className: "mask-ring", attributes: { "aria-hidden": "true" } });
    const keys = make("p", {
      id: `mask-keys-${++count}`,
      className: "mask-keys",
      textContent: t("brush.keys"),
    });
    const names = { "aria-label": t("brush.stage"), "aria-describedby": keys.id };
    const attributes = { role: "application", ...names };
    const properties = { className: "mask-stage", tabIndex: 0, attributes };
    this.stage = make("div", properties, this.photo, this.canvas, this.ring);
    this.told = make("p", { className: "visually-hidden", attributes: { role: "status" } });
    const brush = this;
    this.#keys = new MaskKeys(this.stage, {
      draw: (from, to) => this.#draw(from, to),
      erase: (on) => this.#erase(on),
      resize: (factor) => this.#resize(factor),
      step: (name) => this.#step(name),
      change: (action) => this.#change(action),
      end: () => this.#end(),
      tell: (text) => (this.told.textContent = text),
      refresh: () => this.#refresh(),
      get pixels() {
        return brush.#pixels;
      },
      get radius() {
        return brush.radius;
      },
      get erasing() {
        return brush.#erasing;
      },
    });
    this.append(this.#makeTools(), this.stage, keys, this.told, this.#makeEnd());
    this.#listen();
  }

  #makeTools() {
    this.modes = [
      button("brush", "brush", () => this.#erase(false)),
      button("eraser", "erase", () => this.#erase(true)),
    ];
    const refresh = () => this.#refresh();
    this.sizeField = range(0, 100, 60, refresh);
    this.opacityField = range(10, 100, 60, refresh);
    this.undoButton = button("undo", "undo", () => this.#step("undo"));
    this.redoButton = button("redo", "redo", () => this.#step("redo"));
    const whole = [
      this.undoButton,
      this.redoButton,
      button("trash", "clear", () => this.#change((pixels) => pixels.fill(0))),
      button("fill", "fill", () => this.#change((pixels) => pixels.fill(255))),
      button("invert", "invert", () => this.#change((pixels) => pixels.invert())),
    ];
    for (const each of whole) each.classList.add("mask-whole"); // without words where it's narrow
    return make(
      "div",
      { className: "mask-tools", attributes: { role: "group", "aria-label": t("brush.tools") } },
      ...this.modes,
      label("size", this.sizeField),
      label("opacity", this.opacityField),
      ...whole,
    );
  }

  #makeEnd() {
    const use = async () => {
      const detail = { blob: await this.toBlob(), empty: this.empty };
      this.dispatchEvent(new CustomEvent("mask", { bubbles: true, detail }));
    };
    this.useButton = button("check", "use", use);
    this.useButton.classList.add("primary");
    return make("div", { className: "row end" }, this.useButton);
  }

  #listen() {
    const { stage } = this;
    stage.addEventListener("pointerdown", (event) => this.#pointerDown(event));
    stage.addEventListener("pointermove", (event) => this.#pointerMove(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      stage.addEventListener(end, (event) => this.#pointerUp(event));
    }
    this.addEventListener("keydown", (event) => {
      if (this.#keys.press(event)) event.preventDefault();
    });
  }

  // In pixels of the mask: from half a pixel to a third of the longest side.
  get radius() {
    return 0.5 * this.#most ** (this.sizeField.value / 100);
  }

  get #longest() {
    return Math.max(this.#pixels.width, this.#pixels.height);
  }

  get #most() {
    return Math.max(4, (2 * this.#longest) / 3);
  }

  #at(event) {
    const box = this.stage.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.#pixels.width;
    const y = ((event.clientY - box.top) / box.height) * this.#pixels.height;
    return { x, y, id: event.pointerId };
  }

  #pointerDown(event) {
    if (event.button !== 0 || this.#last) return;
    this.stage.setPointerCapture(event.pointerId);
    this.#pixels.begin();
    this.#last = this.#keys.cursor = this.#at(event);
    this.#draw(this.#last, this.#last);
    this.#refresh();
  }

  #pointerMove(event) {
    if (this.#last && this.#last.id !== event.pointerId) return;
    this.#keys.cursor = this.#at(event);
    if (this.#last) {
      // Points that are near to each other for a large brush are drawn as one line.
      const near = ({ x, y }) => Math.hypot(x - this.#last.x, y - this.#last.y) < this.radius / 8;
      const points = (event.getCoalescedEvents?.() ?? []).map((point) => this.#at(point));
      for (const point of [...points.filter((each) => !near(each)), this.#at(event)]) {
        const to = { ...point, id: event.pointerId };
        this.#draw(this.#last, to);
        this.#last = to;
      }
    }
    this.#showRing();
  }

  #pointerUp(event) {
    if (this.#last?.id !== event.pointerId) return;
    this.#last = null;
    this.#end();
  }

  #draw(from, to) {
    this.#paint(...this.#pixels.line(from, to, this.radius, this.#erasing));
  }

  #end() {
    this.#pixels.end();
    this.#refresh();
  }

  #change(action) {
    action(this.#pixels);
    this.#paintAll();
  }

  #erase(on) {
    this.#erasing = on;
    this.#refresh();
    this.told.textContent = t(on ? "brush.erasing" : "brush.brushing");
  }

  #resize(factor) {
    const part = (100 * Math.log(2 * this.radius * factor)) / Math.log(this.#most);
    this.sizeField.value = factor > 1 ? Math.ceil(part) : Math.floor(part);
    this.#refresh();
    this.told.textContent = t("brush.sizeIs", { n: this.#percent });
  }

  #step(name) {
    this.#change((pixels) => pixels[name]());
    const back = name === "undo";
    this.told.textContent = t(back ? "brush.undone" : "brush.redone");
  }

  // The brush's width, as a part of the picture's longest side.
  get #percent() {
    return Math.max(1, Math.round((200 * this.radius) / this.#longest));
  }

  #refresh() {
    const { canUndo, canRedo } = this.#pixels;
    this.undoButton.disabled = !canUndo;
    this.redoButton.disabled = !canRedo;
    for (const mode of this.modes) {
      const erases = mode === this.modes[1];
      mode.setAttribute("aria-pressed", String(erases === this.#erasing));
    }
    const opacity = Number(this.opacityField.value);
    this.sizeField.setAttribute("aria-valuetext", t("brush.sizeIs", { n: this.#percent }));
    this.opacityField.setAttribute("aria-valuetext", `${formatNumber(opacity)} %`);
    this.canvas.style.opacity = opacity / 100;
    this.#showRing();
  }

  #showRing() {
    const { width, height } = this.#pixels;
    const { cursor, down } = this.#keys;
    const { style, classList } = this.ring;
    style.left = `${(100 * cursor.x) / width}%`;
    style.top = `${(100 * cursor.y) / height}%`;
    style.width = `${(200 * this.radius) / width}%`;
    style.height = `${(200 * this.radius) / height}%`;
    classList.toggle("is-erasing", this.#erasing);
    classList.toggle("is-down", down || this.#last !== null);
  }

  #paintAll() {
    this.#paint(0, 0, this.#pixels.width, this.#pixels.height);
    this.#refresh();
  }

  #paint(left, top, right, bottom) {
    if (right <= left || bottom <= top) return;
    const { values, width } = this.#pixels;
    const image = new ImageData(right - left, bottom - top);
    const { data } = image;
    for (let y = top, at = 0; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        [data[at], data[at + 1], data[at + 2]] = COLOUR;
        data[at + 3] = values[y * width + x];
        at += 4;
      }
    }
    this.canvas.getContext("2d").putImageData(image, left, top);
  }
}

function button(name, key, action) {
  const title = t(`brush.${key}`);
  const properties = { type: "button", className: "button", title, on: { click: action } };
  return make("button", properties, icon(name), make("span", { textContent: title }));
}

function range(min, max, value, input) {
  return make("input", { type: "range", min, max, step: 1, value, on: { input } });
}

function label(key, field) {
  return make("label", {}, make("span", { textContent: t(`brush.${key}`) }), field);
}

customElements.define("mask-brush", MaskBrush);
