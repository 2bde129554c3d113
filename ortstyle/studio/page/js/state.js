/** What this tab knows: pictures, paintings, the queue, what is being composed, what is shown. */

const OVER = new Set(["done", "failed", "stopped"]);

export const isOver = (painting) => OVER.has(painting.state);

export const emptyOrder = () => ({
  photograph: null,
  paintings: [],
  preset: "default",
  settings: {},
  device: "auto",
  start: null,
  location: false, // whether the photograph's place goes into the result
  film: { settings: {}, begin: null, end: null }, // where the photograph is a film
  moment: null, // of the film, in seconds
});

class StudioState extends EventTarget {
  pictures = new Map(); // id → Picture
  paintings = new Map(); // id → Summary
  queue = []; // ids that are not over, in order
  order = emptyOrder(); // being composed
  current = null; // id of the painting that is shown
  compare = { with: "photograph" };
  form = { presets: [], panels: [], film: [] };
  takes = {}; // seconds of the drafts of the order: {variants, presets}, null where not known
  studio = null; // what GET /api/studio says
  online = true;

  /** Change what is named; tells "change" with the names in `detail.keys`. */
  set(changes) {
    Object.assign(this, changes);
    this.#tell(Object.keys(changes));
  }

  /** Call back now and whenever one of the names changes; returns a function that ends it. */
  watch(keys, callback) {
    const listener = ({ detail }) => {
      if (keys.some((key) => detail.keys.includes(key))) callback(detail);
    };
    this.addEventListener("change", listener);
    callback({ keys });
    return () => this.removeEventListener("change", listener);
  }

  changeOrder(changes) {
    this.set({ order: { ...this.order, ...changes } });
  }

  /** Change settings of the order; a value undefined takes the preset's again. */
  changeSettings(changes) {
    const settings = { ...this.order.settings, ...changes };
    for (const [name, value] of Object.entries(settings))
      if (value === undefined || same(value, this.preset()?.values[name])) delete settings[name];
    this.changeOrder({ settings });
  }

  /** The film that is the photograph of the order; undefined where that is a picture. */
  get clip() {
    const picture = this.pictures.get(this.order.photograph);
    return picture?.clip ? picture : undefined;
  }

  /** Whether a painting is of the photograph of the order, or of a frame of it. */
  isOurs({ photograph }) {
    const { order, pictures } = this;
    return photograph === order.photograph || (order.photograph && pictures.get(photograph)?.still?.of === order.photograph);
  }

  changeFilm(changes) {
    this.changeOrder({ film: { ...this.order.film, ...changes } });
  }

  /** The preset of this name, by default the order's. */
  preset(name = this.order.preset) {
    return this.form.presets.find((preset) => preset.name === name);
  }

  /** The value of a setting as the order has it: changed, or the preset's. */
  setting(name) {
    return this.order.settings[name] ?? this.preset()?.values[name];
  }

  putPicture(picture) {
    this.pictures.set(picture.id, picture);
    this.#tell(["pictures"], picture.id);
  }

  putPainting(painting) {
    this.paintings.set(painting.id, painting);
    const queued = this.queue.includes(painting.id);
    if (isOver(painting) && queued) this.queue = this.queue.filter((id) => id !== painting.id);
    if (!isOver(painting) && !queued) this.queue = [...this.queue, painting.id];
    this.#tell(isOver(painting) === queued ? ["paintings", "queue"] : ["paintings"], painting.id);
  }

  /** Take paintings as a list of the studio has them. */
  putPaintings(paintings) {
    for (const painting of paintings) this.paintings.set(painting.id, painting);
    this.#tell(["paintings"]);
  }

  remove(id) {
    const keys = [];
    if (this.pictures.delete(id)) keys.push("pictures", ...this.#forgetPicture(id));
    if (this.paintings.delete(id)) keys.push("paintings");
    if (this.queue.includes(id)) keys.push("queue");
    this.queue = this.queue.filter((other) => other !== id);
    if (this.current === id) {
      this.current = null;
      keys.push("current");
    }
    if (this.compare.with?.endsWith(`:${id}`)) {
      this.compare = { with: "photograph" };
      keys.push("compare");
    }
    this.#tell(keys, id);
  }

  #forgetPicture(id) {
    const { photograph, paintings, start } = this.order;
    const uses = paintings.some((painting) => painting.picture === id || painting.mask === id);
    if (photograph !== id && start !== id && !uses) return [];
    this.order = {
      ...this.order,
      photograph: photograph === id ? null : photograph,
      start: start === id ? null : start,
      paintings: paintings
        .filter((painting) => painting.picture !== id)
        .map((painting) => (painting.mask === id ? { ...painting, mask: null } : painting)),
    };
    return ["order"];
  }

  #tell(keys, id) {
    if (keys.length) this.dispatchEvent(new CustomEvent("change", { detail: { keys, id } }));
  }
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export const state = new StudioState();
