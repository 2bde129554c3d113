// The page's vectors on ONNX Runtime: node device-vectors.mjs ENGINE CASES; see
// tests/web/test_page_vectors.py.
import { readFile } from "node:fs/promises";
import { pack, unpack } from "./arrays.mjs";
import { CountedRuntime } from "./counted-runtime.mjs";
import { follow } from "./follow-trace.mjs";

const [engine, path] = process.argv.slice(2);
const { DeviceVectors, blocksOf } = await import(`${engine}vectors.js`);
const { LBFGS } = await import(`${engine}lbfgs.js`);
const { shape, rows, models, points, directions, traces, shapes } = JSON.parse(await readFile(path, "utf8"));
const graphs = Object.fromEntries(Object.entries(models).map(([name, bytes]) => [name, unpack(bytes)]));
const found = { blocks: shapes.map(blocksOf), traces: [] };

const runtime = new CountedRuntime();
const open = () => DeviceVectors.open(runtime, graphs, shape, rows);
const vectors = await open();
found.size = [vectors.size, vectors.rows];
const put = ([x, gradient]) => ({ x: vectors.put(unpack(x)), gradient: vectors.put(unpack(gradient)) });
const release = (point) => [point.x, point.gradient].forEach((vector) => vectors.release(vector));
let previous = put(points[0]);
found.norms = await vectors.norms(previous.gradient);
found.steps = [];
for (const [k, each] of points.slice(1).entries()) {
  const point = put(each);
  const { withS, withY, square } = await vectors.storePair(k % rows, point, previous);
  const { ofS, ofY, ofGradient, length } = directions[k];
  const direction = { ofS: unpack(ofS), ofY: unpack(ofY), ofGradient };
  const { trial, slope } = await vectors.advance(point, direction, length);
  const step = { withS: pack(withS), withY: pack(withY), square, trial: pack(await vectors.get(trial)), slope };
  found.steps.push({ ...step, live: runtime.live.size });
  vectors.release(trial);
  release(previous);
  previous = point;
}
const kept = vectors.put(previous.x) === previous.x;
release(previous);
await vectors.dispose();
found.left = [runtime.live.size, runtime.sessions, kept];

for (const trace of traces) {
  const used = await open();
  const options = { get: (vector) => used.get(vector), count: () => runtime.live.size };
  found.traces.push(await follow(LBFGS, used, trace, options));
  await used.dispose();
  found.traces.at(-1).after = [runtime.live.size, runtime.sessions];
}

// A device that runs no more than one of the graphs, and one that makes the first pairs itself.
const broken = { ...graphs, measure: new Uint8Array(3) };
found.refused = await DeviceVectors.open(runtime, broken, shape, rows).then(
  () => "opened",
  () => runtime.sessions,
);
const asked = [];
runtime.zeros = async (dims) => {
  asked.push(dims);
  return new runtime.ort.Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b)), dims);
};
await (await open()).dispose();
found.zeros = asked;
console.log(JSON.stringify(found));
