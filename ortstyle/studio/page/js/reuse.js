/** Results and their settings are used for what is composed now; one's own stays a step away. */

import { get, send } from "./api.js";
import { emptyOrder, state } from "./state.js";
import { t } from "./text.js";
import { toast } from "./toast.js";

const KEPT = "ortstyle.own-orders"; // in this tab, also after it is loaded again
let taken = null; // the order that was taken last, to see whether it was changed since

/** Take over the order of a painting. */
export async function useSettings(id) {
  const { order, title } = await get(`/api/paintings/${id}`);
  const { order: known, missing } = withPicturesHere(order);
  keepOwn();
  taken = known;
  state.set({ order: known });
  offerOwn(t(missing ? "card.settingsWithout" : "card.settingsUsed", { title }));
}

/** The order as far as its pictures are still here; one's own photograph stays where it isn't. */
function withPicturesHere(order) {
  const names = Object.keys(emptyOrder());
  const known = { ...emptyOrder() };
  for (const name of names) known[name] = order[name] ?? known[name];
  const here = (id) => (state.pictures.has(id) ? id : null);
  const paintings = known.paintings.filter(({ picture }) => here(picture));
  const missing = paintings.length < known.paintings.length || !here(known.photograph);
  const { still } = state.pictures.get(known.photograph) ?? {};
  if (still && here(still.of)) Object.assign(known, { photograph: still.of, moment: still.at }); // of a film
  known.photograph = here(known.photograph) ?? state.order.photograph;
  known.start = here(known.start);
  known.paintings = paintings.map((each) => ({ ...each, mask: here(each.mask) }));
  return { order: known, missing };
}

// One's own orders, the newest last. What was taken and never changed is not one's own.

function keepOwn() {
  const same = taken && JSON.stringify(taken) === JSON.stringify(state.order);
  if (!same) storeOwn([...ownOrders(), state.order].slice(-10));
}

function ownOrders() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}

function storeOwn(orders) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(orders));
  } catch {
    // a private window may refuse; nothing else depends on it
  }
}

function offerOwn(text) {
  toast(text, {
    key: "own",
    action: t("card.back"),
    onAction: () => {
      const orders = ownOrders();
      const own = orders.pop();
      storeOwn(orders);
      taken = null;
      if (own) state.set({ order: withPicturesHere(own).order });
      if (orders.length) offerOwn(t("card.backOnce"));
      else toast(t("card.backDone"), { key: "own", seconds: 5 });
    },
  });
}

/** Use a result as the photograph, as one more painting, or as what is begun from. */
export async function useResult({ id, title }, use) {
  const role = use === "painting" ? "painting" : "photograph";
  const picture = await send("POST", `/api/paintings/${id}/picture?role=${role}`);
  state.putPicture(picture);
  const before = state.order;
  const change = changeFor(use, picture.id, before);
  state.changeOrder(change);
  state.dispatchEvent(new Event("chosen"));
  const names = Object.keys(change);
  toast(t(`card.used.${use}`, { title }), {
    key: "used",
    action: t("card.undo"),
    seconds: 10,
    onAction: () => state.changeOrder(Object.fromEntries(names.map((name) => [name, before[name]]))),
  });
}

function changeFor(use, picture, { paintings }) {
  if (use === "start") return { start: picture };
  if (use === "painting")
    return paintings.some((painting) => painting.picture === picture)
      ? {} : { paintings: [...paintings, { picture, weight: 1, scale: 1, mask: null }] };
  const plain = paintings.map((painting) => ({ ...painting, mask: null })); // masks are the old one's
  return { photograph: picture, start: null, paintings: plain };
}
