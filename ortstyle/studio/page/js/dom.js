/** Elements in one line each. */

const SVG = "http://www.w3.org/2000/svg";

/** Make an element; `properties` are set on it, those of `attributes`, `dataset` and `on` within. */
export function make(name, properties = {}, ...children) {
  const { attributes = {}, dataset = {}, on = {}, ...plain } = properties;
  const element = Object.assign(document.createElement(name), plain);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  Object.assign(element.dataset, dataset);
  for (const [kind, listener] of Object.entries(on)) element.addEventListener(kind, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An icon of icons.svg, for the eye only. */
export function icon(name) {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", "icon");
  element.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  element.append(use);
  return element;
}

/** A button with an icon; without `text` shown it has `label` as its name and tooltip. */
export function iconButton(name, label, onClick) {
  return make("button", {
    type: "button",
    className: "icon-button",
    title: label,
    attributes: { "aria-label": label },
    on: { click: onClick },
  }, icon(name));
}

/** Put the symbols of icons.svg into the page, so that each icon can point to them. */
export async function loadIcons() {
  const answer = await fetch(new URL("../icons.svg", import.meta.url));
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const sprite = document.importNode(drawing.documentElement, true);
  sprite.setAttribute("class", "sprite");
  document.body.prepend(sprite);
}
