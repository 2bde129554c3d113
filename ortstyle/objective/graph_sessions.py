"""Graphs of whole pictures whose sessions may be in the cache; then the graphs are not built."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields

import onnx_ir as ir

from ortstyle.graph.loss_graph import Region
from ortstyle.graph.network import Network
from ortstyle.graph.values import shape_of
from ortstyle.runtime.cache import AnySession
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.runtime.threads import thread_count
from ortstyle.settings.settings import Settings

#: Settings that change no graph of one size. What else shapes a graph, such as the mask of a
#: region, is in the key by itself; a setting that is missing here only makes keys differ.
WITHOUT_GRAPH = frozenset(
    """size scales iterations pattern_limit variance_floor grain style_blend style_scale
    content_mask style_mask init optimizer history step learning_rate patience colors seed model
    max_pixels""".split()  # noqa: SIM905  shorter than a list of quotes
)


@dataclass(frozen=True)
class GraphKey:
    """All that determines the session of a graph: equal keys mean equal sessions."""

    kind: str
    size: tuple[int, ...]
    network: str
    part: str
    settings: tuple[object, ...]
    regions: tuple[tuple[str, bool, float], ...]
    resident: bool
    anchored: bool
    device: str
    threads: int


def graph_key(
    kind: str,
    size: Sequence[int],
    *,
    network: Network,
    settings: Settings,
    device: Device,
    regions: Sequence[Region] = (),
    resident: bool = False,
    anchored: bool = False,
) -> GraphKey | None:
    """Return the key of a graph's session; None if the session can't be used again.

    Parameters
    ----------
    kind
        The function that builds the graph.
    size
        (H, W) of the picture.
    network, settings, device, regions, resident
        As for `WholeObjective`.
    anchored
        Whether the picture is held to an anchor.
    """
    # The factors that keep float16 in its range are those of one content and its targets.
    if kind == "loss" and settings.precision == "float16":
        return None
    return GraphKey(
        kind,
        tuple(size),
        network.sha256,
        "" if network.boundary is None else str(network.boundary.name),
        tuple(getattr(settings, f.name) for f in fields(settings) if f.name not in WITHOUT_GRAPH),
        tuple((region.name, region.masked, region.share) for region in regions),
        resident,
        anchored,
        repr(device),
        thread_count(),
    )


class GraphSession:
    """A graph that is built at once, unless the cache has its session, and opened when needed.

    Parameters
    ----------
    key
        The key of the session in the cache; None if it can't be there.
    build
        Builds the graph, and raises its errors.
    sessions
        Makes the session.
    """

    def __init__(
        self, key: Hashable, build: Callable[[], ir.Model], *, sessions: SessionFactory
    ) -> None:
        self._key, self._build, self._sessions = key, build, sessions
        self._size = key.size if isinstance(key, GraphKey) else None
        self._session: AnySession | None = None
        cache = sessions.cache
        self._model = None if cache is not None and key in cache else build()

    @property
    def model(self) -> ir.Model:
        """The graph, which a session that is made rewrites in place."""
        if self._model is None:
            self._model = self._build()
        return self._model

    @property
    def session(self) -> AnySession | None:
        """The session, if it is open or in the cache."""
        if self._session is None:
            self._session = self._sessions.take(self._key)
        return self._session

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each input, by name."""
        if self.session is not None:
            return self.session.shapes
        return {str(value.name): shape_of(value) for value in self.model.graph.inputs}

    def open(self, model: ir.Model | None = None, *, resident: Sequence[str] = ()) -> AnySession:
        """Return the session, made now unless it is in the cache; the graph is released.

        `model` is to be run instead of the graph, such as the graph in other operators.
        """
        if self.session is None:
            model = model or self.model
            self._session = self._sessions.make(model, resident=resident, size=self._size)
        self._model = None
        assert self._session is not None  # noqa: S101  set above
        return self._session

    def open_recorded(self, model: ir.Model, *, changing: str, resident: str) -> CudaGraphSession:
        """Make the session as one that replays a CUDA graph; see `CudaGraphSession`.

        `use` is to be called with it once it has run.
        """
        self._sessions.make_room(self._size)
        return self._sessions.make_cuda_graph(model, changing=changing, resident=resident)

    def use(self, session: AnySession) -> None:
        """Take this as the open session; the graph is released."""
        self._session, self._model = session, None

    def close(self) -> None:
        """Put the session into the cache, or close it; closing it again does nothing."""
        session, self._session, self._model = self._session, None, None
        if session is not None:
            self._sessions.put(self._key, session, size=self._size)
