/** A sentence at the edge of the page, with one thing to do, that goes away by itself or by hand. */

import { announce } from "./announce.js";
import { iconButton, make } from "./dom.js";
import { t } from "./text.js";

const current = new Map(); // key → function that puts the sentence away

/**
 * Show a sentence. `action` is the text of its button and `onAction` what that does; `onEnd` is
 * called once the sentence goes without it. After `seconds` it goes by itself, but not while it is
 * looked at; without them it stays. One with the same `key` is replaced. Returns a function that
 * puts it away.
 */
export function toast(text, { action, onAction, onEnd, seconds, key = text } = {}) {
  current.get(key)?.();
  const before = document.activeElement;
  let timer;
  const end = (chosen) => {
    if (!line.isConnected) return;
    clearTimeout(timer);
    current.delete(key);
    const focused = line.contains(document.activeElement);
    line.remove();
    if (focused && before?.isConnected) before.focus();
    if (chosen) onAction();
    else onEnd?.();
  };
  const wait = () => {
    clearTimeout(timer);
    if (seconds) timer = setTimeout(end, seconds * 1000, false);
  };
  const hold = () => clearTimeout(timer);
  const line = make("div", {
    className: "notice",
    on: { pointerenter: hold, focusin: hold, pointerleave: wait, focusout: wait },
  }, make("p", { textContent: text }));
  if (action)
    line.append(make("button", { type: "button", className: "button small", textContent: action,
      on: { click: () => end(true) } }));
  line.append(iconButton("close", t("page.close"), () => end(false)));
  document.getElementById("notices").append(line);
  current.set(key, () => end(false));
  announce(text);
  wait();
  return () => end(false);
}
