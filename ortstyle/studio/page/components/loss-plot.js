// <loss-plot>: the loss and its terms over the evaluations, on a logarithmic scale.
//
// Property: `points` = [[evaluations, loss, { term: value }], …]. However many there are, at most
// MOST of each line are drawn. The lines differ by their dashes too, and a table holds the numbers.

import { make } from "../js/dom.js";
import { currentLanguage, formatNumber, t } from "../js/text.js";
import { curves, reduce, ticksOf } from "./plot-points.js";

const HEIGHT = 190;
const ROOM = { left: 58, right: 12, top: 10, bottom: 24 };
const ROWS = 12; // of the table

export class LossPlot extends HTMLElement {
  #points = [];
  #frame = 0;
  #watch = null;

  set points(points) {
    this.#points = points;
    this.#refresh();
  }

  get points() {
    return this.#points;
  }

  connectedCallback() {
    if (!this.drawing) this.#make();
    this.#watch = new ResizeObserver(() => this.#refresh());
    this.#watch.observe(this);
    this.#refresh();
  }

  disconnectedCallback() {
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #make() {
    this.drawing = svg("svg", { class: "plot-drawing", role: "img", height: HEIGHT });
    this.legend = make("ul", { className: "plot-legend", attributes: { "aria-hidden": "true" } });
    this.table = make("table", { className: "plot-table" });
    const summary = make("summary", { textContent: t("plot.table") });
    const attributes = { role: "region", "aria-label": t("plot.table") };
    const inside = make("div", { className: "plot-scroll", tabIndex: 0, attributes }, this.table);
    this.details = make("details", { on: { toggle: () => this.#writeTable() } }, summary, inside);
    this.append(this.drawing, this.legend, this.details);
  }

  #refresh() {
    if (!this.drawing) return;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.clientWidth) return; // folded; seen once it has a size
      this.#draw();
      this.#writeTable();
    });
  }

  #draw() {
    const lines = curves(this.#points);
    const width = Math.max(200, this.clientWidth);
    this.drawing.replaceChildren();
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.drawing.setAttribute("width", width);
    this.drawing.setAttribute("aria-label", this.#describe());
    this.details.hidden = !lines.length;
    const frame = frameOf(lines, width);
    if (frame) this.#drawInto(frame, lines);
    this.legend.replaceChildren(...lines.map(({ name }, at) => entry(name, at)));
  }

  #drawInto({ x, y, ticks, evaluations, right }, lines) {
    for (const value of ticks) {
      const text = svg("text", { x: ROOM.left - 6, y: y(value) + 4, "text-anchor": "end" });
      text.textContent = short(value);
      const line = { x1: ROOM.left, x2: right, y1: y(value), y2: y(value), class: "plot-grid" };
      this.drawing.append(svg("line", line), text);
    }
    for (const [at, value] of evaluations.entries()) {
      const anchor = ["start", "middle", "end"][at];
      const text = svg("text", { x: x(value), y: HEIGHT - 6, "text-anchor": anchor });
      text.textContent = formatNumber(value);
      this.drawing.append(text);
    }
    // The loss is drawn last, over its terms.
    for (const at of [...lines.keys()].reverse()) {
      const point = ([evaluations, loss]) => `${x(evaluations).toFixed(1)},${y(loss).toFixed(1)}`;
      const points = reduce(lines[at].points).map(point).join(" ");
      this.drawing.append(svg("polyline", { points, class: lineClass(at) }));
    }
  }

  #describe() {
    if (!this.#points.length) return t("plot.empty");
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    const values = { from: short(first[1]), to: short(last[1]), n: last[0] };
    return t("plot.summary", values);
  }

  #writeTable() {
    if (!this.details.open) return;
    const terms = curves(this.#points).map(({ name }) => name);
    const step = Math.max(1, (this.#points.length - 1) / (ROWS - 1));
    const rows = [];
    for (let at = 0; at < this.#points.length - 0.5; at += step) {
      rows.push(this.#points[Math.round(at)]);
    }
    const head = [t("plot.evaluations"), ...terms.map(named)];
    const cell = (name, text, attributes = {}) => make(name, { textContent: text, attributes });
    this.table.replaceChildren(
      make("thead", {}, make("tr", {}, ...head.map((text) => cell("th", text, { scope: "col" })))),
      make(
        "tbody",
        {},
        ...rows.map(([evaluations, loss, values]) =>
          make(
            "tr",
            {},
            cell("th", formatNumber(evaluations), { scope: "row" }),
            ...terms.map((term) => cell("td", short(term === null ? loss : values?.[term]))),
          ),
        ),
      ),
    );
  }
}

function frameOf(lines, width) {
  const drawn = lines.flatMap(({ points }) => points);
  if (!drawn.length) return null;
  const range = (values) =>
    values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const [first, last] = range(drawn.map(([evaluations]) => evaluations));
  let [low, high] = range(drawn.map(([, loss]) => Math.log10(loss)));
  if (high - low < 0.1) [low, high] = [low - 0.05, high + 0.05];
  const right = width - ROOM.right;
  const bottom = HEIGHT - ROOM.bottom;
  return {
    right,
    ticks: ticksOf(low, high),
    evaluations: last > first ? [first, Math.round((first + last) / 2), last] : [first],
    x: (e) => ROOM.left + ((right - ROOM.left) * (e - first)) / (last - first || 1),
    y: (loss) => ROOM.top + ((bottom - ROOM.top) * (high - Math.log10(loss))) / (high - low),
  };
}

function entry(name, at) {
  const line = svg("line", { x1: 0, x2: 30, y1: 5, y2: 5, class: lineClass(at) });
  const sample = svg("svg", { width: 30, height: 10 }, line);
  return make("li", {}, sample, make("span", { textContent: named(name) }));
}

const lineClass = (at) => `plot-line plot-line-${at % 8}`;
const named = (term) => (term === null ? t("plot.loss") : term);

/** A number in three digits, however large or small it is. */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (rounded !== 0 && (size < 0.001 || size >= 1e15)) return rounded.toExponential();
  const format = { maximumSignificantDigits: 3, notation: size < 1e4 ? "standard" : "compact" };
  return new Intl.NumberFormat(currentLanguage(), format).format(rounded);
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

customElements.define("loss-plot", LossPlot);
