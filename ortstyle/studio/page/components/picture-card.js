/** <picture-card>: a picture with its title, its state, its progress and what can be done with it.
 *
 * `.card` is an object; what is left out is not shown:
 *   title, line (under the title), badge, state (a name, for the colour)
 *   src, srcset, width, height, alt, current (whether it is the one that is shown elsewhere)
 *   progress {value, text}   value from 0 to 1, or null where it isn't known
 *   fault, note (sentences)
 *   buttons [{key, action, icon, label, off, text, primary}]   a key is one place for actions that
 *       take turns, such as pause and go on: the focus stays there
 *   items (of its <action-menu>), menu (that one's label)
 * Only what differs from the card before is changed, so a focus or an open menu is left alone. What
 * is chosen is told by an `action` event, whose detail is the action; "open" for the picture itself.
 */

import "./action-menu.js";
import { icon, make } from "../js/dom.js";

class PictureCard extends HTMLElement {
  #card = {};
  #image = make("img", { loading: "lazy", decoding: "async", draggable: false });
  #badge = make("span", { className: "card-badge" });
  #picture = make("button", {
    type: "button",
    className: "card-picture",
    on: { click: () => this.#tell("open") },
  }, this.#image, this.#badge);
  #title = make("p", { className: "card-title" });
  #line = make("p", { className: "card-line" });
  #bar = make("progress", { max: 1 });
  #left = make("span", { className: "card-left" });
  #progress = make("div", { className: "card-progress" }, this.#bar, this.#left);
  #fault = make("p", { className: "card-fault" });
  #note = make("p", { className: "card-note" });
  #buttons = make("div", { className: "card-buttons" });
  #menu = make("action-menu");
  #wanted = ""; // the address of the picture that is being loaded

  connectedCallback() {
    if (this.#picture.isConnected) return;
    const text = make("div", { className: "card-text" },
      this.#title, this.#line, this.#progress, this.#fault, this.#note);
    this.append(this.#picture, text, this.#buttons, this.#menu);
  }

  get card() {
    return this.#card;
  }

  set card(card) {
    const before = this.#card;
    this.#card = card;
    const shown = (element, text) => {
      if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
      element.hidden = !text;
    };
    shown(this.#title, card.title);
    shown(this.#line, card.line);
    shown(this.#badge, card.badge);
    shown(this.#fault, card.fault);
    shown(this.#note, card.note);
    this.#title.title = card.title ?? "";
    this.dataset.state = card.state ?? "";
    this.#showPicture(card, before);
    this.#showProgress(card);
    this.#showButtons(card.buttons ?? []);
    this.#menu.hidden = !card.items?.length;
    this.#menu.label = card.menu ?? "";
    this.#menu.items = card.items ?? [];
  }

  get menuIsOpen() {
    return this.#menu.isOpen;
  }

  focus() {
    this.#picture.focus();
  }

  #showPicture(card, before) {
    const image = this.#image;
    image.alt = card.alt ?? "";
    if (card.width) image.width = card.width;
    if (card.height) image.height = card.height;
    if (card.current) this.#picture.setAttribute("aria-current", "true");
    else this.#picture.removeAttribute("aria-current");
    if (card.src === before.src) return;
    this.#wanted = card.src;
    const known = before.src !== undefined;
    if (known && card.src) return this.#exchange(card);
    image.hidden = !card.src;
    if (!card.src) return;
    image.srcset = card.srcset ?? "";
    image.src = card.src;
  }

  /** Show another picture once it is decoded; the one before stays until then, or if it fails. */
  async #exchange({ src, srcset = "" }) {
    const next = make("img", { decoding: "async", draggable: false, srcset, src });
    try {
      await next.decode();
    } catch {
      return;
    }
    if (this.#wanted !== src) return;
    const { alt, width, height } = this.#card;
    Object.assign(next, { alt: alt ?? "", width: width ?? next.width, height: height ?? next.height });
    this.#image.replaceWith(next);
    this.#image = next;
  }

  #showProgress({ progress, title }) {
    this.#progress.hidden = !progress;
    if (!progress) return;
    if (progress.value === null || progress.value === undefined) this.#bar.removeAttribute("value");
    else this.#bar.value = progress.value;
    this.#bar.ariaLabel = title;
    if (this.#left.textContent !== progress.text) this.#left.textContent = progress.text;
  }

  #showButtons(buttons) {
    this.#buttons.hidden = !buttons.length;
    const present = new Map([...this.#buttons.children].map((each) => [each.dataset.key, each]));
    const wanted = buttons.map((button) => present.get(button.key) ?? this.#makeButton(button.key));
    const { activeElement } = document;
    const focused = [...this.#buttons.children].indexOf(activeElement);
    if (wanted.length !== present.size || wanted.some((each, k) => each !== this.#buttons.children[k]))
      this.#buttons.replaceChildren(...wanted);
    buttons.forEach((button, k) => dress(wanted[k], button));
    if (focused < 0 || document.activeElement === activeElement) return;
    const next = wanted.includes(activeElement) ? activeElement : wanted[Math.min(focused, wanted.length - 1)];
    (next ?? this.#picture).focus();
  }

  #makeButton(key) {
    return make("button", {
      type: "button",
      dataset: { key },
      on: {
        click: ({ currentTarget: { dataset, ariaDisabled } }) => {
          if (ariaDisabled !== "true") this.#tell(dataset.action);
        },
      },
    });
  }

  #tell(action) {
    this.dispatchEvent(new CustomEvent("action", { bubbles: true, detail: action }));
  }
}

/** What can't be done now is greyed but keeps the focus. */
function dress(button, { action, icon: name, label, off = false, text = false, primary = false }) {
  button.ariaDisabled = String(off);
  if (button.dataset.action === action && button.title === label) return;
  button.dataset.action = action;
  button.title = label;
  button.className = text ? `button small${primary ? " primary" : ""}` : "icon-button";
  button.ariaLabel = text ? null : label;
  button.replaceChildren(...(name ? [icon(name)] : []), ...(text ? [label] : []));
}

customElements.define("picture-card", PictureCard);
