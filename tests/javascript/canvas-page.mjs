// The page that canvas.mjs drives: the panel of the shown painting, and what a studio would tell it.
import { pictureView, resultView } from "/page/js/api.js";
import { loadIcons } from "/page/js/dom.js";
import { start } from "/page/js/panels/canvas.js";
import { state } from "/page/js/state.js";

const id = (number) => String(number).padStart(20, "0");
const [photograph, painting] = [1, 2].map((number) => ({
  id: id(number), name: `${number}.png`, width: 60, height: 40, bytes: 1, added: 1, used: true,
}));
let summary = {
  id: id(3), kind: "painting", state: "waiting", created: 1, begun: null, ended: null,
  title: "1 × 2", label: "", photograph: photograph.id, paintings: [painting.id], group: null,
  parent: null, preset: "default", size: 60, device: "cpu", width: null, height: null,
  progress: null, preview: null, error: null, notices: [], seconds: null,
};

window.asked = [];
window.curve = [];
const get = async (path) => {
  window.asked.push(path);
  return { ...summary, curve: window.curve };
};

window.state = state;
// Tell the page that something of the painting changed.
window.tell = (changes) => {
  summary = { ...summary, ...changes };
  state.putPainting(summary);
};
window.progress = (evaluations, of = 100) => ({
  evaluations, of, loss: 1000 / evaluations, seconds: 1, seconds_left: 90, scale: [1, 2],
});
window.seen = () => {
  const shown = (selector) =>
    [...document.querySelectorAll(`#canvas ${selector}`)]
      .filter((element) => element.checkVisibility())
      .map((element) => element.textContent);
  const viewer = document.querySelector("picture-viewer");
  const { src, label } = viewer.base ?? {};
  return {
    empty: shown(".canvas-empty p"),
    state: shown(".canvas-state"),
    buttons: shown(".canvas-buttons :is(button, a)"),
    numbers: shown(".canvas-numbers"),
    fault: shown(".fault"),
    notices: shown(".warning"),
    base: src ? { src: src.replace(/^blob:.*/, "blob"), label } : null,
    over: viewer.over ? { src: viewer.over.src, label: viewer.over.label } : null,
    progress: document.querySelector("progress").value,
    share: viewer.share,
    points: document.querySelector("loss-plot").points.map(([evaluations]) => evaluations),
  };
};

window.begin = () => {
  state.putPicture(photograph);
  state.putPicture(painting);
};

await loadIcons();
start(document.getElementById("canvas"), state, { get, pictureView, resultView });
document.body.dataset.ready = "yes";
