/** All words of the page, in the language of the user; formats of numbers, times and sizes.
 *
 * A module that imports this one runs when the words are there. A key is "panel.word". A text with
 * numbers has {n}; one with plural forms is an object such as {"one": …, "other": …}, chosen by n.
 */

export const languages = { en: "English", de: "Deutsch" };

let words = {};
let language = "en";

/** Load the words of the language that was chosen before, or of the browser's. */
export async function loadText(wanted = chosenLanguage()) {
  const answer = await fetch(new URL(`../text/${wanted}.json`, import.meta.url));
  words = await answer.json();
  language = wanted;
  document.documentElement.lang = wanted;
}

function chosenLanguage() {
  const browsers = navigator.languages.map((name) => name.slice(0, 2));
  return [remembered("language"), ...browsers].find((name) => name in languages) ?? "en";
}

/** What this browser remembers of the user's choices; null where it may not remember. */
export function remembered(name) {
  try {
    return localStorage.getItem(`ortstyle.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`ortstyle.${name}`, value);
  } catch {
    // a private window may refuse; the choice then lasts as long as the page
  }
}

export const currentLanguage = () => language;

export const hasText = (key) => find(key) !== undefined;

/** The text of a key, with its numbers and names filled in. */
export function t(key, values = {}) {
  let text = find(key);
  if (typeof text === "object")
    text = text[new Intl.PluralRules(language).select(values.n)] ?? text.other;
  return (text ?? key).replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === "number" ? formatNumber(value) : value ?? whole;
  });
}

function find(key) {
  return key.split(".").reduce((found, part) => found?.[part], words);
}

/** Fill elements that name their text: data-t, data-t-label (aria-label), data-t-title. */
export function fillText(root = document) {
  for (const element of root.querySelectorAll("[data-t]"))
    element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]"))
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  for (const element of root.querySelectorAll("[data-t-title]"))
    element.title = t(element.dataset.tTitle);
}

export function formatNumber(value, digits = 2) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/** A span of time in words that fit its length: "8 s", "3 min", "2 h 10 min". */
export function formatTime(seconds) {
  const unit = (value, name) =>
    new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  if (seconds < 100) return unit(Math.max(1, Math.round(seconds)), "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return unit(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}`;
}

export function formatBytes(bytes) {
  const names = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(4, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1000)));
  const format = { style: "unit", unit: names[step], maximumFractionDigits: step > 2 ? 1 : 0 };
  return new Intl.NumberFormat(language, format).format(bytes / 1000 ** step);
}

/** A moment: the time of today, or the date. `stamp` is in seconds since 1970. */
export function formatMoment(stamp) {
  const moment = new Date(stamp * 1000);
  const today = moment.toDateString() === new Date().toDateString();
  const format = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(language, format).format(moment);
}

await loadText();
