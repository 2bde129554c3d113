/** Text that is to be taken elsewhere, with a button that copies it. */

import { announce } from "./announce.js";
import { icon, make } from "./dom.js";
import { t } from "./text.js";

const SHOWN = 2_000; // milliseconds that a copy is confirmed

/** A heading, a text in the letters of a terminal, and a button that copies it. */
export function copyBlock(label, text) {
  const code = make("pre", { textContent: text, tabIndex: 0, ariaLabel: label, role: "region" });
  const button = make("button", { type: "button", className: "button small",
    ariaLabel: t("result.copyWhat", { what: label }) });
  const show = (name, word) => button.replaceChildren(icon(name), t(word));
  const idle = () => show("copy", "result.copy");
  button.addEventListener("click", async () => {
    await copyText(text, code);
    show("check", "result.copied");
    announce(t("result.copiedWhat", { what: label }));
    setTimeout(idle, SHOWN);
  });
  idle();
  return make("div", { className: "copy-block" },
    make("div", { className: "copy-head" }, make("h4", { textContent: label }), button), code);
}

/** Over the network without HTTPS a page has no clipboard; what is selected can be copied all the same. */
async function copyText(text, element) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(element);
    document.execCommand("copy");
  }
}
