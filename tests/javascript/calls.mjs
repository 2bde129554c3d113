// Calls functions of the engine's modules: node calls.mjs ENGINE CALLS; see tests/page_engine.py.
//
// CALLS is the path of a list of [module, function, arguments…]. An answer is { is }, or { threw }
// with the error's message. Typed arrays are answered as arrays of float32.
import { readFile } from "node:fs/promises";
import { pack, unpacked } from "./arrays.mjs";

const [engine, path] = process.argv.slice(2);
const packed = (key, value) => (ArrayBuffer.isView(value) ? pack(Float32Array.from(value)) : value);

const answers = [];
for (const [module, name, ...given] of JSON.parse(await readFile(path, "utf8"), unpacked)) {
  const functions = await import(new URL(module, engine));
  try {
    answers.push({ is: await functions[name](...given) });
  } catch (error) {
    answers.push({ threw: error.message });
  }
}
console.log(JSON.stringify(answers, packed));
