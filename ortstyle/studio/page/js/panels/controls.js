/** Right: how to paint: the look, five controls, all other settings, and what begins it. */

import { declaredText } from "../../components/setting-field.js";
import { trying } from "../announce.js";
import { showCommands } from "../command-dialog.js";
import { icon, make } from "../dom.js";
import { isReady, paint } from "../ordering.js";
import { t } from "../text.js";
import { toast } from "../toast.js";
import { makeLooks, withTime } from "./looks.js";
import { showPlan } from "./plan.js";
import { makeFilmPart } from "./film-part.js";
import { makeVariants } from "./variants.js";

const SIZES = [256, 512, 768, 1024, 1536, 2048, 3072, 4096];
const AMOUNT = 2; // of painting: how many times the content weight is doubled or halved
const STROKES = 2.5; // the largest factor of the stroke size; its inverse is the smallest

export function start(root, state, api) {
  const fault = make("p", { className: "fault", hidden: true });
  const busy = new Set();
  const order = async (button, changes) => {
    if (busy.has(button)) return undefined;
    busy.add(button);
    const paintings = await trying(fault, () => paint(state, api, changes));
    busy.delete(button);
    if (paintings?.length) state.set({ current: paintings[0].id });
    return paintings;
  };
  const button = (name, symbol, className, action) => make("button", {
    type: "button",
    className: `button ${className}`,
    on: { click: ({ currentTarget }) => action(currentTarget) },
  }, icon(symbol), t(`controls.${name}`));

  const variants = makeVariants(state);
  const begin = button("paint", "brush", "primary", (pressed) => order(pressed, {}));
  begin.title = t("controls.paintKey");
  begin.setAttribute("aria-keyshortcuts", "Control+Enter");
  const plan = make("div", { className: "plan", attributes: { role: "status" } });
  const four = button("variants", "grid", "", async (pressed) => {
    if (await order(pressed, { variants: true })) variants.scrollIntoView({ block: "center" });
  });
  state.watch(["takes"], () => (four.lastChild.textContent = withTime(t("controls.variants"), state.takes.variants)));
  const name = () => {
    begin.ariaDisabled = String(!isReady(state.order));
    const size = state.setting("size");
    const at = state.clip ? "film.paintAt" : "controls.paintAt";
    const whole = state.clip ? "film.paint" : "controls.paint";
    begin.lastChild.textContent = typeof size === "number" ? t(at, { n: size }) : t(whole);
    draft.lastChild.textContent = t(state.clip ? "film.frame" : "controls.draft");
    short.hidden = !state.clip;
  };
  const draft = button("draft", "photo", "", (pressed) => order(pressed, { draft: true }));
  const short = button("draft", "film", "", (pressed) => order(pressed, { draft: true, asFilm: true }));
  short.lastChild.textContent = t("film.short");
  short.hidden = true;
  const actions = make("div", { className: "actions" }, fault, plan, begin,
    make("div", { className: "row action-row" },
      draft, short, four));
  state.watch(["order", "form", "pictures"], name);
  const command = button("command", "terminal", "quiet", () => trying(fault, () => showCommands(state, api)));
  root.append(
    make("h2", { className: "step" },
      make("span", { className: "step-number", textContent: 3 }), t("controls.paint")),
    makeLooks(state, api),
    makeControls(state),
    makeFilmPart(state),
    variants,
    makeAllSettings(state),
    command,
    actions);

  showPlan(plan, state, api);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    document.activeElement?.blur(); // a field that is being written in is read first
    order(begin, {});
  });
  state.addEventListener("chosen", () => {
    const { order: wanted, current, paintings } = state;
    const ours = (painting) => state.isOurs(painting);
    if (current && !ours(paintings.get(current))) state.set({ current: null });
    if (!isReady(wanted)) return;
    const going = [...paintings.values()].filter(({ state: now }) => now === "waiting" || now === "running");
    stopWaiting(going.filter((each) => each.kind === "draft" && each.state === "waiting" && !ours(each)), api);
    if (!going.some(ours)) order("first draft", { draft: true });
  });
}

/** Stop drafts that nobody waits for any more, as their photograph was replaced. */
async function stopWaiting(drafts, api) {
  if (!drafts.length) return;
  const stop = ({ id }) => api.send("POST", `/api/paintings/${id}/stop`).catch(() => {}); // it is over already
  await Promise.all(drafts.map(stop));
  toast(t("controls.draftsStopped", { n: drafts.length }), { key: "drafts", seconds: 10 });
}

// The five controls

function makeControls(state) {
  const preset = (name) => state.preset()?.values[name];
  const amount = makeSlider(state, {
    name: "amount", reach: AMOUNT, step: 0.25,
    read: () => Math.log2(preset("content_weight") / state.setting("content_weight")) || 0,
    write: (value) => ({ content_weight: round(preset("content_weight") * 2 ** -value) }),
    say: (value) => t("controls.amountNow", { n: Math.round(value * 25 + 50) }),
    ends: true,
  });
  const strokes = makeSlider(state, {
    name: "strokes", reach: 1, step: 0.125,
    read: () => Math.log(state.setting("style_scale") / preset("style_scale")) / Math.log(STROKES) || 0,
    write: (value) => ({ style_scale: round(preset("style_scale") * STROKES ** value) }),
    say: (value) => t("sources.times", { n: STROKES ** value }),
    ends: true,
  });
  const size = makeSelect(state, "size", () => sizesWith(state.setting("size")),
    () => state.setting("size"),
    (value) => state.changeSettings({ size: value === "content" ? value : Number(value) }));
  const colors = makeSelect(state, "colors", () => choicesOf(state, "colors"),
    () => state.setting("colors"), (value) => state.changeSettings({ colors: value }));
  const device = makeSelect(state, "device", () => devicesOf(state),
    () => state.order.device, (value) => state.changeOrder({ device: value }));
  return make("div", { className: "five stack" }, amount, strokes,
    make("div", { className: "selects" }, size, colors, device));
}

const round = (value) => Number(value.toPrecision(3));

function makeSlider(state, { name, reach, step, read, write, say, ends }) {
  const id = `control-${name}`;
  const shown = make("output", { htmlFor: id });
  const input = make("input", {
    id, type: "range", min: -reach, max: reach, step,
    attributes: { "aria-describedby": `${id}-ends` },
    on: {
      input: () => say_now(input.valueAsNumber),
      change: () => state.changeSettings(write(input.valueAsNumber)),
    },
  });
  const say_now = (value) => {
    shown.textContent = say(value);
    input.setAttribute("aria-valuetext", say(value));
  };
  state.watch(["order", "form"], () => {
    input.value = read();
    say_now(input.valueAsNumber);
  });
  return make("div", { className: "slider" }, make("label", { htmlFor: id, textContent: t(`controls.${name}`) }), shown, input,
    make("p", { id: `${id}-ends`, className: "ends hint" },
      make("span", { textContent: t(`controls.ends.${name}.least`) }),
      make("span", { textContent: t(`controls.ends.${name}.most`) })));
}

function makeSelect(state, name, choices, read, write) {
  const id = `control-${name}`;
  const select = make("select", { id, on: { change: () => write(select.value) } });
  state.watch(["order", "form", "studio"], () => {
    const options = choices();
    const key = JSON.stringify(options);
    if (select.dataset.key !== key)
      select.replaceChildren(...options.map(([value, words]) => make("option", { value, textContent: words })));
    select.dataset.key = key;
    select.value = read();
  });
  return make("div", { className: "select-field" }, make("label", { htmlFor: id, textContent: t(`controls.${name}`) }), select);
}

function sizesWith(size) {
  const sizes = SIZES.includes(size) || typeof size !== "number" ? SIZES : [...SIZES, size].sort((a, b) => a - b);
  return [...sizes.map((side) => [side, t("controls.pixels", { n: side })]), ["content", t("controls.sizeOfContent")]];
}

function choicesOf(state, name) {
  const options = state.form.panels.flatMap((panel) => panel.options);
  const choices = options.find((option) => option.name === name)?.choices ?? [];
  return choices.map((choice) => [choice, t(`controls.${name}Of.${choice}`)]);
}

function devicesOf(state) {
  const plain = (label) => label.replace("any processor", t("controls.processor"));
  const devices = (state.studio?.devices ?? []).filter(({ name }) => name !== "auto");
  return [["auto", t("controls.deviceAuto")], ...devices.map(({ name, label }) => [name, plain(label)])];
}

// All other settings

function makeAllSettings(state) {
  const count = make("span", { className: "count" });
  const fields = [];
  const ofFilms = [];
  const reset = make("button", {
    type: "button", className: "button quiet", textContent: t("controls.resetAll"),
    on: { click: () => state.changeOrder({ settings: {}, film: { ...state.order.film, settings: {} } }) },
  });
  const content = make("div", { className: "stack" }, reset);
  const location = make("label", { className: "check" },
    make("input", { type: "checkbox", on: { change: ({ target }) => state.changeOrder({ location: target.checked }) } }),
    t("controls.location"));
  const folded = make("details", { className: "all-settings" },
    make("summary", {}, icon("settings"), t("controls.all"), count), content);
  folded.addEventListener("change", ({ target, detail }) => {
    if (target.localName !== "setting-field") return;
    if ("film" in target.dataset) changeFilmSetting(state, target.option, detail.value);
    else state.changeSettings({ [detail.name]: detail.value });
  });
  folded.addEventListener("toggle", () => {
    if (folded.open && !fields.length) fill();
  });
  const fill = () => {
    for (const panel of [...state.form.film, ...state.form.panels]) {
      const ofFilm = state.form.film.includes(panel);
      const made = panel.options.map((option) => make("setting-field", { option, dataset: ofFilm ? { film: "" } : {} }));
      fields.push(...made);
      const section = make("section", { className: "settings-panel stack" },
        make("h3", declaredText(`settings.panels.${panel.name}`, panel.name)), ...made);
      if (ofFilm) ofFilms.push(section);
      content.append(section);
    }
    content.append(location);
    show();
  };
  const show = () => {
    location.firstChild.checked = state.order.location;
    location.hidden = Boolean(state.clip);
    for (const section of ofFilms) section.hidden = !state.clip;
    const { settings: given } = state.order.film;
    const changed = Object.keys(state.order.settings).length + (state.clip ? Object.keys(given).length : 0);
    count.textContent = changed ? t("controls.changed", { n: changed }) : "";
    reset.hidden = !changed;
    for (const field of fields) {
      if ("film" in field.dataset) {
        field.preset = field.option.default;
        field.value = given[field.option.name] ?? field.option.default;
        continue;
      }
      field.preset = state.preset()?.values[field.option.name];
      field.value = state.setting(field.option.name);
    }
  };
  state.watch(["order", "form", "pictures"], show);
  return folded;
}

/** Change a setting of the film; undefined, or its default, takes it away. */
function changeFilmSetting(state, { name, default: usual }, value) {
  const { [name]: _, ...settings } = state.order.film.settings;
  if (value !== undefined && value !== usual) settings[name] = value;
  state.changeFilm({ settings });
}
