"""What it costs that the next run leaves a resident output alone: four ways to bind outputs.

    python benchmarks/resident.py [--device cuda] [--size 512]

Up to ONNX Runtime 1.29 `IOBinding.get_outputs` gives references that the next run overwrites. The
ways, each with a vector of the picture's size that is kept while the next ones are made, as L-BFGS
keeps its gradient:

- "references": the fault itself, to compare with;
- "items": what `Session.run` does, items of the outputs as a vector;
- "placed": an OrtValue made before each run and bound to the output;
- "bindings": a binding of its own for each run.

Prints the median microseconds of a run, taken in turn, and the bytes by which keeping one vector
more raises what the process takes, which is the vector itself where nothing else is allocated.
"""

import argparse
from statistics import median
from time import perf_counter

import numpy as np
import onnx_ir as ir
import onnxruntime
import psutil

from ortstyle.graph.vector_graphs import copy_model
from ortstyle.runtime import devices
from ortstyle.runtime.session import create, outputs_of, session_options

RUNS, KEPT = 200, 40


class Way:
    """A session that copies a vector, in one of the ways."""

    def __init__(self, name: str, device: devices.Device, shape: tuple[int, ...]) -> None:
        self.name, self.device, self.shape = name, device, shape
        data = ir.to_proto(copy_model(shape)).SerializeToString()
        self.session = create(data, session_options(device), device)
        self.where = (device.memory or "cpu", device.number)
        self.x = onnxruntime.OrtValue.ortvalue_from_numpy(np.ones(shape, np.float32), *self.where)
        self.binding = self.session.io_binding()

    def run(self) -> object:
        """Run once and give the output."""
        if self.name == "bindings":
            self.binding = self.session.io_binding()
        self.binding.bind_ortvalue_input("x", self.x)
        if self.name == "placed":
            value = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
                self.shape, np.float32, *self.where
            )
            self.binding.bind_ortvalue_output("y", value)
            self.session.run_with_iobinding(self.binding)
            return value
        self.binding.bind_output("y", *self.where)
        self.session.run_with_iobinding(self.binding)
        return (self.binding.get_outputs() if self.name != "items" else outputs_of(self.binding))[0]

    def growth(self) -> float:
        """Give the bytes that the process takes for one output more, when all are kept."""
        self.kept = [self.run()]  # also while the other ways are measured: memory is used again
        before = psutil.Process().memory_info().rss
        self.kept += [self.run() for _ in range(KEPT)]
        return (psutil.Process().memory_info().rss - before) / KEPT


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", type=int, default=512, help="side of the picture")
    chosen = parser.parse_args()
    device, shape = devices.find(chosen.device), (1, 3, chosen.size, chosen.size)
    ways = [Way(name, device, shape) for name in ("references", "items", "placed", "bindings")]
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    last: dict[str, object] = {}
    for _ in range(RUNS):
        for way in ways:
            began = perf_counter()
            last[way.name] = way.run()
            seconds[way.name].append(perf_counter() - began)
    print(f"onnxruntime {onnxruntime.__version__}, {chosen.device}, {shape}")
    print(f"a vector is {4 * np.prod(shape) / 1e6:.2f} MB")
    for way in ways:
        micro = 1e6 * median(seconds[way.name])
        print(f"{way.name:10} {micro:8.0f} µs  {way.growth() / 1e6:6.2f} MB for one kept more")


if __name__ == "__main__":
    main()
