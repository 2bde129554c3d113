"""Sessions for tiles; all tiles of one shape share a session."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import onnx_ir as ir

from ortstyle.graph.receptive_field import Sides
from ortstyle.objective.tiles import Tile, Tiling
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory


@dataclass(frozen=True)
class TileShape:
    """What tiles with the same graph have in common.

    Attributes
    ----------
    size
        (H, W), with margins.
    sides
        Whether there is a margin above, below, on the left and on the right.
    """

    size: tuple[int, int]
    sides: Sides = (False,) * 4


class SessionsByShape:
    """The sessions of one graph for tiles of every shape, each made when a tile first needs it.

    Parameters
    ----------
    build
        Builds the graph for tiles of a shape.
    factory
        Makes the sessions.
    """

    def __init__(self, build: Callable[[TileShape], ir.Model], factory: SessionFactory) -> None:
        self._build, self._factory = build, factory
        self._sessions: dict[TileShape, Session] = {}

    def at(self, tile: Tile) -> Session:
        """Return the session of a tile."""
        shape = TileShape(tile.shape, tile.sides)
        if shape not in self._sessions:
            self._sessions[shape] = self._factory.make(self._build(shape))
        return self._sessions[shape]

    def over(self, tiling: Tiling) -> Iterator[tuple[Tile, Session]]:
        """Yield every tile with its session; the session's run is released before the next tile."""
        for tile in tiling:
            session = self.at(tile)
            yield tile, session
            session.release_run()

    def close(self) -> None:
        """Close all sessions."""
        while self._sessions:
            self._sessions.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
