// Loss and gradient of a picture, with the files OUT.onnx and OUT.json of `ortstyle export`.
// A picture is a Float32Array of 3·height·width numbers, RGB 0-255, planar: all of red, then all of
// green, then all of blue.

export class Objective {
  // `ort` is onnxruntime-node or onnxruntime-web; `graph` the path, address or bytes of OUT.onnx;
  // `description` the object in OUT.json; `options` ONNX Runtime's, for instance where to run.
  static async open(ort, graph, description, options = {}) {
    const session = await ort.InferenceSession.create(graph, options);
    return new Objective(ort, session, description);
  }

  constructor(ort, session, description) {
    this.ort = ort;
    this.session = session;
    this.inputs = {};
    for (const { name, shape } of description.inputs) {
      const zeros = new Float32Array(shape.reduce((size, side) => size * side, 1));
      this.inputs[name] = new ort.Tensor("float32", zeros, shape);
    }
  }

  // Set the targets from the pictures { content, style }: what a run on one of them outputs as
  // statistics.NAME is the input NAME.
  async resemble(pictures) {
    for (const [term, picture] of Object.entries(pictures)) {
      const found = await this.run(picture);
      for (const name of Object.keys(this.inputs)) {
        if (name.startsWith(`${term}.`)) this.inputs[name] = found[`statistics.${name}`];
      }
    }
  }

  async evaluate(picture) {
    const { loss, gradient } = await this.run(picture, ["loss", "gradient"]);
    return { loss: loss.data[0], gradient: gradient.data };
  }

  // Without `outputs`, give all of them.
  run(picture, ...outputs) {
    const image = new this.ort.Tensor("float32", picture, this.inputs.image.dims);
    return this.session.run({ ...this.inputs, image }, ...outputs);
  }
}

// Plain gradient descent. To first order, each step lowers the loss by the fraction `rate`.
export async function descend(objective, picture, steps, rate = 0.05) {
  const painted = Float32Array.from(picture);
  for (let step = 0; step < steps; step++) {
    const { loss, gradient } = await objective.evaluate(painted);
    const length = (rate * loss) / gradient.reduce((sum, slope) => sum + slope * slope, 0);
    gradient.forEach((slope, i) => (painted[i] -= length * slope));
  }
  return painted;
}
