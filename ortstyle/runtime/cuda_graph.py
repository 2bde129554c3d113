"""A session whose run is recorded once by the device and then replayed as a whole."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from ortstyle.errors import DeviceError
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
        self._bound: dict[str, Any] = {}
        self.constants: dict[str, NDArray[Any]] = {}

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each input, by name."""
        return self._recorded.shapes

    @property
    def weight_bytes(self) -> int:
        """Bytes of the model as it was loaded, weights included."""
        return self._recorded.weight_bytes

    @property
    def has_failed(self) -> bool:
        """Whether a run has failed, after which the session can't be trusted."""
        return any(each.has_failed for each in (self._copy_in, self._copy_out, self._recorded))

    def bind(self, name: str, value: NDArray[np.float32]) -> None:
        """Bind another input than the changing one to the numbers of an array.

        All of them have to be bound before the first run. Bound again, after any run, the new
        numbers are copied to the same addresses, which is where a replay reads them.

        Raises
        ------
        DeviceError
            The array is not one of float32 of the input's shape.
        """
        if value.shape != self.shapes[name] or value.dtype != np.float32:
            raise DeviceError(
                f"input {name} is {value.dtype} {value.shape}, not float32 {self.shapes[name]}"
            )
        if name not in self._bound:
            self._bound[name] = self._recorded.bind_buffer(name)
        self._bound[name].update_inplace(np.ascontiguousarray(value))

    def release_all(self) -> None:
        """Keep everything: a replay finds all buffers where they were recorded."""

    def run(self, **inputs: Any) -> Mapping[str, Any]:
        """Replay with a value of the changing input; return outputs by name, as `Session.run`."""
        self._copy_in.run(x=inputs[self._changing])
        found = self._recorded.run()
        found |= {n: v.numpy() for n, v in found.items() if n != self._resident}
        found[self._resident] = self._copy_out.run()["y"]
        return found

    def close(self) -> None:
        """Release all sessions and buffers; closing it again does nothing."""
        self._bound = {}
        for session in (self._copy_in, self._copy_out, self._recorded):
            session.close()
