/** What is said of a painting: its state, its progress, its size, and what can be done with it. */

import { pictureView, resultView } from "./api.js";
import { isOver, state } from "./state.js";
import { formatMoment, formatNumber, formatTime, hasText, t } from "./text.js";

/** The type of what is dragged out of the gallery; its data are the id of the painting. */
export const DRAGGED = "application/x-ortstyle-painting";

export const downloadAddress = (id, { metadata = "keep", format = "png" } = {}) =>
  `/api/paintings/${id}/download?metadata=${metadata}&format=${format}`;

export const pixels = ({ width, height }) =>
  width && height ? t("card.pixels", { width, height }) : "";

export const percent = (share) => `${formatNumber(Math.floor(100 * share), 0)} %`;

/** The share that is painted and what there is to say of it; null unless it is being painted. */
export function progressOf({ state: name, progress }) {
  if (isOver({ state: name }) || (name !== "running" && !progress)) return null;
  if (!progress?.of) return { value: null, text: t("card.begins") };
  const value = Math.min(1, progress.evaluations / progress.of);
  if (name !== "running" || progress.seconds_left === null || progress.seconds_left === undefined)
    return { value, text: percent(value) };
  const left = t("card.left", { time: formatTime(Math.max(1, progress.seconds_left)) });
  return { value, text: `${percent(value)} · ${left}` };
}

/** What all cards of a painting have in common; see `components/picture-card.js`. */
export function cardOf(painting) {
  const { id, title, kind, photograph } = painting;
  const source = state.pictures.get(photograph) ?? {};
  const done = painting.state === "done";
  // The view of a smaller one is no larger than itself, and would be shown at half of its size.
  const sharp = done && Math.max(painting.width, painting.height) >= 512;
  return {
    title,
    alt: done ? t("card.alt", { title }) : title,
    badge: painting.film ? t("film.film") : kind === "draft" ? t("card.draft") : "",
    state: painting.state,
    src: done ? resultView(id, 256) : photograph && pictureView(photograph, 256),
    srcset: sharp ? `${resultView(id, 256)} 1x, ${resultView(id, 512)} 2x` : "",
    width: painting.width || source.width || 4,
    height: painting.height || source.height || 3,
    current: state.current === id,
    menu: t("card.menu", { title }),
    items: menuOf(painting),
  };
}

/** What sets a variant apart, as the studio says it, and the key of our words for it; in order. */
export const LABELS = {
  "as ordered": "ordered",
  "bolder strokes": "bolder",
  "closer to the photograph": "closer",
  "further into the painting": "further",
};

/** What a painting is like: what sets it apart from those it was ordered with, or its preset. */
export function mannerOf({ label, preset }) {
  if (!label || label === preset) return presetName(preset);
  return label in LABELS ? t(`controls.labels.${LABELS[label]}`) : label;
}

export const presetName = (preset) =>
  hasText(`controls.presets.${preset}.name`) ? t(`controls.presets.${preset}.name`) : preset;

/** The state of a painting in a word. One that shares the machine with a draft is slow meanwhile. */
export function wordOf({ id, kind, state: name, progress }) {
  const others = state.queue.map((other) => state.paintings.get(other))
    .filter((other) => other && other.id !== id && other.state === "running");
  if (name === "running" && kind !== "draft" && others.some((other) => other.kind === "draft"))
    return t("queue.behind");
  const alone = name === "waiting" && !others.some((other) => other.kind === kind);
  const first = alone && state.queue.find((other) => state.paintings.get(other)?.kind === kind) === id;
  if (first || (name === "running" && !progress)) return t("canvas.state.beginning");
  return t(`queue.state.${name}`);
}

const strokesOf = ({ strokes, label }) =>
  label || !strokes || strokes === 1 ? "" : t("card.strokes", { n: strokes });

/** Its manner, the size of its strokes, its own size, and more. */
export const lineOf = (painting, ...more) =>
  [mannerOf(painting), strokesOf(painting), pixels(painting), ...more].filter(Boolean).join(" · ");

/** When it was painted, or ordered. */
export const momentOf = ({ ended, created }) => formatMoment(ended ?? created);

/** What it is in a word, with its manner. */
export function kindOf(painting) {
  const small = painting.kind === "draft";
  return `${t(small ? "card.draft" : "card.painting")}, ${mannerOf(painting)}`;
}

/** What painting a draft as large as it was meant is called. */
export const paintWords = ({ full_size: size, film }) => {
  if (film) return typeof size === "number" ? t("film.paintAt", { n: size }) : t("film.paint");
  return typeof size === "number" ? t("card.paintAt", { n: size }) : t("card.paintWhole");
};

/** The entries of the menu of a painting. */
export function menuOf(painting) {
  const done = painting.state === "done";
  const picture = done && !painting.film;
  const entry = (action, rest = {}) => ({ action, label: t(`card.do.${action}`), ...rest });
  const other = state.current && state.current !== painting.id;
  const download = { href: downloadAddress(painting.id) };
  return [
    entry("open"),
    ...(done && other ? [entry("compare")] : []),
    entry("details"),
    { heading: t("card.paint") },
    ...(painting.kind === "draft" ? [entry("paint", { label: paintWords(painting) })] : []),
    entry("settings"),
    entry("duplicate"),
    ...(picture ? [entry("larger")] : []),
    ...(picture ? [{ heading: t("card.use") }, ...USES.map((action) => entry(action))] : []),
    ...(done ? [{ heading: t("card.take") }, entry("download", download)] : []),
    ...(picture ? [entry("downloadAs")] : []),
    { heading: "" },
    entry("remove", { danger: true }),
  ];
}

const USES = ["photograph", "painting", "start"];
