/**
 * <picture-drop>: a place for pictures: drop, paste, a file button, the camera where allowed.
 *
 * Properties: `label` names the place; `hint` says what goes there; `multiple`; `small` for a place
 * beside pictures that are there; `films` where a film may come too; `progress` is null or the share sent, 0 to 1.
 * Event `files` with `detail.files`.
 */

import { icon, make } from "../js/dom.js";
import { t } from "../js/text.js";
import { takePicture } from "./camera.js";

const FILMS = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|m?ts|mxf|ogv|3gp|wmv|flv)$/i;
const KINDS = "image/*,.tif,.tiff,.psd,.heic,.heif,.avif,.webp,.bmp,.tga,.hdr,.jxl";

/** Whether a file is a film; a GIF is a picture. */
export const isFilm = ({ name, type }) => type.startsWith("video/") || FILMS.test(name ?? "");

/** The files of a drop or paste; what is no picture is refused with a sentence later. */
export const filesOf = (transfer) => [...(transfer?.files ?? [])];

export class PictureDrop extends HTMLElement {
  label = "";
  hint = "";
  multiple = false;
  small = false;
  films = false;
  #progress = null;
  #bar = null;

  connectedCallback() {
    if (this.firstChild) return;
    this.classList.toggle("small", this.small);
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", this.label);
    this.#bar = make("progress", { max: 1, hidden: true, attributes: { "aria-label": t("drop.sending") } });
    const buttons = make("div", { className: "row drop-buttons" }, this.#fileButton(), this.#cameraButton());
    this.append(
      ...(this.small ? [] : [make("p", { className: "drop-hint" }, icon("upload"), this.hint)]),
      buttons, this.#bar);
    this.addEventListener("dragover", (event) => this.#drag(event, true));
    this.addEventListener("dragleave", (event) => this.#drag(event, false));
    this.addEventListener("drop", (event) => {
      this.#drag(event, false);
      event.stopPropagation();
      this.#give(filesOf(event.dataTransfer));
    });
    this.addEventListener("paste", (event) => {
      event.stopPropagation();
      this.#give(filesOf(event.clipboardData));
    });
  }

  set progress(share) {
    this.#progress = share;
    this.setAttribute("aria-busy", String(share !== null));
    if (!this.#bar) return;
    this.#bar.hidden = share === null;
    if (share !== null) this.#bar.value = share;
  }

  get progress() {
    return this.#progress;
  }

  /** Press the file button. */
  choose() {
    this.querySelector("input").click();
  }

  #fileButton() {
    const input = make("input", {
      type: "file",
      accept: this.films ? `${KINDS},video/*,.mkv,.mov,.mxf` : KINDS,
      multiple: this.multiple,
      className: "visually-hidden",
      attributes: { "aria-label": `${t("drop.choose")}: ${this.label}` },
      on: {
        change: () => {
          this.#give([...input.files]);
          input.value = "";
        },
      },
    });
    return make("label", { className: "button" }, icon(this.small && !this.multiple ? "retry" : "plus"), this.small ? this.label : t("drop.choose"), input);
  }

  #cameraButton() {
    if (!navigator.mediaDevices?.getUserMedia) return null;
    return make("button", {
      type: "button",
      className: "icon-button",
      title: t("drop.camera"),
      attributes: { "aria-label": `${t("drop.camera")}: ${this.label}` },
      on: { click: async () => this.#give([await takePicture()].filter(Boolean)) },
    }, icon("camera"));
  }

  #drag(event, over) {
    event.preventDefault();
    this.classList.toggle("over", over);
  }

  #give(files) {
    if (!files.length) return;
    const detail = { files: this.multiple ? files : files.slice(0, 1) };
    this.dispatchEvent(new CustomEvent("files", { detail, bubbles: true }));
  }
}

customElements.define("picture-drop", PictureDrop);
