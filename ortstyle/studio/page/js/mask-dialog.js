/** Brushing, in a dialog, where on the photograph a painting goes. */

import { trying } from "./announce.js";
import { pictureView } from "./api.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { make } from "./dom.js";
import { t } from "./text.js";

/**
 * Let the user brush the mask of a painting on a photograph. Resolves to the Picture of the new mask;
 * null where there is to be none; undefined if nothing changes.
 */
export async function editMask(photograph, { mask, picture, name }, api) {
  await import("../components/mask-brush.js");
  let result;
  const close = (value) => {
    result = value;
    content.closest("dialog").close();
  };
  const brush = make("mask-brush", {
    src: pictureView(photograph.id, 1024),
    width: photograph.width,
    height: photograph.height,
    mask: mask ? pictureView(mask, 1024) : null,
  });
  const fault = make("p", { className: "fault", hidden: true });
  const content = make("div", { className: "dialog-body" },
    make("div", { className: "start-line" }, make("img", { src: pictureView(picture, 256), alt: "" }),
      make("p", { className: "hint", textContent: t("sources.maskHint", { name }) })), brush, fault);
  brush.addEventListener("mask", async ({ detail: { blob, empty } }) => {
    if (empty) return close(null);
    const sent = await trying(fault, () => api.upload(new File([blob], "mask.png"), "mask"));
    if (sent) close(sent);
    return undefined;
  });
  const mayLeave = () => !brush.changed || confirmDialog(t("sources.sureStrokes"),
    { title: t("sources.leave"), action: t("sources.leave") });
  await openDialog(content, { title: `${t("sources.brush")}: ${name}`, className: "wide", mayLeave });
  return result;
}
