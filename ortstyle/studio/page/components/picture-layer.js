// One of the two pictures of a viewer: loads what it's told, one at a time, and draws the newest
// that is decoded. The previous one stays until then, so that nothing flickers. A picture that has a
// `video`, an element that can be drawn, is that film's frame now.

import { similar } from "./picture-view.js";

const LATE = 400; // milliseconds after which another picture's image is no longer shown
const THINNEST = 2; // CSS pixels
const MAGNIFIED = 8; // from this many device pixels a pixel of the file on, its edges are shown

export class PictureLayer {
  picture = null;
  #image = null;
  #still = null; // the last frame of a film that stands, while it goes to another one
  #shown = null; // the `src` of #image
  #loading = null;
  #late = null;

  // `told(shown, src)` is called when a picture was decoded, or could not be (false), or when none
  // is shown any more (null).
  constructor(told) {
    this.told = told;
  }

  get size() {
    const { width, height } = this.picture ?? {};
    if (width > 0 && height > 0) return { width, height };
    return this.picture && this.#image ? sizeOf(this.#image) : null;
  }

  set(picture) {
    const other = picture?.key !== this.picture?.key;
    this.picture = picture;
    if (!picture) return this.#forget();
    if (other) {
      clearTimeout(this.#late);
      this.#late = setTimeout(() => this.#forget(), LATE);
    }
    if (picture.video) this.#play(picture.video);
    else this.#load();
  }

  #play(video) {
    clearTimeout(this.#late);
    this.#shown = null;
    this.#image = video;
    if (video.paused && isReady(video)) this.#still = snapshot(video);
    this.told(null);
  }

  #forget() {
    clearTimeout(this.#late);
    this.#image = this.#shown = this.#still = null;
    this.told(null);
  }

  async #load() {
    const { src, key } = this.picture;
    if (this.#loading || !src || src === this.#shown) return;
    this.#loading = src;
    const image = new Image();
    image.src = src;
    const shown = await image.decode().then(
      () => true,
      () => false,
    );
    this.#loading = null;
    // Where a painting grows faster than its pictures are decoded, each decoded one is shown.
    if (shown && this.picture && this.picture.key === key && !this.picture.video) {
      clearTimeout(this.#late);
      this.#image = image;
      this.#shown = src;
    }
    this.told(shown, src);
    if (this.picture && !this.picture.video && this.picture.src !== src) this.#load();
  }

  // Draw into the box {x, y, width, height} of the base, in CSS pixels. The same view at another
  // size fills it; another view is shown whole in its middle. `near`: whether somebody zoomed in, and
  // then looks for single pixels.
  draw(context, box, { ratio, near }) {
    const image = isReady(this.#image) ? this.#image : this.#still;
    if (!image) return;
    const natural = sizeOf(image);
    let { x, y, width, height } = box;
    if (!similar(natural, box)) {
      const scale = Math.min(width / natural.width, height / natural.height);
      x += (width - natural.width * scale) / 2;
      y += (height - natural.height * scale) / 2;
      [width, height] = [natural.width * scale, natural.height * scale];
    }
    [x, width] = seen(x, width);
    [y, height] = seen(y, height);
    const pixels = near && natural.width >= (this.size?.width ?? 0);
    context.imageSmoothingEnabled = !pixels || (width / natural.width) * ratio < MAGNIFIED;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, x, y, width, height);
  }
}

const sizeOf = ({ naturalWidth, naturalHeight, videoWidth, videoHeight, width, height }) =>
  ({ width: naturalWidth ?? videoWidth ?? width, height: naturalHeight ?? videoHeight ?? height });

// Whether there are pixels to draw; a <video> has none while it seeks.
const isReady = (image) => !(image?.readyState < 2);

function snapshot(video) {
  const { width, height } = sizeOf(video);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return canvas;
}

// A picture of 20,000 × 10 pixels that fits is thinner than a pixel of the screen, but is seen.
function seen(at, size) {
  return size < THINNEST ? [Math.round(at + (size - THINNEST) / 2), THINNEST] : [at, size];
}
