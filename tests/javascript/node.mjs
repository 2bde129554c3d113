// Usage: node node.mjs OUT.onnx OUT.json CONTENT STYLE IMAGE
// The pictures are files of raw little-endian float32.
import { readFile } from "node:fs/promises";
import ort from "onnxruntime-node";
import { Objective, descend } from "./evaluate.mjs";

const [graph, description, ...files] = process.argv.slice(2);
const read = async (file) => new Float32Array(new Uint8Array(await readFile(file)).buffer);
const [content, style, image] = await Promise.all(files.map(read));

const objective = await Objective.open(ort, graph, JSON.parse(await readFile(description, "utf8")));
await objective.setTargets({ content, style });
const { loss, gradient } = await objective.evaluate(image);
const painted = await descend(objective, image, 5);
const after = await objective.evaluate(painted);

const result = { loss, gradient: [...gradient], painted: [...painted], after: after.loss };
console.log(JSON.stringify(result));
