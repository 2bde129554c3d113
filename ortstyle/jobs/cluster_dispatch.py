"""Jobs on their way through a cluster: sent out, followed while they are painted, and entered."""

import queue
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from threading import Thread
from types import MappingProxyType
from typing import Any, Self

from ortstyle.errors import JobError, OrtStyleError
from ortstyle.jobs.cluster_connection import ClusterConnection
from ortstyle.jobs.cluster_crew import Crew
from ortstyle.jobs.cluster_task import FORWARDED, Command, tell_jobs
from ortstyle.jobs.device_worker import stored_figures
from ortstyle.jobs.events import Event
from ortstyle.jobs.remote_painting import RemotePainting
from ortstyle.jobs.remote_reply import Reply, is_figures
from ortstyle.jobs.row import Row, State, one_line
from ortstyle.jobs.state_folder import StateFolder
from ortstyle.jobs.store import Store

#: What the store calls the device of all jobs that a cluster paints.
CLUSTER_DEVICE = "cluster"

_WAIT_SECONDS = 0.5  # for something to happen
_BUSY_SECONDS = 5.0  # before a job that another process paints is tried again
_MOST_LOSSES = 3  # of workers in one part of a job
_MOST_TOLD = 1000  # notices of a job that are remembered, so that they are told once
_MOST_MESSAGES = 10_000  # that wait to be read; further ones are left out
_NO_FIGURES: Mapping[str, Any] = MappingProxyType({})


class Dispatch:
    """Gives the jobs of a store to the workers of a cluster; a context manager.

    Each job has a thread of its own; the store and `tell` are used in the caller's alone.

    Parameters
    ----------
    store, owner
        The store, and the owner under whose name its jobs are claimed.
    folder
        The folder of the store.
    cluster, crew
        The cluster and its workers.
    tell
        Called with each event.
    is_shared
        Whether all machines see the files of the jobs under the same paths.
    device, threads
        Of each job; see `Job`. With 0 threads the worker decides.
    only
        The keys of the jobs to paint; None for all.
    """

    def __init__(
        self,
        store: Store,
        *,
        owner: str,
        folder: StateFolder,
        cluster: ClusterConnection,
        crew: Crew,
        tell: Callable[[Event], None],
        is_shared: bool = False,
        device: str = "auto",
        threads: int = 0,
        only: Collection[str] | None = None,
    ) -> None:
        self._store, self._owner, self._folder = store, owner, folder
        self._cluster, self._crew, self._tell = cluster, crew, tell
        self._is_shared, self._only = is_shared, only
        self._device, self._threads = device, threads
        self._topic = f"ortstyle-{cluster.name}"
        self._inbox = queue.Queue[tuple[RemotePainting, Reply] | Event | str](_MOST_MESSAGES)
        self._paintings = dict[str, RemotePainting]()
        self._losses = Counter[str]()
        self._busy_until = dict[str, float]()
        self._stopped, self._told = set[str](), dict[str, set[str]]()
        self._stops, self._is_closing = 0, False

    def __enter__(self) -> Self:
        self._cluster.subscribe(self._topic, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        """Give up what is still being painted; the jobs wait again."""
        self._is_closing = True
        for painting in self._paintings.values():
            painting.stop()
            painting.give_up()
        while self._paintings:
            self._receive()

    def step(self, *, stops: int) -> bool:
        """Do what is due, and wait a little; return whether there is anything left to do.

        Parameters
        ----------
        stops
            How often the work has been stopped; from the second time on nothing is waited for.

        Raises
        ------
        ClusterError
            The scheduler is lost, or no worker can be used.
        """
        if stops > self._stops:
            self._stop(is_patient=stops == 1)
            self._stops = stops
        if not stops:
            self._send_out()
        if not self._paintings and (stops or not self._waits()):
            return False
        self._receive()
        return True

    def ask(self, key: str, command: Command, *values: int) -> None:
        """Ask something of a job that is being painted; see `cluster_task.tell_jobs`."""
        if key in self._paintings:
            self._cluster.ask(tell_jobs, self._topic, [key], command, *values)

    def _stop(self, *, is_patient: bool) -> None:
        """Ask the workers for checkpoints; parts that none of them has begun are given up."""
        if not is_patient:
            self._stopped.clear()
        self._end_parts(list(self._paintings), is_patient=is_patient)

    def _end_parts(self, keys: Sequence[str], *, is_patient: bool = True) -> None:
        """Have jobs leave their workers; if one waits for a worker still, it is given up."""
        keys = [key for key in keys if key not in self._stopped]
        if not keys:
            return
        self._stopped.update(keys)
        for key in keys:
            self._paintings[key].stop()
        found = self._cluster.ask(tell_jobs, self._topic, keys, "stop") if is_patient else ()
        for key in keys:
            if key not in found:
                self._paintings[key].give_up()

    def _follow(self) -> None:
        """Act on workers that are gone, and on jobs that have been paused or cancelled."""
        for painting in self._paintings.values():
            if not painting.may_run_on(self._crew.roster.slots):
                painting.give_up()
        states = {key: self._store.get(key).state for key in self._paintings}
        self._end_parts([key for key, state in states.items() if state is not State.RUNNING])

    def _send_out(self) -> None:
        """Claim as many jobs as there are free workers."""
        if self._crew.update():
            self._follow()
        while worker := self._crew.choose(Counter(p.worker for p in self._paintings.values())):
            row = self._store.claim(
                self._owner, device=CLUSTER_DEVICE, only=self._only, exclude=self._busy()
            )
            if row is None:
                return
            self._begin(row, worker)

    def _begin(self, row: Row, worker: str) -> None:
        try:
            job = row.job
            if job.key != row.key:
                raise JobError("the job was made by another version of ortstyle; add it again")
        except OrtStyleError as error:
            self._fail(row.key, str(error))
            return
        painting = RemotePainting(
            replace(job, device=self._device, threads=self._threads),
            checkpoint=self._folder.checkpoint_of(row.key),
            connection=self._cluster,
            roster=lambda: self._crew.roster,
            worker=worker,
            topic=self._topic,
            tell=self._inbox.put,
            is_shared=self._is_shared,
        )
        self._paintings[row.key] = painting
        Thread(target=self._paint, args=(painting,), name=f"job {row.key}").start()

    def _paint(self, painting: RemotePainting) -> None:
        """Paint a job, in a thread of its own."""
        self._inbox.put((painting, painting.paint()))

    def _take(self, message: Any) -> None:
        """Take a message of a worker, in the thread of the connection."""
        if isinstance(message, str) and self._inbox.qsize() < _MOST_MESSAGES // 2:
            self._inbox.put_nowait(message)

    def _receive(self) -> None:
        """Wait a little for something to happen, and handle it."""
        try:
            item = self._inbox.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            return
        if isinstance(item, Event):
            self._tell(item)
        elif isinstance(item, str):
            self._forward(item)
        else:
            self._end(*item)

    def _forward(self, line: str) -> None:
        """Tell an event that a worker has sent, if it is one of a job that is being painted."""
        try:
            event = Event.from_line(line)
        except JobError:
            return
        if event.kind not in FORWARDED or not is_figures(event.figures):
            return
        if event.job in self._paintings and not self._is_repeated(event):
            self._tell(event)

    def _is_repeated(self, event: Event) -> bool:
        """Return whether a later part of a job tells what an earlier one has told."""
        told = self._told.setdefault(event.job, set())
        text = str(event.figures.get("text")) if event.kind == "notice" else event.kind
        if event.kind not in {"started", "notice"} or len(told) >= _MOST_TOLD:
            return False
        is_repeated = text in told
        told.add(text)
        return is_repeated

    def _end(self, painting: RemotePainting, reply: Reply) -> None:
        """Enter into the store how a job has ended."""
        key, figures = painting.job.key, reply.figures
        was_stopped = key in self._stopped
        del self._paintings[key]
        self._stopped.discard(key)
        self._told.pop(key, None)
        if painting.has_progressed:
            self._losses.pop(key, None)
        match reply.outcome:
            case "done" | "skipped":
                self._store.finish(key, device=None, **stored_figures(painting.job, figures))
                self._tell(Event("done", key, figures))
            case "failed":
                error = figures.get("error", "the worker does not say why")
                self._fail(key, str(error), figures)
            case "lost" if not (was_stopped or self._is_closing or not self._cluster.is_alive):
                self._lose(key, str(figures.get("error", "")))
            case "busy":
                self._wait_for_other(key)
            case _:
                self._give_back(key)
                self._tell(Event("stopped", key, figures))

    def _fail(self, key: str, error: str, figures: Mapping[str, Any] = _NO_FIGURES) -> None:
        line = one_line(error)
        self._store.fail(key, line)
        self._tell(Event("failed", key, {"kind": "JobError", **figures, "error": line}))

    def _lose(self, key: str, why: str) -> None:
        """Let a job whose worker is lost wait for another one, but not for ever."""
        self._crew.look_again()
        self._losses[key] += 1
        if self._losses[key] >= _MOST_LOSSES:
            times = f"{_MOST_LOSSES} workers were lost at the same part of the job"
            self._fail(key, f"{times} ({why}); have they enough memory?")
            return
        self._give_back(key)
        self._tell_notice(key, f"the worker was lost ({why}); another one goes on")

    def _wait_for_other(self, key: str) -> None:
        if key not in self._busy_until:
            self._tell_notice(key, "another process still paints this; it is tried again")
        self._busy_until[key] = time.monotonic() + _BUSY_SECONDS
        self._give_back(key)

    def _give_back(self, key: str) -> None:
        self._store.release(key)
        if self._store.get(key).state is State.CANCELLED:
            self._folder.discard(key)

    def _tell_notice(self, key: str, text: str) -> None:
        self._tell(Event("notice", key, {"text": text}))

    def _waits(self) -> bool:
        """Return whether a job waits, be it one that another process is still painting."""
        self._folder.free_abandoned(self._store)
        return self._store.next_waiting(only=self._only) is not None

    def _busy(self) -> list[str]:
        """List the jobs that another process was painting a moment ago."""
        now = time.monotonic()
        return [key for key, until in self._busy_until.items() if until > now]
