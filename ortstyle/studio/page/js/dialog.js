/** Dialogs: the browser's own, which hold the focus, close by Escape and give the focus back. */

import { iconButton, make } from "./dom.js";
import { t } from "./text.js";

let count = 0;

/**
 * Open a dialog with a title and a content. Resolves, once it is closed, to its `returnValue`:
 * that of the button in a `<form method="dialog">`, or "" if it was left, which `mayLeave` may forbid.
 */
export function openDialog(content, { title, className = "", mayLeave = () => true } = {}) {
  const id = `dialog-${++count}`;
  const dialog = make("dialog", { className, attributes: { "aria-labelledby": id } });
  let asking = false;
  const leave = async () => {
    if (asking) return;
    asking = true;
    if (await mayLeave()) dialog.close("");
    asking = false;
  };
  const close = iconButton("close", t("page.close"), leave);
  const head = make("header", { className: "dialog-head" }, make("h2", { id, textContent: title }), close);
  dialog.append(head, content);
  document.body.append(dialog);
  const before = document.activeElement;
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) leave(); // beside it
  });
  const ask = (event) => {
    event.preventDefault(); // a browser lets only one of two keep it open
    leave();
  };
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && ask(event));
  dialog.addEventListener("cancel", (event) => event.target === dialog && ask(event));
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve(dialog.returnValue);
    });
    dialog.showModal();
  });
}

/** Ask before something that can't be undone; resolves to whether it was confirmed. */
export async function confirmDialog(question, { title, action }) {
  const form = make("form", { method: "dialog", className: "dialog-body" },
    make("p", { textContent: question }),
    make("div", { className: "row end" },
      make("button", { value: "", className: "button", textContent: t("page.cancel") }),
      make("button", { value: "yes", className: "button danger", textContent: action })));
  return (await openDialog(form, { title })) === "yes";
}
