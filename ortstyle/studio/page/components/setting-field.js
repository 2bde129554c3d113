/**
 * <setting-field>: one setting, made from its declaration.
 *
 * Properties: `option` (of the form), `value`, `preset` (the value that the preset has).
 * Event `change` with `detail.name`, `detail.value`; undefined to take the preset's again.
 */

import { iconButton, make } from "../js/dom.js";
import { hasText, t } from "../js/text.js";

// Declarations are in English. A language may have words of its own for them.
const ENGLISH = "en";

/** The properties of an element that shows a text of a declaration, in the page's words if any. */
export function declaredText(key, given) {
  return hasText(key) ? { textContent: t(key), lang: "" } : { textContent: given, lang: ENGLISH };
}

export class SettingField extends HTMLElement {
  option = null;
  #value = null;
  #preset = null;
  #input = null;
  #fault = null;
  #reset = null;

  connectedCallback() {
    if (this.#input) return;
    const { option } = this;
    const id = `setting-${option.name}`;
    const label = declaredText(`settings.${option.name}.label`, option.label);
    const help = declaredText(`settings.${option.name}.help`, option.help);
    this.#input = this.#makeInput(option);
    Object.assign(this.#input, { id, name: option.name });
    this.#input.setAttribute("aria-describedby", `${id}-help ${id}-fault`);
    this.#input.addEventListener("change", (event) => {
      event.stopPropagation();
      this.#read();
    });
    this.#reset = iconButton("undo", t("controls.reset", { name: label.textContent }), () => {
      this.#input.focus();
      this.#tell(undefined);
    });
    this.#fault = make("p", { id: `${id}-fault`, className: "fault", hidden: true });
    this.append(
      make("div", { className: "setting-head" }, make("label", { htmlFor: id, ...label }), this.#reset),
      make("div", { className: "setting-input" }, this.#input),
      make("p", { id: `${id}-help`, className: "hint", ...help }),
      this.#fault);
    this.#show();
  }

  set value(value) {
    this.#value = value;
    this.#show();
  }

  get value() {
    return this.#value;
  }

  set preset(value) {
    this.#preset = value;
    this.#show();
  }

  #makeInput({ type, default: given, choices, least, most, step, metavar, words }) {
    if (type === "boolean") return make("input", { type: "checkbox" });
    if (type === "choice") {
      const options = choices.map((value) => make("option",
        { value, ...declaredText(`settings.choices.${value}`, words?.[value] ?? value) }));
      if (given === null) options.unshift(make("option", { value: "", textContent: t("controls.automatic") }));
      return make("select", {}, ...options);
    }
    if (type === "text") return make("input", { type: "text", placeholder: metavar, spellcheck: false });
    const input = make("input", { type: "number", step: type === "integer" ? 1 : "any", inputMode: "decimal" });
    if (least !== null) input.min = least;
    if (most !== null) input.max = most;
    if (step && type !== "integer") input.dataset.step = step;
    return input;
  }

  #show() {
    const input = this.#input;
    if (!input) return;
    if (this.option.type === "boolean") input.checked = Boolean(this.#value);
    else if (document.activeElement !== input || input.type !== "text") input.value = this.#value ?? "";
    const changed = JSON.stringify(this.#value) !== JSON.stringify(this.#preset);
    this.classList.toggle("changed", changed);
    this.#reset.hidden = !changed;
    this.#fault.hidden = true;
  }

  #read() {
    const { option } = this;
    const input = this.#input;
    const tooLow = option.above !== null && input.type === "number" && input.value !== "" && input.valueAsNumber <= option.above;
    input.setCustomValidity(tooLow ? t("controls.above", { n: option.above }) : "");
    if (!input.checkValidity()) {
      this.#fault.textContent = input.validationMessage;
      this.#fault.hidden = false;
      return;
    }
    if (option.type === "boolean") this.#tell(input.checked);
    else if (input.value.trim() === "") this.#tell(undefined);
    else if (input.type === "number") this.#tell(input.valueAsNumber);
    else this.#tell(this.#plain(input.value.trim()));
  }

  // a number in a field of text, such as the size, or a choice of numbers
  #plain(text) {
    const { default: given, choices } = this.option;
    const numbers = [given, ...choices].some((value) => typeof value === "number");
    return numbers && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  }

  #tell(value) {
    const detail = { name: this.option.name, value };
    this.dispatchEvent(new CustomEvent("change", { detail, bubbles: true }));
  }
}

customElements.define("setting-field", SettingField);
