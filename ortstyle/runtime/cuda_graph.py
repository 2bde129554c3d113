"""A session whose run a device records once and then replays as a whole."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import onnx_ir as ir

from ortstyle.graph.vector_graphs import copy_model
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session


class CudaGraphSession:
    """A `Session` of which one input changes, on a device that can record what a run does.

    A loss with its gradient is a thousand small kernels, and to launch them one by one takes about
    as long as to run them; a recording, a CUDA graph, is launched at once. It reads and writes
    where it did when it was recorded. So the input is copied to such a place before a run, and the
    resident output away from it after.

    Parameters
    ----------
    model
        Every shape static, every output float32.
    device
        One whose row names an option to `capture`.
    changing
        The input, a vector (1, 3, H, W) as `passes.copy_model` takes.
    resident
        The output of that shape that stays in the device's memory, a new one each time.

    Raises
    ------
    DeviceError
        The device can't run the model, or not all of it in a recording.
    """

    def __init__(self, model: ir.Model, device: Device, *, changing: str, resident: str) -> None:
        outputs = [str(value.name) for value in model.graph.outputs]
        recorder = replace(
            device, options=MappingProxyType({**device.options, device.capture: "1"})
        )
        self._changing, self._resident = changing, resident
        self._session = Session(model, recorder, resident=outputs)
        copy = copy_model(self._session.shapes[changing])
        self._enter = Session(copy, device, resident=("y",))
        self._enter.place("y", self._session.place(changing))
        places = {name: self._session.place(name) for name in outputs}
        self._leave = Session(copy, device, resident=("y",))
        self._leave.bind("x", places[resident])

    def bind(self, name: str, value: Any) -> None:
        """Bind an input that does not change, before the first run."""
        self._session.bind(name, value)

    def run(self, **inputs: Any) -> Mapping[str, Any]:
        """Run on the input that changes; outputs by name, as `Session.run`."""
        self._enter.run(x=inputs[self._changing])
        found = self._session.run()
        found |= {n: v.numpy() for n, v in found.items() if n != self._resident}
        found[self._resident] = self._leave.run()["y"]
        return found

    def close(self) -> None:
        """Release everything; closing it again does nothing."""
        for session in (self._enter, self._leave, self._session):
            session.close()
