/** What can be done with a painting, by the names of `paintings.js`. */

import { alertText, announce } from "./announce.js";
import { get, send } from "./api.js";
import { confirmDialog } from "./dialog.js";
import { isOver, state } from "./state.js";
import { t } from "./text.js";
import { toast } from "./toast.js";

const UNDO = 10; // seconds

const ACTIONS = {
  open,
  compare,
  details: async (painting) => (await import("./panels/result.js")).showResult(painting.id),
  paint,
  settings: async (painting) => (await import("./reuse.js")).useSettings(painting.id),
  duplicate,
  larger: async (painting) => (await import("./larger.js")).paintLarger(painting),
  photograph: (painting) => use(painting, "photograph"),
  painting: (painting) => use(painting, "painting"),
  start: (painting) => use(painting, "start"),
  download: () => {}, // is a link
  downloadAs: async (painting) => (await import("./panels/result.js")).downloadAs(painting),
  remove,
  pause: (painting) => tell(painting, "pause"),
  proceed: (painting) => tell(painting, "proceed"),
  stop: (painting) => tell(painting, "stop"),
  retry: (painting) => tell(painting, "retry"),
};

/** Do something with a painting; what fails is told in a sentence. */
export async function perform(action, id) {
  const painting = state.paintings.get(id);
  try {
    if (!painting) throw new Error(t("card.gone"));
    await ACTIONS[action](painting);
  } catch (fault) {
    toast(fault.message, { key: "fault" });
    alertText(fault.message);
    if (fault.status === 404) state.remove(id);
  }
}

function open(painting) {
  state.set({ current: painting.id });
  document.getElementById("canvas").focus();
  announce(t("card.opened", { title: painting.title }));
}

function compare(painting) {
  state.set({ compare: { with: `result:${painting.id}` } });
  document.getElementById("canvas").focus();
  announce(t("card.compared", { title: painting.title }));
}

async function use(painting, role) {
  const { useResult } = await import("./reuse.js");
  await useResult(painting, role);
}

async function tell(painting, action) {
  state.putPainting(await send("POST", `/api/paintings/${painting.id}/${action}`));
}

/** Order what a draft shows, as large as its settings say. */
async function paint(painting) {
  const { order } = await get(`/api/paintings/${painting.id}`);
  await place(single(order));
}

/** Order the same again, with another seed. */
async function duplicate(painting) {
  const { order } = await get(`/api/paintings/${painting.id}`);
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] >>> 1;
  const draft = painting.kind === "draft";
  await place({ ...single(order), draft, settings: { ...order.settings, seed } }, { shown: false });
}

/** An order for one painting, whatever it was one of. */
export function single(order) {
  const alone = { draft: false, variants: false, presets: false, label: "" };
  const known = Object.entries(alone).filter(([name]) => name in order);
  return { ...order, ...Object.fromEntries(known) };
}

/** Send an order; its painting is shown unless told otherwise. */
export async function place(order, { shown = true } = {}) {
  const { paintings } = await send("POST", "/api/paintings", order);
  for (const painting of paintings) state.putPainting(painting);
  const [painting] = paintings;
  if (shown) state.set({ current: painting.id });
  toast(t("card.ordered", { title: painting.title }), {
    key: "ordered",
    seconds: UNDO,
    action: t("card.do.open"),
    onAction: () => open(painting),
  });
}

// Removing. A result is hidden at once and deleted after some seconds, in which it can be undone.

const leaving = new Map(); // id → delete it now

async function remove(painting) {
  const { id, title } = painting;
  const over = isOver(painting);
  if (!over || painting.state === "done") {
    const question = t(over ? "card.confirm" : "card.confirmRunning", { title });
    const words = { title: t("card.confirmTitle"), action: t("card.do.delete") };
    if (!(await confirmDialog(question, words))) return;
  }
  if (!over) {
    await send("DELETE", `/api/paintings/${id}`);
    state.remove(id);
    announce(t("card.removed", { title }));
    return;
  }
  const shown = state.current === id;
  leaving.set(id, () => discard(painting));
  state.remove(id);
  toast(t("card.removed", { title }), {
    action: t("card.undo"),
    seconds: UNDO,
    key: id,
    onEnd: () => discard(painting),
    onAction: () => {
      leaving.delete(id);
      state.putPainting(painting);
      if (shown) state.set({ current: id });
    },
  });
}

/** Whether a painting is about to be deleted, so that a list that is fetched leaves it out. */
export const isLeaving = (id) => leaving.has(id);

async function discard(painting) {
  if (!leaving.delete(painting.id)) return;
  try {
    await send("DELETE", `/api/paintings/${painting.id}`, undefined, { keepalive: true });
  } catch (fault) {
    if (fault.status === 404) return;
    state.putPainting(painting);
    toast(fault.message, { key: "fault" });
  }
}

addEventListener("pagehide", () => {
  for (const now of [...leaving.values()]) now();
});
