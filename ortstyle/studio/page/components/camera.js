/** A picture by the camera, in a dialog. */

import { showFault } from "../js/announce.js";
import { openDialog } from "../js/dialog.js";
import { icon, make } from "../js/dom.js";
import { t } from "../js/text.js";

/** Let the user take a picture; resolves to a File, or null if he left the dialog. */
export async function takePicture() {
  const video = make("video", { autoplay: true, muted: true, playsInline: true, className: "camera" });
  const place = make("p", { className: "fault", hidden: true });
  const shoot = make("button", { value: "taken", className: "button primary", disabled: true },
    icon("camera"), t("drop.take"));
  const form = make("form", { method: "dialog", className: "dialog-body" }, video, place, shoot);
  const closed = openDialog(form, { title: t("drop.camera") });
  let stream = null, left = false;
  closed.then(() => (left = true));
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 2560 } } });
    if (!left) video.srcObject = stream;
    shoot.disabled = false;
  } catch {
    showFault(place, new Error(t("drop.noCamera")));
  }
  const taken = (await closed) === "taken";
  const file = taken && video.videoWidth ? await frameOf(video) : null;
  stream?.getTracks().forEach((track) => track.stop());
  return file;
}

async function frameOf(video) {
  const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return new File([blob], "camera.png", { type: "image/png" });
}
