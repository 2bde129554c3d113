/** Orders: what is being composed is sent to be painted. */

import { t } from "./text.js";

/** Whether an order has all that painting needs. */
export const isReady = (order) => Boolean(order.photograph && order.paintings.length);

/** The sentence that says what an order has not yet. */
export function missing({ photograph, paintings }) {
  if (photograph) return t("controls.needs.painting");
  return t(paintings.length ? "controls.needs.photograph" : "controls.needs.both");
}

/**
 * The order as it is sent, with changes such as {draft: true}. Of a film a draft is a picture of one
 * frame, unless `asFilm`; all else is the film.
 */
export function complete(state, { asFilm, ...changes } = {}) {
  const order = { ...state.order, ...changes };
  const small = order.draft || order.variants || order.presets;
  if (!state.clip) return { ...order, film: null, moment: null };
  return (asFilm ?? !small) ? { ...order, start: null } : { ...order, film: null };
}

/**
 * Order what is being composed, with changes such as {draft: true}. Returns the paintings, which
 * the state then has; an Error with a sentence where something is missing or refused.
 */
export async function paint(state, api, changes = {}) {
  const order = complete(state, changes);
  if (!isReady(order)) throw new Error(missing(order));
  const { paintings } = await api.send("POST", "/api/paintings", order);
  for (const painting of paintings) state.putPainting(painting);
  return paintings;
}
