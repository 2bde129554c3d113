/** Which part of the film is painted: from where to where, by hand or from where the bar stands. */

import { formatClock } from "../../components/film-bar.js";
import { make } from "../dom.js";
import { t } from "../text.js";

export function makeFilmPart(state) {
  const fields = ["begin", "end"].map((name) => makeField(state, name));
  const legend = make("legend", { textContent: t("film.part") });
  const length = make("p", { className: "hint" });
  const part = make("fieldset", { className: "film-part stack", hidden: true }, legend,
    ...fields, length);
  state.watch(["order", "pictures"], () => {
    part.hidden = !state.clip;
    if (!state.clip) return;
    const { begin, end } = state.order.film;
    const { seconds } = state.clip.clip;
    const last = Math.min(end ?? Infinity, seconds ?? Infinity);
    const words = { length: formatClock(Math.max(0, last - (begin ?? 0)), true) };
    length.textContent = last === Infinity ? t("film.toItsEnd") : t("film.length", words);
  });
  return part;
}

function makeField(state, name) {
  const id = `film-${name}`;
  const input = make("input", { id, type: "number", min: 0, step: "any", inputMode: "decimal",
    on: { change: () => input.checkValidity() && set(input.value === "" ? null : input.valueAsNumber) } });
  const here = make("button", { type: "button", className: "button small", textContent: t("film.here"),
    attributes: { "aria-label": t(`film.hereAs.${name}`) },
    on: { click: () => set(state.order.moment ?? state.clip.clip.poster) } });
  const set = (value) => {
    const part = { ...state.order.film, [name]: value === null ? null : Math.round(1000 * value) / 1000 };
    // The other end gives way, so that the part is one.
    if (part.end !== null && part.end <= (part.begin ?? 0)) part[name === "begin" ? "end" : "begin"] = null;
    state.changeFilm(part);
  };
  state.watch(["order", "pictures"], () => {
    input.value = state.order.film[name] ?? "";
    input.placeholder = name === "begin" ? "0" : String(Math.round(100 * (state.clip?.clip.seconds ?? 0)) / 100);
  });
  return make("div", { className: "select-field" },
    make("label", { htmlFor: id, textContent: t(`film.${name}`) }), input, here);
}
