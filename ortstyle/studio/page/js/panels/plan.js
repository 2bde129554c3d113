/** What painting would take, beside the button that begins it. */

import { icon, make } from "../dom.js";
import { complete, isReady, missing } from "../ordering.js";
import { currentLanguage, formatBytes, formatTime, t } from "../text.js";

const WAIT = 500; // milliseconds after the last change

/** Keep the plan of the order in `place`. */
export function showPlan(place, state, api) {
  let timer = null, asked = null, before = "", failed = false, planned = null;
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const plan = (changes) => api.send("POST", "/api/plan", complete(state, changes), { signal });
      show(place, await plan({}));
      failed = false;
      askForDrafts(plan);
    } catch (fault) {
      if (fault.name === "AbortError") return; // a newer one is asked for
      failed = true;
      place.replaceChildren(make("p", { className: "fault", textContent: fault.message }));
    }
    place.setAttribute("aria-busy", "false");
  };
  // That of drafts hangs on the pictures, hardly on the settings, so it is asked for once.
  const askForDrafts = async (plan) => {
    if (state.clip) return state.set({ takes: {} });
    const { photograph, paintings } = state.order;
    const pictures = JSON.stringify([photograph, paintings]);
    if (pictures === planned) return;
    planned = pictures;
    try {
      const [variants, presets] = [await plan({ variants: true }), await plan({ presets: true })];
      state.set({ takes: { variants: variants.seconds, presets: presets.seconds } });
    } catch {
      planned = null; // a newer one is asked for, or the order can't be painted
    }
  };
  state.watch(["order", "online"], ({ keys }) => {
    const now = JSON.stringify({ ...state.order, moment: null });
    const again = failed && state.online && keys.includes("online"); // the connection is back
    if (now === before && !again) return;
    before = now;
    clearTimeout(timer);
    asked?.abort();
    place.setAttribute("aria-busy", String(isReady(state.order)));
    if (isReady(state.order)) {
      place.replaceChildren(make("p", { className: "plan-figures hint", ariaHidden: "true", textContent: t("controls.estimating") }));
      timer = setTimeout(ask, WAIT);
    } else place.replaceChildren(make("p", { className: "hint", textContent: missing(state.order) }));
  });
}

function show(place, { seconds, memory_bytes, free_bytes, tiles, width, height, frames, disk_bytes, text, fits }) {
  const items = [];
  const item = (name, words) => items.push(make("li", {}, icon(name), words));
  if (width && height) item("photo", `${width} × ${height}`);
  if (frames !== null) item("film", t("film.frames", { n: frames }));
  if (disk_bytes !== null) item("memory", t("film.disk", { bytes: formatBytes(disk_bytes) }));
  if (seconds !== null) item("clock", t("controls.about", { time: formatTime(seconds) }));
  if (memory_bytes !== null) {
    const memory = { memory: formatBytes(memory_bytes), free: formatBytes(free_bytes ?? 0) };
    item("memory", free_bytes === null ? memory.memory : t("controls.memory", memory));
  }
  if (tiles > 1) item("grid", t("controls.tiles", { n: tiles }));
  place.replaceChildren(make("ul", { className: "plan-figures hint", title: text.join("\n") }, ...items));
  if (fits) return;
  const sentence = currentLanguage() === "en" && text.length ? text.join(" ") : t("controls.doesNotFit");
  place.append(make("p", { className: "warning" }, sentence));
}
