// <film-bar>: the line of time under a film: play, a slider that steps frame by frame, the moment, and
// the sound. It holds the <video> elements of one film or of two that run in step, and shows none of
// them: whoever draws asks `videoOf`, and for what this browser can't play shows pictures instead.
//
// Properties: `film` = { key, seconds, rate, until, sound, tracks } or null; `until` is the last moment
// that can be looked at, or null for all. A track is { key, src, begin }: `src` is null where there is
// only pictures, `begin` the moment of the track at the bar's beginning. The first one has the sound.
// `time`: the moment in seconds. Events: `moment` { time, settled }, where the time was changed by
// hand; `play`; `frame`, where there is something new to draw; `unplayable` { key }.

import { icon, make } from "../js/dom.js";
import { formatNumber, t } from "../js/text.js";

const INSIDE = 0.002; // seconds by which a moment is within its frame, whatever is rounded
const SLACK = 0.05; // seconds that two films may be apart while they are played

export class FilmBar extends HTMLElement {
  #film = null;
  #videos = new Map(); // key of a track → its <video>
  #unplayable = new Set();
  #time = 0;
  #muted = false;
  #made = false;

  connectedCallback() {
    if (this.#made) return;
    this.#made = true;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", t("film.bar"));
    const button = (click) => make("button", { type: "button", className: "icon-button", on: { click } });
    this.playButton = button(() => (this.playing ? this.pause() : this.play()));
    this.soundButton = button(() => this.#setMuted(!this.#muted));
    this.slider = make("input", {
      type: "range", min: 0, className: "film-slider",
      attributes: { "aria-label": t("film.slider") },
      on: { input: () => this.#move(false), change: () => this.#move(true) },
    });
    this.clock = make("output", { className: "film-clock" });
    this.note = make("p", { className: "film-note hint", hidden: true });
    this.append(this.playButton, this.slider, this.clock, this.soundButton, this.note);
    this.#show();
  }

  disconnectedCallback() {
    this.pause();
  }

  set film(film) {
    const same = film?.key === this.#film?.key;
    this.#film = film;
    if (!same) this.#time = 0;
    const wanted = new Map((film?.tracks ?? []).filter(({ src }) => src).map((track) => [track.key, track]));
    for (const [key, video] of this.#videos) if (wanted.get(key)?.src !== video.dataset.src) this.#drop(key, video);
    for (const track of wanted.values()) if (!this.#videos.has(track.key)) this.#load(track);
    this.#show();
  }

  get film() {
    return this.#film;
  }

  set time(seconds) {
    this.pause();
    this.#time = this.#within(seconds);
    this.#seek();
    this.#show();
  }

  get time() {
    return this.#time;
  }

  get playing() {
    return [...this.#videos.values()].some((video) => !video.paused);
  }

  // Whether a track is played as a film, once it's known; until then it may be.
  plays(key) {
    return this.#videos.has(key) && !this.#unplayable.has(key);
  }

  // The <video> of a track, once a frame of it can be drawn.
  videoOf(key) {
    const video = this.plays(key) ? this.#videos.get(key) : null;
    return video && "drawn" in video.dataset ? video : null;
  }

  play() {
    this.dispatchEvent(new Event("play"));
    if (this.#time >= this.#end - 1 / this.#film.rate) this.#time = 0;
    this.#seek();
    for (const [key, video] of this.#videos) if (this.plays(key)) video.play().catch(() => {}); // paused meanwhile
    this.#follow();
    this.#show();
  }

  pause() {
    for (const video of this.#videos.values()) video.pause();
    this.#show();
  }

  get #end() {
    const { seconds = 0, until = null } = this.#film ?? {};
    return Math.max(0, until === null ? seconds : Math.min(seconds, until));
  }

  #within(seconds) {
    return Math.min(Math.max(0, seconds), this.#end);
  }

  // The film that the others follow: the first one that is played.
  get #leader() {
    return (this.#film?.tracks ?? []).find(({ key }) => this.plays(key));
  }

  #load({ key, src }) {
    const video = make("video", { src, preload: "auto", playsInline: true, hidden: true, dataset: { src } });
    const news = () => this.dispatchEvent(new Event("frame"));
    const failed = () => {
      if (this.#videos.get(key) !== video || this.#unplayable.has(key)) return;
      this.#unplayable.add(key);
      video.pause();
      this.#show();
      this.dispatchEvent(new CustomEvent("unplayable", { detail: { key } }));
    };
    video.addEventListener("error", failed);
    video.addEventListener("loadedmetadata", () => {
      if (!video.videoWidth) return failed(); // only its sound is known here
      return this.#seek();
    });
    video.addEventListener("ended", () => key === this.#leader?.key && this.pause());
    for (const name of ["loadeddata", "seeked"])
      video.addEventListener(name, () => {
        video.dataset.drawn = "";
        this.#seek(); // the slider may have gone on meanwhile
        news();
      });
    this.#videos.set(key, video);
    this.append(video);
  }

  #drop(key, video) {
    video.pause();
    this.#videos.delete(key);
    this.#unplayable.delete(key);
    video.removeAttribute("src");
    video.load(); // ends what is being fetched
    video.remove();
  }

  #trackOf = (key) => this.#film?.tracks.find((track) => track.key === key);

  // Bring all films that stand still to the moment; one that seeks already goes on from there.
  #seek() {
    for (const [key, video] of this.#videos) {
      const wanted = this.#time + (this.#trackOf(key)?.begin ?? 0) + INSIDE;
      const far = Math.abs(video.currentTime - wanted) > 0.25 / (this.#film?.rate || 25);
      if (video.readyState >= 1 && video.paused && !video.seeking && far) video.currentTime = wanted;
    }
  }

  // While a film is played its time is that of the bar, and the other one keeps in step.
  #follow() {
    const leader = this.#leader;
    const video = leader && this.#videos.get(leader.key);
    if (!video || video.paused) return;
    const next = () => this.#follow();
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(next);
    else requestAnimationFrame(next);
    this.#time = this.#within(video.currentTime - leader.begin);
    for (const [key, other] of this.#videos) {
      const ahead = other.currentTime - this.#time - (this.#trackOf(key)?.begin ?? 0);
      if (other !== video && !other.seeking && Math.abs(ahead) > SLACK) other.currentTime -= ahead;
    }
    if (this.#film.until !== null && this.#time >= this.#end) this.pause();
    this.dispatchEvent(new Event("frame"));
    this.#show();
  }

  #move(settled) {
    const time = this.slider.valueAsNumber; // before what follows writes it anew
    this.pause();
    this.#time = this.#within(time);
    this.#seek();
    this.#show();
    this.dispatchEvent(new CustomEvent("moment", { detail: { time: this.#time, settled } }));
  }

  #setMuted(muted) {
    this.#muted = muted;
    this.#show();
  }

  #show() {
    if (!this.#made) return;
    const { seconds = 0, rate = 25, sound = false, tracks = [] } = this.#film ?? {};
    const leader = this.#leader;
    for (const [key, video] of this.#videos) video.muted = this.#muted || key !== leader?.key;
    const name = (button, label, symbol) => {
      if (button.title === label) return;
      button.title = label;
      button.setAttribute("aria-label", label);
      button.replaceChildren(icon(symbol));
    };
    name(this.playButton, t(this.playing ? "film.pause" : "film.play"), this.playing ? "pause" : "play");
    name(this.soundButton, t(this.#muted ? "film.loud" : "film.silent"), this.#muted ? "muted" : "sound");
    this.playButton.hidden = !leader;
    this.soundButton.hidden = !leader || !sound;
    this.classList.toggle("is-growing", Number.isFinite(this.#film?.until ?? NaN));
    this.slider.disabled = !this.#end;
    this.slider.step = 1 / rate;
    this.slider.max = seconds;
    this.slider.value = this.#time;
    this.slider.style.setProperty("--known", `${seconds ? (100 * this.#end) / seconds : 100}%`);
    const words = { at: formatClock(this.#time, true), of: formatClock(seconds, seconds < 60) };
    this.slider.setAttribute("aria-valuetext", t("film.at", words));
    this.clock.textContent = `${words.at} / ${words.of}`;
    this.note.hidden = !tracks.some(({ key }) => this.#unplayable.has(key));
    this.note.textContent = this.note.hidden ? "" : t("film.unplayable");
  }
}

/** A moment as it is read on a clock: "1:02.50", or without `exact` "1:02". */
export function formatClock(seconds, exact = false) {
  const hundredths = exact ? Math.floor(seconds * 100 + 1e-6) : Math.round(seconds) * 100;
  const [minutes, rest] = [Math.floor(hundredths / 6000), (hundredths % 6000) / 100];
  const text = rest.toFixed(exact ? 2 : 0).padStart(exact ? 5 : 2, "0");
  return `${formatNumber(minutes)}:${text}`;
}

customElements.define("film-bar", FilmBar);
