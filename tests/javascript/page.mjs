// The same in a browser. The files lie beside the page, and the result is sent to the server.
import * as ort from "onnxruntime-web/wasm";
import { Objective, descend } from "./evaluate.mjs";

const read = async (name) => new Float32Array(await (await fetch(name)).arrayBuffer());
const [content, style, image] = await Promise.all(["content", "style", "image"].map(read));

const description = await (await fetch("out.json")).json();
const objective = await Objective.open(ort, "out.onnx", description);
await objective.setTargets({ content, style });
const { loss, gradient } = await objective.evaluate(image);
const painted = await descend(objective, image, 5);
const after = await objective.evaluate(painted);

const result = { loss, gradient: [...gradient], painted: [...painted], after: after.loss };
await fetch("result", { method: "POST", body: JSON.stringify(result) });
