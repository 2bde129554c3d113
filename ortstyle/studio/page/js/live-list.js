/** A list that follows what the studio tells, without disturbing who is using it.
 *
 * Elements keep their identity by key, the focus stays where it was, or goes to the neighbour of what
 * went away. While a menu is open in `root`, or something of it is dragged, what is shown there is
 * brought up to date but nothing comes, goes or moves; that follows afterwards.
 */

import { hasOpenMenu } from "../components/action-menu.js";

export class LiveList {
  #elements = new Map(); // key → element
  #keys = [];
  #held = false;

  /** `create(key)` and `update(element, key)` make an element and bring it up to date; `home` gets
   * the focus where no neighbour is left. One that is `inner` is shown again by an outer list. */
  constructor(list, { root, create, update, home, inner = false }) {
    Object.assign(this, { list, root, create, update, home });
    if (!inner) root.addEventListener("menuclose", () => this.#flush());
  }

  /** Hold everything in its place, as long as something is dragged. */
  hold(held) {
    this.#held = held;
    this.#flush();
  }

  get isHeld() {
    return this.#held || hasOpenMenu(this.root);
  }

  show(keys) {
    this.#keys = keys;
    if (!this.isHeld) this.#arrange();
    for (const [key, element] of this.#elements) this.update(element, key);
  }

  /** Bring one element up to date, if it is there. */
  touch(key) {
    const element = this.#elements.get(key);
    if (element) this.update(element, key);
  }

  #flush() {
    if (this.isHeld) return;
    this.show(this.#keys);
  }

  #arrange() {
    const { activeElement } = document;
    const within = [...this.list.children].findIndex((each) => each.contains(activeElement));
    const wanted = new Set(this.#keys);
    for (const [key, element] of this.#elements) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#elements.delete(key);
    }
    let next = this.list.firstElementChild;
    for (const key of this.#keys) {
      const element = this.#elements.get(key) ?? this.create(key);
      this.#elements.set(key, element);
      if (element === next) next = next.nextElementSibling;
      else this.list.insertBefore(element, next);
    }
    if (within >= 0) this.#focusAgain(activeElement, within);
  }

  #focusAgain(element, within) {
    if (element.isConnected) {
      if (document.activeElement !== element) element.focus({ preventScroll: true });
      return;
    }
    const neighbour = this.list.children[Math.min(within, this.list.children.length - 1)];
    (neighbour?.querySelector("picture-card") ?? this.home).focus();
  }
}
