/** A result that is dragged out of the gallery onto the photograph or the paintings is used there. */

import { perform } from "./actions.js";
import { DRAGGED } from "./paintings.js";

export function takeDrops(sources) {
  const ours = (event) => event.dataTransfer.types.includes(DRAGGED);
  for (const kind of ["dragenter", "dragover"])
    sources.addEventListener(kind, (event) => {
      if (!ours(event)) return;
      event.preventDefault();
      event.stopPropagation();
      event.dataTransfer.dropEffect = "copy";
      sources.classList.add("takes-drop");
    }, true);
  sources.addEventListener("dragleave", (event) => {
    if (!sources.contains(event.relatedTarget)) sources.classList.remove("takes-drop");
  });
  sources.addEventListener("drop", (event) => {
    if (!ours(event)) return;
    event.preventDefault();
    event.stopPropagation();
    sources.classList.remove("takes-drop");
    const step = event.target.closest(".source"); // the first one is the photograph's
    const use = step && step === sources.querySelector(".source") ? "photograph" : "painting";
    perform(use, event.dataTransfer.getData(DRAGGED));
  }, true);
}
