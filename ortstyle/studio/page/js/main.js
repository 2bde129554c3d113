/** Start of the page: words, icons, what the studio knows, the panels, the events. */

import * as api from "./api.js";
import { alertText, announce, clearUnreachable, showFault } from "./announce.js";
import { loadIcons, make } from "./dom.js";
import { listen } from "./events.js";
import { choosePreferences } from "./preferences.js";
import { emptyOrder, state } from "./state.js";
import { fillText, t } from "./text.js";
import { toast } from "./toast.js";

const PANELS = ["sources", "canvas", "controls", "queue", "gallery"];
const SAVE_AFTER = 400; // milliseconds
let saveWorkspace = async () => {};

async function begin() {
  for (const name of PANELS) import(`./panels/${name}.js`).catch(() => {}); // on their way already
  fillText();
  choosePreferences(async () => {
    await saveWorkspace();
    location.reload();
  });
  document.addEventListener("locked", explainLock);
  document.querySelector(".skip-link").addEventListener("click", (event) => {
    const stage = document.querySelector(".viewer-stage"); // where the keys of the picture work
    if (!stage?.checkVisibility()) return;
    event.preventDefault();
    stage.focus();
  });
  try {
    await Promise.all([loadIcons(), fetchForm(), fetchAll()]);
    await fetchWorkspace();
  } catch (fault) {
    toast(fault.message);
  }
  await Promise.all(PANELS.map(startPanel));
  state.watch(["current"], () => {
    document.body.dataset.shown = state.current ? "painting" : "nothing";
  });
  state.watch(["paintings"], showProgress);
  keepWorkspace();
  listenToStudio();
}

async function startPanel(name) {
  const root = document.getElementById(name);
  try {
    const panel = await import(`./panels/${name}.js`);
    panel.start(root, state, api);
  } catch (fault) {
    const place = make("p", { className: "fault" });
    root.append(place); // the other panels go on
    showFault(place, fault);
  }
}

// What the studio knows

async function fetchForm() {
  const [studio, form] = await Promise.all([api.get("/api/studio"), api.get("/api/form")]);
  state.set({ studio, form });
}

async function fetchAll() {
  const [shelf, queue, gallery] = await Promise.all([
    api.get("/api/pictures"),
    api.get("/api/queue"),
    api.get("/api/paintings?limit=50"),
  ]);
  const paintings = [...gallery.paintings, ...queue.paintings];
  state.set({
    pictures: new Map(shelf.pictures.map((picture) => [picture.id, picture])),
    paintings: new Map(paintings.map((painting) => [painting.id, painting])),
    queue: queue.paintings.map((painting) => painting.id),
  });
}

async function fetchWorkspace() {
  const { order, current } = (await api.get("/api/workspace")) ?? {};
  const known = { ...emptyOrder(), ...order };
  known.film ??= emptyOrder().film;
  if (!Array.isArray(known.paintings)) Object.assign(known, emptyOrder()); // of another version
  const here = (id) => (state.pictures.has(id) ? id : null);
  known.photograph = here(known.photograph);
  known.start = here(known.start);
  known.paintings = known.paintings
    .filter((painting) => here(painting?.picture))
    .map((painting) => ({ ...painting, mask: here(painting.mask) }));
  if (!state.preset(known.preset)) Object.assign(known, { preset: "default", settings: {} });
  state.set({ order: known, current: state.paintings.has(current) ? current : null });
}

function keepWorkspace() {
  let timer = null;
  saveWorkspace = async () => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    const { order, current } = state;
    const kept = { keepalive: true }; // also when the page is left meanwhile
    await api.send("PUT", "/api/workspace", { order, current }, kept).catch(() => {});
  };
  state.addEventListener("change", ({ detail }) => {
    if (!detail.keys.includes("order") && !detail.keys.includes("current")) return;
    clearTimeout(timer);
    timer = setTimeout(saveWorkspace, SAVE_AFTER);
  });
  addEventListener("pagehide", saveWorkspace);
}

// Events

function listenToStudio() {
  const connection = document.getElementById("connection");
  const online = (now) => {
    state.set({ online: now });
    connection.textContent = now ? "" : t("page.offline");
    if (now) clearUnreachable();
  };
  listen({
    painting: told,
    picture: (picture) => state.putPicture(picture),
    removed: ({ id }) => state.remove(id),
    queue: ({ order }) => state.set({ queue: order }),
    notice: ({ text }) => toast(text),
    reload: () => fetchAll().then(() => online(true), () => {}),
    hello: () => online(true),
    online: () => online(true),
    offline: () => online(false),
  });
}

function told(painting) {
  const before = state.paintings.get(painting.id)?.state;
  state.putPainting(painting);
  if (before === painting.state || painting.state === "waiting") return;
  announce(t(`page.told.${painting.state}`, { title: painting.title }));
}

/** The title tells how far painting is to who looks at another tab. */
function showProgress() {
  const running = state.queue.map((id) => state.paintings.get(id)).find((each) => each?.state === "running");
  const { evaluations, of } = running?.progress ?? {};
  const before = of ? `${Math.floor((100 * evaluations) / of)} % · ` : "";
  document.title = `${before}ortstyle studio`;
}

function explainLock() {
  if (state.studio?.remote) return location.assign("/"); // asks for the password
  const connection = document.getElementById("connection");
  if (connection.textContent !== t("page.locked")) alertText(t("page.locked"));
  connection.textContent = t("page.locked"); // until another tab has opened the new address
}

begin();
