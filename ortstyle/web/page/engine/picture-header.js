/** What the first bytes of a file say about the picture in it, before anything is decoded. */

/** Bytes of a file that are enough to find the size in nearly every picture. */
export const HEADER_BYTES = 1 << 20;

/** Formats of pictures that every browser which can paint also decodes. */
export const DECODED = new Set(["jpeg", "png", "gif", "webp", "bmp", "avif"]);

const BRANDS = { avif: "avif", avis: "avif", heic: "heif", heix: "heif", hevc: "heif", mif1: "heif" };

/**
 * The format of a picture and its size, as its file has it: not yet turned upright.
 *
 * @param {Uint8Array} bytes the beginning of a file
 * @returns {{format: string, size: [number, number] | null} | null} `size` is [width, height] in
 *   pixels, null where it is not among these bytes; null for what is no picture that is known
 */
export function readHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = formatOf(bytes);
  if (!format) return null;
  let size = null;
  try {
    size = SIZES[format]?.(view, bytes) ?? null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // of a file that ends too early
  }
  return { format, size };
}

const text = (bytes, start, end) => String.fromCharCode(...bytes.subarray(start, end));

function formatOf(bytes) {
  const start = text(bytes, 0, 12);
  if (start.startsWith("\xff\xd8\xff")) return "jpeg";
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (start.startsWith("GIF8")) return "gif";
  if (start.startsWith("RIFF") && start.endsWith("WEBP")) return "webp";
  if (start.startsWith("BM")) return "bmp";
  if (start.startsWith("II*\0") || start.startsWith("MM\0*")) return "tiff";
  if (start.startsWith("8BPS")) return "psd";
  if (start.startsWith("\xff\x0a") || start.slice(4, 8) === "JXL ") return "jxl";
  return start.slice(4, 8) === "ftyp" ? BRANDS[start.slice(8)] ?? null : null;
}

const SIZES = {
  jpeg: jpegSize,
  webp: webpSize,
  png: (view) => [view.getUint32(16), view.getUint32(20)],
  gif: (view) => [view.getUint16(6, true), view.getUint16(8, true)],
  bmp: (view) =>
    view.getUint32(14, true) === 12
      ? [view.getUint16(18, true), view.getUint16(20, true)]
      : [view.getInt32(18, true), view.getInt32(22, true)].map(Math.abs), // rows may run upwards
};

function jpegSize(view) {
  let at = 2;
  for (;;) {
    while (view.getUint8(at) === 0xff) at++;
    const marker = view.getUint8(at++);
    if (marker === 0xda || marker === 0xd9) return null; // pixels begin, or all ends
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(at + 5), view.getUint16(at + 3)];
    if (!isAlone) at += view.getUint16(at);
    if (view.getUint8(at) !== 0xff) return null;
  }
}

function webpSize(view, bytes) {
  const kind = text(bytes, 12, 16);
  if (kind === "VP8 ") return [26, 28].map((at) => view.getUint16(at, true) & 0x3fff);
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return [bits & 0x3fff, (bits >>> 14) & 0x3fff].map((less) => less + 1);
  }
  if (kind !== "VP8X") return null;
  return [24, 27].map((at) => (view.getUint16(at, true) | (view.getUint8(at + 2) << 16)) + 1);
}
