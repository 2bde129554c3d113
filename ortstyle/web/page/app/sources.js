/** Left: the photograph, the painting, and the examples. */

import { filesOf, isFilm } from "../components/picture-drop.js";
import { measurePicture } from "../engine/decode.js";
import { clearFault, showFault } from "../js/announce.js";
import { iconButton, make } from "../js/dom.js";
import { hasText, t } from "../js/text.js";

const ROLES = ["photograph", "painting"];
const EXAMPLES = {
  photograph: new URL("../examples/photo.jpg", import.meta.url).href,
  painting: new URL("../examples/painting.jpg", import.meta.url).href,
};

/** Fill the panel; `signal` ends it. Returns a function that takes files from anywhere on the page. */
export function showSources(root, state, signal) {
  const steps = Object.fromEntries(ROLES.map((role, at) => [role, makeStep(at + 1, role)]));
  const example = make("section", { className: "example stack" });
  root.replaceChildren(...ROLES.map((role) => steps[role].section), example);

  const receive = async (role, [file, ...rest]) => {
    const step = steps[role];
    const others = rest.length + step.surplus;
    step.surplus = 0;
    clearFault(step.fault);
    try {
      state.set({ [role]: await openPicture(file) });
      if (others) showFault(step.fault, new Error(t("sources.one")));
    } catch (fault) {
      showFault(step.fault, fault);
    }
    focusDrop(step, true);
  };
  const tryExample = async () => {
    clearFault(fault);
    try {
      const pictures = await Promise.all(ROLES.map((role) => fetchExample(EXAMPLES[role])));
      state.set(Object.fromEntries(ROLES.map((role, at) => [role, pictures[at]])));
      focusDrop(steps.photograph, true);
    } catch (error) {
      showFault(fault, error);
    }
  };
  const fault = make("p", { className: "fault", hidden: true });
  const thumbnail = (address) => make("img", { src: address, alt: "", width: 44, height: 44 });
  example.append(
    make("button", { type: "button", className: "button example-button", on: { click: tryExample } },
      ...ROLES.map((role) => thumbnail(EXAMPLES[role])),
      make("span", { textContent: t("sources.example") })),
    fault);

  for (const role of ROLES) {
    const step = steps[role];
    // A place gives one file of what is dropped on it.
    step.section.addEventListener("drop", ({ dataTransfer }) => {
      step.surplus = Math.max(0, filesOf(dataTransfer).length - 1);
    }, { capture: true });
    step.section.addEventListener("files", ({ detail }) => receive(role, detail.files));
    state.watch([role], () => {
      showPicture(step, state[role], () => {
        state.set({ [role]: null });
        focusDrop(step);
      });
      example.hidden = ROLES.every((each) => state[each]);
    }, signal);
  }
  return async (files) => {
    const free = ROLES.filter((role) => !state[role]);
    const [first = "painting", second] = free;
    if (files.length < 2 || !second) return files.length && receive(first, files);
    await receive(first, [files[0]]);
    return receive(second, files.slice(1));
  };
}

function makeStep(number, role) {
  const heading = make("h2", { className: "step" },
    make("span", { className: "step-number", textContent: number }), t(`sources.${role}`));
  const content = make("div");
  const large = make("picture-drop", { label: t(`sources.add.${role}`), hint: t(`sources.hint.${role}`) });
  const small = make("picture-drop", { label: t(`sources.another.${role}`), small: true });
  const fault = make("p", { className: "fault", hidden: true });
  const section = make("section", { className: "source stack" }, heading, content, large, small, fault);
  return { section, content, large, small, fault, surplus: 0 };
}

function showPicture({ content, large, small }, picture, remove) {
  large.hidden = Boolean(picture);
  small.hidden = !picture;
  if (!picture) return content.replaceChildren();
  const { name, url, width, height } = picture;
  content.replaceChildren(make("figure", { className: "photograph" },
    make("img", { src: url, alt: name, width, height }),
    make("figcaption", {},
      make("div", { className: "picture-name" },
        make("span", { textContent: name, title: name }),
        make("span", { className: "hint", textContent: `${width} × ${height}` })),
      iconButton("close", t("sources.remove", { name }), remove))));
}

/** Focus the file button that is shown; `ifLost`: only where what had the focus is no longer there. */
function focusDrop({ large, small }, ifLost = false) {
  const active = document.activeElement;
  if (ifLost && active !== document.body && active?.checkVisibility()) return;
  (large.hidden ? small : large).querySelector("input").focus();
}

/** Open a file as a Picture; an Error tells in a sentence why it's none. */
async function openPicture(file) {
  const { name } = file;
  if (isFilm(file)) throw new Error(t("sources.film", { name }));
  const [width, height] = await measurePicture(file).catch((fault) => {
    throw new Error(wordsOfFault(fault, name));
  });
  // Addresses are not taken back: a painting in the middle may still show the picture.
  return { file, name, url: URL.createObjectURL(file), width, height };
}

function wordsOfFault({ kind, format, size }, name) {
  const [width, height] = size ?? [];
  const known = hasText(`sources.unreadable.${kind}`) ? kind : "unknown";
  return t(`sources.unreadable.${known}`, { name, format: format?.toUpperCase(), width, height });
}

async function fetchExample(address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) throw new Error(t("sources.noExample"));
  const blob = await answer.blob();
  return openPicture(new File([blob], address.split("/").at(-1), { type: "image/jpeg" }));
}

/** Take what is dropped or pasted beside the places for it; without that, a browser would leave the page. */
export function takeWholePage(take) {
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(filesOf(event.dataTransfer));
  });
  document.addEventListener("paste", (event) => take(filesOf(event.clipboardData)));
}

