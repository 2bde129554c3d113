/** What is said at the top: that nothing leaves the machine, what paints, and what is still loading. */

import { icon, make } from "../js/dom.js";
import { formatBytes, t } from "../js/text.js";
import { wordsOfUnable } from "./runs.js";

const line = (name, ...words) => make("p", { className: "device-line" }, icon(name), make("span", {}, ...words));

/** Keep the place at the top; `signal` ends it. */
export function showDevice(root, state, runs, signal) {
  const bar = make("progress", { attributes: { "aria-label": t("device.loadingBar") } });
  let shown = null;
  state.watch(["engine"], () => {
    const { engine } = state;
    // What is loading is told by its kind, not by each byte or file: it is read aloud.
    const key = engine.phase === "loading" ? wordsOfLoading(engine) : engine;
    if (shown !== key) root.replaceChildren(line("check", t("device.private")), ...linesOf(engine, bar, runs));
    shown = key;
    if (engine.of > 0) Object.assign(bar, { max: engine.of, value: engine.done });
    else bar.removeAttribute("value");
  }, signal);
}

function linesOf(engine, bar, runs) {
  if (engine.phase === "loading") return [line("download", wordsOfLoading(engine)), bar];
  if (engine.phase === "unable") return faultOf(engine, runs);
  const warnings = [engine.refused && warningOf(engine.refused), threadsOf(engine)].filter(Boolean);
  return [line("memory", wordsOf(engine)), ...warnings];
}

function wordsOfLoading({ what }) {
  return what ? t(`device.loads.${what}`) : t("device.loading");
}

function wordsOf({ backend, adapter, threads }) {
  if (backend !== "webgpu") return t("device.processor", { n: threads ?? 1 });
  return adapter ? t("device.card", { name: adapter }) : t("device.cardUnnamed");
}

function warningOf({ code, reason }) {
  const words = t(`device.refused.${code}`);
  return make("div", { className: "warning" }, make("p", { textContent: words }), details(reason));
}

function threadsOf({ backend, threads, isolated }) {
  if (backend === "webgpu" || threads > 1) return null;
  return make("p", { className: "hint", textContent: t(isolated ? "device.oneThread" : "device.notIsolated") });
}

/** Words of the machine, which are for whoever looks into it and are English. */
export function details(text) {
  return make("details", { className: "reason" },
    make("summary", { textContent: t("device.details") }),
    make("p", { lang: "en", textContent: String(text) }));
}

function faultOf({ kind, text }, runs) {
  const words = make("p", { textContent: wordsOfUnable({ kind }) });
  const again = make("button", {
    type: "button", className: "button", textContent: t("device.again"), on: { click: () => runs.start() },
  });
  return [make("div", { className: "fault" }, words, text ? details(text) : null),
    make("div", { className: "row" }, again)];
}

/** Keep the line that tells whether the page works without a network; `signal` ends it. */
export function showOffline(place, state, signal) {
  state.watch(["offline"], () => {
    const words = wordsOfOffline(state.offline);
    place.hidden = !words;
    if (words) place.replaceChildren(icon(state.offline.state === "ready" ? "check" : "download"), make("span", {}, words));
  }, signal);
}

function wordsOfOffline({ state: now, reason, done, of }) {
  if (now === "installing") return t("offline.installing", { done: formatBytes(done), of: formatBytes(of) });
  if (now === "ready") return t("offline.ready");
  const full = reason === "quota";
  if (now === "failed") return t(full ? "offline.noRoom" : "offline.failed");
  return null; // where nothing can be kept, nothing is missing either
}
