// A worker that speaks the protocol of the browser page and paints nothing. What the page says to it is
// told on a channel, and what it is to say comes from there; see web-page-tools.mjs.
//
// An `image` that is { side } stands for the photograph, inverted, at that longest side.
const channel = new BroadcastChannel("web-worker");
let photograph = null;

addEventListener("message", ({ data }) => {
  if (data.type === "paint") photograph = data.photograph;
  const { photograph: one, painting: other, ...rest } = data;
  const resume = data.resume && { ...data.resume, image: sizeOf(data.resume.image) };
  channel.postMessage({ ...rest, ...(resume && { resume }), pictures: [one, other].map(name) });
});

channel.addEventListener("message", async ({ data }) => {
  if (data.die) setTimeout(() => { throw new Error("the fake worker dies"); });
  else postMessage(data.image ? { ...data, image: await draw(data.image) } : data);
});

const name = (picture) => (picture instanceof Blob ? [picture.name, picture.size] : picture ?? null);
const sizeOf = ({ width, height }) => [width, height];

async function draw({ side }) {
  const bitmap = await createImageBitmap(photograph);
  const longest = Math.max(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width, bitmap.height].map((length) => Math.trunc((length / longest) * side));
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.filter = "invert(1)";
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
