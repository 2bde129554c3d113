"""Sessions for tiles; all tiles with one graph share a session."""

from collections.abc import Callable

import onnx_ir as ir

from ortstyle.objective.segment_graphs import Computes, TileGraph
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory


class TileSessions:
    """The sessions of the graphs of tiles, each made when a tile first needs it.

    Parameters
    ----------
    build
        Builds a graph.
    factory
        Makes the sessions.
    """

    def __init__(self, build: Callable[[TileGraph], ir.Model], factory: SessionFactory) -> None:
        self._build, self._factory = build, factory
        self._sessions: dict[TileGraph, Session] = {}

    def of(self, graph: TileGraph) -> Session:
        """Return the session of a graph."""
        if graph not in self._sessions:
            self._sessions[graph] = self._factory.make(self._build(graph))
        return self._sessions[graph]

    def close_those_of(self, segment: int, computes: Computes) -> None:
        """Close the sessions of a segment that compute this; they can be made again."""
        for graph in list(self._sessions):
            if (graph.segment, graph.computes) == (segment, computes):
                self._sessions.pop(graph).close()

    def close(self) -> None:
        """Close all sessions; they can be made again."""
        while self._sessions:
            self._sessions.popitem()[1].close()
