// How long evaluations take on a device: the picture of its test is so small that a graphics
// processor is idle for most of the time, so a larger one is timed too, if that is quick.
import { Objective, styleStatistics } from "./objective.js";
import { seededPicture } from "./self-test.js";

const SIDE = 128; // pixels of the larger picture
const MOST = 1; // seconds that an evaluation of it may take, in proportion to the test's

/**
 * Time an evaluation of a larger picture.
 * @param {object} known - `runtime`, `graphs`, `recorded`, and `pace`, which is told.
 */
export async function timeLarger({ runtime, graphs, recorded, pace }) {
  const canvas = graphs.canvas("loss", [SIDE, SIDE]);
  if (!canvas || pace.knows(canvas) || pace.seconds(canvas) > MOST) return;
  const [content, painting] = [recorded.seeds.content, recorded.seeds.style].map((seed) =>
    seededPicture(seed, canvas),
  );
  const size = [canvas[1], canvas[0]];
  const objective = new Objective({ runtime, graphs, size, canvas, exponent: recorded.spectral });
  let z = null;
  try {
    const style = await styleStatistics(runtime, graphs, painting);
    await objective.open({ content, style }, recorded.weights, {
      floor: recorded.varianceFloor,
      limit: recorded.contentLimit,
    });
    z = await objective.coefficients(content);
    for (let k = 0; k < 2; k++) {
      const began = performance.now();
      (await objective.evaluate(z)).gradient.dispose();
      // The first evaluation compiles what the canvas needs; the second one's time is kept.
      pace.add(canvas, (performance.now() - began) / 1000);
    }
  } finally {
    z?.dispose();
    await objective.close();
  }
}
