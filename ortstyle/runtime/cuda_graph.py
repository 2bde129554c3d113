"""A session whose run is recorded once by the device and then replayed as a whole."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import onnx_ir as ir

from ortstyle.graph.vector_graphs import copy_model
from ortstyle.runtime.devices import Device, read_only
from ortstyle.runtime.session import Session


class CudaGraphSession:
    """A session that replays a recorded run while only one of its inputs changes.

    A loss with its gradient takes about a thousand small kernels, and launching them one by one
    takes about as long as running them. A recording of them, a CUDA graph, is launched at once. A
    replay reads and writes the same buffers as the recorded run. So the changing input is copied
    into its buffer before a replay, and the resident output is copied out of its buffer after it.

    Parameters
    ----------
    model
        The model, with every shape static and every output float32.
    device
        A device with a `cuda_graph_option`.
    changing
        The input that changes, of a shape that `vector_graphs.copy_model` takes.
    resident
        The output of the same shape that stays in the device's memory, as a new value each time.

    Raises
    ------
    DeviceError
        The device can't run the model, or can't record all of it.
    """

    def __init__(self, model: ir.Model, device: Device, *, changing: str, resident: str) -> None:
        outputs = [str(value.name) for value in model.graph.outputs]
        options = read_only({**device.options, device.cuda_graph_option: "1"})
        self._changing, self._resident = changing, resident
        self._recorded = Session(model, replace(device, options=options), resident=outputs)
        copy = copy_model(self._recorded.shapes[changing])
        self._copy_in = Session(copy, device, resident=("y",))
        self._copy_in.bind_buffer("y", self._recorded.bind_buffer(changing))
        buffers = {name: self._recorded.bind_buffer(name) for name in outputs}
        self._copy_out = Session(copy, device, resident=("y",))
        self._copy_out.bind("x", buffers[resident])

    def bind(self, name: str, value: Any) -> None:
        """Bind an input that does not change, before the first run."""
        self._recorded.bind(name, value)

    def run(self, **inputs: Any) -> Mapping[str, Any]:
        """Replay with a value of the changing input; return outputs by name, as `Session.run`."""
        self._copy_in.run(x=inputs[self._changing])
        found = self._recorded.run()
        found |= {n: v.numpy() for n, v in found.items() if n != self._resident}
        found[self._resident] = self._copy_out.run()["y"]
        return found

    def close(self) -> None:
        """Release all sessions and buffers; closing it again does nothing."""
        for session in (self._copy_in, self._copy_out, self._recorded):
            session.close()
