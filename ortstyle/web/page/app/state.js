/** What the page knows: the two pictures, the settings, the engine, its plan, and what is painted. */

class PageState extends EventTarget {
  photograph = null; // a Picture: { file, name, url, width, height }
  painting = null;
  settings = {}; // that differ from the defaults
  defaults = {};
  sizes = []; // that are offered
  engine = { phase: "loading" }; // "loading" { what, done, of }, "ready" (the worker's), "unable"
  plan = null; // what the order takes; { asked: true } while that is being found out
  offline = {}; // what offline.js tells
  run = null; // what is painted or was; see runs.js

  /** Change what is named; tells those who watch it. */
  set(changes) {
    Object.assign(this, changes);
    const detail = { keys: Object.keys(changes) };
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  /** Call back now and whenever one of the names changes, until `signal` ends it. */
  watch(keys, callback, signal) {
    const listener = ({ detail }) => keys.some((key) => detail.keys.includes(key)) && callback();
    this.addEventListener("change", listener, { signal });
    callback();
  }

  /** The order: all settings with their values. */
  get order() {
    return { ...this.defaults, ...this.settings };
  }

  /** Whether something is being painted. */
  get isPainting() {
    return ["painting", "stopping", "recovering"].includes(this.run?.phase);
  }
}

export const state = new PageState();
