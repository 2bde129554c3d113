// Loss and gradient of a picture, computed by the graph that `ortstyle export` wrote to OUT.onnx.
// A picture is a Float32Array of 3·height·width numbers in RGB, 0-255: all values of red, then all
// values of green, then all values of blue.

export class Objective {
  // `ort` is onnxruntime-node or onnxruntime-web, `graph` is the path, URL or bytes of OUT.onnx,
  // and `description` is the object in OUT.json. `options` are ONNX Runtime's session options, such
  // as the execution providers.
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

  // Set the targets of the losses from the pictures { content, style }. A run on such a picture
  // outputs its statistics as statistics.NAME; they become the input NAME.
  async setTargets(pictures) {
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

  // Run the graph on a picture and return all outputs, or only those that are named.
  run(picture, ...outputs) {
    const image = new this.ort.Tensor("float32", picture, this.inputs.image.dims);
    return this.session.run({ ...this.inputs, image }, ...outputs);
  }
}

// Descend the gradient. To first order, each step lowers the loss by the fraction `rate`.
export async function descend(objective, picture, steps, rate = 0.05) {
  const painted = Float32Array.from(picture);
  for (let step = 0; step < steps; step++) {
    const { loss, gradient } = await objective.evaluate(painted);
    const length = (rate * loss) / gradient.reduce((sum, slope) => sum + slope * slope, 0);
    gradient.forEach((slope, i) => (painted[i] -= length * slope));
  }
  return painted;
}
