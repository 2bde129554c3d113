// L-BFGS of the page on plain arrays: node optimiser.mjs ENGINE CASES; see
// tests/web/test_page_optimiser.py.
import { readFile } from "node:fs/promises";
import { ArrayVectors } from "./array-vectors.mjs";
import { unpack } from "./arrays.mjs";
import { follow } from "./follow-trace.mjs";

const { LBFGS } = await import(`${process.argv[2]}lbfgs.js`);
const traces = JSON.parse(await readFile(process.argv[3], "utf8"));
const found = [];
for (const trace of traces) {
  const spoilt = Object.fromEntries(Object.entries(trace.spoilt).map(([call, factor]) => [call, unpack(factor)[0]]));
  const vectors = new ArrayVectors(unpack(trace.x0).length, trace.history + 1, { ...trace, spoilt });
  found.push(await follow(LBFGS, vectors, trace));
  found.at(-1).released = vectors.released;
}

// Wrong use.
const refused = async (promise) => promise.then(() => null, (error) => error.message);
const stopped = new LBFGS([0, 0], new ArrayVectors(2, 3));
await stopped.tell(NaN, new Float32Array(2));
const busy = new LBFGS([1, 1], new ArrayVectors(2, 3));
const first = busy.tell(1, Float32Array.of(1, 1));
const second = refused(busy.tell(1, Float32Array.of(1, 1)));
await first;
const failing = new ArrayVectors(2, 3);
const failed = new LBFGS([1, 1], failing);
failing.advance = async () => Promise.reject(new Error("lost"));
const lost = await refused(failed.tell(1, Float32Array.of(1, 1)));
const after = await refused(failed.tell(1, Float32Array.of(1, 1)));
failed.dispose();
const wrong = {
  stopped: await refused(stopped.tell(1, new Float32Array(2))),
  busy: await second,
  failed: [lost, after, failing.released],
};
console.log(JSON.stringify({ traces: found, wrong }));
