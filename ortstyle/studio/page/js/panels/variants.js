/** Four drafts to choose from; the chosen one is shown, and its settings are taken. */

import { trying } from "../announce.js";
import { icon, iconButton, make } from "../dom.js";
import { LABELS, mannerOf } from "../paintings.js";
import { useSettings } from "../reuse.js";
import { remember, remembered, t } from "../text.js";
import { draftImage, shape } from "./looks.js";

const MEMORY = "variantsPutAway"; // the group that the user has put away

export function makeVariants(state) {
  const fault = make("p", { className: "fault", hidden: true });
  const grid = make("div", { className: "variants" });
  let group = null;
  const away = iconButton("close", t("controls.putAway"), () => {
    remember(MEMORY, group);
    update();
  });
  const section = make("section", { className: "stack", hidden: true },
    make("div", { className: "setting-head" }, make("h3", { textContent: t("controls.choose") }), away),
    grid, fault);

  const choose = async (id) => {
    state.set({ current: id });
    await trying(fault, () => useSettings(id));
  };

  const update = () => {
    const drafts = newestGroup(state);
    group = drafts[0]?.group ?? null;
    const shown = group && remembered(MEMORY) !== group ? group : null;
    section.hidden = !shown;
    shape(grid, state);
    const key = JSON.stringify(drafts.map((draft) => [draft.id, draft.state, draft.id === state.current]));
    if (grid.dataset.key === key) return;
    grid.dataset.key = key;
    const focused = grid.contains(document.activeElement) && document.activeElement.dataset.id;
    grid.replaceChildren(...drafts.map((draft, index) => tile(draft, index, state, choose)));
    if (focused) grid.querySelector(`[data-id="${focused}"]`)?.focus();
  };
  state.watch(["paintings", "current", "order"], update);
  return section;
}

// Variants have one preset in common; a group with several shows the presets.
function newestGroup(state) {
  const all = [...state.paintings.values()].filter(
    (draft) => draft.group && draft.kind === "draft" && state.isOurs(draft));
  const presets = (group) => new Set(all.filter((draft) => draft.group === group).map(({ preset }) => preset));
  const drafts = all.filter((draft) => presets(draft.group).size === 1);
  const newest = drafts.reduce((last, draft) => (last && last.created >= draft.created ? last : draft), null);
  return drafts
    .filter((draft) => draft.group === newest.group)
    .sort((one, other) => orderOf(one) - orderOf(other) || one.created - other.created);
}

const orderOf = ({ label }) => Object.keys(LABELS).indexOf(label);

function tile(draft, index, state, choose) {
  const label = draft.label ? mannerOf(draft) : t("controls.variant", { n: index + 1 });
  return make("button", {
    type: "button",
    className: "variant",
    dataset: { id: draft.id },
    attributes: { "aria-pressed": String(draft.id === state.current) },
    on: { click: () => choose(draft.id) },
  }, make("span", { className: "variant-picture" },
    draftImage(draft, draft.photograph)),
  make("span", { className: "variant-name" }, draft.id === state.current ? icon("check") : null, label));
}
