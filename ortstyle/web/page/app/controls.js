/** Right: how to paint, what that takes, and the buttons that begin and end it. */

import { icon, make } from "../js/dom.js";
import { t } from "../js/text.js";
import { missing, showPlan } from "./plan.js";
import { makeSettings } from "./settings.js";

/** Fill the panel; `signal` ends it. */
export function showControls(root, state, runs, signal) {
  const plan = make("div", { className: "plan", attributes: { role: "status" } });
  const paint = make("button", {
    type: "button", className: "button primary", title: t("controls.paintKey"),
    attributes: { "aria-keyshortcuts": "Control+Enter" },
    on: { click: () => runs.paint() },
  }, icon("brush"), make("span"));
  const stop = make("button", { type: "button", className: "button stop", on: { click: () => runs.stop() } },
    icon("stop"), make("span"));
  root.replaceChildren(
    make("h2", { className: "step" },
      make("span", { className: "step-number", textContent: 3 }), t("controls.paint")),
    makeSettings(state, signal),
    make("div", { className: "actions" }, plan, paint, stop));
  showPlan(plan, state, signal);

  state.watch(["run", "settings", "defaults", "photograph", "painting", "engine"], () => {
    const { run, isPainting, order } = state;
    const again = run?.phase === "done" && run.photograph === state.photograph && run.painting === state.painting;
    paint.lastChild.textContent = t(again ? "controls.again" : "controls.paintAt", { n: order.size });
    paint.ariaDisabled = String(Boolean(missing(state)));
    const stopping = run?.phase === "stopping";
    stop.lastChild.textContent = t(stopping ? "controls.stopNow" : "controls.stop");
    document.body.classList.toggle("is-painting", isPainting);
    swap(isPainting ? [paint, stop] : [stop, paint]);
  }, signal);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    const field = document.activeElement?.closest("input[type=number]");
    field?.dispatchEvent(new Event("change")); // what is being written is read first
    runs.paint();
  }, { signal });
}

/** Show one button where the other was, with the focus if that had it. */
function swap([gone, shown]) {
  const focused = document.activeElement === gone;
  shown.hidden = false;
  if (focused) shown.focus({ preventScroll: true }); // the picture is scrolled to
  gone.hidden = true;
}
