// ONNX Runtime on the processor as runtime.js hands it out, counting the vectors and pairs that it
// made and that were not disposed of. Using or disposing of one that was is an error.
import ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

export class CountedRuntime {
  live = new Set();
  sessions = 0;

  constructor() {
    const track = (tensor) => this.#track(tensor);
    class Tensor extends ort.Tensor {
      constructor(...values) {
        super(...values);
        if (this.dims.length === 4) track(this);
      }
    }
    this.ort = { Tensor };
  }

  async session(bytes, { resident }) {
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    this.sessions++;
    return {
      run: async (feeds) => {
        for (const tensor of Object.values(feeds)) if (tensor.location === "none") throw new Error("used after its end");
        const outputs = await session.run(feeds);
        for (const name of resident) this.#track(outputs[name]);
        return outputs;
      },
      release: async () => {
        this.sessions--;
        await session.release();
      },
    };
  }

  #track(tensor) {
    const dispose = tensor.dispose.bind(tensor);
    this.live.add(tensor);
    tensor.dispose = () => {
      if (!this.live.delete(tensor)) throw new Error("disposed of twice");
      dispose();
    };
  }
}
