/** The settings of the page: their fields, their defaults, and what this browser remembers of them. */

import "../components/setting-field.js";
import { icon, make } from "../js/dom.js";
import { remember, remembered, t } from "../js/text.js";

/** Stroke sizes by their names: the painting's size relative to the photograph's. */
export const STROKES = { finest: 0.5, finer: 0.7, normal: 1, bolder: 1.4, boldest: 2 };
const MEMORY = "web.settings";
const PATIENT = 300; // seconds that a picture of the size that is offered first may take

const plain = { least: null, most: null, above: null, step: null, choices: [] };
const number = (name, most) => ({ ...plain, name, type: "number", least: 0, most });
const DECLARED = [
  { ...plain, name: "size", type: "choice" },
  { ...plain, name: "strokes", type: "choice", choices: Object.keys(STROKES) },
  { ...plain, name: "colors", type: "choice", choices: ["style", "luminance"] },
  number("contentWeight", 1000),
  number("styleWeight", 1000),
  number("smoothness", 100),
  { ...plain, name: "iterations", type: "integer", least: 1, most: 2000 },
];
const ALWAYS = 3; // of them are shown; the others can be unfolded

/** The defaults of the page from site.json's settings, which have the names of Python. */
export function defaultsOf({ settings, sizes }) {
  return {
    size: sizes.includes(settings.size) ? settings.size : sizes[0],
    strokes: "normal",
    colors: settings.colors,
    contentWeight: settings.content_weight,
    styleWeight: settings.style_weight,
    smoothness: settings.tv_weight,
    iterations: settings.iterations,
  };
}

/** The size that a device is offered first: the preset's, or the largest one that needs no patience. */
export function firstSize({ sizes, secondsPerEvaluation, backend }, { size, iterations }) {
  const takes = (side) => (secondsPerEvaluation?.[side] ?? 0) * iterations;
  const wanted = backend === "webgpu" || secondsPerEvaluation ? size : Math.min(size, 256);
  const fitting = sizes.filter((side) => side <= wanted && takes(side) <= PATIENT);
  return fitting.at(-1) ?? sizes[0];
}

/** The order as the engine takes it. */
export const orderOf = (order) => ({ ...order, strokes: STROKES[order.strokes] });

/** What was chosen before, of this browser's memory; what can't be is left out. */
export function recall() {
  let known;
  try {
    known = JSON.parse(remembered(MEMORY)) ?? {};
  } catch {
    known = {};
  }
  const usable = ({ name, type, choices, least, most }) => {
    const value = known[name];
    if (choices.length) return choices.includes(value);
    return typeof value === "number" && value >= (least ?? 1) && value <= (most ?? Infinity)
      && (type === "number" || Number.isInteger(value));
  };
  return Object.fromEntries(DECLARED.filter(usable).map(({ name }) => [name, known[name]]));
}

/** Make the fields, which change the settings; `signal` ends it. */
export function makeSettings(state, signal) {
  const fields = new Map();
  const shown = make("div", { className: "settings-shown stack" });
  const more = make("div", { className: "stack" });
  for (const [at, option] of DECLARED.slice(1).entries()) {
    const field = make("setting-field", { option: { ...option, default: state.defaults[option.name] } });
    fields.set(option.name, field);
    (at + 1 < ALWAYS ? shown : more).append(field);
  }
  const reset = make("button", {
    type: "button", className: "button quiet", textContent: t("controls.resetAll"),
    on: { click: () => change(state, Object.fromEntries(DECLARED.map(({ name }) => [name, undefined]))) },
  });
  const folded = make("details", { className: "all-settings" },
    make("summary", {}, icon("settings"), t("controls.more")), more, reset);
  const whole = make("fieldset", { className: "stack" },
    make("legend", { className: "visually-hidden", textContent: t("page.controls") }), shown, folded);
  whole.addEventListener("change", ({ target, detail }) => {
    if (target.localName === "setting-field") change(state, { [detail.name]: detail.value });
  });
  state.watch(["sizes", "settings", "defaults"], () => {
    putSizes(state, fields, shown);
    for (const [name, field] of fields) {
      field.preset = state.defaults[name];
      field.value = state.order[name];
    }
  }, signal);
  return whole;
}

/** Change settings; one that is undefined takes its default again. */
export function change(state, changes) {
  const settings = { ...state.settings, ...changes };
  for (const [name, value] of Object.entries(settings))
    if (value === undefined || value === state.defaults[name]) delete settings[name];
  remember(MEMORY, JSON.stringify(settings));
  state.set({ settings });
}

// A list of other sizes is another field.
function putSizes({ sizes, defaults }, fields, shown) {
  const before = fields.get("size");
  if (before?.option.choices.join() === sizes.join()) return;
  const field = make("setting-field", { option: { ...DECLARED[0], choices: sizes, default: defaults.size } });
  const focused = before?.contains(document.activeElement);
  before?.remove();
  shown.prepend(field);
  fields.set("size", field);
  if (focused) field.querySelector("select").focus();
}
