// What a plot of the loss draws: lines of points that a logarithm has a value for, few enough.

export const MOST = 500;

// The loss, whose name is null, and each of its terms, as { name, points: [[evaluations, value]] }.
export function curves(points) {
  const lines = new Map([[null, []]]);
  for (const [evaluations, loss, terms] of points) {
    add(lines, null, evaluations, loss);
    for (const [name, value] of Object.entries(terms ?? {})) add(lines, name, evaluations, value);
  }
  const drawn = [...lines].filter(([, line]) => line.length);
  return drawn.map(([name, line]) => ({ name, points: line }));
}

function add(lines, name, evaluations, value) {
  if (!(value > 0 && value < Infinity)) return;
  if (!lines.has(name)) lines.set(name, []);
  lines.get(name).push([evaluations, value]);
}

// At most MOST points with the same outline: of each part of the line its lowest and its highest.
export function reduce(points) {
  if (points.length <= MOST) return points;
  const parts = MOST / 2 - 1;
  const inner = points.slice(1, -1);
  const kept = [points[0]];
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * inner.length) / parts);
    const to = Math.floor(((part + 1) * inner.length) / parts);
    let [low, high] = [from, from];
    for (let at = from; at < to; at++) {
      if (inner[at][1] < inner[low][1]) low = at;
      if (inner[at][1] > inner[high][1]) high = at;
    }
    kept.push(...[...new Set([Math.min(low, high), Math.max(low, high)])].map((at) => inner[at]));
  }
  kept.push(points.at(-1));
  return kept;
}

// Round values between two powers of ten, 3 to 8 of them where there is room.
export function ticksOf(low, high) {
  const decades = Math.max(1, Math.ceil((high - low) / 6));
  const fine = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
  const steps = high - low > 3 ? [1] : high - low > 0.7 ? [1, 2, 5] : fine;
  const ticks = [];
  for (let power = Math.floor(low); power <= high; power++) {
    if (steps.length === 1 && power % decades !== 0) continue;
    for (const step of steps) {
      const at = power + Math.log10(step);
      if (at >= low - 1e-9 && at <= high + 1e-9) ticks.push(step * 10 ** power);
    }
  }
  const every = Math.ceil(ticks.length / 7);
  return ticks.filter((_, at) => at % every === 0);
}
