// The worker of web-pictures.mjs: decodes a file, and encodes what it found again. A picture is
// told as { width, height, rgb }, of which rgb is base64, reduced where it is large.
import { decodeFile, decodePicture } from "/engine/decode.js";
import { encodePng } from "/engine/encode.js";
import { fromRgba, toRgba } from "/engine/planes.js";
import { resizeBilinear } from "/engine/resize.js";

const LARGE = 256;

function told({ width, height, data }) {
  const rgb = [];
  for (let i = 0; i < 4 * width * height; i += 4) {
    rgb.push(String.fromCharCode(data[i], data[i + 1], data[i + 2]));
  }
  return { width, height, rgb: btoa(rgb.join("")) };
}

const { createImageBitmap } = self;
let open = 0; // bitmaps whose memory is not free yet
self.createImageBitmap = async (...given) => {
  const bitmap = await createImageBitmap.apply(self, given);
  open++;
  return bitmap;
};
const { close } = ImageBitmap.prototype;
ImageBitmap.prototype.close = function () {
  open--;
  close.call(this);
};

async function look({ blob, limits }) {
  const { image, size, transparent } = await decodePicture(blob, limits);
  const planes = fromRgba(image);
  const found = { size, transparent, reduced: [image.width, image.height] };
  if (Math.max(...found.reduced) > LARGE) {
    const small = resizeBilinear(planes, LARGE, LARGE);
    return { ...found, picture: told({ width: LARGE, height: LARGE, data: toRgba(small) }) };
  }
  const png = await encodePng(planes);
  const again = [png, await encodePng(image), image].map(async (each) => told(await decodeFile(each)));
  const bytes = String.fromCharCode(...new Uint8Array(await png.arrayBuffer()));
  return { ...found, picture: told(image), again: await Promise.all(again), png: btoa(bytes) };
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ is: await look(data), open });
  } catch ({ name, kind, message, format, size }) {
    self.postMessage({ threw: { name, kind, message, format, size }, open });
  }
};
