/** What the shown picture can be compared with: the photograph, its paintings, other results. */

import { make } from "./dom.js";
import { formatMoment, t } from "./text.js";

const MOST = 40;

/** Fill a <select> with the choices for a painting, or none; `chosen` is state.compare.with. */
export class CompareChoices {
  #known = "";

  constructor(select, state) {
    this.select = select;
    this.state = state;
  }

  show(painting) {
    const chosen = this.state.compare.with ?? "";
    const groups = this.#groups(painting, chosen);
    const known = JSON.stringify(groups);
    // An open list isn't exchanged under the user's hand.
    if (known !== this.#known && document.activeElement !== this.select) {
      this.#known = known;
      this.select.replaceChildren(...groups.map(([label, options]) => {
        const made = options.map(([value, textContent]) => make("option", { value, textContent }));
        return make("optgroup", { label }, ...made);
      }));
      this.select.prepend(make("option", { value: "", textContent: t("canvas.nothing") }));
    }
    this.select.value = chosen;
    if (this.select.selectedIndex < 0) this.select.value = "";
  }

  #groups(painting, chosen) {
    const { pictures, paintings } = this.state;
    const named = (id) => pictures.get(id)?.name;
    const photograph = named(painting.photograph);
    const sources = [
      ...(photograph ? [["photograph", t(painting.film ? "film.clipOf" : "canvas.photographOf", { name: photograph })]] : []),
      ...[...new Set(painting.paintings)].filter(named).map((id) => [`painting:${id}`, named(id)]),
    ];
    const results = [...paintings.values()]
      .filter(({ id, state, film }) => state === "done" && id !== painting.id && !film && !painting.film)
      .sort((a, b) => b.created - a.created)
      .filter(({ id }, at) => at < MOST || chosen === `result:${id}`)
      .map(({ id, title, created }) => [`result:${id}`, `${title}, ${formatMoment(created)}`]);
    const groups = [[t("canvas.pictures"), sources], [t("canvas.results"), results]];
    return groups.filter(([, options]) => options.length);
  }
}
