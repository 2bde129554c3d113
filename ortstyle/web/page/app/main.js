/** Start of the page: words, icons, the panels, the engine. */

import { loadIcons, make } from "../js/dom.js";
import { choosePreferences } from "../js/preferences.js";
import { fillText, loadText, t } from "../js/text.js";
import { toast } from "../js/toast.js";
import { showControls } from "./controls.js";
import { showDevice, showOffline } from "./device.js";
import { isolateIfUseful, registerOffline } from "./offline.js";
import { keepPlan } from "./plan.js";
import { Runs } from "./runs.js";
import { defaultsOf, recall } from "./settings.js";
import { showSources, takeWholePage } from "./sources.js";
import { showStage } from "./stage.js";
import { state } from "./state.js";

const byId = (id) => document.getElementById(id);
const runs = new Runs(state);
let take = () => {};
let shown = null; // ends the watching of what is shown in the language before

async function begin() {
  choosePreferences(async (language) => {
    try {
      await loadText(language);
    } catch {
      return toast(t("page.noLanguage"), { key: "language" });
    }
    show();
  });
  takeWholePage((files) => take(files));
  await loadIcons().catch(() => {}); // they are for the eye only
  try {
    // A list of another version, which the browser may have kept, would not fit the files.
    const answer = await fetch(new URL("../site.json", import.meta.url), { cache: "no-cache" });
    const site = await answer.json();
    state.set({ defaults: defaultsOf(site), sizes: site.sizes, settings: recall() });
  } catch (fault) {
    fillText();
    return byId("device").replaceChildren(make("p", { className: "fault", textContent: t("page.incomplete") }));
  }
  show();
  keepPlan(state, runs.engine);
  askBeforeLeaving();
  keepAwake();
  if (await isolateIfUseful()) return; // the page is being loaded again
  runs.start("auto");
  const started = new Promise((resolve) => {
    state.watch(["engine"], () => state.engine.phase !== "loading" && resolve());
  });
  registerOffline({ tell: tellOffline, after: started });
}

function tellOffline(told) {
  if (told.state !== "update") return state.set({ offline: told });
  const { apply } = told;
  toast(t("offline.update"), { action: t("offline.apply"), onAction: apply, key: "update" });
}

/** Show everything in the language that is loaded. */
function show() {
  shown?.abort();
  shown = new AbortController();
  const { signal } = shown;
  fillText();
  showDevice(byId("device"), state, runs, signal);
  showOffline(byId("offline"), state, signal);
  take = showSources(byId("sources"), state, signal);
  showStage(byId("canvas"), state, runs, signal);
  showControls(byId("controls"), state, runs, signal);
}

function askBeforeLeaving() {
  addEventListener("beforeunload", (event) => {
    const { run, isPainting } = state;
    if (isPainting || (run?.file && !run.saved)) event.preventDefault();
  });
}

/** A phone whose screen goes dark would stop painting. */
function keepAwake() {
  let lock = null; // a promise, as what is painted changes while it is waited for
  const update = () => {
    const wanted = state.isPainting && !document.hidden;
    if (wanted) lock ??= navigator.wakeLock?.request("screen").catch(() => null);
    else {
      lock?.then((held) => held?.release()).catch(() => {});
      lock = null;
    }
  };
  state.watch(["run"], update);
  document.addEventListener("visibilitychange", update);
}

begin();
