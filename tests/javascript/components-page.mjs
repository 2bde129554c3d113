// The page that components.mjs drives: one component, and functions that give it what it shows.
import "/page/components/loss-plot.js";
import "/page/components/mask-brush.js";
import "/page/components/picture-viewer.js";
import { loadIcons } from "/page/js/dom.js";

const names = { viewer: "picture-viewer", brush: "mask-brush", plot: "loss-plot" };
const element = document.createElement(names[location.search.slice(1)]);

// A picture of one colour: `kind` names it for `shown`, the base is red and the other one blue.
async function picture(width, height, colour) {
  const [w, h] = [Math.min(width, 2000), Math.min(height, 2000)];
  const canvas = new OffscreenCanvas(w, h);
  const context = canvas.getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, w, h);
  return URL.createObjectURL(await canvas.convertToBlob());
}

const pictures = new Map(); // address → name
window.shown = new Set();
window.wanted = [];
element.addEventListener("picture-shown", ({ detail }) => window.shown.add(pictures.get(detail.src)));
element.addEventListener("wanted-side", ({ detail }) =>
  window.wanted.push([detail.side, detail.screen]),
);
window.show = async (width, height, key) => {
  const give = async (which, colour) => {
    const src = await picture(width, height, colour);
    pictures.set(src, `${which} ${key}`);
    element[which] = { src, width, height, alt: `The ${which}.`, label: which, key: `${which} ${key}` };
  };
  await give("base", "#f00");
  await give("over", "#00f");
};

// Swap the source of the base; returns the colours of its middle that are drawn until it's there.
window.swap = async () => {
  const src = await picture(400, 300, "#0f0");
  pictures.set(src, "base swapped");
  element.base = { ...element.base, src };
  const colours = new Set();
  while (!window.shown.has("base swapped")) {
    await new Promise(requestAnimationFrame);
    const { width, height } = element.picture;
    const { data } = element.picture.getContext("2d").getImageData(width / 2, height / 2, 1, 1);
    colours.add([...data].join());
  }
  return [...colours];
};

window.masks = [];
element.addEventListener("mask", ({ detail }) => window.masks.push(detail));
window.text = async (blob) =>
  btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
window.mask = async () => window.text(await element.toBlob());
window.again = async () => {
  Object.assign(element, { width: 1500, height: 1000, mask: null });
  element.src = await picture(1500, 1000, "#888");
};
window.shape = async (width, height) => {
  Object.assign(element, { width, height, mask: null, src: await picture(width, height, "#888") });
  await new Promise(requestAnimationFrame);
  const box = element.stage.getBoundingClientRect();
  return { png: await window.mask(), box: [box.width, box.height], room: innerHeight };
};
window.takeUp = async (png) => {
  await window.again();
  element.mask = `data:image/png;base64,${png}`;
};

window.plot = (count) => {
  element.points = Array.from({ length: count }, (_, at) => [
    at + 1,
    at === 1234 ? 5e7 : 1e6 / (at + 1) + 100,
    { content: 50 + at, style: 1e6 / (at + 1) },
  ]);
};
window.plotOdd = () => {
  element.points = [[1, 5, {}], [2, Infinity, {}], [3, NaN, { style: 0 }], [4, -1, {}], [5, 5, null]];
};

await loadIcons();
document.querySelector("main").append(element);
if (element.localName === "mask-brush") await window.again();
document.body.dataset.ready = "yes";
