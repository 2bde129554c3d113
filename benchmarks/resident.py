"""Compare four ways to bind outputs that stay on the device, by time and memory.

    python benchmarks/resident.py [--device cuda] [--size 512]

Up to ONNX Runtime 1.29 `IOBinding.get_outputs` returns references whose values the next run
overwrites. L-BFGS, however, keeps a gradient while the next one is computed. These ways to bind an
output are compared, on a vector of the picture's size:

- "references": `get_outputs` with this fault, as the baseline;
- "items": what `Session.run` does, which takes the items of the outputs as a vector;
- "placed": an OrtValue that is made before each run and bound to the output;
- "bindings": a binding of its own for each run.

The table shows the median time of a run, where the ways run in turn, and the memory of the process
for each vector that is kept. Where nothing else is allocated, that is the size of the vector.
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
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.ort_session import create_session, session_options
from ortstyle.runtime.session import lasting_outputs

RUNS, KEPT = 200, 40  # runs that are timed, and outputs that are kept to measure memory


class Copier:
    """Runs a session that copies a vector, with its output bound in one of the four ways."""

    def __init__(self, name: str, device: devices.Device, shape: tuple[int, ...]) -> None:
        self.name, self.device, self.shape = name, device, shape
        data = ir.to_proto(copy_model(shape)).SerializeToString()
        self.session = create_session(data, session_options(device), device)
        self.memory = (device.memory or "cpu", device.number)
        self.x = onnxruntime.OrtValue.ortvalue_from_numpy(np.ones(shape, np.float32), *self.memory)
        self.binding = self.session.io_binding()

    def run(self) -> object:
        """Run once and return the output."""
        if self.name == "bindings":
            self.binding = self.session.io_binding()
        self.binding.bind_ortvalue_input("x", self.x)
        if self.name == "placed":
            value = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
                self.shape, np.float32, *self.memory
            )
            self.binding.bind_ortvalue_output("y", value)
            self.session.run_with_iobinding(self.binding)
            return value
        self.binding.bind_output("y", *self.memory)
        self.session.run_with_iobinding(self.binding)
        lasting = self.name == "items"
        return (lasting_outputs(self.binding) if lasting else self.binding.get_outputs())[0]

    def growth(self) -> float:
        """Return the bytes by which the process grows for each output that is kept."""
        self.kept = [self.run()]  # for good, so that the other ways can't use this memory again
        before = psutil.Process().memory_info().rss
        self.kept += [self.run() for _ in range(KEPT)]
        return (psutil.Process().memory_info().rss - before) / KEPT


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", type=int, default=512, help="side of the picture in pixels (512)")
    chosen = parser.parse_args()
    device, shape = find_device(chosen.device), (1, 3, chosen.size, chosen.size)
    copiers = [
        Copier(name, device, shape) for name in ("references", "items", "placed", "bindings")
    ]
    seconds: dict[str, list[float]] = {copier.name: [] for copier in copiers}
    last: dict[str, object] = {}
    for _ in range(RUNS):
        for copier in copiers:
            began = perf_counter()
            last[copier.name] = copier.run()
            seconds[copier.name].append(perf_counter() - began)
    print(f"onnxruntime {onnxruntime.__version__}, {chosen.device}, {shape}")
    print(f"a vector is {4 * np.prod(shape) / 1e6:.2f} MB")
    for copier in copiers:
        micro = 1e6 * median(seconds[copier.name])
        print(
            f"{copier.name:10} {micro:8.0f} µs  {copier.growth() / 1e6:6.2f} MB for one kept more"
        )


if __name__ == "__main__":
    main()
