// A mask as grey values, 255 where the painting goes. It knows no page: strokes in, PNG out.

export const LONGEST_SIDE = 1024;
const STEPS = 40;

export class MaskPixels {
  // The mask of a picture of this size: the same aspect ratio, at most LONGEST_SIDE pixels long.
  constructor(width, height) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    this.width = Math.max(1, Math.round(width * scale));
    this.height = Math.max(1, Math.round(height * scale));
    this.values = new Uint8Array(this.width * this.height);
    this.undone = [];
    this.done = [];
    this.open = null;
  }

  get canUndo() {
    return this.done.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  get isEmpty() {
    return !this.values.some((value) => value > 0);
  }

  // Begin a step that one `undo` takes back. Everything drawn until `end` belongs to it.
  begin() {
    this.open ??= this.values.slice();
  }

  end() {
    const before = this.open;
    this.open = null;
    if (!before) return;
    const change = difference(before, this.values, this.width);
    if (!change) return;
    this.done.push(change);
    if (this.done.length > STEPS) this.done.shift();
    this.undone = [];
  }

  // Draw a round brush along a line; return the changed rectangle [left, top, right, bottom).
  line(from, to, radius, erase = false) {
    const reach = radius + 1;
    const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
    const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
    const right = Math.min(this.width, Math.ceil(Math.max(from.x, to.x) + reach));
    const bottom = Math.min(this.height, Math.ceil(Math.max(from.y, to.y) + reach));
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy || 1;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
        const along = Math.min(1, Math.max(0, (px * dx + py * dy) / length));
        const distance = Math.hypot(px - along * dx, py - along * dy);
        const cover = 255 * Math.min(1, Math.max(0, radius + 0.5 - distance));
        const at = y * this.width + x;
        const value = this.values[at];
        this.values[at] = erase ? Math.min(value, 255 - cover) : Math.max(value, cover);
      }
    }
    return [left, top, right, bottom];
  }

  fill(value) {
    this.#whole(() => this.values.fill(value));
  }

  invert() {
    this.#whole(() => this.values.forEach((value, at) => (this.values[at] = 255 - value)));
  }

  // Begin anew with values of any other size, each the grey of a pixel.
  load(values, width, height) {
    this.open = null;
    this.done = [];
    this.undone = [];
    for (let y = 0; y < this.height; y++) {
      const row = Math.floor(((y + 0.5) * height) / this.height) * width;
      for (let x = 0; x < this.width; x++) {
        const column = Math.floor(((x + 0.5) * width) / this.width);
        this.values[y * this.width + x] = values[row + column];
      }
    }
  }

  #whole(change) {
    this.end();
    this.begin();
    change();
    this.end();
  }

  undo() {
    this.#swap(this.done, this.undone);
  }

  redo() {
    this.#swap(this.undone, this.done);
  }

  #swap(from, to) {
    this.end();
    const change = from.pop();
    if (!change) return;
    const { left, top, right, bottom } = change;
    to.push({ ...change, values: cut(this.values, this.width, change) });
    for (let y = top; y < bottom; y++) {
      const row = change.values.subarray((y - top) * (right - left), (y - top + 1) * (right - left));
      this.values.set(row, y * this.width + left);
    }
  }

  // A PNG of 8-bit grey. It's written here because browsers write grey as colours, and some add
  // noise to what is read from a canvas.
  async png() {
    const stride = this.width + 1;
    const raw = new Uint8Array(stride * this.height); // each row begins with its filter, 0
    for (let y = 0; y < this.height; y++) {
      raw.set(this.values.subarray(y * this.width, (y + 1) * this.width), y * stride + 1);
    }
    const stream = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    const header = new Uint8Array(13);
    const view = new DataView(header.buffer);
    view.setUint32(0, this.width);
    view.setUint32(4, this.height);
    header[8] = 8; // bits; the other fields are 0: grey, deflate, filters of rows, not interlaced
    const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
    const parts = [chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array())];
    return new Blob([signature, ...parts], { type: "image/png" });
  }
}

// What `before` was in the smallest rectangle outside which nothing changed; null if nothing did.
function difference(before, after, width) {
  const height = after.length / width;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (before[at] === after[at]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  if (!right) return null;
  const rectangle = { left, top, right, bottom };
  return { ...rectangle, values: cut(before, width, rectangle) };
}

function cut(values, width, { left, top, right, bottom }) {
  const size = right - left;
  const found = new Uint8Array(size * (bottom - top));
  for (let y = top; y < bottom; y++) {
    found.set(values.subarray(y * width + left, y * width + right), (y - top) * size);
  }
  return found;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function chunk(type, data) {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  let crc = 0xffffffff;
  for (const byte of bytes.subarray(4, -4)) crc = (crc >>> 8) ^ CRC[(crc ^ byte) & 255];
  view.setUint32(bytes.length - 4, ~crc);
  return bytes;
}
