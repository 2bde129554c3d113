/** A dialog that paints a result larger, beginning from it. */

import { place, single } from "./actions.js";
import { get, send } from "./api.js";
import { openDialog } from "./dialog.js";
import { make } from "./dom.js";
import { state } from "./state.js";
import { formatNumber, t } from "./text.js";
import { showFault } from "./announce.js";

const TIMES = [1.5, 2, 3, 4];
const MOST = 30_000; // pixels of the longest side
const PAUSE = 300; // milliseconds after the last change of the size

export async function paintLarger(painting) {
  const { order } = await get(`/api/paintings/${painting.id}`);
  const now = Math.max(painting.width, painting.height);
  const size = make("input", { type: "number", id: "larger-size", min: now + 1, max: MOST, step: 1,
    value: 2 * now, required: true,
    autofocus: true });
  const sides = make("p", { className: "hint" });
  const plan = make("div", { className: "larger-plan", role: "status" });
  const fault = make("p", { className: "fault", hidden: true });
  const send_ = make("button", { className: "button primary", textContent: t("card.larger.paint") });
  const cancel = make("button", { type: "button", className: "button", textContent: t("page.cancel") });

  const wanted = () => ({ ...single(order), settings: { ...order.settings, size: size.valueAsNumber } });
  const show = () => {
    const factor = size.valueAsNumber / now;
    const side = (length) => Math.max(1, Math.round(length * factor));
    const { valid } = size.validity;
    sides.textContent = valid
      ? t("card.pixels", { width: side(painting.width), height: side(painting.height) })
      : t("card.larger.more", { n: now, most: MOST });
    send_.disabled = !valid;
    plan.replaceChildren(); // it was of another size
    plan.classList.remove("warning");
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };
  let timer, asked = 0;
  const ask = async () => {
    const mine = ++asked;
    if (!size.validity.valid) return plan.replaceChildren();
    const found = await send("POST", "/api/plan", wanted()).catch(() => null);
    if (mine !== asked || !found) return;
    sides.textContent = t("card.pixels", found); // to the pixel, from the photograph's own sides
    plan.replaceChildren(...found.text.map((textContent) => make("p", { textContent })));
    plan.classList.toggle("warning", found.fits === false);
  };
  const times = TIMES.map((factor) => make("button", {
    type: "button",
    className: "button small",
    textContent: `× ${formatNumber(factor)}`,
    on: {
      click: () => {
        size.value = Math.round(now * factor);
        show();
      },
    },
  }));
  const form = make("form", { method: "dialog", className: "dialog-body" },
    make("p", { textContent: t("card.larger.text", { title: painting.title }) }),
    make("div", { className: "stack" },
      make("label", { htmlFor: "larger-size", textContent: t("card.larger.size") }),
      make("div", { className: "row larger-sizes" }, size, ...times),
      sides),
    plan, fault,
    make("div", { className: "row end" }, cancel, send_));
  cancel.addEventListener("click", () => form.closest("dialog").close(""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send_.disabled = true;
    try {
      const address = `/api/paintings/${painting.id}/picture?role=photograph`;
      const picture = await send("POST", address);
      state.putPicture(picture);
      const parent = "parent" in order ? { parent: painting.id } : {};
      await place({ ...wanted(), ...parent, start: picture.id });
      form.closest("dialog").close("ordered");
    } catch (problem) {
      showFault(fault, problem);
      send_.disabled = false;
    }
  });
  size.addEventListener("input", show);
  show();
  const end = await openDialog(form, { title: t("card.larger.title") });
  clearTimeout(timer);
  if (end === "ordered") document.getElementById("canvas").focus();
}
