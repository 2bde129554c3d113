/** What of a film is shown: the clip, or the painted film and its clip in step, at one moment. */

import { filmAddress, frameAddress } from "./api.js";

const FRESH = 0.4; // seconds of a film whose length nothing tells

/** Decides what the bar of a film holds, and what the viewer draws of it. */
export class FilmStage {
  #following = true; // whether the newest frame is shown of a film that is painted
  #painted = new Map(); // id of a painting → seconds of it that are painted

  /** `changed()` is called where there is something new to draw. */
  constructor(bar, state, changed) {
    Object.assign(this, { bar, state, changed });
    bar.addEventListener("frame", () => changed());
    bar.addEventListener("unplayable", () => changed());
    bar.addEventListener("play", () => this.#leaveDraft());
    bar.addEventListener("moment", ({ detail }) => this.#move(detail));
  }

  /** Bring the bar up to date; `painting` is what is shown, or null for what is composed. */
  show(painting, photograph) {
    const film = painting?.film ? this.#ofPainting(painting, photograph) : this.#ofClip(painting);
    const before = this.bar.film?.key;
    this.bar.hidden = !film;
    if (film?.key !== before) this.#following = true;
    this.bar.film = film;
    if (!film) return;
    if (painting?.film) this.#follow(painting);
    else if (film.key !== before) this.bar.time = this.state.order.moment ?? this.#clip.clip.poster;
  }

  /** Whether the newest picture that the studio has is wanted, as of a picture that is painted. */
  get isFollowing() {
    return this.#following;
  }

  /** The painted film at the moment, for the viewer. */
  painted({ id, width, height }, side, words) {
    return this.#layer(`film:${id}`, `/api/paintings/${id}`, this.bar.time, side, { width, height, ...words });
  }

  /** The clip at the moment, for the viewer; `begin` is where the film that is painted of it begins. */
  source({ id, width, height }, side, words, begin = 0) {
    return this.#layer(`clip:${id}`, `/api/pictures/${id}`, this.bar.time + begin, side, { width, height, ...words });
  }

  get #clip() {
    return this.state.clip;
  }

  #layer(key, address, time, side, words) {
    const video = this.bar.videoOf(key);
    const src = video ? undefined : frameAddress(address, time, Math.min(side, 2048));
    return { key, video, src, ...words };
  }

  #ofClip(painting) {
    const picture = this.#clip;
    if (!picture || (painting && !this.state.isOurs(painting))) return null;
    const { seconds, rate, sound } = picture.clip;
    const track = { key: `clip:${picture.id}`, src: filmAddress(`/api/pictures/${picture.id}`), begin: 0 };
    return { key: track.key, seconds: seconds ?? FRESH, rate, sound, until: null, tracks: [track] };
  }

  #ofPainting({ id, state, film, progress }, photograph) {
    const { begin, seconds, rate, sound } = film;
    const done = state === "done";
    if (progress?.phase === "painting" && progress.frame !== null)
      this.#painted.set(id, Math.max(this.#painted.get(id) ?? 0, (progress.frame + 1) / rate));
    const until = done ? null : Math.max(0, (this.#painted.get(id) ?? 0) - 1 / rate);
    const own = { key: `film:${id}`, src: done ? filmAddress(`/api/paintings/${id}`) : null, begin: 0 };
    const clip = photograph?.clip && done
      ? [{ key: `clip:${photograph.id}`, src: filmAddress(`/api/pictures/${photograph.id}`), begin }] : [];
    return { key: own.key, seconds: seconds ?? FRESH, rate, sound, until, tracks: [own, ...clip] };
  }

  #follow({ state, progress }) {
    const newest = this.bar.film.until;
    if (this.#following && state !== "done" && progress?.phase && newest !== this.bar.time) this.bar.time = newest;
  }

  /** A draft is of one frame; the clip is shown instead. */
  #leaveDraft() {
    const painting = this.state.paintings.get(this.state.current);
    if (painting && !painting.film) this.state.set({ current: null });
  }

  #move({ time, settled }) {
    const { current, paintings } = this.state;
    const painting = paintings.get(current);
    this.#following = Boolean(painting?.film) && painting.state !== "done" && time >= this.bar.film.until;
    if (painting?.film) return this.changed();
    this.#leaveDraft();
    if (settled) this.state.changeOrder({ moment: time });
    return this.changed();
  }
}
