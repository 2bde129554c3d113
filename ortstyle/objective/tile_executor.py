"""What computes tiles: the interface of an executor, and the one that uses this process alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from ortstyle.objective.segment_graphs import Computes, SegmentGraphs, TileGraph
from ortstyle.objective.tile_sessions import TileSessions
from ortstyle.objective.tiles import Tile
from ortstyle.objective.whole_arrays import Array
from ortstyle.runtime.session_factory import SessionFactory

Arrays = dict[str, Array]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class TileTask:
    """A graph to be run on a tile.

    Attributes
    ----------
    graph
        The graph.
    tile
        The tile, in positions of the segment's input.
    inputs
        Returns the inputs that change; called only when the task is about to be run.
    constants
        Returns the inputs that are the same in every evaluation; called before `inputs`.
    constant_names
        The names of these inputs. An executor may store them by segment, tile and name.
    """

    graph: TileGraph
    tile: Tile
    inputs: Callable[[], Arrays]
    constants: Callable[[], Arrays] = dict
    constant_names: frozenset[str] = frozenset()


class TileExecutor(Protocol):
    """Runs graphs on tiles, in this process or elsewhere."""

    def shapes(self, graph: TileGraph) -> Shapes:
        """Return the shapes of a graph's inputs, by name."""

    def run(self, tasks: Iterable[TileTask]) -> Iterator[tuple[Tile, Arrays]]:
        """Yield each task's tile and outputs, in the order of the tasks.

        Raises
        ------
        OrtStyleError
            A task has failed.
        """

    def release(self, segment: int, computes: Computes) -> None:
        """Free the memory of a segment's graphs that compute this; they can be run again."""

    def close(self) -> None:
        """Free the memory of all graphs; closing again does nothing."""


class LocalExecutor:
    """Runs one task after the other in this process.

    The inputs of a task are made when the task before it has been handled, and a session's run is
    released before its outputs are handled.

    Parameters
    ----------
    graphs
        Builds the graphs.
    factory
        Makes the sessions.
    """

    def __init__(self, graphs: SegmentGraphs, factory: SessionFactory) -> None:
        self._sessions = TileSessions(graphs.build, factory)

    def shapes(self, graph: TileGraph) -> Shapes:
        """Return the shapes of a graph's inputs, by name; makes the graph's session."""
        return self._sessions.of(graph).shapes

    def run(self, tasks: Iterable[TileTask]) -> Iterator[tuple[Tile, Arrays]]:
        """Yield each task's tile and outputs, in the order of the tasks.

        Raises
        ------
        DeviceError
            A run has failed.
        """
        for task in tasks:
            yield task.tile, self._run(task)

    def _run(self, task: TileTask) -> Arrays:
        session = self._sessions.of(task.graph)
        constants = task.constants()
        found: Arrays = session.run(**constants, **task.inputs())
        session.release_run()
        return found

    def release(self, segment: int, computes: Computes) -> None:
        """Close the sessions of a segment that compute this."""
        self._sessions.close_those_of(segment, computes)

    def close(self) -> None:
        """Close all sessions."""
        self._sessions.close()


class TileWorkers(Protocol):
    """Processes elsewhere, each of which can compute tiles; how many there are may change."""

    @property
    def parts(self) -> int:
        """How many tiles of a picture are to be computed at once."""

    @property
    def memory(self) -> int | None:
        """Bytes that a worker may take for a tile; None for no known limit."""

    @property
    def device(self) -> str:
        """Name of the device that the workers compute on."""

    def executor(self, graphs: SegmentGraphs) -> TileExecutor:
        """Return what runs the graphs of a picture's tiles on the workers."""
