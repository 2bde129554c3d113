"""Makes the sessions of an objective's graphs, which share their Winograd kernels."""

from collections.abc import Sequence

import onnx_ir as ir

from ortstyle.graph.rewrites import winograd
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session
from ortstyle.settings.settings import Settings


class SessionFactory:
    """Makes sessions on a device, and transforms kernels for Winograd convolution only once.

    Attributes
    ----------
    device
        The device that the sessions run on.
    settings
        The settings of the run.
    """

    def __init__(self, device: Device, settings: Settings) -> None:
        self.device = device
        self.settings = settings
        self._kernels: winograd.Kernels = {}

    def make(self, model: ir.Model, *, resident: Sequence[str] = ()) -> Session:
        """Make a session of a model; the model is rewritten in place where that is faster.

        See `Session` for `resident` and for errors.
        """
        if self.device.winograd and self.settings.engine == "portable":
            self._kernels |= winograd.rewrite(model, self._kernels)
        session = Session(model, self.device, resident=resident)
        for name in session.inputs:
            if name in self._kernels:
                session.bind(name, self._kernels[name])
        return session

    def make_cuda_graph(self, model: ir.Model, *, changing: str, resident: str) -> CudaGraphSession:
        """Make a session that records a run and replays it; see `CudaGraphSession`."""
        return CudaGraphSession(model, self.device, changing=changing, resident=resident)

    def close(self) -> None:
        """Release the kernels; to be called before the last session is closed.

        Closing a session hands all freed memory back to the system, that of the kernels included.
        """
        self._kernels.clear()
