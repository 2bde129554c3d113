"""Sessions of an objective's graphs, which share what they can."""

from collections.abc import Sequence

import onnx_ir as ir

from ortstyle.graph.rewrites import winograd
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session
from ortstyle.settings.record import Settings


class SessionFactory:
    """Makes sessions on a device; transformed kernels are computed once for all of them."""

    def __init__(self, device: Device, settings: Settings) -> None:
        self._device = device
        self._rewrites = device.winograd and settings.engine == "portable"
        self._kernels: winograd.Kernels = {}

    def make(self, model: ir.Model, *, resident: Sequence[str] = ()) -> Session:
        """Make a session of a model, which changes the model."""
        if self._rewrites:
            self._kernels |= winograd.rewrite(model, self._kernels)
        session = Session(model, self._device, resident=resident)
        for name in session.inputs:
            if name in self._kernels:
                session.bind(name, self._kernels[name])
        return session

    def make_cuda_graph(self, model: ir.Model, *, changing: str, resident: str) -> CudaGraphSession:
        """Make a session of a model whose run the device replays."""
        return CudaGraphSession(model, self._device, changing=changing, resident=resident)

    def close(self) -> None:
        """Let go of the kernels, before the last session is closed.

        For a session that closes hands freed memory back to the system.
        """
        self._kernels.clear()
