// A brush moved by keys: arrows move it, Space paints, Enter holds it down, [ and ] change its size.
//
// `host` has: `pixels` (MaskPixels), `radius`, `erasing`, `draw(from, to)`, `erase(on)`,
// `resize(factor)`, `step(name)`, `change(action)`, `end()` of a stroke, `tell(text)`, `refresh()`.

import { t } from "../js/text.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 1.2; // of the brush's size

export class MaskKeys {
  cursor = { x: 0, y: 0 };
  down = false;
  #lock = false; // held down by Enter

  constructor(stage, host) {
    this.stage = stage;
    this.host = host;
    stage.addEventListener("keyup", (event) => event.key === " " && this.#lift());
    stage.addEventListener("blur", () => {
      this.#lock = false;
      this.#lift();
    });
  }

  // Returns whether the key was taken. Those of undo and size act everywhere in the component.
  press(event) {
    const { host } = this;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (command && (key === "z" || key === "y")) {
      host.step(key === "y" || event.shiftKey ? "redo" : "undo");
    } else if (key === "[" || key === "]") host.resize(key === "]" ? STEP : 1 / STEP);
    else if (command || event.altKey || event.target !== this.stage) return false;
    else if (key in ARROWS) this.#go(ARROWS[key], event.shiftKey ? 4 : 1);
    else if (key === " ") this.#lower(event.repeat);
    else if (key === "Enter") this.#toggleLock(event.repeat);
    else if (key === "e" || key === "b") host.erase(key === "e");
    else if (key === "i") host.change((pixels) => pixels.invert());
    else return false;
    return true;
  }

  #go([dx, dy], times) {
    const { host, cursor: from } = this;
    const { width, height } = host.pixels;
    const step = times * Math.max(1, host.radius / 2);
    const x = Math.min(width, Math.max(0, from.x + dx * step));
    const y = Math.min(height, Math.max(0, from.y + dy * step));
    this.cursor = { x, y };
    if (this.down) host.draw(from, this.cursor);
    host.refresh();
    const percent = (part, whole) => Math.round((100 * part) / whole);
    host.tell(t("brush.place", { x: percent(x, width), y: percent(y, height) }));
  }

  #lower(repeated) {
    if (repeated || this.down) return;
    this.down = true;
    this.host.pixels.begin();
    this.host.draw(this.cursor, this.cursor);
    this.host.refresh();
    const { erasing } = this.host;
    this.host.tell(t(erasing ? "brush.rubbed" : "brush.stamped"));
  }

  #lift() {
    if (!this.down || this.#lock) return;
    this.down = false;
    this.host.end();
  }

  #toggleLock(repeated) {
    if (repeated) return;
    const lowered = !this.#lock;
    if (lowered) this.#lower(false);
    this.#lock = lowered;
    this.#lift();
    this.host.tell(t(lowered ? "brush.lowered" : "brush.lifted"));
  }
}
