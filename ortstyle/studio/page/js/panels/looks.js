/** The presets, as small painted pictures of the user's own photograph once he asked for them. */

import { trying } from "../announce.js";
import { pictureView, resultView } from "../api.js";
import { icon, make } from "../dom.js";
import { isReady, paint } from "../ordering.js";
import { formatTime, hasText, t } from "../text.js";

const ENDED_BADLY = new Set(["failed", "stopped"]);

export function makeLooks(state, api) {
  const fault = make("p", { className: "fault", hidden: true });
  const list = make("div", { className: "looks" });
  const about = make("p", { className: "hint" });
  const show = make("button", { type: "button", className: "button quiet" }, icon("grid"), make("span"));

  show.addEventListener("click", async () => {
    show.disabled = true;
    await trying(fault, () => paint(state, api, { presets: true }));
    show.disabled = false;
    if (show.hidden) list.querySelector(":checked").focus();
  });

  const fill = () => list.replaceChildren(...state.form.presets.map(({ name }) => {
    const input = make("input", {
      type: "radio", name: "preset", value: name, className: "visually-hidden",
      attributes: { "aria-describedby": "look-about" },
      on: { change: () => choosePreset(state, name) },
    });
    return make("label", { className: "look", dataset: { preset: name } }, input,
      make("span", { className: "look-picture", hidden: true }),
      make("span", { className: "look-name", textContent: words(name, "name") ?? name }));
  }));

  const update = () => {
    const { order, form } = state;
    const drafts = draftsOf(state);
    shape(list, state);
    for (const look of list.children) {
      const { preset } = look.dataset;
      look.querySelector("input").checked = preset === order.preset;
      showDraft(look.querySelector(".look-picture"), drafts.get(preset), order.photograph);
    }
    about.textContent = words(order.preset, "about") ?? state.preset()?.description ?? "";
    const going = [...drafts.values()].filter((draft) => !ENDED_BADLY.has(draft.state));
    show.lastChild.textContent = withTime(t("controls.showLooks", { n: form.presets.length }), state.takes.presets);
    show.hidden = !isReady(order) || going.length === form.presets.length;
  };

  about.id = "look-about";
  state.watch(["form"], fill);
  state.watch(["order", "form", "paintings", "pictures", "takes"], update);
  return make("fieldset", { className: "stack" },
    make("legend", { textContent: t("controls.look") }), list, about, show, fault);
}

/** A text with the time that it will take, where that is known. */
export const withTime = (text, seconds) =>
  seconds ? `${text} · ${t("controls.about", { time: formatTime(seconds) })}` : text;

const words = (preset, what) => {
  const key = `controls.presets.${preset}.${what}`;
  return hasText(key) ? t(key) : undefined;
};

/** The drafts with each preset of the pictures of the order, by preset: the newest such group. */
function draftsOf(state) {
  const { order, paintings } = state;
  const pictures = order.paintings.map(({ picture }) => picture).join();
  const groups = new Map();
  for (const draft of paintings.values()) {
    const same = state.isOurs(draft) && draft.paintings.join() === pictures;
    if (!same || !draft.group || draft.kind !== "draft") continue;
    groups.set(draft.group, [...(groups.get(draft.group) ?? []), draft]);
  }
  const newest = ([one], [other]) => other.created - one.created;
  const byPreset = (drafts) => new Map(drafts.map((draft) => [draft.preset, draft]));
  const found = [...groups.values()].sort(newest).map(byPreset);
  return found.find((drafts) => drafts.size > 1) ?? new Map(); // variants have one preset in common
}

/** Take another preset; what the two sliders say is kept, relative to the new one. */
function choosePreset(state, name) {
  const before = state.preset().values, after = state.preset(name).values;
  const settings = { ...state.order.settings };
  for (const key of ["content_weight", "style_scale"])
    if (typeof settings[key] === "number")
      settings[key] = Number((after[key] * (settings[key] / before[key])).toPrecision(3));
  state.changeOrder({ preset: name, settings });
}

/** Give places for drafts the shape of the photograph, as far as that is not too long. */
export function shape(list, { order, pictures }) {
  const { width, height } = pictures.get(order.photograph) ?? { width: 3, height: 2 };
  list.style.setProperty("--shape", Math.min(1.6, Math.max(0.7, width / height)));
}

function showDraft(place, draft, photograph) {
  place.hidden = !draft;
  const key = draft ? `${draft.id} ${draft.state}` : "";
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...(draft ? [draftImage(draft, photograph)] : []));
}

/** The result of a draft; before, the photograph as a shadow. */
export function draftImage(draft, photograph) {
  if (ENDED_BADLY.has(draft.state)) return icon("warning");
  if (draft.state === "done") return make("img", { src: resultView(draft.id, 256), alt: "" });
  return make("img", { src: pictureView(photograph, 256), alt: "", className: "waiting" });
}
