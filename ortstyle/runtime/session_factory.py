"""Makes the sessions of an objective's graphs, which share their Winograd kernels."""

from collections.abc import Hashable, Sequence

import onnx_ir as ir

from ortstyle.errors import DeviceError
from ortstyle.graph.network import Network
from ortstyle.graph.rewrites.processor import Kernels, rewrite_for_processor
from ortstyle.runtime.cache import AnySession, Cache
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session
from ortstyle.settings.settings import Settings


class SessionFactory:
    """Makes sessions on a device, and transforms kernels for Winograd convolution only once.

    Parameters
    ----------
    device
        The device that the sessions run on.
    settings
        The settings of the run.
    cache
        Where sessions are taken from and put; None for nowhere. It holds sessions on the processor,
        and those on other devices only if it is made for them.
    network
        The network that all graphs are made of; None without a cache.

    Attributes
    ----------
    device, settings
        As given.
    cache
        The cache; None where there is none for this device and network.
    """

    def __init__(
        self,
        device: Device,
        settings: Settings,
        *,
        cache: Cache | None = None,
        network: Network | None = None,
    ) -> None:
        self.device = device
        self.settings = settings
        is_held = cache is not None and (device.is_processor or cache.devices)
        is_cacheable = is_held and network is not None and network.is_one_file
        self.cache = cache if is_cacheable else None
        self._network = network
        self._kernels: Kernels = {}

    def make(
        self, model: ir.Model, *, resident: Sequence[str] = (), size: Hashable = None
    ) -> Session:
        """Make a session of a model; the model is rewritten in place where that is faster.

        See `Session` for `resident` and for errors, and `make_room` for `size`.
        """
        self.make_room(size)
        if self.device.winograd and self.settings.engine == "portable":
            self._rewrite(model)
        try:
            session = Session(model, self.device, resident=resident)
        except DeviceError:
            if self.cache is not None:
                self.cache.clear()
            raise
        kernels = {name: self._kernels[name] for name in session.inputs if name in self._kernels}
        session.bind_constants(kernels)
        return session

    def _rewrite(self, model: ir.Model) -> None:
        if self.cache is None or self._network is None:
            self._kernels |= rewrite_for_processor(model, self._kernels)
            return
        cached = self.cache.kernels(self._network.sha256)
        self._kernels |= rewrite_for_processor(model, dict(cached) | self._kernels)
        cached.update(self._kernels)

    def make_room(self, size: Hashable) -> None:
        """Have the cache close its sessions on this device but those for pictures of this size."""
        if self.cache is not None and not self.device.is_processor:
            self.cache.close_other_sizes(size)

    def take(self, key: Hashable) -> AnySession | None:
        """Take the session of a key out of the cache; None if it is not there."""
        return None if self.cache is None or key is None else self.cache.take_session(key)

    def put(self, key: Hashable, session: AnySession, *, size: Hashable = None) -> None:
        """Put a session for pictures of a size into the cache; close it without cache or key."""
        if self.cache is None or key is None:
            session.close()
        else:
            self.cache.put_session(key, session, size=None if self.device.is_processor else size)

    def make_cuda_graph(self, model: ir.Model, *, changing: str, resident: str) -> CudaGraphSession:
        """Make a session that records a run and replays it; see `CudaGraphSession`."""
        return CudaGraphSession(model, self.device, changing=changing, resident=resident)

    def close(self) -> None:
        """Release the kernels; to be called before the last session is closed.

        Closing a session hands all freed memory back to the system, that of the kernels included.
        """
        self._kernels.clear()
