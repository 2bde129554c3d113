/** What is not over, in the order in which it is painted; and what failed or was stopped. */

import "../../components/picture-card.js";
import { perform } from "../actions.js";
import { announce } from "../announce.js";
import { confirmDialog } from "../dialog.js";
import { make } from "../dom.js";
import { dragOrder } from "../drag-order.js";
import { LiveList } from "../live-list.js";
import { cardOf, lineOf, progressOf, wordOf } from "../paintings.js";
import { soon } from "../soon.js";
import { t } from "../text.js";
import { toast } from "../toast.js";

const LOOK = 2_000; // milliseconds between two looks at a picture that is being painted

class QueuePanel {
  #known = null; // the map of paintings; it is another one after all was fetched again
  #seen = new Set(); // rows that can be seen

  constructor(root, state, api) {
    Object.assign(this, { state, api });
    const heading = this.heading = make("h2", { id: "queue-heading", tabIndex: -1, textContent: t("page.queue") });
    this.count = make("span", { className: "hint" });
    this.empty = make("p", { className: "hint", textContent: t("queue.empty") });
    const list = make("ol", { className: "queue-list", attributes: { "aria-labelledby": heading.id } });
    this.stopAll = make("button", { type: "button", className: "button small", hidden: true,
      textContent: t("queue.stopAll"), on: { click: () => this.#stopAll() } });
    root.append(make("div", { className: "shelf-head" }, heading, this.count, this.stopAll), this.empty, list);
    this.observer = new IntersectionObserver((entries) => this.#see(entries));
    this.rows = new LiveList(list, {
      root,
      home: heading,
      create: (id) => this.#createRow(id),
      update: (row, id) => this.#updateRow(row, id),
    });
    dragOrder(list, {
      peers: (id) => this.#peers(id),
      title: (id) => state.paintings.get(id)?.title ?? "",
      hold: (held) => this.rows.hold(held),
      move: (id, before) => this.#move(id, before),
    });
    state.watch(["paintings", "queue", "current", "pictures"], soon(() => this.#show()));
    setInterval(() => this.#look(), LOOK);
  }

  #show() {
    const { state } = this;
    if (this.#known !== state.paintings) this.#fetchUnfinished();
    this.#known = state.paintings;
    const ids = [...state.queue.filter((id) => state.paintings.has(id)), ...this.#unfinished()];
    this.rows.show(ids);
    this.empty.hidden = ids.length > 0;
    this.stopAll.hidden = state.queue.length < 2;
    this.count.textContent = state.queue.length ? t("queue.count", { n: state.queue.length }) : "";
  }

  /** The ids of those that failed or were stopped, the last one first. */
  #unfinished() {
    return [...this.state.paintings.values()]
      .filter((painting) => painting.state === "failed" || painting.state === "stopped")
      .sort((one, other) => (other.ended ?? 0) - (one.ended ?? 0))
      .map((painting) => painting.id);
  }

  /** They may be older than the newest paintings, which are known already. */
  async #fetchUnfinished() {
    try {
      for (const name of ["failed", "stopped"]) {
        const { paintings } = await this.api.get(`/api/paintings?limit=50&state=${name}`);
        this.state.putPaintings(paintings);
      }
    } catch (fault) {
      toast(fault.message, { key: "fault" });
    }
  }

  #createRow(id) {
    const card = make("picture-card", {
      className: "queue-card",
      on: { action: ({ detail }) => this.#choose(detail, id) },
    });
    const row = make("li", { className: "queue-row", dataset: { id } }, card);
    this.observer.observe(row);
    return row;
  }

  #updateRow(row, id) {
    const painting = this.state.paintings.get(id);
    if (!painting) return;
    const peers = this.#peers(id);
    row.draggable = peers.length > 1;
    const card = cardOf(painting);
    row.firstElementChild.card = {
      ...card,
      line: `${wordOf(painting)} · ${lineOf(painting)}`,
      progress: progressOf(painting),
      fault: painting.state === "failed" ? painting.error : "",
      note: painting.notices?.at(-1),
      buttons: buttonsOf(painting, peers),
      src: row.dataset.look ?? card.src,
      srcset: "",
    };
  }

  /** The ids among which one can be moved: those of its kind that wait. */
  #peers(id) {
    const { paintings, queue } = this.state;
    const waits = (painting) => painting?.state === "waiting" || painting?.state === "paused";
    if (!waits(paintings.get(id))) return [];
    const { kind } = paintings.get(id);
    return queue.filter((other) => waits(paintings.get(other)) && paintings.get(other).kind === kind);
  }

  #choose(action, id) {
    if (action !== "up" && action !== "down") return perform(action, id);
    const peers = this.#peers(id);
    const before = peers.indexOf(id) + (action === "up" ? -1 : 2);
    return this.#move(id, peers[before] ?? null);
  }

  async #stopAll() {
    const { queue: ids } = this.state;
    const sure = { title: t("queue.stopAll"), action: t("queue.stopAll") };
    if (!(await confirmDialog(t("queue.sureStop", { n: ids.length }), sure))) return;
    for (const id of ids.filter((each) => this.state.paintings.get(each)?.state !== "running"))
      await perform("stop", id); // those that wait first, so that none of them begins
    for (const id of ids) if (this.state.queue.includes(id)) await perform("stop", id);
    this.heading.focus();
  }

  async #move(id, before) {
    try {
      const { paintings } = await this.api.send("POST", `/api/paintings/${id}/move`, { before });
      this.state.putPaintings(paintings);
      this.state.set({ queue: paintings.map((painting) => painting.id) });
      const peers = this.#peers(id);
      const { title } = this.state.paintings.get(id);
      announce(t("queue.moved", { title, k: peers.indexOf(id) + 1, n: peers.length }));
    } catch (fault) {
      toast(fault.message, { key: "fault" });
    }
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) this.#seen.add(target);
      else this.#seen.delete(target);
  }

  /** Show how far the pictures of the rows that can be seen have got. */
  #look() {
    if (document.hidden || !this.state.online) return;
    for (const row of this.#seen) {
      if (!row.isConnected) this.#seen.delete(row);
      else if (this.state.paintings.get(row.dataset.id)?.state === "running") this.#lookAt(row);
    }
  }

  async #lookAt(row) {
    const { id } = row.dataset;
    const answer = await fetch(`/api/paintings/${id}/preview?side=256`, { cache: "no-cache" }).catch(() => null);
    const version = answer?.headers.get("ETag");
    if (answer?.status !== 200 || row.dataset.version === version) return; // none yet, or no newer one
    row.dataset.version = version;
    const before = row.dataset.look;
    row.dataset.look = URL.createObjectURL(await answer.blob());
    this.rows.touch(id);
    if (before) setTimeout(() => URL.revokeObjectURL(before), LOOK); // it is shown until the next one is decoded
  }
}

function buttonsOf({ id, state, title }, peers) {
  const button = (action, icon, rest = {}) => ({ key: action, action, icon,
    label: t(`queue.do.${action}`, { title }), ...rest });
  if (state === "failed" || state === "stopped")
    return [button("retry", "retry", { text: true, label: t(`queue.again.${state}`) })];
  const moves = peers.length > 1
    ? [button("up", "up", { off: peers[0] === id }),
      button("down", "down", { off: peers.at(-1) === id })]
    : [];
  const pause = state === "paused" ? button("proceed", "play", { key: "pause" }) : button("pause", "pause");
  return [...moves, pause, button("stop", "stop")];
}

export function start(root, state, api) {
  new QueuePanel(root, state, api);
}
