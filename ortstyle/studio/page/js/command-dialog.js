/** What does the same as the order outside this page: a command, or lines of Python. */

import { copyBlock } from "./copy-text.js";
import { pictureView } from "./api.js";
import { openDialog } from "./dialog.js";
import { make } from "./dom.js";
import { complete, isReady, missing } from "./ordering.js";
import { t } from "./text.js";

const KINDS = ["render", "powershell", "python"];

export async function showCommands(state, api) {
  if (!isReady(state.order)) throw new Error(missing(state.order));
  const commands = await api.send("POST", "/api/command", complete(state));
  const tabs = KINDS.map((kind, index) => make("button", {
    type: "button",
    id: `tab-${kind}`,
    textContent: t(`controls.commands.${kind}`),
    attributes: { role: "tab", "aria-controls": `tab-panel-${kind}` },
    on: { click: () => select(index), keydown: (event) => move(event, index) },
  }));
  const panels = KINDS.map((kind) => make("div", {
    id: `tab-panel-${kind}`,
    attributes: { role: "tabpanel", "aria-labelledby": `tab-${kind}` },
  }, copyBlock(t(`controls.commands.${kind}`), commands[kind])));

  function select(chosen) {
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    });
  }

  function move(event, index) {
    const last = KINDS.length - 1;
    const to = { ArrowRight: (index + 1) % KINDS.length, ArrowLeft: (index + last) % KINDS.length, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(to);
    tabs[to].focus();
  }

  select(/Win/.test(navigator.platform) ? 1 : 0);
  const list = make("div", { className: "tabs", attributes: { role: "tablist", "aria-label": t("controls.command") } }, ...tabs);
  const masks = state.order.paintings.filter(({ mask }) => mask).map(({ mask }) => {
    const { name } = state.pictures.get(mask);
    return make("a", { href: pictureView(mask, 1024), download: name, textContent: t("controls.getMask", { name }) });
  });
  const hint = make("p", { className: "hint", textContent: t("controls.commandHint") });
  await openDialog(make("div", { className: "dialog-body" }, list, ...panels, hint, ...masks), { title: t("controls.command") });
}
