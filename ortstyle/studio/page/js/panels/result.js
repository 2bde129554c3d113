/** All that is needed to paint a picture again: pictures, settings, versions, commands. */

import { declaredText } from "../../components/setting-field.js";
import { perform } from "../actions.js";
import { get, pictureView, resultView } from "../api.js";
import { copyBlock } from "../copy-text.js";
import { openDialog } from "../dialog.js";
import { make } from "../dom.js";
import { downloadAddress, pixels, presetName } from "../paintings.js";
import { state } from "../state.js";
import { formatBytes, formatMoment, formatNumber, formatTime, t } from "../text.js";

/** Show in a dialog how a painting was made. */
export async function showResult(id) {
  const painting = await get(`/api/paintings/${id}`);
  const body = make("div", { className: "dialog-body result" },
    make("div", { className: "result-top" }, resultPicture(painting), facts(painting)),
    usedPictures(painting), changedSettings(painting), commands(painting.command));
  const chosen = (action) => () => {
    body.closest("dialog").close(action);
  };
  const button = (action, className = "button") => make("button", { type: "button", className,
    textContent: t(`card.do.${action}`),
    on: { click: chosen(action) } });
  body.querySelector(".result-top > :last-child").append(
    make("div", { className: "row" }, button("settings", "button primary"), button("duplicate"),
      ...(painting.state === "done" && !painting.film ? [button("downloadAs")] : [])));
  const action = await openDialog(body, { title: painting.title, className: "wide" });
  if (action) await perform(action, id);
}

function resultPicture(painting) {
  const { id, title, width, height } = painting;
  const done = painting.state === "done";
  const src = done ? resultView(id, 512) : pictureView(painting.photograph, 512);
  return make("img", { className: "result-picture", src, width, height, alt: t("card.alt", { title }) });
}

// Facts

function facts(painting) {
  const { settings = {}, curve = [], versions = {}, progress } = painting;
  const last = curve.at(-1);
  const evaluations = last?.[0] ?? progress?.evaluations;
  const loss = last?.[1] ?? progress?.loss;
  const seconds = painting.seconds ?? progress?.seconds;
  const rows = {
    state: t(`queue.state.${painting.state}`),
    painted: formatMoment(painting.ended ?? painting.created),
    preset: presetName(painting.preset),
    size: pixels(painting),
    seed: settings.seed === undefined ? "" : String(settings.seed),
    device: painting.device,
    evaluations: evaluations && formatNumber(evaluations),
    seconds: seconds && formatTime(seconds),
    loss: loss && formatNumber(Number(loss.toPrecision(5)), 6),
    bytes: painting.bytes && formatBytes(painting.bytes),
    versions: versionsText(versions),
    sha256: painting.sha256,
  };
  const list = make("dl", { className: "facts" });
  for (const [name, value] of Object.entries(rows))
    if (value) list.append(make("dt", { textContent: t(`result.facts.${name}`) }),
      make("dd", { textContent: value }));
  return make("div", { className: "stack" }, list);
}

const versionsText = (versions) => (typeof versions === "string" ? versions
  : Object.entries(versions ?? {}).map(([name, version]) => `${name} ${version}`).join(", "));

// Pictures

function usedPictures({ order: { photograph, paintings, start }, pictures = [] }) {
  const names = new Map(pictures.map(({ id, name }) => [id, name]));
  const used = (id, role, more) => usedPicture(id, names.get(id), role, more);
  const figures = [
    used(photograph, t("result.photograph")),
    ...paintings.flatMap(({ picture, weight, scale, mask }) => [
      used(picture, t("result.painting"), [
        weight === 1 ? "" : t("result.weight", { n: weight }),
        scale === 1 ? "" : t("result.scale", { n: scale }),
      ]),
      ...(mask ? [used(mask, `${t("result.mask")}: ${names.get(picture) ?? ""}`)] : []),
    ]),
    ...(start ? [used(start, t("result.start"))] : []),
  ];
  return make("section", { className: "stack" },
    make("h3", { textContent: t("result.pictures") }),
    make("ul", { className: "used-pictures" }, ...figures));
}

function usedPicture(id, known, role, more = []) {
  const picture = state.pictures.get(id);
  const name = picture?.name ?? known ?? "";
  const words = [role, ...more].filter(Boolean).join(" · ");
  const image = picture
    ? make("img", { src: pictureView(id, 256), width: picture.width, height: picture.height, alt: "" })
    : make("p", { className: "used-gone hint", textContent: t("result.gone") });
  return make("li", {}, make("figure", {}, image, make("figcaption", {},
    make("span", { textContent: name, title: name }),
    make("span", { className: "hint", textContent: words }))));
}

// Settings

function changedSettings({ settings = {}, preset, kind }) {
  const small = kind === "draft"; // its settings are those of the painting but for the size
  const values = state.preset(preset)?.values ?? {};
  const changed = Object.keys(settings).filter((name) => name in values && !(small && name === "size")
    && shown(settings[name]) !== shown(values[name]));
  const heading = make("h3", { textContent: t("result.settings", { preset: presetName(preset) }) });
  if (!changed.length)
    return make("section", { className: "stack" }, heading,
      make("p", { className: "hint", textContent: t("result.unchanged") }));
  const cell = (name, text) => make(name, { textContent: text });
  const rows = changed.map((name) => make("tr", {},
    make("th", { scope: "row", ...labelOf(name) }),
    cell("td", shown(settings[name])), cell("td", shown(values[name]))));
  const head = make("tr", {}, ...["setting", "here", "preset"].map((name) =>
    make("th", { scope: "col", textContent: t(`result.columns.${name}`) })));
  return make("section", { className: "stack" }, heading,
    make("table", { className: "settings-table" }, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function labelOf(name) {
  const options = state.form.panels.flatMap((panel) => panel.options);
  const label = options.find((option) => option.name === name)?.label ?? name;
  return declaredText(`settings.${name}.label`, label);
}

/** A value as it is written in a command; lists with weights are relu4_1:1,relu5_1:0.7. */
function shown(value) {
  if (!Array.isArray(value)) return typeof value === "string" ? value : JSON.stringify(value);
  return value.map((each) => (Array.isArray(each) ? each.join(":") : String(each))).join(",");
}

function commands(command) {
  if (!command) return null;
  const blocks = ["render", "powershell", "python"].filter((name) => command[name])
    .map((name) => copyBlock(t(`result.commands.${name}`), command[name]));
  return make("section", { className: "stack" },
    make("h3", { textContent: t("result.command") }), ...blocks);
}

// Download

/** Ask in which form a result is to be downloaded. */
export async function downloadAs({ id, title }) {
  const wanted = { format: "png", metadata: "keep" };
  const link = make("a", { className: "button primary", download: "", textContent: t("card.do.download") });
  const show = () => (link.href = downloadAddress(id, wanted));
  const choice = (name, values) => make("fieldset", { className: "stack" },
    make("legend", { textContent: t(`result.${name}.legend`) }),
    ...values.map((value) => make("label", { className: "choice" },
      make("input", {
        type: "radio",
        name: `download-${name}`,
        checked: wanted[name] === value,
        autofocus: value === "png",
        on: {
          change: () => {
            wanted[name] = value;
            show();
          },
        },
      }),
      make("span", { textContent: t(`result.${name}.${value}`) }))));
  show();
  link.addEventListener("click", () => setTimeout(() => link.closest("dialog")?.close(""), 0));
  const body = make("div", { className: "dialog-body" },
    choice("format", ["png", "jpeg"]),
    choice("metadata", ["keep", "minimal", "none"]),
    make("div", { className: "row end" }, link));
  await openDialog(body, { title: t("result.download", { title }) });
}
