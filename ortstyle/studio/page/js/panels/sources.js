/** Left: the photograph, and the paintings whose manner it is painted in. */

import { filesOf, isFilm } from "../../components/picture-drop.js";
import { formatClock } from "../../components/film-bar.js";
import { clearFault, showFault, trying } from "../announce.js";
import { pictureView } from "../api.js";
import { confirmDialog } from "../dialog.js";
import { icon, iconButton, make } from "../dom.js";
import { editMask } from "../mask-dialog.js";
import { formatNumber, t } from "../text.js";

const SHOWN_BEFORE = 24; // pictures that were sent before
const MOST_PAINTINGS = 16;

export function start(root, state, api) {
  const photograph = makeStep(1, "photograph", { multiple: false });
  const painting = makeStep(2, "painting", { multiple: true });
  const example = makeExample(() => tryExample(example.lastChild));
  root.append(photograph.section, painting.section, example);

  for (const step of [photograph, painting]) {
    step.section.addEventListener("files", ({ detail }) => receive(step, detail.files));
    step.section.addEventListener("chosen", ({ detail }) => {
      choose(step.role, detail.id);
      focusDrop(step);
    });
    step.section.addEventListener("forgotten", ({ detail }) => forget(step, detail.id));
  }
  takeWholePage((files) =>
    receive(state.order.photograph && !files.some(isFilm) ? painting : photograph, files));

  async function receive(step, files) {
    clearFault(step.fault);
    for (const file of files) {
      const film = isFilm(file);
      const { upload_bytes: pictures, film_bytes: films } = state.studio?.limits ?? {};
      const limit = film ? films : pictures;
      const { drop } = step; // the large or the small one
      try {
        if (limit && file.size > limit) throw new Error(t("sources.tooLarge", { name: file.name, n: limit / 1e6 }));
        if (film && step.role !== "photograph") throw new Error(t("film.noPainting", { name: file.name }));
        drop.progress = 0;
        const picture = await api.upload(file, step.role, {
          film,
          onProgress: (share) => (drop.progress = share),
        });
        state.putPicture(picture);
        choose(step.role, picture.id);
      } catch (fault) {
        showFault(step.fault, fault);
      }
      drop.progress = null;
      if (drop.hidden && !document.activeElement?.checkVisibility()) focusDrop(step);
    }
  }

  async function forget(step, id) {
    const { name } = state.pictures.get(id);
    const sure = { title: t("sources.forget", { name }), action: t("sources.delete") };
    if (!(await confirmDialog(t("sources.sure", { name }), sure))) return;
    await trying(step.fault, () => api.send("DELETE", `/api/pictures/${id}`));
    focusDrop(step);
  }

  function choose(role, id) {
    const { paintings } = state.order;
    if (role === "photograph") {
      const plain = paintings.map((other) => ({ ...other, mask: null })); // masks are the old one's
      const film = { ...state.order.film, begin: null, end: null };
      state.changeOrder({ photograph: id, start: null, paintings: plain, film, moment: null });
    } else if (!paintings.some(({ picture }) => picture === id)) {
      const added = { picture: id, weight: 1, scale: 1, mask: null };
      state.changeOrder({ paintings: [...paintings, added].slice(-MOST_PAINTINGS) });
    }
    state.dispatchEvent(new Event("chosen"));
  }

  async function tryExample(fault) {
    const answer = await trying(fault, () => api.send("POST", "/api/examples"));
    if (!answer) return;
    for (const picture of answer.pictures) state.putPicture(picture);
    const [content, style] = ["photograph", "painting"].map((role) =>
      answer.pictures.find((picture) => picture.role === role));
    state.changeOrder({
      photograph: content.id,
      paintings: [{ picture: style.id, weight: 1, scale: 1, mask: null }],
    });
    focusDrop(photograph);
    state.dispatchEvent(new Event("chosen"));
  }

  state.watch(["order", "pictures"], () => {
    const { order, pictures } = state;
    example.hidden = Boolean(order.photograph || order.paintings.length);
    showPhotograph(photograph, state);
    showPaintings(painting, state, api);
    const used = order.paintings.map(({ picture }) => picture);
    showBefore(photograph, [...pictures.values()], [order.photograph]);
    showBefore(painting, [...pictures.values()], used);
  });
}

// The focus stays near what was pressed, where that is no longer there.
const focusDrop = (step) => step.drop.querySelector("input").focus();

// The two steps

function makeStep(number, role, { multiple }) {
  const heading = make("h2", { className: "step" },
    make("span", { className: "step-number", textContent: number }), t(`sources.${role}`));
  const content = make("div", { className: "stack" });
  const drop = make("picture-drop", {
    label: t(`sources.add.${role}`),
    hint: t(`sources.hint.${role}`),
    multiple,
    films: role === "photograph",
  });
  const small = make("picture-drop", { label: t(`sources.another.${role}`), multiple, small: true, films: role === "photograph" });
  const fault = make("p", { className: "fault", hidden: true });
  const list = make("ul", { className: "before-list" });
  const before = make("details", { className: "before" },
    make("summary", { textContent: t("sources.before") }), list);
  const section = make("section", { className: "source stack" }, heading, content, drop, small, fault, before);
  const step = { section, content, fault, before, list, role, heading };
  return Object.defineProperty(step, "drop", { get: () => (drop.hidden ? small : drop) });
}

/** Show the large place where nothing is chosen yet, or the small one beside what is. */
function showDrop({ section }, filled) {
  const [large, small] = section.querySelectorAll("picture-drop");
  large.hidden = filled;
  small.hidden = !filled;
}

function showPhotograph(step, state) {
  const { order, pictures } = state;
  const picture = pictures.get(order.photograph);
  showDrop(step, Boolean(picture));
  if (!picture) return step.content.replaceChildren();
  const remove = iconButton("close", t("sources.remove", { name: picture.name }), () => {
    state.changeOrder({ photograph: null });
    focusDrop(step);
  });
  const figure = make("figure", { className: "photograph" },
    make("button", {
      type: "button",
      title: t("sources.show"),
      on: { click: () => state.set({ current: null }) },
    }, make("img", { src: pictureView(picture.id, 512), alt: picture.name, width: picture.width, height: picture.height })),
    make("figcaption", {}, nameOf(picture), remove));
  step.content.replaceChildren(figure);
  const begin = pictures.get(order.start);
  if (begin) step.content.append(startLine(begin, () => state.changeOrder({ start: null })));
}

function nameOf(picture) {
  const pixels = `${formatNumber(picture.width)} × ${formatNumber(picture.height)}`;
  const { seconds, rate } = picture.clip ?? {};
  const size = picture.clip
    ? [seconds === null ? null : formatClock(seconds, seconds < 60), pixels, t("film.rate", { n: rate })].filter(Boolean).join(" · ") : pixels;
  return make("span", { className: "picture-name" },
    make("span", { textContent: picture.name, title: picture.name }),
    make("span", { className: "hint", textContent: size }));
}

function startLine(picture, onRemove) {
  return make("div", { className: "start-line" },
    make("img", { src: pictureView(picture.id, 256), alt: "" }),
    make("p", { className: "hint", textContent: t("sources.start", { name: picture.name }) }),
    iconButton("close", t("sources.noStart"), onRemove));
}

// Paintings

function showPaintings(step, state, api) {
  const { paintings } = state.order;
  showDrop(step, paintings.length > 0);
  const shape = JSON.stringify(paintings.map(({ picture, mask }) => [picture, mask]));
  if (step.shape === shape) return; // a slider that is being moved stays as it is
  step.shape = shape;
  const lines = paintings.map((painting, index) => paintingLine(painting, index, step, state, api));
  step.content.replaceChildren(...(lines.length ? [make("ul", { className: "stack" }, ...lines)] : []));
}

function paintingLine(painting, index, step, state, api) {
  const picture = state.pictures.get(painting.picture);
  const { name } = picture;
  const change = (changes) => {
    const paintings = state.order.paintings.map((other, at) => (at === index ? { ...other, ...changes } : other));
    state.changeOrder({ paintings });
  };
  const remove = async () => {
    const sure = { title: t("sources.remove", { name }), action: t("sources.take") };
    if (painting.mask && !(await confirmDialog(t("sources.sureMask", { name }), sure))) return;
    state.changeOrder({ paintings: state.order.paintings.filter((_, at) => at !== index) });
    step.section.querySelector("ul button, picture-drop:not([hidden]) input").focus();
  };
  const head = make("div", { className: "painting-head" },
    make("img", { src: pictureView(picture.id, 256), alt: name }), nameOf(picture),
    iconButton("close", t("sources.remove", { name }), remove));
  const line = make("li", { className: "painting" }, head);
  if (state.order.paintings.length > 1) {
    const ends = (value) => t("sources.times", { n: value });
    line.append(
      slider(t("sources.weight"), name, { least: 1 / 3, most: 3, value: painting.weight, ends }, (weight) => change({ weight })),
      slider(t("sources.scale"), name, { least: 1 / 3, most: 3, value: painting.scale, ends }, (scale) => change({ scale })),
      ...(index ? [] : [make("p", { className: "hint", textContent: t("sources.scaleHint") })]));
  }
  const onMask = (mask) => {
    change({ mask });
    step.section.querySelectorAll(".mask-row .button")[index]?.focus();
  };
  line.append(maskRow(painting, name, state, onMask, step.fault, api));
  return line;
}

/** A slider whose middle is 1: as far to the left as to the right is once half, once double. */
function slider(label, name, { least, most, value, ends }, onChange) {
  const shown = make("output", { textContent: ends(value) });
  const input = make("input", {
    type: "range",
    min: Math.log(least),
    max: Math.log(most),
    step: "any",
    value: Math.log(value),
    attributes: { "aria-label": `${label}: ${name}`, "aria-valuetext": ends(value) },
    on: {
      input: () => {
        const now = Number(Math.exp(input.valueAsNumber).toPrecision(2));
        shown.textContent = ends(now);
        input.setAttribute("aria-valuetext", ends(now));
      },
      change: () => onChange(Number(Math.exp(input.valueAsNumber).toPrecision(2))),
    },
  });
  return make("label", { className: "slider" }, make("span", { textContent: label }), shown, input);
}

function maskRow(painting, name, state, onMask, fault, api) {
  const photograph = () => state.pictures.get(state.order.photograph);
  const brush = make("button", {
    type: "button",
    className: "button quiet",
    attributes: { "aria-label": `${t(painting.mask ? "sources.changeMask" : "sources.brush")}: ${name}` },
    on: {
      click: async () => {
        clearFault(fault);
        if (!photograph()) return showFault(fault, new Error(t("sources.maskNeedsPhotograph")));
        const mask = await editMask(photograph(), { ...painting, name }, api);
        if (mask === undefined) return;
        if (mask) state.putPicture(mask);
        onMask(mask?.id ?? null);
      },
    },
  }, icon("mask"), t(painting.mask ? "sources.changeMask" : "sources.brush"));
  const row = make("div", { className: "row mask-row" });
  if (painting.mask) row.append(make("img", { src: pictureView(painting.mask, 256), alt: t("sources.maskPicture", { name }) }));
  row.append(brush);
  if (painting.mask) row.append(iconButton("trash", t("sources.noMask", { name }), () => onMask(null)));
  return row;
}

// Pictures that were sent before, the example, and the whole page as a place to drop on

function showBefore(step, pictures, used) {
  const before = pictures
    .filter(({ id, role, still }) => role === step.role && !still && !used.includes(id))
    .sort((one, other) => other.added - one.added)
    .slice(0, SHOWN_BEFORE);
  const key = before.map(({ id }) => id).join();
  if (step.beforeKey === key) return;
  step.beforeKey = key;
  step.before.hidden = before.length === 0;
  const tell = (kind, id) => step.section.dispatchEvent(new CustomEvent(kind, { detail: { id } }));
  step.list.replaceChildren(...before.map(({ id, name }) =>
    make("li", {},
      make("button", {
        type: "button",
        className: "before-picture",
        title: name,
        attributes: { "aria-label": t("sources.use", { name }) },
        on: { click: () => tell("chosen", id) },
      }, make("img", { src: pictureView(id, 256), alt: "", loading: "lazy" })),
      iconButton("trash", t("sources.forget", { name }), () => tell("forgotten", id)))));
}

function makeExample(onTry) {
  return make("section", { className: "example stack" },
    make("p", { className: "hint", textContent: t("sources.noPictures") }),
    make("button", { type: "button", className: "button", on: { click: onTry } }, icon("painting"), t("sources.example")),
    make("p", { className: "fault", hidden: true }));
}

function takeWholePage(receive) {
  const isField = (target) => target.closest?.("input:not([type=range], [type=file]), textarea, dialog");
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault(); // the browser would leave the page
    receive(filesOf(event.dataTransfer));
  });
  document.addEventListener("paste", (event) => {
    if (!isField(event.target)) receive(filesOf(event.clipboardData));
  });
}
