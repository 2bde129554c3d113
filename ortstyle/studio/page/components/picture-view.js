// Where a picture lies on a stage: zoom and pan as arithmetic. All lengths are in CSS pixels; `zoom`
// is CSS pixels per pixel of the picture.

const LARGEST = 32;

export class PictureView {
  constructor() {
    this.stage = { width: 1, height: 1 };
    this.picture = { width: 1, height: 1 };
    this.zoom = 1;
    this.x = 0; // the picture's left upper corner on the stage
    this.y = 0;
    this.fits = true;
  }

  get fitZoom() {
    const { stage, picture } = this;
    return Math.min(stage.width / picture.width, stage.height / picture.height);
  }

  get limits() {
    const fit = this.fitZoom;
    return [Math.min(fit, 1 / this.ratio), Math.max(fit, LARGEST)];
  }

  get ratio() {
    return globalThis.devicePixelRatio || 1;
  }

  get box() {
    const { picture, zoom } = this;
    return { x: this.x, y: this.y, width: picture.width * zoom, height: picture.height * zoom };
  }

  // Whether a part of the picture lies outside the stage, so that it can be moved.
  get movable() {
    const { width, height } = this.box;
    return width > this.stage.width + 0.5 || height > this.stage.height + 0.5;
  }

  fit() {
    this.fits = true;
    this.zoom = this.fitZoom;
    this.#hold();
  }

  // One pixel of the picture on one of the screen, around the stage's middle.
  actual() {
    this.zoomTo(1 / this.ratio);
  }

  zoomTo(zoom, x = this.stage.width / 2, y = this.stage.height / 2) {
    const [least, most] = this.limits;
    const to = Math.min(most, Math.max(least, zoom));
    this.x = x - ((x - this.x) * to) / this.zoom;
    this.y = y - ((y - this.y) * to) / this.zoom;
    this.zoom = to;
    this.fits = Math.abs(to / this.fitZoom - 1) < 1e-6;
    this.#hold();
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#hold();
  }

  // The stage has another size; what was in its middle stays there.
  resize(width, height) {
    if (!(width > 0 && height > 0)) return;
    this.x += (width - this.stage.width) / 2;
    this.y += (height - this.stage.height) / 2;
    this.stage = { width, height };
    if (this.fits) this.fit();
    else this.zoomTo(this.zoom);
  }

  // Another picture. Where it has the same aspect ratio it's taken for the same view, and stays.
  show(width, height) {
    const same = similar(this.picture, { width, height });
    const scale = this.picture.width / width;
    this.picture = { width, height };
    if (this.fits || !same) return this.fit();
    this.zoom *= scale;
    this.zoomTo(this.zoom);
  }

  // A picture smaller than the stage is in its middle; a larger one leaves no gap.
  #hold() {
    const { width, height } = this.box;
    this.x = held(this.x, width, this.stage.width);
    this.y = held(this.y, height, this.stage.height);
  }
}

// Whether two sizes show the same view, up to what rounding to pixels and multiples of 16 changes.
export function similar(a, b) {
  const across = (a.width * b.height) / (a.height * b.width);
  const slack = 0.02 + 1 / Math.min(a.width, a.height, b.width, b.height);
  return Math.abs(Math.log(across)) < slack;
}

function held(at, size, room) {
  if (size <= room) return (room - size) / 2;
  return Math.min(0, Math.max(room - size, at));
}
