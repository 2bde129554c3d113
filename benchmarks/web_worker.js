// Evaluates loss and gradient with the modules of a site's engine, as its painting does; for
// web_evaluations.mjs. It is in a worker, as the engine is.
import { Graphs } from "/engine/graphs.js";
import { Objective, styleStatistics } from "/engine/objective.js";
import { openRuntime } from "/engine/runtime.js";
import { Site } from "/engine/site-data.js";

let known = null; // the site, the graphs and the runtime
let objective = null;
let z = null; // coefficients of the picture that is evaluated

async function pictureOf(name, side) {
  const answer = await fetch(`/pictures/${name}-${side}.bin`);
  return { width: side, height: side, data: new Float32Array(await answer.arrayBuffer()) };
}

// Open the device, and return what it is.
async function start({ backend, threads }) {
  const site = await Site.open(new URL("/", self.location).href);
  known = { site, graphs: new Graphs(site), runtime: await openRuntime({ backend, threads, site }) };
  const { runtime } = known;
  return { backend: runtime.backend, adapter: runtime.adapter, threads: runtime.threads, isolated: runtime.isolated };
}

// Prepare square pictures of a side.
async function open({ side }) {
  z?.dispose();
  await objective?.close();
  const { site, graphs, runtime } = known;
  const { settings } = site.description;
  const [content, painting] = [await pictureOf("content", side), await pictureOf("style", side)];
  const style = await styleStatistics(runtime, graphs, painting);
  objective = new Objective({ runtime, graphs, size: [side, side], exponent: settings.spectral });
  const weights = { content: settings.content_weight, style: settings.style_weight, tv: settings.tv_weight };
  await objective.open({ content, style }, weights, {
    floor: settings.variance_floor,
    limit: settings.content_limit,
  });
  z = await objective.coefficients(content);
  return { canvas: objective.canvas };
}

async function evaluate() {
  const began = performance.now();
  const { loss, gradient } = await objective.evaluate(z);
  const seconds = (performance.now() - began) / 1000;
  gradient.dispose();
  return { seconds, loss };
}

const actions = { start, open, evaluate };
self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage(await actions[data.type](data));
  } catch (error) {
    self.postMessage({ fault: String(error?.message ?? error) });
  }
});
