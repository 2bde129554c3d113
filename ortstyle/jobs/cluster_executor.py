"""Runs the graphs of tiles on workers that may come and go, with results in a fixed order."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from time import monotonic, sleep
from typing import Any, Final, Protocol

from ortstyle.errors import ClusterError
from ortstyle.graph.values import shape_of
from ortstyle.jobs.tile_answers import Lost, checked_outputs
from ortstyle.jobs.tile_homes import TileHomes
from ortstyle.jobs.tile_worker import RemotePicture, TileRequest
from ortstyle.objective.segment_graphs import Computes, SegmentGraphs, TileGraph
from ortstyle.objective.tile_executor import Arrays, Shapes, TileTask
from ortstyle.objective.tiles import Tile

PATIENCE: Final = 30.0  # seconds without any worker, after which a run fails
_LOOK_SECONDS = 1.0  # between two looks at which workers there are
_TILES_SENT = 2  # to each worker: one to compute, and one to go on with
_PAUSE = 0.3  # seconds before a tile is sent again to a worker that has failed
_MOST_LOSSES = 3  # workers that may be lost with one tile


class TileCrew(Protocol):
    """Workers to which requests are sent, each with a number of its own."""

    def workers(self) -> Collection[str]:
        """Return the names of the workers that are there and compute.

        Raises
        ------
        ClusterError
            The scheduler is lost, or no worker can ever compute a tile.
        """

    def send(self, number: int, request: TileRequest, *, worker: str) -> None:
        """Send a request to a worker; `receive` tells what has become of it."""

    def receive(self, seconds: float) -> tuple[int, Any] | None:
        """Return the number of a request and its answer, or `LOST`; None if none comes in time."""

    def cancel(self, number: int) -> None:
        """Give up a request; an answer may come nevertheless."""

    def release(self, picture: str, segment: int, computes: Computes) -> None:
        """Have all workers close sessions; see `tile_worker.release_graphs`."""

    def forget(self, picture: str) -> None:
        """Have all workers forget a picture."""


@dataclass(eq=False)
class _Sent:
    """A task that has been sent to a worker, with its outputs once they have come."""

    task: TileTask
    worker: str = ""
    losses: int = 0
    outputs: Arrays | None = None


@dataclass
class Traffic:
    """Bytes of arrays that have been sent to workers and received from them."""

    sent: int = 0
    received: int = 0


class ClusterExecutor:
    """Runs graphs on tiles on several workers; outputs come in the order of the tasks.

    A tile stays with one worker as long as that is there, because the worker stores what is the
    same in every evaluation. What a lost worker was to compute, another computes.

    Parameters
    ----------
    graphs
        The graphs, whose shapes are all that is needed of them here.
    picture
        The record from which workers build the same graphs.
    crew
        The workers.
    traffic
        Counts the bytes that are sent and received.
    patience
        Seconds without any worker, after which the run fails.
    """

    def __init__(
        self,
        graphs: SegmentGraphs,
        picture: RemotePicture,
        crew: TileCrew,
        *,
        traffic: Traffic | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._graphs, self._picture, self._crew = graphs.without_weights(), picture, crew
        self._traffic, self._patience = traffic or Traffic(), patience
        self._shapes: dict[TileGraph, tuple[Shapes, Shapes]] = {}
        self._homes, self._numbers = TileHomes(), count()
        self._sent: dict[int, _Sent] = {}  # what has no answer yet, by the request's number
        self._looked_at = float("-inf")

    def shapes(self, graph: TileGraph) -> Shapes:
        """Return the shapes of a graph's inputs, by name."""
        return self._shapes_of(graph)[0]

    def _shapes_of(self, graph: TileGraph) -> tuple[Shapes, Shapes]:
        """Return the shapes of a graph's inputs and outputs, by name."""
        if graph not in self._shapes:
            built = self._graphs.build(graph).graph
            inputs, outputs = (
                {str(value.name): tuple(shape_of(value)) for value in values}
                for values in (built.inputs, built.outputs)
            )
            self._shapes[graph] = inputs, outputs
        return self._shapes[graph]

    def run(self, tasks: Iterable[TileTask]) -> Iterator[tuple[Tile, Arrays]]:
        """Yield each task's tile and outputs, in the order of the tasks.

        Raises
        ------
        ClusterError
            No worker is left, or a tile has lost several workers.
        OrtStyleError
            A worker can't compute a tile.
        """
        remaining, waiting = iter(tasks), deque[_Sent]()
        self._look()
        self._homes.balance()
        try:
            while True:
                while len(waiting) < _TILES_SENT * max(1, len(self._homes.workers)):
                    if (task := next(remaining, None)) is None:
                        break
                    sent = _Sent(task)
                    waiting.append(sent)
                    self._send(sent)
                if not waiting:
                    return
                while waiting[0].outputs is None:
                    self._wait()
                sent = waiting.popleft()
                tile, outputs, sent.outputs = sent.task.tile, sent.outputs, None
                del sent
                yield tile, outputs or {}
                del outputs
        finally:
            for sent in waiting:
                self._abandon(sent)

    def release(self, segment: int, computes: Computes) -> None:
        """Have all workers close the sessions of a segment that compute this."""
        self._crew.release(self._picture.name, segment, computes)

    def close(self) -> None:
        """Give up what has not been answered, and have all workers forget the picture."""
        for sent in list(self._sent.values()):
            self._abandon(sent)
        self._crew.forget(self._picture.name)

    def _abandon(self, sent: _Sent) -> None:
        for number in [number for number, other in self._sent.items() if other is sent]:
            del self._sent[number]
            self._crew.cancel(number)

    # workers

    def _choose_worker(self, task: TileTask) -> str:
        """Return the worker that is to run a task."""
        self._await_workers()
        if task.graph.computes == "style statistics":  # another picture, of other tiles
            busy = Counter(other.worker for other in self._sent.values())
            return min(self._homes.workers, key=busy.__getitem__)
        return self._homes.of(task.graph.segment, task.tile)

    def _await_workers(self) -> None:
        """Wait until there is a worker, and no longer than `patience` seconds."""
        self._look()
        deadline = monotonic() + self._patience
        while not self._homes.workers:
            if monotonic() > deadline:
                raise ClusterError(
                    f"no worker has been there for {self._patience:.0f} s; start workers, and "
                    "resume the run from its checkpoint if it has one"
                )
            sleep(min(0.2, self._patience))
            self._look(now=True)

    def _look(self, *, now: bool = False) -> None:
        """Find out which workers there are, unless that has just been done."""
        if now or monotonic() - self._looked_at >= _LOOK_SECONDS:
            self._homes.workers = sorted(self._crew.workers())
            self._looked_at = monotonic()

    # requests

    def _send(self, sent: _Sent) -> None:
        """Send a task to its worker, with those constants that the worker has not stored yet."""
        task = sent.task
        sent.worker = self._choose_worker(task)
        known = self._homes.stored(sent.worker, task)
        missing = task.constant_names - known
        constants = task.constants() if missing else {}
        request = TileRequest(
            picture=self._picture,
            graph=task.graph,
            tile=task.tile,
            inputs=task.inputs(),
            constants={name: constants[name] for name in missing},
            stored=task.constant_names & known,
        )
        number = next(self._numbers)
        self._sent[number] = sent
        self._crew.send(number, request, worker=sent.worker)
        self._homes.store(sent.worker, task)
        self._traffic.sent += _bytes(request.inputs) + _bytes(request.constants)

    def _wait(self) -> None:
        """Handle one answer, or what has become of the workers if none comes for a while."""
        if (received := self._crew.receive(_LOOK_SECONDS)) is not None:
            number, answer = received
            if (sent := self._sent.pop(number, None)) is not None:  # else it was given up
                self._handle(sent, answer)
        self._look()
        here = set(self._homes.workers)
        for number, sent in list(self._sent.items()):
            if sent.worker not in here and number in self._sent:
                del self._sent[number]
                self._crew.cancel(number)
                self._send_again(sent)

    def _handle(self, sent: _Sent, answer: Any) -> None:
        """Take over the outputs of a task, or send the task again."""
        if isinstance(answer, Lost):
            self._look(now=True)
            self._send_again(sent)
            return
        outputs = checked_outputs(
            answer, shapes=self._shapes_of(sent.task.graph)[1], worker=sent.worker
        )
        if outputs is None:  # the worker has been started again under the same name
            self._send_again(sent)
        else:
            sent.outputs = outputs
            self._traffic.received += _bytes(outputs)

    def _send_again(self, sent: _Sent) -> None:
        sent.losses += 1
        if sent.losses > _MOST_LOSSES:
            raise ClusterError(
                f"a tile has lost {sent.losses} workers, the last one {sent.worker}; if they ran "
                "out of memory, give a smaller --size, or start them with more"
            )
        self._homes.forget(sent.worker, sent.task)
        if sent.worker in self._homes.workers:  # perhaps only because its loss is not known yet
            sleep(_PAUSE * sent.losses)
            self._look(now=True)
        self._send(sent)


def _bytes(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())
