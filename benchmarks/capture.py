"""Try whether a device records an evaluation and replays it rightly, and time both.

    pip install ".[webgpu]"                                          # or directml, under Windows
    python benchmarks/capture.py --device webgpu --size 256

An evaluation is some hundred kernels, which the processor launches one by one. DirectML and WebGPU
can record them once and launch the recording, as CUDA does with its graphs. All inputs and outputs
then stay at the addresses where they were recorded. The table shows how far the loss and the
gradient of each run are from those without a recording: of the first picture twice, of another one,
and of the first again. A replay that ignores its new input is far off in the third row. Whether
there was a replay is told by an image that is bound to another buffer at last: a replay neither
sees it nor, in newer versions of ONNX Runtime, allows it.
"""

import argparse
import platform
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from time import perf_counter
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from ortstyle import from_preset
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.packaged import packaged_path
from ortstyle.runtime import session as sessions
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.devices import Device, read_only
from ortstyle.runtime.session import Session

Arrays = dict[str, NDArray[np.float32]]

#: By provider: an option of the provider, or an entry of the session's configuration.
OPTIONS = {"WebGpuExecutionProvider": {"enableGraphCapture": "1"}}
ENTRIES = {"DmlExecutionProvider": {"ep.dml.enable_graph_capture": "1"}}
#: Which recording a run makes or replays; 0 is ONNX Runtime's own.
RECORDING = ("gpu_graph_id", "1")


class Recording:
    """A session whose first run is recorded, and the buffers of all its inputs and outputs."""

    def __init__(self, model: Any, device: Device) -> None:
        made = sessions.session_options

        def session_options(*given: Any, **named: Any) -> Any:
            options = made(*given, **named)
            for entry in ENTRIES.get(device.provider, {}).items():
                options.add_session_config_entry(*entry)
            return options

        changed = {**device.options, **OPTIONS.get(device.provider, {})}
        outputs = [str(value.name) for value in model.graph.outputs]
        with mock.patch.object(sessions, "session_options", session_options):
            self.session = Session(
                model, replace(device, options=read_only(changed)), resident=outputs
            )
        self.inputs = {name: self.session.bind_buffer(name) for name in self.session.inputs}
        self.outputs = {name: self.session.bind_buffer(name) for name in outputs}

    def run(self, arrays: Arrays) -> Arrays:
        """Record a run on arrays, or replay it on them."""
        import onnxruntime

        for name, array in arrays.items():
            self.inputs[name].update_inplace(array)
        options = onnxruntime.RunOptions()
        options.add_run_config_entry(*RECORDING)
        opened, binding = self.session._session, self.session._binding  # noqa: SLF001
        opened.run_with_iobinding(binding, options)
        return {name: buffer.numpy().copy() for name, buffer in self.outputs.items()}

    def is_replayed(self, first: Arrays, other: Arrays) -> bool:
        """Return whether a run does not see the image of `other` in another buffer."""
        before = self.run(first)
        try:
            self.inputs["image"] = self.session.bind_buffer("image")
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            if "captured" not in str(error):
                raise
            return True
        return difference(self.run(other), before, "loss") == 0


def difference(found: Arrays, expected: Arrays, name: str) -> float:
    """Return the largest difference of an output, relative to the largest number in it."""
    return float(np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max())


def seconds_of(run: Callable[[], Any], repeat: int) -> float:
    """Return the median time of a run."""
    times = []
    for _ in range(repeat):
        began = perf_counter()
        run()
        times.append(perf_counter() - began)
    return median(times)


def main() -> None:
    """Parse the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="webgpu")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--repeat", type=int, default=20)
    arguments = parser.parse_args()
    device, size = find_device(arguments.device), (arguments.size, arguments.size)
    print(f"{device.name}, {size[0]} pixels; {platform.system()}, {platform.machine()}")
    for name in ("onnxruntime", "onnxruntime-directml", "onnxruntime-ep-webgpu"):
        try:
            print(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue

    network = Network.open(packaged_path("models", "vgg19.onnx"))
    settings = from_preset("neural-style", {"tv_weight": 0.0})
    model = loss_model(network, size, settings=settings, comparisons=device.comparisons)
    rng = np.random.default_rng(0)
    first: Arrays = {}
    for value in model.graph.inputs:
        shape = tuple(int(n) for n in value.shape or ())
        largest = 255 if value.name == "image" else 1
        first[str(value.name)] = rng.uniform(0, largest, shape).astype(np.float32)
    other = first | {"image": rng.uniform(0, 255, (1, 3, *size)).astype(np.float32)}

    with ExitStack() as stack:
        plain = stack.enter_context(Session(model, device))
        expected = [plain.run(**first), plain.run(**other)]
        launched = seconds_of(lambda: plain.run(**first), arguments.repeat)
        try:
            recording = Recording(model, device)
            stack.enter_context(recording.session)
            rows = []
            for what, arrays, wanted in (
                ("first picture, recorded", first, expected[0]),
                ("the same, replayed", first, expected[0]),
                ("another picture, replayed", other, expected[1]),
                ("the first, replayed", first, expected[0]),
            ):
                found = recording.run(arrays)
                off = [difference(found, wanted, name) for name in ("loss", "gradient")]
                rows.append(f"| {what} | {off[0]:.1e} | {off[1]:.1e} |")
            replayed = seconds_of(lambda: recording.run(first), arguments.repeat)
            rows.append(f"\nreplayed: {recording.is_replayed(first, other)}")
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise SystemExit(f"it can't be recorded: {' '.join(str(error).split())}") from error
    print("\n| run | loss off by | gradient off by |\n|---|---|---|")
    print("\n".join(rows))
    print(f"\n| launched, s | replayed, s |\n|---|---|\n| {launched:.4f} | {replayed:.4f} |")


if __name__ == "__main__":
    main()
