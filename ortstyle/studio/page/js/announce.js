/** What is said to those who can't see it, and sentences shown beside the place of a fault. */

import { iconButton } from "./dom.js";
import { t } from "./text.js";

const PAUSE = 3_000; // milliseconds between two announcements of progress
let waiting = null;
let last = 0;

/** Say a text when nothing else is being said; the newest one wins, at most one in 3 seconds. */
export function announce(text) {
  const idle = waiting === null;
  waiting = text;
  if (idle) setTimeout(say, Math.max(0, last + PAUSE - Date.now()));
}

function say() {
  document.getElementById("polite").textContent = waiting;
  waiting = null;
  last = Date.now();
}

/** Say that something went wrong, at once. */
export function alertText(text) {
  const place = document.getElementById("assertive");
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 50); // the same text twice is said twice
}

/** Show the sentence of an error in a place beside what failed, and say it. */
export function showFault(place, fault) {
  if (fault.name === "AbortError") return;
  place.textContent = fault.message;
  place.append(iconButton("close", t("page.close"), () => clearFault(place)));
  place.hidden = false;
  place.dataset.kind = fault.kind ?? "";
  alertText(fault.message);
}

export function clearFault(place) {
  place.textContent = "";
  place.hidden = true;
}

/** Put away what was said because the studio could not be reached. */
export function clearUnreachable() {
  for (const kind of ["Unreachable", "NotSignedIn"])
    for (const place of document.querySelectorAll(`.fault[data-kind="${kind}"]`)) clearFault(place);
}

/** Do something that may fail; its error is shown in `place`. Returns undefined then. */
export async function trying(place, action) {
  clearFault(place);
  try {
    return await action();
  } catch (fault) {
    showFault(place, fault);
    return undefined;
  }
}
