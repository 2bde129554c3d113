"""The workers of a Dask cluster as what computes the tiles of one picture."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Self

from ortstyle.errors import ClusterError
from ortstyle.files import reason_of
from ortstyle.jobs.cluster_connection import ClusterConnection
from ortstyle.jobs.cluster_executor import PATIENCE, ClusterExecutor, Traffic
from ortstyle.jobs.cluster_worker import ClusterWorker
from ortstyle.jobs.tile_answers import LOST
from ortstyle.jobs.tile_worker import (
    RemotePicture,
    TileRequest,
    forget_picture,
    release_graphs,
    run_tile,
)
from ortstyle.objective.segment_graphs import Computes, SegmentGraphs
from ortstyle.run.prediction import budget_of
from ortstyle.run.probe import choose_device

_ANSWER_SECONDS = 120.0  # for a worker to say what it has, which includes probes of its devices
_MOST_SHOWN = 300  # characters of what a worker says

#: The device that each worker chooses, and the bytes that a tile may take there, None for no limit.
Answers = dict[str, tuple[str, int | None]]


class ClusterTiles:
    """A connection to a cluster whose workers compute tiles; a context manager that closes it.

    Parameters
    ----------
    address
        The scheduler, such as "tcp://host:8786".
    device
        Name of the device that all workers compute on, or "auto" for the one that they all choose.
    parts
        How many tiles of a picture to compute at once; None for as many as there are workers now.
    timeout
        Seconds after which a scheduler that does not answer is given up.

    Attributes
    ----------
    device, parts, memory
        As for `objective.tile_executor.TileWorkers`.
    traffic
        The bytes of arrays that have been sent and received.

    Raises
    ------
    ClusterError
        Dask is not installed, the scheduler can't be reached, or its workers can't compute tiles.
    """

    def __init__(
        self,
        address: str,
        *,
        device: str = "auto",
        parts: int | None = None,
        timeout: float = 10.0,
    ) -> None:
        self.traffic, self._pictures = Traffic(), list[str]()
        self._connection = ClusterConnection(address, timeout=timeout)
        try:
            self._crew = DaskCrew(self._connection)
            answers = self._crew.ask(self._find_workers(), device)
            self.device, self.memory = agreed_device(answers)
            self.parts = parts or len(answers)
            self._threads = self._crew.threads
        except BaseException:
            self._connection.close()
            raise

    def _find_workers(self) -> list[str]:
        if not (workers := sorted(self._crew.workers())):
            address = self._connection.address
            raise ClusterError(
                f"scheduler {address} has no workers; start one with: dask worker {address} "
                "--nthreads 1"
            )
        if len(versions := sorted(self._crew.versions)) > 1:  # their tiles would not fit together
            raise ClusterError(
                f"workers have different versions of ONNX Runtime ({', '.join(versions)}); install "
                "the same one on all"
            )
        return workers

    def executor(self, graphs: SegmentGraphs) -> ClusterExecutor:
        """Return what runs the graphs of a picture's tiles on the workers."""
        name = f"{self._connection.name}-{len(self._pictures)}"
        self._pictures.append(name)
        picture = RemotePicture.of(graphs, name=name, device=self.device, threads=self._threads)
        return ClusterExecutor(graphs, picture, self._crew, traffic=self.traffic)

    def close(self) -> None:
        """Have the workers forget all pictures, and end the connection."""
        self._crew.close()
        for name in self._pictures:  # of objectives that were not closed
            self._crew.forget(name)
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def agreed_device(answers: Answers) -> tuple[str, int | None]:
    """Return the device that all workers choose, and the least memory that one of them has."""
    devices = {found: name for name, (found, _) in answers.items()}
    if len(devices) > 1:
        told = ", ".join(f"{found} on {name}" for found, name in sorted(devices.items()))
        raise ClusterError(f"workers have different devices ({told}); name one with --device")
    memory = [bytes_ for _, bytes_ in answers.values() if bytes_ is not None]
    return next(iter(devices)), min(memory, default=None)


class DaskCrew:
    """The workers of a Dask cluster as a `TileCrew`; requests are tasks of Dask's."""

    def __init__(self, connection: ClusterConnection) -> None:
        self._connection = connection
        self._futures: dict[int, tuple[Any, str]] = {}  # with their workers
        self._ended: SimpleQueue[int] = SimpleQueue()
        self._last_seen: dict[str, float] = {}  # when each worker was able to compute
        #: The fewest threads that a worker may use if the workers of a machine share its cores.
        self.threads = 0
        #: The versions of ONNX Runtime that the workers have.
        self.versions: frozenset[str] = frozenset()

    def workers(self) -> Collection[str]:
        """Return the workers that are there, without those that have been paused for long.

        Raises
        ------
        ClusterError
            The scheduler is lost, or none of its workers can compute a tile.
        """
        if self._connection.is_closed:
            raise ClusterError(f"scheduler {self._connection.address} is lost; start it again")
        roster, now = self._connection.roster(), monotonic()
        self.versions = roster.versions
        if roster.refused and not roster.slots:
            name, why = next(iter(roster.refused.items()))
            raise ClusterError(f"worker {name} can't be used: {why}"[:_MOST_SHOWN])
        for name, slots in roster.slots.items():
            if slots or name not in self._last_seen:
                self._last_seen[name] = now
        self.threads = min(roster.shares.values(), default=0)
        return [name for name in roster.slots if now - self._last_seen[name] <= PATIENCE]

    def ask(self, workers: Sequence[str], device: str) -> Answers:
        """Return the device that each worker chooses, and the bytes that a tile may take there.

        Workers that have left meanwhile are left out.

        Raises
        ------
        ClusterError
            A worker that is there does not answer, or none is there any more.
        """
        answers: Answers = {}
        failures: dict[str, Exception] = {}
        asked: dict[str, Any] = {}
        for worker in workers:
            try:
                asked[worker] = self._ask_one(worker, device)
            except Exception as error:  # noqa: BLE001  Dask's errors are of many kinds
                failures[worker] = error
        for worker, future in asked.items():
            try:
                answers[worker] = _facts(worker, future.result(timeout=_ANSWER_SECONDS))
            except ClusterError:
                raise
            except Exception as error:  # noqa: BLE001  the same
                failures[worker] = error
        there = self.workers() if failures else ()
        for worker, failure in failures.items():
            if worker in there or not answers:
                raise ClusterError(
                    f"worker {worker} does not say what it has ({reason_of(failure)}); see its log"
                ) from failure
        return answers

    def _ask_one(self, worker: str, device: str) -> Any:
        key = f"{self._connection.name}-facts-{worker}"
        return self._connection.submit(describe_worker, device, key=key, workers=[worker])

    def send(self, number: int, request: TileRequest, *, worker: str) -> None:
        """Send a request to a worker; `receive` tells what has become of it."""
        key = f"{request.picture.name}-tile-{number}"
        try:
            future = self._connection.submit(run_tile, request, key=key, workers=[worker])
        except Exception:  # noqa: BLE001  Dask's errors are of many kinds; the worker has just gone
            self._ended.put(number)
            return
        self._futures[number] = future, worker
        future.add_done_callback(lambda _: self._ended.put(number))

    def receive(self, seconds: float) -> tuple[int, Any] | None:
        """Return the number of a request and its answer, or `LOST`; None if none comes in time."""
        try:
            number = self._ended.get(timeout=seconds)
        except Empty:
            return None
        if number not in self._futures:  # it could not be sent
            return number, LOST
        future, worker = self._futures.pop(number)
        try:
            return number, self._connection.result(future, worker=worker)
        except Exception:  # noqa: BLE001  `run_tile` raises none: the worker or its data have gone
            return number, LOST

    def cancel(self, number: int) -> None:
        """Give up a request; an answer may come nevertheless."""
        if number in self._futures:
            future, _ = self._futures.pop(number)
            with suppress(Exception):  # the scheduler may have gone
                future.cancel()

    def release(self, picture: str, segment: int, computes: Computes) -> None:
        """Have all workers close sessions."""
        self._tell(release_graphs, picture, segment, computes)

    def forget(self, picture: str) -> None:
        """Have all workers forget a picture."""
        self._tell(forget_picture, picture)

    def _tell(self, function: Any, *data: Any) -> None:
        if self._connection.is_alive:
            self._connection.ask(function, *data)

    def close(self) -> None:
        """Give up all requests."""
        for number in list(self._futures):
            self.cancel(number)


def _facts(worker: str, answer: Any) -> tuple[str, int | None]:
    """Return the device and the bytes that a worker has told."""
    match answer:
        case {"error": str(text)}:
            raise ClusterError(f"worker {worker}: {text[:_MOST_SHOWN]}")
        case {"device": str(found), "memory": int(memory) | (None as memory)}:
            return found, memory
    raise ClusterError(f"worker {worker} does not say what it has; see its log")


def describe_worker(device: str) -> dict[str, Any]:
    """Return what the process of a worker has: "device" and "memory" in bytes, or an "error"."""
    try:
        found = choose_device(device)
        memory = ClusterWorker().memory_for(found.name) or budget_of(None, found)
    except Exception as error:  # noqa: BLE001  goes back as one line, as all failures do
        return {"error": reason_of(error)}
    return {"device": found.name, "memory": memory}
