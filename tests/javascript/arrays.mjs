// Arrays of numbers in JSON, with every bit, in base64: {"float32": …}, {"float64": …}, {"uint8": …}.
const KINDS = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array };

export function unpack(packed) {
  const [[kind, text]] = Object.entries(packed);
  return new KINDS[kind](new Uint8Array(Buffer.from(text, "base64")).buffer);
}

export function pack(array) {
  const [kind] = Object.entries(KINDS).find(([, type]) => array instanceof type);
  return { [kind]: Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64") };
}

// For JSON.parse: the arrays for all that is packed.
export function unpacked(key, value) {
  const [kind, ...others] = value && typeof value === "object" ? Object.keys(value) : [];
  return !others.length && kind in KINDS && typeof value[kind] === "string" ? unpack(value) : value;
}
