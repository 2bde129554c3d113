/** The results, newest first, a page at a time; drafts that belong together beside each other. */

import "../../components/picture-card.js";
import { isLeaving, perform } from "../actions.js";
import { announce, showFault } from "../announce.js";
import { make } from "../dom.js";
import { takeDrops } from "../gallery-drops.js";
import { LiveList } from "../live-list.js";
import { DRAGGED, cardOf, lineOf, mannerOf, momentOf, paintWords, progressOf } from "../paintings.js";
import { soon } from "../soon.js";
import { formatMoment, remember, remembered, t } from "../text.js";

const PAGE = 48; // results in a page
const MANY = 200; // the same, where many are needed, as for a search
const KINDS = ["all", "painting", "draft"];

class GalleryPanel {
  #known = null; // the map of paintings; it is another one after all was fetched again
  #kind = KINDS.includes(remembered("gallery")) ? remembered("gallery") : "all";
  #pages = freshPages(); // kind → how far its results are known
  #fetching = false;
  #wanted = PAGE; // how many are to be shown
  #shown = 0; // how many are shown
  #again = 0; // how many are to be known before anything is changed, after all was fetched again
  #members = new Map(); // the key of a group → its drafts in the order in which they were ordered

  constructor(root, state, api) {
    Object.assign(this, { root, state, api });
    this.heading = make("h2", { id: "gallery-heading", tabIndex: -1, textContent: t("page.gallery") });
    this.search = make("input", { type: "search", className: "gallery-search",
      placeholder: t("gallery.search"), ariaLabel: t("gallery.search"),
      on: { input: () => this.#begin() } });
    this.empty = make("p", { className: "gallery-empty hint", hidden: true });
    const list = make("ul", { className: "gallery-list", attributes: { "aria-labelledby": this.heading.id } });
    this.fault = make("p", { className: "fault", hidden: true });
    this.more = make("button", { type: "button", className: "button", hidden: true,
      textContent: t("gallery.more"), on: { click: () => this.#showMore() } });
    root.append(
      make("div", { className: "shelf-head" }, this.heading, this.#makeFilter(), this.search),
      this.empty, list, this.fault, make("div", { className: "gallery-end" }, this.more));
    this.items = new LiveList(list, {
      root,
      home: this.heading,
      create: (key) => this.#createItem(key),
      update: (item, key) => this.#updateItem(item, key),
    });
    this.show = soon(() => this.#show());
    state.watch(["paintings", "pictures", "current", "online"], this.show); // what failed is fetched again
    new IntersectionObserver((seen) => {
      if (seen.at(-1).isIntersecting && this.fault.hidden) this.#showMore();
    }, { rootMargin: "800px" }).observe(this.more);
    this.#followDrags(list);
    takeDrops(document.getElementById("sources"));
  }

  #makeFilter() {
    const choice = (kind) => make("label", {}, make("input", {
      type: "radio",
      name: "gallery-kind",
      value: kind,
      checked: kind === this.#kind,
      on: {
        change: () => {
          this.#kind = kind;
          remember("gallery", kind);
          this.#begin();
        },
      },
    }), make("span", { textContent: t(`gallery.kinds.${kind}`) }));
    const legend = make("legend", { className: "visually-hidden", textContent: t("gallery.filter") });
    return make("fieldset", { className: "segments" }, legend, ...KINDS.map(choice));
  }

  // What is shown

  #begin() {
    this.#wanted = PAGE;
    this.fault.hidden = true;
    this.#show();
    announce(t("gallery.found", { n: this.#shown }));
  }

  #showMore() {
    this.fault.hidden = true;
    if (!this.#fetching) this.#wanted = this.#shown + PAGE;
    this.show();
  }

  #show() {
    const { paintings } = this.state;
    if (this.#known !== paintings) this.#forget();
    this.#known = paintings;
    const page = this.#pages[this.#kind];
    const results = this.#results();
    if (page.more && results.length < this.#again && this.fault.hidden) return this.#fetch(page);
    this.#again = 0;
    const shown = results.slice(0, this.#wanted);
    this.#shown = shown.length;
    this.#members = this.#findMembers();
    this.items.show(this.#keysOf(shown));
    this.more.hidden = !page.more && results.length <= this.#wanted;
    this.empty.hidden = shown.length > 0 || page.more;
    const searched = this.search.value.trim() !== "";
    this.empty.textContent = searched ? t("gallery.notFound") : t(`gallery.empty.${this.#kind}`);
    if (page.more && results.length < this.#wanted && this.fault.hidden) this.#fetch(page);
  }

  #forget() {
    this.#pages = freshPages();
    this.#again = this.#shown;
  }

  /** The results that fit the filter, as far as there is no gap before them. */
  #results() {
    const { since } = this.#pages[this.#kind];
    const words = this.search.value.trim().toLowerCase().split(/\s+/);
    const fits = (painting) => {
      const text = `${painting.title} ${mannerOf(painting)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    return [...this.state.paintings.values()]
      .filter((painting) => painting.state === "done" && painting.created >= since)
      .filter((painting) => this.#kind === "all" || painting.kind === this.#kind)
      .filter(fits)
      .sort((one, other) => other.created - one.created || (one.id < other.id ? 1 : -1));
  }

  #findMembers() {
    const members = new Map();
    for (const painting of this.state.paintings.values()) {
      if (!painting.group || painting.state === "failed" || painting.state === "stopped") continue;
      const key = `group:${painting.group}`;
      if (!members.has(key)) members.set(key, []);
      members.get(key).push(painting);
    }
    for (const drafts of members.values())
      drafts.sort((one, other) => one.created - other.created || (one.id < other.id ? -1 : 1));
    return members;
  }

  /** The key of an item is the id of its painting, or the group of several. */
  #keysOf(results) {
    return [...new Set(results.map((painting) =>
      painting.group ? `group:${painting.group}` : painting.id))];
  }

  async #fetch(page) {
    if (this.#fetching) return;
    this.#fetching = true;
    const query = new URLSearchParams({
      limit: this.search.value.trim() || this.#again > PAGE ? MANY : PAGE,
      state: "done",
      ...(page.before && { before: page.before }),
      ...(this.#kind !== "all" && { kind: this.#kind }),
    });
    try {
      const { paintings, more } = await this.api.get(`/api/paintings?${query}`);
      const last = paintings.at(-1);
      page.more = more && last !== undefined;
      page.since = page.more ? last.created : -Infinity;
      page.before = last?.id;
      this.state.putPaintings(paintings.filter(({ id }) => !isLeaving(id)));
    } catch (problem) {
      showFault(this.fault, problem);
    } finally {
      this.#fetching = false;
    }
    this.show();
  }

  // Items

  #createItem(key) {
    if (!key.startsWith("group:")) return make("li", { className: "gallery-item" }, this.#createCard(key));
    const caption = make("p", { id: `caption-${key.slice(6)}`, className: "gallery-caption" });
    const cards = make("ul", { className: "gallery-group-cards" });
    const group = make("div", { role: "group", attributes: { "aria-labelledby": caption.id } }, cards, caption);
    const item = make("li", { className: "gallery-group" }, group);
    item.cards = new LiveList(cards, {
      root: this.root,
      home: this.heading,
      inner: true,
      create: (id) => make("li", { className: "gallery-item" }, this.#createCard(id)),
      update: (each, id) => this.#updateCard(each.firstElementChild, id, true),
    });
    return item;
  }

  #createCard(id) {
    return make("picture-card", {
      className: "gallery-card",
      draggable: true,
      dataset: { id },
      on: { action: ({ detail }) => perform(detail, id) },
    });
  }

  #updateItem(item, key) {
    if (!key.startsWith("group:")) return this.#updateCard(item.firstElementChild, key);
    const together = this.#members.get(key) ?? [];
    item.cards.show(together.map(({ id }) => id));
    if (!together.length) return;
    const [{ title, created }] = together;
    const known = `${together.length} ${title}`;
    if (item.dataset.known === known) return;
    item.dataset.known = known;
    item.querySelector(".gallery-caption").textContent =
      t("gallery.together", { n: together.length, title, moment: formatMoment(created) });
  }

  #updateCard(card, id, grouped = false) {
    const painting = this.state.paintings.get(id);
    if (!painting || (card.painting === painting && card.wasCurrent === this.state.current)) return;
    Object.assign(card, { painting, wasCurrent: this.state.current });
    const done = painting.state === "done";
    const paint = { key: "paint", action: "paint", label: paintWords(painting), text: true };
    card.card = {
      ...cardOf(painting),
      ...(grouped && { title: mannerOf(painting), badge: "" }),
      line: grouped ? "" : lineOf(painting, momentOf(painting)),
      progress: progressOf(painting),
      buttons: done && painting.kind === "draft" ? [paint] : [],
    };
  }

  // Dragged to the photograph and paintings, a result is used there

  #followDrags(list) {
    list.addEventListener("dragstart", (event) => {
      const card = event.target.closest?.("picture-card");
      if (!card) return;
      event.dataTransfer.effectAllowed = "copy";
      event.dataTransfer.setData(DRAGGED, card.dataset.id);
      this.items.hold(true);
    });
    list.addEventListener("dragend", () => this.items.hold(false));
  }
}

const freshPages = () => Object.fromEntries(
  KINDS.map((kind) => [kind, { more: true, since: Infinity, before: undefined }]));

export function start(root, state, api) {
  new GalleryPanel(root, state, api);
}
