// The worker that paints: it takes the page's messages and answers them. No other module of the
// engine knows of messages, and none of the page.
//
// page → worker:  start {base, backend}, paint {id, photograph, painting, order, resume?, previews?},
//                 stop {id}, plan {order, photograph, painting}
// worker → page:  loading, ready, planned, unplanned, progress, preview, done, failed
import { decodePicture } from "./decode.js";
import { Pace, plan, sizesAllowed } from "./estimate.js";
import { kindOf } from "./failures.js";
import { Graphs } from "./graphs.js";
import { Painting } from "./painting.js";
import { fromRgba } from "./planes.js";
import { openTested } from "./self-test.js";
import { Site } from "./site-data.js";
import { timeLarger } from "./timing.js";

let known = null; // the runtime, the graphs, what site.json holds, and the pace
let painting = null; // that is being painted
let paintingId = null;
const stopped = new Set(); // ids of orders that were stopped before they began
let last = Promise.resolve(); // what was begun last; one thing is done at a time

const tell = (type, message = {}, transferred = []) => self.postMessage({ type, ...message }, transferred);

async function start({ base, backend = "auto" }) {
  const site = await Site.open(new URL(base, self.location).href, (progress) => tell("loading", progress));
  const graphs = new Graphs(site);
  const pace = new Pace();
  const { runtime, test, refused, recorded } = await openTested({ backend, site, graphs, pace });
  await timeLarger({ runtime, graphs, recorded, pace });
  known = { runtime, graphs, site: site.description, pace };
  self.ortstyleRuntime = runtime; // for a person at the console, and for tests
  const sizes = sizesAllowed(known);
  const seconds = (size) => pace.seconds(graphs.canvas("loss", [size, size]));
  tell("ready", {
    backend: runtime.backend,
    adapter: runtime.adapter,
    threads: runtime.threads,
    isolated: runtime.isolated,
    test,
    limits: runtime.limits,
    sizes,
    secondsPerEvaluation: Object.fromEntries(sizes.map((size) => [size, seconds(size)])),
    refused,
  });
}

async function paint({ id, photograph, painting: style, order, resume = null, previews = true }) {
  const opened = { photograph: await open(photograph), painting: await open(style) };
  painting = new Painting(known, opened, order, {
    progress: (progress) => tell("progress", { id, ...progress }),
    preview: previews
      ? (preview) => tell("preview", { id, ...preview }, [preview.image.data.buffer])
      : null,
  });
  paintingId = id;
  if (stopped.delete(id)) painting.stop();
  const done = await painting.run(resume);
  tell("done", { id, ...done }, [done.image.data.buffer]);
}

// Return the planes of a file, or of pixels, with the size that the file has.
async function open(picture) {
  try {
    const { image, size } = await decodePicture(picture);
    return { ...fromRgba(image), size };
  } catch (error) {
    throw Object.assign(new Error(error.message, { cause: error }), { kind: "picture", reason: error.kind });
  }
}

function fail(error, id) {
  const { message = String(error), reason } = error ?? {};
  tell("failed", {
    ...(id !== undefined && { id }),
    ...(reason && { reason }), // what is wrong with a picture; see `decode.PictureError`
    kind: kindOf(error),
    text: message,
    at: painting?.at ?? null,
  });
}

// Do something when what was begun before is over.
function enqueue(task, id) {
  last = last.then(task).catch((error) => fail(error, id)).finally(() => {
    painting = paintingId = null;
  });
}

self.addEventListener("message", ({ data }) => {
  if (data.type === "start") enqueue(() => start(data));
  else if (data.type === "paint") enqueue(() => paint(data), data.id);
  else if (data.type === "stop") {
    if (data.id === paintingId) painting.stop();
    else stopped.add(data.id);
  } else if (data.type === "plan") {
    try {
      tell("planned", plan(known, data.order, data.photograph));
    } catch (error) {
      tell("unplanned", { text: String(error) }); // not "failed", which is of what is painted
    }
  }
});
