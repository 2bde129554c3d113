// Wheel, drag, pinch and double click on the stage of a viewer, and keys in it.
//
// `host` has: `view` (a PictureView), `change(action)`, `ready` (there is a picture), `wipe` (the
// range input), `lineAt` and `setLine(x)` (undefined while nothing is compared), `hold()`.

const STEP = 1.25;
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const REACH = 14; // how near to the line, in CSS pixels, a drag takes hold of it
const ENDS = ["pointerup", "pointercancel", "lostpointercapture"];

export class PictureGestures {
  #pointers = new Map(); // id → where on the stage
  #kind = null; // "line", "picture" or "pinch"

  constructor(stage, host) {
    this.stage = stage;
    this.host = host;
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ENDS) stage.addEventListener(end, (event) => this.#up(event));
    stage.addEventListener("dblclick", (event) => this.#doubleClick(event));
  }

  get dragging() {
    return this.#kind !== null;
  }

  #at(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #wheel(event) {
    const { host } = this;
    const { view } = host;
    if (!host.ready || !event.deltaY) return;
    const [least] = view.limits;
    const outermost = Math.min(view.fitZoom, view.zoom);
    const out = event.deltaY > 0;
    if (out && !event.ctrlKey && view.zoom <= view.fitZoom * 1.000001) return; // the page scrolls
    event.preventDefault();
    const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
    const turn = Math.max(-200, Math.min(200, pixels));
    const zoom = view.zoom * Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.002));
    const { x, y } = this.#at(event);
    host.change(() => view.zoomTo(Math.max(event.ctrlKey ? least : outermost, zoom), x, y));
  }

  #down(event) {
    const { host } = this;
    const mouse = event.pointerType === "mouse";
    if (event.target === host.wipe || !host.ready || (mouse && event.button !== 0)) return;
    const at = this.#at(event);
    const onLine = host.lineAt !== undefined && Math.abs(at.x - host.lineAt) <= REACH;
    this.#pointers.set(event.pointerId, at);
    if (this.#pointers.size === 2) this.#kind = "pinch";
    else this.#kind = onLine ? "line" : "picture";
    this.stage.setPointerCapture(event.pointerId);
    host.change(() => {});
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const at = this.#at(event);
    this.#pointers.set(event.pointerId, at);
    if (this.#kind === "line") return this.host.setLine?.(at.x);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId);
    if (other) return this.#pinch(before, at, other[1]);
    this.host.change(() => this.host.view.move(at.x - before.x, at.y - before.y));
  }

  #pinch(before, at, other) {
    const { view } = this.host;
    const apart = (point) => Math.max(10, Math.hypot(point.x - other.x, point.y - other.y));
    this.host.change(() => {
      view.move((at.x - before.x) / 2, (at.y - before.y) / 2);
      const zoom = (view.zoom * apart(at)) / apart(before);
      view.zoomTo(zoom, (at.x + other.x) / 2, (at.y + other.y) / 2);
    });
  }

  #up(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    this.#kind = this.#pointers.size ? "picture" : null;
    this.host.change(() => {});
  }

  #doubleClick(event) {
    const { view, wipe, ready, change } = this.host;
    if (event.target === wipe || !ready) return;
    const { x, y } = this.#at(event);
    const nearer = Math.max(2 * view.zoom, 1 / view.ratio);
    change(() => (view.fits ? view.zoomTo(nearer, x, y) : view.fit()));
  }

  // Returns whether the key was taken.
  press(event) {
    const { view, change, hold } = this.host;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const arrow = event.target === this.stage && ARROWS[event.key];
    const step = event.shiftKey ? 200 : 40;
    if (arrow) change(() => view.move(step * arrow[0], step * arrow[1]));
    else if (event.key === "+" || event.key === "=") change(() => view.zoomTo(view.zoom * STEP));
    else if (event.key === "-") change(() => view.zoomTo(view.zoom / STEP));
    else if (event.key === "0") change(() => view.fit());
    else if (event.key === "1") change(() => view.actual());
    else if (event.key === "c" || event.key === "C") hold();
    else return false;
    return true;
  }
}

// A button that acts as long as it's pressed, by pointer or key. A screen reader, which clicks
// without either and can't hold, switches it.
export function makeHeld(button, hold) {
  const presses = (event) => event.key === " " || event.key === "Enter";
  let held = false;
  const set = (on) => hold((held = on));
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const end of ENDS) button.addEventListener(end, () => set(false));
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long touch
  for (const kind of ["keydown", "keyup"]) {
    button.addEventListener(kind, (event) => {
      if (!presses(event)) return;
      event.preventDefault();
      set(kind === "keydown");
    });
  }
  button.addEventListener("click", (event) => event.detail === 0 && set(!held));
  button.addEventListener("blur", () => set(false));
}
