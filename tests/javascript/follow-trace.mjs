// L-BFGS told the losses and gradients that Python's was told: what it asked and how it stood.
import { pack, unpack } from "./arrays.mjs";

const COPY = { get: async (vector) => vector.slice(), count: () => null };

// `get` copies the numbers of a vector, and `count` tells how many vectors there are.
export async function follow(LBFGS, vectors, trace, { get, count } = COPY) {
  const [losses, gradients] = [unpack(trace.losses), unpack(trace.gradients)];
  const size = vectors.size;
  const optimizer = new LBFGS(unpack(trace.x0), vectors);
  const found = { x: [], best: [], iterations: [], trials: [], length: [], slope: [], alive: [], live: [] };
  for (const [k, loss] of losses.entries()) {
    if (optimizer.stop) break;
    found.x.push(...(await get(optimizer.ask())));
    await optimizer.tell(loss, vectors.put(gradients.slice(k * size, (k + 1) * size)));
    const { trials, length, slope } = optimizer.search;
    found.best.push(...(await get(optimizer.best)));
    found.iterations.push(optimizer.iterations);
    found.trials.push(trials);
    found.length.push(length);
    found.slope.push(slope);
    found.alive.push(optimizer.vectors.length);
    found.live.push(count());
  }
  for (const name of ["x", "best"]) found[name] = pack(Float32Array.from(found[name]));
  for (const name of ["length", "slope"]) found[name] = pack(Float64Array.from(found[name]));
  const { stop, evaluations } = optimizer;
  const distinct = new Set([optimizer.ask(), optimizer.best]).size;
  optimizer.dispose();
  return { ...found, stop, evaluations, distinct, left: optimizer.vectors.length };
}
