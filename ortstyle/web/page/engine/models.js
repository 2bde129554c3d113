// Graphs as the site packs them: a whole ONNX file, and the fields in which those of other canvases
// differ. An ONNX file is a protocol buffer, a sequence of fields; the graph is one of them.

const GRAPH = 7; // the field of a ModelProto that holds the graph
const LENGTH_DELIMITED = 2; // the wire type of texts, bytes and messages

/**
 * Return the name of a canvas in a pack.
 * @param {[number, number]} canvas - (H, W).
 */
export const canvasName = ([height, width]) => `${height}x${width}`;

/**
 * Return the bytes that a base64 text stands for.
 * @param {string} text
 * @returns {Uint8Array}
 */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * Return the ONNX file of one canvas.
 * @param {{base: string, canvases: Object<string, string|Array<[number, string]>>}} pack - `base`
 *   is an ONNX file in base64. For each canvas there are the fields of the base's graph to replace,
 *   by index, tag and length included; or a whole ONNX file.
 * @param {[number, number]} canvas - (H, W).
 * @returns {Uint8Array}
 */
export function assemble(pack, canvas) {
  const name = canvasName(canvas);
  const delta = pack.canvases[name];
  if (delta === undefined) throw new RangeError(`the pack has no graph of ${name}`);
  if (typeof delta === "string") return fromBase64(delta);
  const base = fromBase64(pack.base);
  const graph = fieldsOf(base, 0, base.length).find(({ number }) => number === GRAPH);
  const pieces = fieldsOf(base, graph.contents, graph.end).map(({ start, end }) =>
    base.subarray(start, end),
  );
  for (const [index, text] of delta) pieces[index] = fromBase64(text);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return joined([
    base.subarray(0, graph.start),
    varint(8 * GRAPH + LENGTH_DELIMITED),
    varint(length),
    ...pieces,
    base.subarray(graph.end),
  ]);
}

// The fields of a message: number, and where the field, its contents and its end are.
function fieldsOf(bytes, start, end) {
  const found = [];
  for (let at = start; at < end; ) {
    const [tag, afterTag] = readVarint(bytes, at);
    const kind = tag % 8;
    let contents = afterTag;
    let next;
    if (kind === LENGTH_DELIMITED) {
      const [length, afterLength] = readVarint(bytes, afterTag);
      contents = afterLength;
      next = afterLength + length;
    } else if (kind === 0) {
      [, next] = readVarint(bytes, afterTag);
    } else {
      next = afterTag + (kind === 1 ? 8 : 4);
    }
    found.push({ number: Math.floor(tag / 8), start: at, contents, end: next });
    at = next;
  }
  return found;
}

function readVarint(bytes, at) {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte % 128) * factor;
    if (byte < 128) return [value, at];
  }
}

function varint(value) {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return new Uint8Array([...bytes, value]);
}

function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
