/** What painting would take, told before it begins. */

import { icon, make } from "../js/dom.js";
import { formatBytes, formatTime, t } from "../js/text.js";
import { orderOf } from "./settings.js";

const WAIT = 200; // milliseconds after the last change

/** Width and height of the result: as Python's `scaled_size`. */
export const resultSize = ({ width, height }, side) =>
  [width, height].map((length) => Math.max(1, Math.trunc((length / Math.max(width, height)) * side)));

/** Ask the engine for a plan whenever the pictures, the settings or the engine change. */
export function keepPlan(state, engine) {
  let timer = null, before = "";
  state.watch(["photograph", "painting", "settings", "defaults", "engine", "run"], () => {
    const { photograph, painting, engine: { phase }, isPainting } = state;
    const ready = photograph && painting && phase === "ready" && !isPainting;
    const sizes = [photograph, painting].map((picture) => picture && [picture.width, picture.height]);
    const now = ready ? JSON.stringify([state.order, sizes]) : "";
    if (now === before) return;
    before = now;
    clearTimeout(timer);
    if (isPainting) return; // what was told stays until it is over
    state.set({ plan: ready ? { asked: true } : null });
    if (ready) timer = setTimeout(() => engine.plan(orderOf(state.order), ...sizes), WAIT);
  });
}

/** Keep the plan in `place`; `signal` ends it. */
export function showPlan(place, state, signal) {
  state.watch(["plan", "photograph", "painting", "engine", "run"], () => {
    const { plan, isPainting } = state;
    place.setAttribute("aria-busy", String(Boolean(plan?.asked)));
    const lacking = missing(state);
    if (isPainting && plan?.asked) place.replaceChildren(); // it began before that was known
    else if (lacking) place.replaceChildren(make("p", { className: "hint", textContent: lacking }));
    else if (plan?.asked) place.replaceChildren(make("p", { className: "hint", textContent: t("plan.asked") }));
    else if (plan) place.replaceChildren(...figuresOf(plan, state));
    else place.replaceChildren();
  }, signal);
}

/** What is missing before painting can begin, as a sentence; null if nothing is. */
export function missing({ photograph, painting, engine }) {
  if (!photograph && !painting) return t("plan.missing.both");
  if (!photograph) return t("plan.missing.photograph");
  if (!painting) return t("plan.missing.painting");
  if (engine.phase === "loading") return t("plan.missing.engine");
  return engine.phase === "unable" ? t("plan.missing.device") : null;
}

function figuresOf({ bytes, seconds, enough }, { photograph, order }) {
  const items = [["photo", resultSize(photograph, order.size).join(" × ")]];
  if (seconds > 0) items.push(["clock", t("plan.time", { time: formatTime(seconds) })]);
  if (bytes > 0) items.push(["memory", t("plan.memory", { memory: formatBytes(bytes) })]);
  const list = make("ul", { className: "plan-figures hint" },
    ...items.map(([name, words]) => make("li", {}, icon(name), words)));
  return enough === false ? [list, make("p", { className: "warning", textContent: t("plan.tooMuch") })] : [list];
}
