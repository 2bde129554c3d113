/** <action-menu>: a button that opens a menu of actions, by pointer or keyboard.
 *
 * `.label` names the button and the menu. `.items` is a list of {action, label}, with `danger` for
 * what destroys, `href` and `download` for a link; and of {heading} that begins a group. The choice
 * is told by an `action` event, whose detail is the action. While the menu is open it has the
 * attribute `open` and keeps its items: what is no longer possible is greyed, nothing moves. When it
 * is closed it tells `menuclose`.
 */

import { icon, make } from "../js/dom.js";

const GAP = 4; // pixels between the button and its menu

const open = new Set();

/** Whether a menu is open within an element. */
export const hasOpenMenu = (element) => [...open].some((menu) => element.contains(menu));

class ActionMenu extends HTMLElement {
  #items = [];
  #button = make("button", {
    type: "button",
    className: "icon-button",
    attributes: { "aria-haspopup": "menu", "aria-expanded": "false" },
    on: { keydown: (event) => this.#pressedOnButton(event) },
  }, icon("more"));
  #menu = make("div", {
    className: "action-menu",
    popover: "auto",
    role: "menu",
    on: {
      beforetoggle: (event) => this.#toggles(event.newState === "open"),
      toggle: (event) => this.#toggled(event.newState === "open"),
      keydown: (event) => this.#pressed(event),
      click: (event) => this.#clicked(event),
    },
  });
  #typed = "";
  #forgetTyped;
  #first = true; // whether the first item gets the focus, or the last one

  connectedCallback() {
    if (!this.#button.isConnected) this.append(this.#button, this.#menu);
    this.#button.popoverTargetElement = this.#menu;
  }

  disconnectedCallback() {
    this.#listenToPage(false);
    open.delete(this);
    this.removeAttribute("open");
    this.#button.setAttribute("aria-expanded", "false");
  }

  set label(text) {
    this.#button.title = text;
    this.#button.setAttribute("aria-label", text);
    this.#menu.setAttribute("aria-label", text);
  }

  set items(items) {
    this.#items = items;
    if (!this.isOpen) return;
    const possible = new Set(items.map((item) => item.action));
    for (const choice of this.#choices())
      choice.setAttribute("aria-disabled", !possible.has(choice.dataset.action));
  }

  get isOpen() {
    return this.hasAttribute("open");
  }

  focus() {
    this.#button.focus();
  }

  #choices() {
    return [...this.#menu.querySelectorAll("[role=menuitem]")];
  }

  #toggles(opens) {
    if (opens) this.#menu.replaceChildren(...this.#entries());
    this.toggleAttribute("open", opens);
    if (opens) open.add(this);
    else open.delete(this);
    this.#button.setAttribute("aria-expanded", opens);
    this.#listenToPage(opens);
  }

  #toggled(open) {
    if (open) {
      this.#place();
      this.#choices().at(this.#first ? 0 : -1)?.focus();
      this.#first = true;
    } else {
      this.dispatchEvent(new CustomEvent("menuclose", { bubbles: true }));
    }
  }

  #entries() {
    const entries = [];
    let place = entries;
    for (const item of this.#items) {
      if (item.heading === undefined) {
        place.push(entry(item));
        continue;
      }
      const group = make("div", { role: "group", ariaLabel: item.heading || null });
      if (item.heading)
        group.append(make("p", { className: "action-menu-heading", ariaHidden: "true",
          textContent: item.heading }));
      entries.push(group);
      place = { push: (each) => group.append(each) };
    }
    return entries;
  }

  #listenToPage(listens) {
    const change = listens ? "addEventListener" : "removeEventListener";
    window[change]("scroll", this.#place, { capture: true, passive: true });
    window[change]("resize", this.#place);
  }

  /** Put the menu beside its button, within the window. */
  #place = () => {
    const button = this.#button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height, style } = this.#menu;
    const right = document.documentElement.clientWidth;
    const below = button.bottom + GAP;
    const above = button.top - GAP - height;
    const fits = below + height <= window.innerHeight || above < 0;
    style.left = `${Math.max(GAP, Math.min(button.right - width, right - width - GAP))}px`;
    style.top = `${fits ? Math.max(GAP, Math.min(below, window.innerHeight - height - GAP)) : above}px`;
  };

  #pressedOnButton(event) {
    if (this.isOpen || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    this.#first = event.key === "ArrowDown";
    this.#menu.showPopover();
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const choices = this.#choices();
    const at = choices.indexOf(document.activeElement);
    const moves = {
      ArrowDown: (at + 1) % choices.length,
      ArrowUp: (at - 1 + choices.length) % choices.length,
      Home: 0,
      End: choices.length - 1,
    };
    if (event.key in moves) choices[moves[event.key]]?.focus();
    else if (event.key === "Tab") return this.#close(); // and the focus goes on from the button
    else if (event.key === " " && !this.#typed) choices[at]?.click();
    else if (event.key.length === 1) this.#type(event.key, choices, at);
    else return;
    event.preventDefault();
  }

  /** Go to the next item that begins with what was typed within half a second. */
  #type(letter, choices, at) {
    clearTimeout(this.#forgetTyped);
    this.#forgetTyped = setTimeout(() => (this.#typed = ""), 500);
    this.#typed += letter.toLowerCase();
    const from = this.#typed.length > 1 ? at : at + 1;
    const order = [...choices.slice(from), ...choices.slice(0, from)];
    order.find((choice) => choice.textContent.toLowerCase().startsWith(this.#typed))?.focus();
  }

  #clicked(event) {
    const choice = event.target.closest("[role=menuitem]");
    if (!choice) return;
    if (choice.getAttribute("aria-disabled") === "true") return event.preventDefault();
    this.#close();
    const { action } = choice.dataset;
    this.dispatchEvent(new CustomEvent("action", { bubbles: true, detail: action }));
  }

  #close() {
    this.#button.focus();
    this.#menu.hidePopover();
  }
}

function entry({ action, label, href, download = "", danger = false }) {
  const common = {
    role: "menuitem",
    tabIndex: -1,
    className: danger ? "danger" : "",
    textContent: label,
    dataset: { action },
  };
  return href ? make("a", { ...common, href, download }) : make("button", { ...common, type: "button" });
}

customElements.define("action-menu", ActionMenu);
